"""The views of a week of trading say what the venue itself knows."""

from collections.abc import AsyncIterator

import pytest

from exchange.books.order import Order
from exchange.views.market_listings import INSTRUMENTS, ORDERS
from exchange.views.reader import Reader
from ledger.views.lists.pages import Paging
from ledger.views.lists.settlement_listings import SETTLEMENTS
from ledger.views.lists.thing_listings import HOLDINGS, UNITS
from tests.exchange.ground import LEASE
from tests.ledger.audit.scene import SignedFloor
from tests.ledger.views.reading import reader_of

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.xdist_group("views-of-a-week"),
]  # one week is viewed once


@pytest.fixture
async def reader(postgres_dsn: str, week: SignedFloor) -> AsyncIterator[Reader]:
    appends = [(batch.rows, [batch.command] if batch.command else []) for batch in week.batches]
    async with reader_of(postgres_dsn, appends) as found:
        yield found


async def test_open_orders_are_the_venues(reader: Reader, week: SignedFloor) -> None:
    shown = {row["order"]: row for row in (await reader.page(ORDERS, state="open")).values()}

    def told(order: Order) -> tuple[object, ...]:
        held_minor = week.venue.held_minor(order)
        return (order.party, order.lots, order.open_lots, order.price_ticks, held_minor)

    known = {order.order: told(order) for order in week.venue.orders.values()}
    members = ("party", "lots", "open_lots", "price_ticks", "held_minor")
    assert {name: tuple(row[each] for each in members) for name, row in shown.items()} == known
    assert len(known) >= 2


async def test_markets_are_in_the_phase_that_the_venue_has(
    reader: Reader, week: SignedFloor
) -> None:
    phases = {row["market"]: row["phase"] for row in (await reader.page(INSTRUMENTS)).values()}
    assert phases == {name: market.phase for name, market in week.venue.markets.items()}
    found = (await reader.record(INSTRUMENTS, market=LEASE)).value()
    assert found is not None
    assert found["last_ticks"] == week.market().last_ticks == 1_302


async def test_things_are_graded_and_owned_as_the_register_says(
    reader: Reader, week: SignedFloor
) -> None:
    register = week.venue.register
    rows = (await reader.page(HOLDINGS, Paging(limit=1_000))).values()
    assert {row["thing"]: (row["party"], row["asset_class"]) for row in rows} == {
        thing.thing: (thing.owner, thing.class_) for thing in register.things.values()
    }
    offered = {row["thing"]: row["order"] for row in rows if row["order"]}
    for thing, order in offered.items():
        assert thing in week.venue.orders[order].nodes
    units = (await reader.page(UNITS, Paging(limit=1_000))).values()
    assert {row["unit"]: (row["grade"], row["provenance"]) for row in units} == {
        unit.unit: (unit.grade, unit.provenance) for unit in register.units.values()
    }


async def test_settlements_end_as_they_ended(reader: Reader) -> None:
    states = {row["settlement"]: row["state"] for row in (await reader.page(SETTLEMENTS)).values()}
    assert states == {"x-000001": "settled", "x-000002": "unwound"}
    (unwound,) = (await reader.page(SETTLEMENTS, state="unwound")).values()
    assert unwound["at_fault"] == "p-0002"


async def test_who_asked_stands_beside_each_event(reader: Reader) -> None:
    rows = (await reader.history("x-000001")).values()
    assert rows[-1]["topic"] == "trade_settled"
    assert (rows[-1]["op"], rows[-1]["principal"]) == ("settlement.accept", "k-0005")
