"""What tests of the ledger share: a week that was signed, and the journal of it."""

import pytest

from ledger.journal.memory import MemoryJournal
from tests.ledger.audit.scene import SignedFloor, a_week


@pytest.fixture(scope="module")
def week() -> SignedFloor:
    """Six days of a floor, each act by a signed command."""
    return a_week()


@pytest.fixture(scope="module")
def journal(week: SignedFloor) -> MemoryJournal:
    return week.journal()
