"""How long Ctrl-C takes: a measurement, so it stands among the storms, for a quiet machine."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.embedded.embedded_server import EmbeddedPostgres
from tests.gateway.demo.test_live_demo import demo
from tests.storm.process import VenueProcess

pytestmark = [pytest.mark.postgres, pytest.mark.storm]

ENDING_S = 5.0  # promised to whoever presses it


def seconds_of(work: Callable[[], object]) -> float:
    began_s = time.monotonic()
    work()
    return time.monotonic() - began_s


def test_a_venue_ends_in_seconds(tmp_path: Path) -> None:
    venue = VenueProcess(tmp_path / "venue")
    try:
        venue.start()
        venue.until_ready()
        assert seconds_of(venue.stop) < ENDING_S
    finally:
        venue.erase()


def test_a_demo_ends_in_seconds_and_its_past_soon(tmp_path: Path) -> None:
    try:
        with demo(tmp_path / "demo", "--speed", "3600") as living:
            assert living.url
            assert seconds_of(living.end) < ENDING_S
        with demo(tmp_path / "longer", "--days", "400") as making:
            making.heard(r"history: making")
            assert seconds_of(making.end) < 2 * ENDING_S
    finally:
        EmbeddedPostgres(tmp_path / "demo").erase()
        EmbeddedPostgres(tmp_path / "longer").erase()
