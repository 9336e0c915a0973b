"""What an order's dry run tells is what the order then does, to the fen."""

from typing import Any

import pytest

from exchange.engine.group_decider import Answer, GroupDecider
from exchange.engine.keys import UsedKeys
from ledger.durations import HOUR_NS
from tests.exchange.ground import LEASE, TITLE, Floor

SAME = ("state", "filled_lots", "open_lots", "held_minor")
A_FILL = ("price_ticks", "lots", "notional_minor", "fee_minor")
ORDERS: dict[str, dict[str, Any]] = {
    "takes two prices and rests": {"side": "bid", "price_ticks": 1310, "lots": 4},
    "rests": {"side": "bid", "price_ticks": 1290, "lots": 2},
    "takes what there is": {
        "side": "bid", "price_ticks": 1310, "lots": 4, "time_in_force": "ioc",
    },
    "takes all or nothing": {
        "side": "bid", "price_ticks": 1310, "lots": 4, "time_in_force": "fok",
    },
    "sells to a bid": {"side": "ask", "price_ticks": 1270, "lots": 2},
    "buys servers": {"side": "bid", "price_ticks": 10_400, "lots": 1, "market": TITLE},
    "meets its own": {"side": "ask", "price_ticks": 1270, "lots": 1, "party": "buyer"},
}  # fmt: skip


def market_day() -> Floor:
    floor = Floor()
    seller, other = floor.owners
    floor.ask(seller, 1, 1302)
    floor.ask(other, 1, 1305)
    floor.ask(other, 1, 10_350, market=TITLE)
    floor.bid(floor.buyers[1], 1, 1280)
    return floor


def told(floor: Floor, party: str, op: str, args: dict[str, Any]) -> dict[str, Any]:
    """A dry run's result."""
    request = floor.request(party, op, **args, dry_run=True)
    decider = GroupDecider(floor.writer, UsedKeys())
    (found,) = decider.decide([request], floor.writer.at_ns + 1, {}).outcomes
    assert isinstance(found, Answer), found
    return found.result


def done(floor: Floor, party: str, op: str, args: dict[str, Any]) -> dict[str, Any]:
    """The act's own result; what fell due comes before it."""
    decider = GroupDecider(floor.writer, UsedKeys())
    request = floor.request(party, op, **args)
    (found,) = decider.decide([request], floor.writer.at_ns + 1, {}).outcomes
    assert isinstance(found, Answer), found
    return found.result


def cash(floor: Floor, party: str) -> int:
    return floor.venue.register.accounts.get(f"{party}/available", 0)


@pytest.mark.parametrize("name", ORDERS)
def test_an_order_does_what_its_dry_run_told(name: str) -> None:
    args = {"market": LEASE, **ORDERS[name]}
    floor = market_day()
    party = floor.buyers[0] if args["side"] == "bid" else floor.owners[0]
    if args.pop("party", ""):
        party = floor.owners[1]
        floor.bid(party, 1, 1285)
    before = cash(floor, party)

    preview = told(floor, party, "order.new", args)
    reply = done(floor, party, "order.new", args)

    assert {name: preview[name] for name in SAME} == {name: reply[name] for name in SAME}
    assert preview.get("cause") == reply.get("cause")
    fills = [{name: fill[name] for name in A_FILL} for fill in reply["fills"]]
    assert [{name: fill[name] for name in A_FILL} for fill in preview["fills"]] == fills
    now, worst = preview["now"], preview["at_worst"]
    if args["side"] == "bid":
        assert before - cash(floor, party) == now["total_minor"] + preview["held_minor"]
        assert now["total_minor"] + preview["held_minor"] <= worst["total_minor"]
    else:
        least = worst["total_minor"] * preview["filled_lots"]  # of as many lots, at its own price
        assert least <= now["total_minor"] * args["lots"]


def test_an_amendment_tells_what_is_open_of_it() -> None:
    floor = market_day()
    party = floor.buyers[0]
    rests = done(floor, party, "order.new", {"market": LEASE, **ORDERS["rests"]})
    order, held = rests["order"], rests["held_minor"]
    before = cash(floor, party)
    args = {"order": order, "price_ticks": 1303, "lots": 3}

    preview = told(floor, party, "order.amend", args)
    reply = done(floor, party, "order.amend", args)

    assert (preview["filled_lots"], preview["open_lots"]) == (1, 2)
    assert {name: preview[name] for name in SAME} == {name: reply[name] for name in SAME}
    taken = before - cash(floor, party)  # the old hold pays for it first
    assert preview["now"]["total_minor"] + preview["held_minor"] == taken + held


def test_the_band_and_what_waits_are_told() -> None:
    floor = market_day()
    args = {"market": LEASE, "side": "bid", "price_ticks": 1302, "lots": 1}
    assert told(floor, floor.buyers[0], "order.new", args)["band"] is None
    done(floor, floor.buyers[0], "order.new", args)

    preview = told(floor, floor.buyers[0], "order.new", {**args, "price_ticks": 1290})

    rule = floor.market().rule
    assert rule is not None
    edge = -(-1302 * (10_000 + rule.entry_band_bp) // 10_000)
    assert (preview["band"]["reference_ticks"], preview["band"]["edge_ticks"]) == (1302, edge)
    assert preview["notices"] == []


def test_an_order_before_the_opening_is_told_to_wait() -> None:
    floor = market_day()
    while floor.market(TITLE).phase != "pre_open":
        floor.pass_time(floor.venue.register.timers[0][0])
    args = {"market": TITLE, **ORDERS["buys servers"]}

    preview = told(floor, floor.buyers[0], "order.new", args)

    assert preview["notices"] == [{"code": "waits_for_opening"}]
    assert (preview["filled_lots"], preview["open_lots"]) == (0, 1)


def test_a_cancel_ends_what_its_dry_run_named() -> None:
    floor = market_day()
    seller = floor.owners[0]
    floor.ask(seller, 1, 1303)
    floor.ask(seller, 1, 1304)
    cases: list[tuple[str, dict[str, Any]]] = [
        ("order.cancel", {"order": "o-000001"}),
        ("order.cancel_all", {"market": TITLE}),
        ("order.cancel_all", {}),
        ("order.cancel_all", {}),
    ]
    ended = []
    for op, args in cases:
        preview = told(floor, seller, op, args)["orders"]
        reply = done(floor, seller, op, args)
        assert preview == (reply["orders"] if op == "order.cancel_all" else [reply])
        ended.append([each["order"] for each in preview])
    assert ended == [["o-000001"], [], ["o-000005", "o-000006"], []]


def far_of(floor: Floor, party: str, op: str = "order.new", **args: Any) -> dict[str, Any] | None:
    """The notice of a price far from its market's, without what the market's own prices are."""
    preview = told(floor, party, op, args)
    found = [each for each in preview["notices"] if each["code"] == "far_price"]
    return found[0] if found else None


def test_a_price_far_from_the_last_is_told_with_the_unit_that_it_looks_like() -> None:
    floor = market_day()
    seller, buyer = floor.owners[0], floor.buyers[0]
    title = {"market": TITLE, "side": "ask", "lots": 1}
    done(floor, buyer, "order.new", {"market": TITLE, "side": "bid", "lots": 1, **PAID})

    whole = far_of(floor, seller, **title, price_ticks=8 * 10_350)

    assert whole is not None
    assert whole.pop("reference_age_s") >= 0
    assert whole == {
        "code": "far_price",
        "reference_ticks": 10_350,
        "reference_source": "last_trade",
        "is_above": True,
        "times": 8,
        "best_bid_ticks": None,
        "best_ask_ticks": None,
        "looks_like": "lot",
        "reference_market": None,
    }
    edges = {ticks: far_of(floor, seller, **title, price_ticks=ticks) for ticks in EDGES}
    assert {ticks: each and each["looks_like"] for ticks, each in edges.items()} == EDGES


PAID = {"price_ticks": 10_350}
EDGES = {  # three times the last price is near; six of eight times is about a server's
    3 * 10_350: None,
    3 * 10_350 + 1: "",
    6 * 10_350 - 1: "",
    6 * 10_350: "lot",
    110_124: "lot",
    110_125: "",
}


def test_without_a_trade_a_price_is_held_against_the_book_but_never_against_its_own_order() -> None:
    floor = market_day()
    seller, buyer = floor.owners[0], floor.buyers[0]
    bid = {"market": LEASE, "side": "bid", "lots": 1}

    least = far_of(floor, buyer, **bid, price_ticks=434)
    eighth = far_of(floor, buyer, **bid, price_ticks=163)
    an_hour = far_of(floor, buyer, **bid, price_ticks=1)

    assert least is None, "a third of the best ask, 1302, is near"
    assert eighth is not None
    assert (eighth["reference_source"], eighth["reference_ticks"]) == ("best_ask", 1302)
    assert (eighth["is_above"], eighth["times"], eighth["looks_like"]) == (False, 8, "gpu")
    assert an_hour is not None
    assert (an_hour["times"], an_hour["looks_like"]) == (1302, "")
    title = {"market": TITLE, "side": "ask", "lots": 1}
    mine = done(floor, seller, "order.new", {**title, "price_ticks": 90_000})["order"]
    first = far_of(floor, seller, "order.amend", order=mine, price_ticks=10_400)
    assert first is None, "the other ask says 10,350"


LATER = "L.H100SXM8.CN-BJ.2025-01"
UNKNOWN_GRADE = "T.H100SXM8.U0.CN-BJ"


def test_a_market_without_a_price_is_held_against_the_nearest_of_its_model() -> None:
    """A server's price for a GPU's in a class that nobody traded; a GPU's rent for a server's."""
    floor = market_day()
    buyer = floor.buyers[0]
    asked = floor.clerk(0, "instrument.new", market=UNKNOWN_GRADE)
    floor.clerk(1, "proposal.approve", proposal=asked[0].proposal)  # type: ignore[attr-defined]
    floor.pass_time(floor.writer.at_ns + HOUR_NS)
    title = {"market": UNKNOWN_GRADE, "side": "bid", "lots": 1}
    lease = {"market": LATER, "side": "bid", "lots": 1}

    server = far_of(floor, buyer, **title, price_ticks=8 * 10_350)
    card = far_of(floor, buyer, **lease, price_ticks=163)

    assert server is not None
    assert (server["reference_market"], server["reference_source"]) == (TITLE, "best_ask")
    assert (server["reference_ticks"], server["times"], server["looks_like"]) == (10_350, 8, "lot")
    assert (server["best_bid_ticks"], server["best_ask_ticks"]) == (None, None)
    assert card is not None
    assert (card["reference_market"], card["looks_like"]) == (LEASE, "gpu")
    assert far_of(floor, buyer, **title, price_ticks=10_350) is None
    assert far_of(floor, buyer, **lease, price_ticks=1_280) is None
    done(floor, buyer, "order.new", {**title, "price_ticks": 40_000})
    own = far_of(floor, floor.buyers[1], **title, price_ticks=10_000)
    assert own is not None
    assert own["reference_market"] is None, "its own bid is nearer than a sister's"


def test_where_nothing_of_the_model_has_a_price_that_is_said() -> None:
    floor = Floor()
    for market in (TITLE, LEASE):
        args = {"market": market, "side": "bid", "lots": 1, "price_ticks": 10_350}
        codes = [
            each["code"] for each in told(floor, floor.buyers[0], "order.new", args)["notices"]
        ]
        assert codes == ["no_price"], market
