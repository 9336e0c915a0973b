"""The rows of a venue in form 2: those of its register, and the market's beside them.

Frozen as those are (`ledger/state_map/register_rows.py`): a younger field goes into `LATER`.
"""

from collections.abc import Iterator
from typing import Any, Final

from exchange.books.day_figures import DayFigures
from exchange.books.order import Order
from exchange.books.state import Market, Venue
from exchange.events import InstrumentListed, OrderAccepted
from ledger.state_map.register_rows import register_rows
from ledger.state_map.row import RecordForm, Row, listed, row_bytes
from ledger.state_map.subjects import named

# What is made from other members of a venue or a market, or is no knowledge: no row of its own.
LEFT_OUT: Final = {
    "Venue.party_orders": "an index of orders: each party's row lists its own",
    "Venue.ended_now": "a courtesy: whose an order was that has ended, which the journal tells",
    "Venue.ended_before": "as ended_now, a generation older",
    "Venue.stale_timers": "when to sweep the timers",
    "Venue.rootless": "what the journal says of states, no part of one",
    "Market.rule": "the rule that stands at rule_position",
    "Market.touched": "for feeds: which batch moved the book last",
    "Market.book": "the open orders, sorted",
    "Market.open_orders": "how many orders each party has here: its row lists them",
}
SHOWN: Final[dict[type[Any], str]] = {
    DayFigures: "ends_ns open_ticks high_ticks low_ticks lots",
    InstrumentListed: (
        "market kind model grade provenance delivery_point gpus_per_lot starts_ns ends_ns hours"
        " lot_size last_trade_ns first_reference_ticks"
    ),
    Market: (
        "spec phase phase_since_ns rule_position next_phase_ns last_ticks last_trade_ns listed_ns"
        " last_priority day position_lots bought_lots"
    ),
    Order: "terms group lots open_lots price_ticks expires_ns priority nodes",
    OrderAccepted: (
        "market order key party principal group side time_in_force lots price_ticks priority nodes"
        " hold held_minor expires_ns post_only label type cancel_on_disconnect delivery line"
    ),
}
LATER: Final[dict[type[Any], str]] = {}  # record -> its younger fields, as in SHOWN
_record = RecordForm(SHOWN, LATER).row


def subject_rows(venue: Venue) -> Iterator[tuple[str, bytes]]:
    """Every subject of a venue, once, with the bytes of its row."""
    orders = listed((order.party, order.order) for order in venue.orders.values())
    for subject, row in register_rows(venue.register):
        if row["subject_kind"] == "party":
            row["orders"] = orders.get(subject, [])
            row["title_day_minor"] = venue.title_day_minor.get(row["party"], 0)
        elif row["subject_kind"] == "venue":
            row.update(_of_venue(venue))
        yield subject, row_bytes(subject, row)
    for subject, row in _market_rows(venue):
        yield subject, row_bytes(subject, row)


def _of_venue(venue: Venue) -> Row:
    return {
        "lease_series": sorted(map(list, venue.lease_series)),
        "advanced_ns": venue.advanced_ns,
        "day_ends_ns": venue.day_ends_ns,
        "month_ends_ns": venue.month_ends_ns,
    }


def _market_rows(venue: Venue) -> Iterator[tuple[str, Row]]:
    orders = listed((order.market, order.order) for order in venue.orders.values())
    for symbol, market in venue.markets.items():
        row = {"subject_kind": "market", **_record(market), "orders": orders.get(symbol, [])}
        yield named("market", symbol), row
    for name, order in venue.orders.items():
        row = {"subject_kind": "order", **_record(order), "held_now_minor": venue.held_minor(order)}
        yield name, row
