"""A dry run is judged as the command itself: the same words, or a yes; and nothing is written."""

from collections import Counter
from typing import Any

import pytest
from msgspec.structs import replace

from exchange.engine.batch_writer import Request
from exchange.engine.group_decider import Answer, GroupDecider, Outcome
from exchange.engine.keys import UsedKeys
from exchange.ops import OPS
from exchange.orders.rate_gate import RateGate
from exchange.state_form import state_sha256
from ledger.durations import HOUR_NS
from ledger.op import Rest
from ledger.refusals import Reason, Refused
from tests.exchange.ground import LEASE, TITLE, Floor
from tests.gateway.routes.who_may import a_day, args_of
from tests.ledger.things.cards import l40s
from tests.ledger.things.dumps import dump

COMMANDS = [op for op, row in OPS.items() if isinstance(row.route, Rest) and op != "import.new"]
ORDERS = 400  # in 2 s, by the market's rule
NOT_NOW = {  # refusals that a person sends an order into
    "outside_band": {"market": TITLE, "side": "ask", "price_ticks": 1, "lots": 1},
    "too_many_lots": {"market": LEASE, "side": "bid", "price_ticks": 1_300, "lots": 100_000},
    "unknown_market": {"market": "T.H100SXM8.A0.CN-XX", "side": "bid", "price_ticks": 9, "lots": 1},
    "bad_field": {"market": LEASE, "side": "up", "price_ticks": 1_300, "lots": 1},
    "insufficient_free_lots": {"market": LEASE, "side": "ask", "price_ticks": 1_300, "lots": 40},
}


def outcome(floor: Floor, request: Request) -> Outcome:
    decider = GroupDecider(floor.writer, UsedKeys())
    (found,) = decider.decide([request], floor.writer.at_ns + 1, {}).outcomes
    return found


def dry(floor: Floor, request: Request) -> Outcome:
    """Its dry run, which leaves positions, stamps and state as they are."""
    before = (floor.writer.position, floor.writer.at_ns, state_sha256(floor.venue))
    found = outcome(floor, replace(request, args={**request.args, "dry_run": True}))
    assert (floor.writer.position, floor.writer.at_ns, state_sha256(floor.venue)) == before
    return found


def compare(floor: Floor, request: Request) -> str:
    """How both ended: the reason, "waits" or "done"."""
    told, done = dry(floor, request), outcome(floor, request)
    if isinstance(done, Refused):
        assert isinstance(told, Refused), (request.op, told, str(done))
        assert (told.reason, told.args, vars(told)) == (done.reason, done.args, vars(done))
        return done.reason.name
    assert isinstance(told, Answer), (request.op, str(told))
    assert isinstance(done, Answer)
    assert told.status == 200
    assert told.result["dry_run"] is True
    assert told.result["needs"] == (done.result["needs"] if done.status == 202 else [])
    return "waits" if done.status == 202 else "done"


def test_every_command_is_judged_as_it_would_be_done() -> None:
    met: Counter[str] = Counter()
    ops: set[str] = set()
    floor = Floor()
    a_day(floor)
    for party in ("p-0001", floor.owners[0], floor.buyers[0]):
        for op in COMMANDS:
            args: dict[str, Any] | None = args_of(op, party)
            if args is None:
                continue
            met[compare(floor, replace(floor.request(party, op), args=_inward(args)))] += 1
            ops.add(op)
    assert ops >= set(COMMANDS), set(COMMANDS) - ops
    assert met["done"] >= 5
    assert met["waits"] >= 2
    assert len(met) >= 6, met


@pytest.mark.parametrize(
    ("market", "side", "ticks", "lots"),
    [
        (LEASE, "bid", 1_310, 2),
        (LEASE, "bid", 1_250, 1),
        (LEASE, "ask", 1_310, 1),
        (TITLE, "bid", 1_036, 1),
    ],
)
def test_an_orders_sums_are_those_that_it_has_when_it_is_done(
    market: str, side: str, ticks: int, lots: int
) -> None:
    """Its fills, its hold and its money beforehand: to the minor unit what it comes to."""
    floor = Floor()
    floor.ask(floor.owners[0], 1, 1_300)
    party = floor.buyers[0] if side == "bid" else floor.owners[0]
    terms = {"market": market, "side": side, "lots": lots, "price_ticks": ticks}
    request = replace(floor.request(party, "order.new"), args=terms)

    told, done = dry(floor, request), outcome(floor, request)

    assert isinstance(told, Answer)
    assert isinstance(done, Answer)
    seen, order = told.result, done.result
    terms = ("price_ticks", "lots", "notional_minor", "fee_minor")
    assert [tuple(fill[name] for name in terms) for fill in seen["fills"]] == [
        tuple(fill[name] for name in terms) for fill in order["fills"]
    ]
    for member in ("state", "filled_lots", "open_lots", "held_minor"):
        assert seen[member] == order[member], member
    assert 0 <= seen["now"]["fee_minor"] <= seen["at_worst"]["fee_minor"]
    assert (seen["at_worst"]["deposit_minor"] > 0) == (market == LEASE and side == "bid")
    if side == "bid" and not order["fills"]:
        assert seen["at_worst"]["total_minor"] == order["held_minor"]


def _inward(args: dict[str, Any]) -> dict[str, Any]:
    return {n: int(v) if n.endswith("_ns") and isinstance(v, str) else v for n, v in args.items()}


@pytest.mark.parametrize("why", NOT_NOW)
def test_an_order_that_would_be_refused_is_refused_with_the_same_words(why: str) -> None:
    floor = Floor()
    party = floor.owners[0] if NOT_NOW[why]["side"] == "ask" else floor.buyers[0]
    if why == "outside_band":
        a_day(floor)  # a trade is the reference that a band lies around

    assert compare(floor, floor.request(party, "order.new", **NOT_NOW[why])) == why


def test_a_dry_run_is_held_to_the_markets_rate_and_never_counts() -> None:
    floor = Floor()
    floor.writer.gate = RateGate()
    terms = {"market": LEASE, "side": "bid", "price_ticks": 1_300, "lots": 1}
    request = floor.request(floor.buyers[0], "order.new", **terms)
    for _ in range(2 * ORDERS):
        assert isinstance(dry(floor, request), Answer)
    for _ in range(ORDERS):
        floor.writer.gate.count(request.caller.party, request.caller.received_ns, ORDERS)

    assert compare(floor, request) == "rate_limited"


def test_an_imports_dry_run_is_held_to_what_the_journal_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("exchange.venue.EVENT_BYTES_MOST", 700)
    floor = Floor()
    request = floor.attached(floor.owners[0], "import.new", dump(l40s()), site="s-0001")

    assert compare(floor, request) == "too_large"


def test_a_dry_run_that_is_no_word_is_refused() -> None:
    floor = Floor()
    request = floor.request(floor.buyers[0], "order.cancel_all", dry_run="yes")

    found = outcome(floor, request)

    assert isinstance(found, Refused)
    assert found.reason is Reason.bad_shape


def test_a_dry_run_of_an_order_tells_the_band_that_it_was_held_against() -> None:
    floor = Floor()
    terms = {"market": LEASE, "side": "bid", "price_ticks": 1_300, "lots": 1}
    asks = floor.request(floor.buyers[0], "order.new", **terms)
    assert _told(floor, asks)["band"] is None, "nothing has traded here"
    floor.ask(floor.owners[0], 1, 1_300)
    floor.bid(floor.buyers[0], 1, 1_300)
    floor.bid(floor.buyers[0], 1, 1_000)
    floor.pass_time(floor.writer.at_ns + 3 * HOUR_NS)

    fresh = _told(floor, asks)["band"]
    floor.market(LEASE).last_trade_ns -= 168 * HOUR_NS
    aged = _told(floor, asks)["band"]
    sells = floor.request(floor.owners[0], "order.new", **terms | {"side": "ask"})
    order = next(iter(floor.venue.party_orders[floor.buyers[0]]))
    amends = floor.request(floor.buyers[0], "order.amend", order=order, price_ticks=1_100)

    assert fresh == {
        "reference_ticks": 1_300,
        "reference_source": "last_trade",
        "reference_age_s": 3 * 3_600,
        "edge_ticks": 1_690,
    }
    assert aged is None, "nothing stands on the other side"
    stands = {"reference_ticks": 1_000, "reference_source": "standing", "reference_age_s": None}
    assert _told(floor, sells)["band"] == stands | {"edge_ticks": 700}
    assert _told(floor, amends)["band"] is None
    assert "band" not in _told(floor, floor.request(floor.buyers[0], "order.cancel", order=order))


def _told(floor: Floor, request: Request) -> dict[str, Any]:
    answer = dry(floor, request)
    assert isinstance(answer, Answer), answer
    return answer.result
