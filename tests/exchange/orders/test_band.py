"""The examples of the entry band (EXCHANGE 4): each row of its table is a test.

The band is 30 %, a last price serves for 168 hours, the last trade was at 1,000 ticks.
"""

from typing import NamedTuple

import pytest
from msgspec.structs import replace

from exchange.events import InstrumentListed, PhaseChanged, Traded
from exchange.market.market_rule import read_market_rule
from ledger.durations import DAY_NS, HOUR_NS
from ledger.opening.first_rules import FIRST_RULES
from ledger.refusals import Reason, Refused
from tests.exchange.ground import LEASE, Floor, of_kind

WEEK_NS = 7 * DAY_NS
LISTED = "L.H100SXM8.CN-SH.2025-04"  # by hand, with a first reference


class Row(NamedTuple):
    """A row of the page: when it last traded, what faces the order, and what is taken."""

    age_ns: int
    facing_ticks: int  # the best price of the other side; 0: nobody stands there
    side: str
    last_taken: int  # the worst price that is taken, ticks
    source: str  # what the band lies around; "": there is none


ROWS = {
    "B1": Row(HOUR_NS, 500, "ask", 700, "last_trade"),
    "B2": Row(WEEK_NS - 1, 500, "ask", 700, "last_trade"),
    "B3": Row(WEEK_NS, 500, "ask", 350, "standing"),
    "B4": Row(WEEK_NS, 0, "ask", 1, ""),
    "B5": Row(WEEK_NS - 1, 500, "bid", 1_300, "last_trade"),
    "B6": Row(WEEK_NS, 500, "bid", 650, "standing"),
    "B7": Row(149 * DAY_NS, 0, "bid", 100_000, ""),
}


def silent(row: Row) -> Floor:
    """The market of a row, just before the order."""
    floor = Floor(owners=2, buyers=2, nodes=2)
    if row.facing_ticks:
        place = floor.ask if row.side == "bid" else floor.bid
        party = floor.owners[0] if row.side == "bid" else floor.buyers[0]
        place(party, 1, row.facing_ticks)
    market = floor.market(LEASE)
    market.last_ticks, market.last_trade_ns = 1_000, floor.writer.at_ns + 1 - row.age_ns
    return floor


def order(floor: Floor, side: str, price_ticks: int, market: str = LEASE) -> list[Traded]:
    party, place = (floor.owners[1], floor.ask) if side == "ask" else (floor.buyers[1], floor.bid)
    return of_kind(place(party, 1, price_ticks, market=market), Traded)


@pytest.mark.parametrize("name", ROWS)
def test_the_worst_price_is_taken_and_the_next_is_not(name: str) -> None:
    row = ROWS[name]

    order(silent(row), row.side, row.last_taken)

    if row.source:
        beyond = row.last_taken + (1 if row.side == "bid" else -1)
        with pytest.raises(Refused) as refused:
            order(silent(row), row.side, beyond)
        told = refused.value
        assert (told.reason, told.context["edge_ticks"]) == (Reason.outside_band, row.last_taken)
        assert told.context["reference_source"] == row.source
        assert "yuan" in told.detail
        assert "tick" not in told.detail


def test_b8_a_trade_brings_a_reference_that_serves_anew() -> None:
    floor = silent(ROWS["B3"])

    assert [each.price_ticks for each in order(floor, "ask", 350)] == [500]

    with pytest.raises(Refused) as refused:
        order(floor, "ask", 349)
    assert refused.value.context["reference_source"] == "last_trade"
    assert refused.value.context["reference_ticks"] == 500


def test_b9_a_first_reference_ages_from_its_listing_on() -> None:
    floor = Floor(owners=2, buyers=2, nodes=2)
    by_hand = floor.clerk(0, "instrument.new", market=LISTED, first_reference_ticks=1_000)
    waiting = by_hand[0].proposal  # type: ignore[attr-defined]
    events = floor.clerk(1, "proposal.approve", proposal=waiting)
    assert of_kind(events, InstrumentListed)
    listed_ns = floor.writer.at_ns
    floor.pass_time(listed_ns + WEEK_NS - HOUR_NS)

    with pytest.raises(Refused) as refused:
        order(floor, "bid", 1_301, LISTED)
    floor.pass_time(listed_ns + WEEK_NS)
    order(floor, "bid", 1_301, LISTED)

    assert refused.value.context["reference_source"] == "first_reference"


def test_b10_by_a_record_that_does_not_say_the_last_price_serves_for_ever() -> None:
    older = dict(FIRST_RULES["market:L.*"])
    del older["reference_max_age_h"]
    floor = silent(ROWS["B3"]._replace(age_ns=149 * DAY_NS))
    market = floor.market(LEASE)
    assert market.rule is not None
    market.rule = replace(read_market_rule(older), entry_band_bp=3_000)

    with pytest.raises(Refused) as refused:
        order(floor, "ask", 699)

    assert refused.value.context["edge_ticks"] == 700
    assert refused.value.context["reference_age_s"] == 149 * 86_400


@pytest.mark.parametrize(
    ("age_ns", "facing_ticks", "words"),
    [
        (3 * DAY_NS, 500, "the last trade, 3 days ago, is 10.00 yuan"),
        (3 * DAY_NS, 500, "and counts for 4 days more: say that, or more."),
        (149 * DAY_NS, 500, "the best bid is 5.00 yuan"),
        (149 * DAY_NS, 500, "the last price is 149 days old and no longer counts"),
    ],
)
def test_a_refusal_says_what_the_band_lies_around_how_old_it_is_and_what_to_do(
    age_ns: int, facing_ticks: int, words: str
) -> None:
    floor = silent(Row(age_ns, facing_ticks, "ask", 0, ""))

    with pytest.raises(Refused) as refused:
        order(floor, "ask", 1)

    assert words in refused.value.detail
    assert refused.value.field == "/price_ticks"


def test_a_phase_tells_the_reference_only_while_it_serves() -> None:
    floor = silent(Row(0, 0, "ask", 0, ""))
    traded_ns = floor.market(LEASE).last_trade_ns

    told = {
        (event.at_ns - traded_ns) // DAY_NS: event.reference_ticks
        for batch in timed(floor, traded_ns + 9 * DAY_NS)
        for event in batch
    }

    assert {days: ticks for days, ticks in told.items() if ticks is None} == {7: None, 8: None}
    assert {ticks for days, ticks in told.items() if days < 7} == {1_000}


def timed(floor: Floor, to_ns: int) -> list[list[PhaseChanged]]:
    """The steps of the market's phases until an instant, each with its own."""
    before = len(floor.batches)
    floor.pass_time(to_ns)
    return [
        [
            replace(event, at_ns=batch.at_ns)
            for event in of_kind(batch.events, PhaseChanged)
            if event.market == LEASE
        ]
        for batch in floor.batches[before:]
    ]
