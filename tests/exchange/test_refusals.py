"""Refusals come in one fixed order (EXCHANGE 4): of any two reasons the earlier is the answer.

Each spoiler breaks one rule of an order that would stand; every pair of them is broken at once.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import pytest
from msgspec.structs import replace

from exchange.engine.batch_writer import Request
from exchange.orders.rate_gate import RateGate
from ledger.caller import Caller
from ledger.durations import DAY_NS, HOUR_NS
from ledger.events import (
    CashPosted,
    GroupChanged,
    HoldPlaced,
    KycTierSet,
    LeaseGranted,
    PartySuspended,
    RoleRevoked,
)
from ledger.ids import PartyId, PrincipalId
from ledger.refusals import Reason, Refused
from tests.exchange.ground import CASH_MINOR, DAWN_NS, LEASE, SCOPES, TITLE, Floor, server
from tests.house.sources import ROOT

PAGE = ROOT / "docs/design/EXCHANGE.md"
ROW = re.compile(r"^\| (\[planned\] )?(\d+) \| [a-z, ]+ \| ((?:`\w+`(?:, )?)+) \|", re.MULTILINE)


@dataclass
class Case:
    """An order that would be taken, and what is about to be wrong with it."""

    floor: Floor
    market: str
    party: str
    args: dict[str, Any]
    named: list[str] = field(default_factory=list)
    scopes: tuple[str, ...] = SCOPES
    first_used: int = 0
    until_ns: int = 0  # time to pass before it is asked

    @property
    def principal(self) -> PrincipalId:
        """The key of whoever asks; of nobody, if they are nobody."""
        known = self.floor.venue.register.parties.get(PartyId(self.party))
        return known.principals[0] if known is not None else PrincipalId("k-0003")

    def place(self) -> None:
        if self.until_ns:
            self.floor.pass_time(self.until_ns)
        args = dict(self.args)
        if self.named:
            args |= {"nodes": self.named, "lots": len(self.named)}
            args |= {"lots": self.args["lots"]} if self.args["lots"] == 0 else {}
        caller = Caller(self.party, self.principal, self.scopes, "key", "", received_ns=10)
        request = Request("order.new", args, caller)
        self.floor.writer.write(request, self.floor.writer.at_ns + 1, self.first_used)

    def rule(self, **fields: Any) -> None:
        """The market's rule with other limits."""
        market = self.floor.market(self.market)
        assert market.rule is not None
        market.rule = replace(market.rule, **fields)

    def named_server(self, owner: str = "", grade: str = "A", provenance: str = "P1") -> str:
        """One more server; named in the ask."""
        number = len(self.floor.venue.register.nodes) + 1
        self.floor.happen(*server(number, owner or self.party, grade, provenance))
        self.named.append(f"n-{number:04d}")
        return self.named[-1]


def lease_ask() -> Case:
    floor = Floor(owners=2, buyers=2, nodes=2)
    terms = {"market": LEASE, "side": "ask", "lots": 1, "price_ticks": 1300}
    return Case(floor, LEASE, floor.owners[0], terms)


def title_ask() -> Case:
    case = lease_ask()
    case.market = case.args["market"] = TITLE
    return case


def lease_bid() -> Case:
    case = lease_ask()
    case.party = case.floor.buyers[0]
    case.args["side"] = "bid"
    return case


# --- what can be wrong, in the order of EXCHANGE 4


def bad_shape(case: Case) -> None:
    case.args["colour"] = "red"


def bad_field(case: Case) -> None:
    case.args["lots"] = 0


def bad_combination(case: Case) -> None:
    case.args["expires_ns"] = case.floor.writer.at_ns + HOUR_NS


def wrong_side(case: Case) -> None:
    case.args["nodes"] = ["n-0001"]


def rate_limited(case: Case) -> None:
    gate = RateGate()
    for _ in range(400):
        gate.count(case.party, 10, 400)
    case.floor.writer.gate = gate


def scope_missing(case: Case) -> None:
    case.scopes = ("read",)


def party_suspended(case: Case) -> None:
    case.floor.happen(PartySuspended(case.party, "papers"))


def role_missing(case: Case) -> None:
    case.floor.happen(RoleRevoked(case.party, "owner", ""))


def tier_too_low(case: Case) -> None:
    case.floor.happen(KycTierSet(case.party, 0, "", 0))


def key_reused(case: Case) -> None:
    case.first_used = 1


def unknown_market(case: Case) -> None:
    case.args["market"] = "L.H100SXM8.CN-XX.2024-12"


def unknown_node(case: Case) -> None:
    case.named.append("n-9999")


def window_started(case: Case) -> None:
    last_ns = case.floor.market(case.market).spec.last_trade_ns
    assert last_ns is not None
    case.until_ns = last_ns + 12 * HOUR_NS


def phase_forbids(case: Case) -> None:
    case.until_ns = case.until_ns or DAWN_NS + DAY_NS


def outside_band(case: Case) -> None:
    side = case.args["side"]
    market = case.floor.market(case.market)
    market.last_ticks = 100_000 if side == "ask" else 1
    market.last_trade_ns = case.floor.writer.at_ns


def too_many_lots(case: Case) -> None:
    case.rule(max_lots=0)


def notional_limit(case: Case) -> None:
    case.rule(max_notional_minor=1)


def order_limit(case: Case) -> None:
    case.rule(max_open_orders=0)


def position_limit(case: Case) -> None:
    case.rule(position_limit_lots=0)


def would_take(case: Case) -> None:
    floor = case.floor
    other = floor.buyers[1] if case.args["side"] == "ask" else floor.owners[1]
    side = "bid" if case.args["side"] == "ask" else "ask"
    terms = {"market": case.market, "side": side, "lots": 1, "price_ticks": 1300}
    floor.tell(other, "order.new", **terms)
    case.args["post_only"] = "reject"


def not_in_class(case: Case) -> None:
    case.named_server(grade="C")


def not_the_owner(case: Case) -> None:
    case.named_server(owner=case.floor.owners[1])


def evidence_too_weak(case: Case) -> None:
    node = case.named_server()
    case.floor.venue.register.things[node].identity = "weak"


def provenance_too_low(case: Case) -> None:
    case.named_server(provenance="P0")


def on_hold(case: Case) -> None:
    node = case.named_server()
    case.floor.happen(
        HoldPlaced(
            node=node, hold="h-900000", kind="court", from_ns=0, to_ns=0, reference="",
            basis_sha256="",
        )
    )  # fmt: skip


def not_ready(case: Case) -> None:
    case.named_server(grade="U")


def lease_overlap(case: Case) -> None:
    spec = case.floor.market(LEASE).spec
    assert spec.starts_ns is not None
    assert spec.ends_ns is not None
    _leased(case, spec.starts_ns, spec.ends_ns)


def leased_beyond(case: Case) -> None:
    at_ns = case.floor.writer.at_ns
    _leased(case, at_ns + DAY_NS, at_ns + 90 * DAY_NS)


def _leased(case: Case, from_ns: int, to_ns: int) -> None:
    node = case.named_server()
    lessee = case.floor.buyers[1]
    lease = LeaseGranted(
        "l-0001", case.party, lessee, node, [], from_ns, to_ns, 1, 10, 10, 0,
        case.party, 0, 0, "", "", 8,
    )  # fmt: skip
    case.floor.happen(lease)


def holding_period(case: Case) -> None:
    node = case.named_server()
    case.floor.venue.register.things[node].last_sale_ns = case.floor.writer.at_ns


def insufficient_free_lots(case: Case) -> None:
    case.args["lots"] = 3


def insufficient_cash(case: Case) -> None:
    rows = [(f"{case.party}/available", -CASH_MINOR), ("cn-1/external", CASH_MINOR)]
    case.floor.happen(CashPosted("cn-1", "j-000900", "withdraw", "", rows, 0))


Spoiler = Callable[[Case], None]
WHO: list[Spoiler] = [rate_limited, scope_missing, party_suspended]
MARKET: list[Spoiler] = [outside_band, too_many_lots, notional_limit, order_limit]
LEASE_ASK: list[Spoiler] = [
    bad_shape, bad_field, bad_combination, *WHO, role_missing, tier_too_low, key_reused,
    unknown_market, unknown_node, window_started, phase_forbids, *MARKET, would_take, not_in_class,
    not_the_owner, evidence_too_weak, provenance_too_low, on_hold, not_ready, lease_overlap,
    insufficient_free_lots,
]  # fmt: skip
TITLE_ASK: list[Spoiler] = [
    not_in_class, not_the_owner, evidence_too_weak, on_hold, leased_beyond, holding_period,
]  # fmt: skip
LEASE_BID: list[Spoiler] = [
    bad_shape, bad_field, bad_combination, wrong_side, *WHO, tier_too_low, key_reused,
    unknown_market, window_started, phase_forbids, *MARKET, position_limit, would_take,
    insufficient_cash,
]  # fmt: skip
# One of a pair cannot be shown beside the other.
NOT_TOGETHER = [
    {window_started, phase_forbids},  # a market whose window is near is closed as well
    *({insufficient_free_lots, named} for named in LEASE_ASK[9:-1]),  # counts when none is named
    *({insufficient_free_lots, spoilt} for spoilt in (bad_field, unknown_node)),
]


@pytest.mark.parametrize(
    ("make", "spoilers"),
    [(lease_ask, LEASE_ASK), (title_ask, TITLE_ASK), (lease_bid, LEASE_BID)],
    ids=["a lease ask", "a title ask", "a bid"],
)
def test_of_any_two_reasons_the_earlier_is_the_answer(
    make: Callable[[], Case], spoilers: list[Spoiler]
) -> None:
    assert [Reason[each.__name__].rank for each in spoilers] == sorted(
        Reason[each.__name__].rank for each in spoilers
    )
    for first, second in combinations(spoilers, 2):
        if {first, second} in NOT_TOGETHER:
            continue
        case = make()
        second(case)
        first(case)
        assert refusal_of(case) is Reason[first.__name__], f"{first.__name__}, {second.__name__}"


@pytest.mark.parametrize("make", [lease_ask, title_ask, lease_bid])
def test_an_order_without_fault_is_taken(make: Callable[[], Case]) -> None:
    case = make()
    case.place()
    assert len(case.floor.venue.orders) == 1


@pytest.mark.parametrize("spoiler", [*LEASE_ASK, position_limit, insufficient_cash, wrong_side])
def test_each_reason_alone_is_the_answer(spoiler: Spoiler) -> None:
    case = lease_ask() if spoiler in LEASE_ASK else lease_bid()
    spoiler(case)
    assert refusal_of(case) is Reason[spoiler.__name__]


def refusal_of(case: Case) -> Reason:
    with pytest.raises(Refused) as refused:
        case.place()
    assert refused.value.detail.endswith("."), "a refusal is said in a sentence"
    return refused.value.reason


@pytest.mark.parametrize(
    ("spoiler", "reason", "words"),
    [
        (order_limit, Reason.order_limit, "cancel some"),
        (not_in_class, Reason.not_in_class, "its own market"),
        (provenance_too_low, Reason.provenance_too_low, "file its papers"),
        (not_ready, Reason.not_ready, "fresh report"),
        (lease_overlap, Reason.lease_overlap, "another month"),
        (outside_band, Reason.outside_band, "say that, or more"),
        (
            window_started,
            Reason.window_started,
            "first that is open is L.H100SXM8",
        ),
        (would_take, Reason.would_take, "let it trade at once"),
    ],
)
def test_a_refusal_says_what_to_do(spoiler: Spoiler, reason: Reason, words: str) -> None:
    case = lease_ask()
    spoiler(case)
    with pytest.raises(Refused) as refused:
        case.place()
    assert refused.value.reason is reason
    assert words in refused.value.detail


def test_cancels_and_amendments_know_only_ones_own_open_orders() -> None:
    floor = Floor()
    mine = floor.ask(floor.owners[0], 1, 1300)[0].order  # type: ignore[attr-defined]
    closed = floor.ask(floor.owners[0], 1, 1300)[0].order  # type: ignore[attr-defined]
    floor.tell(floor.owners[0], "order.cancel", order=closed)
    for op in ("order.cancel", "order.amend"):
        for party, order, reason in (
            (floor.owners[1], mine, Reason.unknown_order),
            (floor.owners[0], "o-000999", Reason.unknown_order),
            (floor.owners[0], closed, Reason.order_closed),
            (floor.owners[1], closed, Reason.unknown_order),
        ):
            with pytest.raises(Refused) as refused:
                floor.tell(party, op, order=order)
            assert refused.value.reason is reason
            is_known = reason is Reason.order_closed
            assert refused.value.context.get("state") == ("cancelled" if is_known else None)


def test_a_suspended_party_may_cancel_and_its_orders_end() -> None:
    floor = Floor()
    floor.ask(floor.owners[0], 1, 1300)
    events = floor.happen(PartySuspended(floor.owners[0], "papers"))

    assert events[-1].reason == "eligibility"  # type: ignore[attr-defined]
    assert not floor.venue.orders
    floor.tell(floor.owners[0], "order.cancel_all")
    with pytest.raises(Refused) as refused:
        floor.ask(floor.owners[0], 1, 1300)
    assert refused.value.reason is Reason.party_suspended


def test_a_thing_on_offer_is_not_offered_twice() -> None:
    floor = Floor(nodes=1)
    first = floor.ask(floor.owners[0], 1, 1300)[0].order  # type: ignore[attr-defined]
    for market in (LEASE, TITLE):
        for named in ([], ["n-0001"]):
            with pytest.raises(Refused) as refused:
                floor.ask(floor.owners[0], 1, 1300, market=market, nodes=named)
            assert refused.value.reason is Reason.on_hold
            assert first in refused.value.detail


def test_what_is_sold_and_not_yet_settled_is_on_hold() -> None:
    floor = Floor(nodes=1)
    floor.ask(floor.owners[0], 1, 1035, market=TITLE)
    floor.bid(floor.buyers[0], 1, 1035, market=TITLE)
    for party, reason in (
        (floor.owners[0], Reason.on_hold),
        (floor.buyers[0], Reason.not_the_owner),
    ):
        with pytest.raises(Refused) as refused:
            floor.ask(party, 1, 1035, market=TITLE)
        assert refused.value.reason is reason


def test_another_model_s_owner_has_nothing_to_offer_here() -> None:
    floor = Floor()
    with pytest.raises(Refused) as refused:
        floor.ask(floor.buyers[0], 1, 1300)
    assert refused.value.reason is Reason.not_the_owner


def test_a_position_is_counted_for_the_group() -> None:
    floor = Floor(owners=1, buyers=3, nodes=1)
    floor.happen(GroupChanged(floor.buyers[1], floor.buyers[0]))
    market = floor.market()
    assert market.rule is not None
    market.rule = replace(market.rule, position_limit_lots=5)
    floor.bid(floor.buyers[0], 3, 1300)
    with pytest.raises(Refused) as refused:
        floor.bid(floor.buyers[1], 3, 1300)
    assert refused.value.reason is Reason.position_limit
    floor.bid(floor.buyers[2], 3, 1300)
    floor.bid(floor.buyers[1], 2, 1300)


def test_the_page_lists_the_reasons_in_their_order() -> None:
    rows = ROW.findall(PAGE.read_text("utf-8"))
    numbers = [int(number) for _, number, _ in rows]
    built = [code for planned, _, cell in rows for code in re.findall(r"\w+", cell) if not planned]
    ranks = [Reason[code].rank for code in dict.fromkeys(built)]

    assert sorted(set(numbers)) == list(range(1, 48))
    assert numbers == sorted(numbers)
    assert ranks == sorted(ranks), "page and code look in another order"
    assert {spoiler.__name__ for spoiler in [*LEASE_ASK, *TITLE_ASK, *LEASE_BID]} <= set(built)


def test_the_page_promises_no_reason_that_is_built() -> None:
    rows = ROW.findall(PAGE.read_text("utf-8"))
    built = {code for planned, _, cell in rows for code in re.findall(r"\w+", cell) if not planned}
    planned = {code for tag, _, cell in rows for code in re.findall(r"\w+", cell) if tag} - built

    assert planned
    assert not planned & set(Reason.__members__)
