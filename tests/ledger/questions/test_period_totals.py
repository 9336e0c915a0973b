"""A month's books: opening and turnover make the closing, and a closed month never changes."""

import pytest

from gateway.server.audit_rules import venue_folding
from ledger.audit.trial_balance import EFFECTIVE, trial_balance
from ledger.cash.months import NoMonth
from ledger.durations import DAY_NS
from ledger.journal.memory import MemoryJournal
from ledger.questions.period_totals import PeriodTotals, period_totals
from tests.exchange.ground import Floor

FOLDING = venue_folding()
pytestmark = pytest.mark.xdist_group("questions-period")  # the months are written once


@pytest.fixture(scope="module")
def floor() -> Floor:
    """A lease of December, from the trade in November to the last hour that silence meters."""
    floor = Floor()
    floor.ask(floor.owners[0], 1, 1_302)
    floor.bid(floor.buyers[0], 1, 1_302)
    [lease] = floor.venue.register.leases.values()
    floor.pass_time(lease.to_ns + 4 * DAY_NS)
    return floor


@pytest.fixture(scope="module")
def journal(floor: Floor) -> MemoryJournal:
    return floor.journal()


def books(journal: MemoryJournal, month: str) -> PeriodTotals:
    return period_totals(journal, FOLDING, "cn-1", "Asia/Shanghai", month)


def test_opening_and_turnover_make_the_closing_and_months_join(journal: MemoryJournal) -> None:
    november, december = books(journal, "2024-11"), books(journal, "2024-12")
    closed = {row["kind"]: row["closing_minor"] for row in november["kinds"]}

    for row in [*november["kinds"], *december["kinds"]]:
        moved = row["credit_minor"] - row["debit_minor"]
        assert row["closing_minor"] == row["opening_minor"] + moved
    assert all(closed.get(row["kind"], 0) == row["opening_minor"] for row in december["kinds"])
    assert all(row["opening_minor"] == 0 for row in november["kinds"])
    assert (november["sum_minor"], december["sum_minor"]) == (0, 0)
    assert november["to_ns"] == december["from_ns"]
    assert (november["is_closed"], december["is_closed"]) == (True, False)


def test_rent_of_the_last_hours_is_the_months_though_it_is_posted_later(
    journal: MemoryJournal,
) -> None:
    december, january = books(journal, "2024-12"), books(journal, "2025-01")
    metered = [row for row in journal.read() if row.topic == "usage_metered"]
    late = [FOLDING.codec.decode(row) for row in metered][-1]
    assert late.at_ns > december["to_ns"], "it is posted in January"

    moved = {row["kind"]: row["credit_minor"] for row in december["kinds"]}
    assert moved["fees"] > 0
    assert "fees" not in {row["kind"] for row in january["kinds"] if row["credit_minor"]}
    effective = trial_balance(
        journal, FOLDING, by=EFFECTIVE, effective_upto_ns=december["to_ns"] - 1
    )
    assert effective["accounts"] == december["accounts"]


def test_what_is_recorded_after_the_close_stands_in_the_open_month(floor: Floor) -> None:
    before = books(floor.journal(), "2024-11")
    batch = floor.batches[-1]
    floor.pass_time(batch.at_ns + DAY_NS)

    after = books(floor.journal(), "2024-11")

    assert after["position"] > before["position"]
    assert {**after, "position": 0} == {**before, "position": 0}
    assert len(after["sha256"]) == 43
    assert books(floor.journal(), "2024-12")["is_closed"]


@pytest.mark.parametrize("text", ["2024-13", "2024-1", "24-11", "", "2024-11-01", "0000-01"])
def test_what_is_no_month_is_refused(journal: MemoryJournal, text: str) -> None:
    with pytest.raises(NoMonth):
        books(journal, text)
