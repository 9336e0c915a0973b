"""Every command line of these tests is run in a home of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway.cli.lines import own_home
from tests.gateway.cli.served import Served, serving

__all__ = ["own_home"]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """A venue in memory: two owners with nodes, two buyers with cash."""
    with serving(tmp_path) as found:
        yield found
