"""What a market did in a day, counted from its events, is what its book remembers of that day."""

from exchange.events import TOPICS
from exchange.questions.market_day import _COUNTED, market_day
from gateway.server.audit_rules import venue_folding
from tests.exchange.ground import LEASE, TITLE, Floor

FOLDING = venue_folding()


def test_each_fact_of_a_market_is_counted_or_passed_over_by_name() -> None:
    assert set(_COUNTED) == set(TOPICS.values())


def test_orders_prices_volume_and_fees_of_a_day() -> None:
    floor = Floor()
    seller, buyer = floor.owners[0], floor.buyers[0]
    first = floor.writer.position
    floor.ask(seller, 2, 1_302)
    for price_ticks in (1_302, 1_303):
        floor.bid(buyer, 1, price_ticks)
    floor.ask(floor.owners[1], 1, 1_310)
    order = floor.bid(buyer, 1, 900)[0]
    floor.tell(buyer, "order.cancel", order=order.order)  # type: ignore[attr-defined]
    floor.bid(floor.buyers[1], 1, 1_310)
    events = [FOLDING.codec.decode(row) for row in floor.journal().read(first)]

    [day] = market_day(events, LEASE)
    kept = floor.market().day

    assert day["market"] == LEASE
    assert (day["orders"], day["bid_lots"], day["ask_lots"], day["cancelled"]) == (6, 4, 3, 1)
    assert (day["trades"], day["lots"]) == (3, kept.lots)
    assert (day["open_ticks"], day["high_ticks"]) == (kept.open_ticks, kept.high_ticks)
    assert (day["low_ticks"], day["close_ticks"]) == (kept.low_ticks, 1_310)
    lot_size = floor.market().spec.lot_size
    assert day["close_minor"] == 1_310 * lot_size
    assert day["notional_minor"] == (1_302 + 1_302 + 1_310) * lot_size
    assert day["bid_fee_minor"] > 0
    assert [each["market"] for each in market_day(events, TITLE)] == []


def test_a_market_without_a_trade_has_no_prices() -> None:
    floor = Floor()
    first = floor.writer.position
    floor.ask(floor.owners[0], 1, 1_302)
    events = [FOLDING.codec.decode(row) for row in floor.journal().read(first)]

    [day] = market_day(events)

    assert (day["orders"], day["trades"], day["open_ticks"], day["close_minor"]) == (
        1,
        0,
        None,
        None,
    )
