"""Orders that end with a line: on record with the order, so that no start forgets them."""

from collections.abc import Iterator
from itertools import product

import pytest

from exchange.books.terms import TIME_IN_FORCE
from exchange.engine.batch_writer import Request
from exchange.engine.replay import replayed
from exchange.events import OrderAccepted, OrderCancelled
from exchange.state_form import state_sha256
from ledger.caller import Caller
from ledger.durations import DAY_NS
from ledger.ids import OrderId, PartyId
from ledger.refusals import Reason, Refused
from tests.exchange.engine.test_engine import House, Torn, ask
from tests.exchange.ground import LEASE, Floor, of_kind
from tests.waiting import until

WAYS = {  # the line, whether its log-on ties, the arg -> whether the order is tied
    ("", False, False): False,
    ("a", False, False): False,
    ("a", True, False): True,
    ("a", False, True): True,
    ("a", True, True): True,
}


def of_each_kind(floor: Floor) -> Iterator[tuple[str, bool]]:
    """A resting order of every side, time in force and tie; whether it is tied."""
    times = [each for each in TIME_IN_FORCE.values() if each.rests]
    for time, side, (way, is_tied) in product(times, ("bid", "ask"), WAYS.items()):
        line, ends_with_line, arg = way
        events = floor.tell(
            floor.buyers[0] if side == "bid" else floor.owners[0],
            "order.new",
            market=LEASE,
            side=side,
            lots=1,
            price_ticks=1300 if side == "bid" else 1310,
            time_in_force=time.name,
            expires_ns=floor.writer.at_ns + DAY_NS if time.needs_expiry else 0,
            cancel_on_disconnect=arg,
            line=line,
            ends_with_line=ends_with_line,
        )
        assert events[0].cancel_on_disconnect == arg, "what was signed stays as it was signed"
        assert events[0].line == (line if is_tied else "")
        yield events[0].order, is_tied


async def test_after_a_start_what_was_tied_ends_before_any_command_and_all_else_stands() -> None:
    floor = Floor(owners=1, nodes=40)
    orders = dict(of_each_kind(floor))
    house = House(floor)
    waiting = house.engine.start()
    await waiting
    answer = house.engine.submit(house.bid())
    await until(answer.done)

    first, *_, last = house.heard
    ended = {event.order: event.reason for event in of_kind(first.events, OrderCancelled)}
    assert ended == {order: "disconnect" for order, is_tied in orders.items() if is_tied}
    assert first.command is None
    assert last.command is not None
    stand = {order for order, is_tied in orders.items() if not is_tied}
    assert set(house.engine.venue.orders) == stand | {answer.result().result["order"]}
    live = state_sha256(house.engine.venue)
    assert state_sha256(replayed(house.journal)) == live
    await house.engine.stop()

    house.heard.clear()
    await house.restart()
    await ask(house, house.bid())
    assert not of_kind([e for b in house.heard for e in b.events], OrderCancelled), "once is enough"
    await house.engine.stop()


async def test_a_rebuild_within_the_process_leaves_the_lines_that_stand() -> None:
    house = House(Floor())
    await house.engine.start()
    floor = house.floor
    args = {"market": LEASE, "side": "bid", "lots": 1, "price_ticks": 1300}
    tied = floor.request(floor.buyers[0], "order.new", line="a", ends_with_line=True, **args)
    order = (await ask(house, tied)).result["order"]
    assert isinstance(house.journal, Torn)
    house.journal.fail_before = 1
    lost = house.engine.submit(house.bid())
    await until(lost.done)
    assert lost.exception() is not None
    await until(lambda: house.engine.is_ready)

    assert order in house.engine.venue.orders
    await house.engine.stop()


def _order_of(floor: Floor, party: PartyId, line: str) -> OrderId:
    """A bid that ends with that line."""
    events = floor.bid(party, 1, 1300, line=line, ends_with_line=True)
    [accepted] = of_kind(events, OrderAccepted)
    assert isinstance(accepted, OrderAccepted)
    return accepted.order


def test_only_the_lines_named_end_and_only_their_party_s() -> None:
    floor = Floor()
    mine, other = floor.buyers
    orders = {
        (party, line): _order_of(floor, party, line)
        for party in (mine, other)
        for line in ("a", "b", "c")
    }
    args = {"party": mine, "lines": ["a", "b"]}
    request = Request("line.end", args, Caller())
    batch = floor.writer.write(request, floor.writer.at_ns + 1)

    ended = {event.order for event in of_kind(batch.events, OrderCancelled)}
    assert ended == {orders[mine, "a"], orders[mine, "b"]}


@pytest.mark.parametrize("line", ["", "a"])
def test_an_order_that_ends_with_a_line_must_come_by_one(line: str) -> None:
    floor = Floor()
    if line:
        assert floor.bid(floor.buyers[0], 1, 1300, line=line, cancel_on_disconnect=True)
        return
    with pytest.raises(Refused) as refused:
        floor.bid(floor.buyers[0], 1, 1300, cancel_on_disconnect=True)
    assert refused.value.reason is Reason.bad_combination
    assert refused.value.field == "/cancel_on_disconnect"


async def test_a_line_that_left_no_order_leaves_no_mark() -> None:
    house = House(Floor())
    await house.engine.start()
    head = house.journal.head()
    args = {"party": house.floor.buyers[0], "lines": ["a"]}
    answer = await ask(house, Request("line.end", args, Caller()))

    assert (answer.result, house.journal.head()) == ({"orders": []}, head)
    await house.engine.stop()


def test_an_old_acceptance_is_tied_to_nothing() -> None:
    floor = Floor()
    floor.bid(floor.buyers[0], 1, 1300)
    rows = [row for batch in floor.batches for row in batch.rows]

    assert all(b"line" not in row.state for row in rows if row.topic == "order_accepted")
    assert not any(order.terms.line for order in replayed(floor.journal()).orders.values())
