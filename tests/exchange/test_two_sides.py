"""Each limit from both sides: the last value that passes, and the first that is refused and why.

The table stands beside the walk: every function named `must_…` in the ledger and the exchange has
its rows in SIDES, or a line in ELSEWHERE (a state whose two sides another test shows), or in OURS
(it guards us, and no caller can be refused by it).
"""

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
from msgspec.structs import replace

from exchange.books import terms
from exchange.commands import AmendOrder, EndLines, PlaceOrder
from exchange.market.market_rule import must_be_new_market_rule
from exchange.orders import risk
from exchange.orders.rate_gate import RateGate
from exchange.venue import must_be_allowed
from gpubourse import documents
from ledger import commands as c
from ledger.authority.holder_name import must_name_somebody
from ledger.authority.public_key import must_be_a_public_key
from ledger.authority.scopes_in_force import CLOCK_AHEAD_NS, must_be_timely
from ledger.caller import Caller
from ledger.cash.accounts import must_afford
from ledger.cash.deposits import (
    HELD_MOST_MINOR,
    _must_be_countable,
    _must_still_be_there,
)
from ledger.cash.period_close import CLOSE_MOST_NS, must_be_open
from ledger.durations import DAY_NS, HOUR_NS, MS_NS, SECOND_NS
from ledger.events import CashPosted, KycTierSet, PartySuspended, RoleRevoked
from ledger.ids import PartyId
from ledger.moment import Moment
from ledger.offices import must_be_own_or_clerk, must_hold
from ledger.opening.first_rules import FIRST_RULES
from ledger.oversight.log_losses import _must_be_lost
from ledger.oversight.rules import DURATION_MOST_NS, must_be_lawful
from ledger.records import Deposit, Periods
from ledger.refusals import Reason, Refused
from ledger.register import Register
from ledger.reports.report import (
    COLLECTED_BYTES_MOST,
    GPUS_MOST,
    REPORT_BYTES_MOST,
    Unreadable,
    must_be_few,
    must_fit,
    must_fit_together,
)
from ledger.rights.hold import must_be_unheld
from ledger.rights.lease import _must_be_a_span, _must_follow, _must_operate
from ledger.rights.title import _must_be_well_formed
from tests.exchange.ground import CASH_MINOR, LEASE, TITLE, Floor
from tests.house.sources import ROOT, sources
from tests.ledger.ground import AS_BUYER, AS_OPERATOR, AS_SELLER, AS_VENUE, BUYER, give_cash, ground
from tests.ledger.opened import CLERK_1, DAWN_NS, enrolment, opened
from tests.ledger.rights.test_lease import running

Act = Callable[[], object]


class Sides(NamedTuple):
    """A limit, and what is done on each side of it."""

    of: tuple[str, ...]  # the functions that hold it: module.function
    name: str
    passes: Act
    refused: Act
    reason: Reason


# --- orders, by the road that a command takes


def floor_with(**rule: Any) -> Floor:
    floor = Floor(nodes=2)
    market = floor.market()
    assert market.rule is not None
    market.rule = replace(market.rule, **rule)
    return floor


def bids(lots: int = 1, price_ticks: int = 1_300, before: int = 0, **rule: Any) -> Act:
    """A bid under a changed rule, after so many others of one lot."""

    def act() -> None:
        floor = floor_with(**rule)
        for _ in range(before):
            floor.bid(floor.buyers[0], 1, 1_300)
        floor.bid(floor.buyers[0], lots, price_ticks)

    return act


def last_traded(floor: Floor, price_ticks: int, ago_ns: int = 0) -> None:
    """The market's last trade, so long before what is decided next."""
    market = floor.market()
    market.last_ticks, market.last_trade_ns = price_ticks, floor.writer.at_ns + 1 - ago_ns


def beside(side: str, price_ticks: int, reference: int) -> Act:
    def act() -> None:
        floor = floor_with(entry_band_bp=3_000)
        last_traded(floor, reference)
        party = floor.buyers[0] if side == "bid" else floor.owners[0]
        floor.tell(party, "order.new", market=LEASE, side=side, lots=1, price_ticks=price_ticks)

    return act


def after_silence(ago_ns: int, side: str, price_ticks: int, facing_ticks: int = 0) -> Act:
    """An order so long after a trade at 1,000, perhaps before one that stands on the other side."""

    def act() -> None:
        floor = floor_with(entry_band_bp=3_000, reference_max_age_h=168)
        parties = {"bid": floor.buyers[0], "ask": floor.owners[0]}
        if facing_ticks:
            other = "ask" if side == "bid" else "bid"
            place = {"market": LEASE, "side": other, "lots": 1, "price_ticks": facing_ticks}
            floor.tell(parties[other], "order.new", **place)
        last_traded(floor, 1_000, ago_ns)
        place = {"market": LEASE, "side": side, "lots": 1, "price_ticks": price_ticks}
        floor.tell(parties[side], "order.new", **place)

    return act


def amended_beside(price_ticks: int) -> Act:
    def act() -> None:
        floor = floor_with(entry_band_bp=3_000)
        order = floor.bid(floor.buyers[0], 1, 900)[0].order  # type: ignore[attr-defined]
        last_traded(floor, 1_000)
        floor.tell(floor.buyers[0], "order.amend", order=order, price_ticks=price_ticks)

    return act


def rests(price_ticks: int, *, is_amended: bool) -> Act:
    """A post-only bid below an ask at 1,300, from the first or by an amendment."""

    def act() -> None:
        floor = Floor(nodes=2)
        floor.ask(floor.owners[0], 1, 1_300)
        first = 1_000 if is_amended else price_ticks
        placed = floor.bid(floor.buyers[0], 1, first, post_only="reject")
        order = placed[0].order  # type: ignore[attr-defined]
        if is_amended:
            floor.tell(floor.buyers[0], "order.amend", order=order, price_ticks=price_ticks)

    return act


def with_cash_for(lots: int, *, lacking_minor: int = 0, is_amended: bool = False) -> Act:
    def act() -> None:
        floor = Floor(nodes=2)
        buyer, market = floor.buyers[0], floor.market()
        kept = market.held_minor(1_300, lots) - lacking_minor
        rows = [(f"{buyer}/available", kept - CASH_MINOR), ("cn-1/external", CASH_MINOR - kept)]
        floor.happen(CashPosted("cn-1", "j-000900", "withdraw", "", rows, 0))
        placed = floor.bid(buyer, 1 if is_amended else lots, 1_300)
        if is_amended:
            order = placed[0].order  # type: ignore[attr-defined]
            floor.tell(buyer, "order.amend", order=order, lots=lots)
        assert floor.venue.register.available_minor(buyer) == 0, "to the last fen"

    return act


def until(ahead_ns: int, *, is_amended: bool = False) -> Act:
    """An order that expires so long after the instant at which it is decided."""

    def act() -> None:
        floor = floor_with(gtd_max_days=90)
        terms = {"time_in_force": "gtd", "expires_ns": floor.writer.at_ns + 1 + ahead_ns}
        if is_amended:
            terms["expires_ns"] = floor.writer.at_ns + DAY_NS
        placed = floor.bid(floor.buyers[0], 1, 1_300, **terms)
        if is_amended:
            order = placed[0].order  # type: ignore[attr-defined]
            expires_ns = floor.writer.at_ns + 1 + ahead_ns
            floor.tell(floor.buyers[0], "order.amend", order=order, expires_ns=expires_ns)

    return act


def dated(time_in_force: str) -> Act:
    def act() -> None:
        floor = floor_with()
        at_ns = floor.writer.at_ns
        more = {"expires_ns": at_ns + DAY_NS} if time_in_force == "gtd" else {}
        placed = floor.bid(floor.buyers[0], 1, 1_300, time_in_force=time_in_force, **more)
        order = placed[0].order  # type: ignore[attr-defined]
        floor.tell(floor.buyers[0], "order.amend", order=order, expires_ns=at_ns + 2 * DAY_NS)

    return act


def of_tier(tier: int, price_ticks: int = 1_300, market: str = LEASE) -> Act:
    def act() -> None:
        floor = Floor(nodes=2)
        floor.happen(KycTierSet(floor.buyers[0], tier, "", 0))
        floor.bid(floor.buyers[0], 1, price_ticks, market=market)

    return act


def asks(*, is_owner: bool = True, nodes: tuple[str, ...] = (), lots: int = 1) -> Act:
    def act() -> None:
        floor = Floor(nodes=2)
        if not is_owner:
            floor.happen(RoleRevoked(floor.owners[0], "owner", ""))
        floor.ask(floor.owners[0], lots, 1_300, **({"nodes": list(nodes)} if nodes else {}))

    return act


def placeable(phase: Any, before_last_ns: int, *, rests: bool = True) -> Act:
    def act() -> None:
        floor = Floor(nodes=1)
        market = floor.market()
        assert market.spec.last_trade_ns is not None
        market.phase = phase
        at_ns = market.spec.last_trade_ns - before_last_ns
        risk.must_be_placeable(floor.venue, market, at_ns, rests)

    return act


def rate(count: int, after_ns: int) -> Act:
    """So many orders at one instant, of three in two seconds, and one more so long after."""

    def act() -> None:
        gate = RateGate()
        for _ in range(count):
            gate.count("p-0002", SECOND_NS, 3)
        gate.must_pass(PartyId("p-0002"), SECOND_NS + after_ns, 3, 2)

    return act


def in_market(market: str) -> Act:
    def act() -> None:
        floor = Floor(nodes=2)
        floor.bid(floor.buyers[0], 1, 1_300, market=market)

    return act


def shaped(**changes: Any) -> Act:
    order = PlaceOrder(market=LEASE, side="ask", lots=1, price_ticks=1)
    return lambda: terms.must_have_shape(replace(order, **changes))


def reshaped(**changes: Any) -> Act:
    return lambda: terms.must_have_amendable_shape(AmendOrder(order="o-000001", **changes))


def from_line(line: str) -> Act:
    order = PlaceOrder(market=LEASE, side="ask", lots=1, price_ticks=1, cancel_on_disconnect=True)
    return lambda: terms.must_come_by_a_line(order, line)


def engine_act(*, is_engine: bool) -> Act:
    """What the engine alone may do."""

    def act() -> None:
        caller = Caller() if is_engine else Caller(party=PartyId("p-0002"), scopes=("operate",))
        must_be_allowed(Floor(nodes=1).venue.register, EndLines(PartyId("p-0002"), ["7"]), caller)

    return act


def allowed(scopes: tuple[str, ...] = ("trade",), *, is_suspended: bool = False) -> Act:
    def act() -> None:
        floor = Floor(nodes=1)
        buyer = floor.buyers[0]
        if is_suspended:
            floor.happen(PartySuspended(buyer, "papers"))
        order = PlaceOrder(market=LEASE, side="bid", lots=1, price_ticks=1)
        must_be_allowed(floor.venue.register, order, Caller(party=buyer, scopes=scopes))

    return act


def market_rule(pattern: str = "T.*", **changes: Any) -> Act:
    return lambda: must_be_new_market_rule(pattern, FIRST_RULES["market:T.*"] | changes)


def fees(maker: int) -> dict[str, Any]:
    one = {"maker": maker, "taker": 10, "flat": 5}
    return {"fee_bp": {"ask": one, "bid": one}}


# --- the ledger


def signed_at(received_after_ns: int) -> Act:
    """A command of 5 s, received so long after it was issued."""
    document = documents.command_document(
        args={}, issued_ns=10**18, key="k", op="order.cancel_all", party="p-0002",
        principal="k-0003", valid_ms=5_000, venue="cn-1",
    )  # fmt: skip
    return lambda: must_be_timely(documents.signed_bytes(document), 10**18 + received_after_ns)


def affords(needed_minor: int) -> Act:
    def act() -> None:
        register = ground()
        give_cash(register, f"{BUYER}/available", 100)
        must_afford(register, BUYER, needed_minor, "to try")

    return act


def paid_in(amount_minor: int) -> Act:
    def act() -> None:
        register = ground()
        give_cash(register, f"{BUYER}/available", 100)
        _must_be_countable(register, amount_minor)

    return act


def taken_back(amount_minor: int) -> Act:
    def act() -> None:
        register = ground()
        give_cash(register, f"{BUYER}/available", 100)
        _must_still_be_there(register, Deposit(1, BUYER, amount_minor))

    return act


def lost(common_size: int, journal_position: int = 20) -> Act:
    """A log of nine entries of which so many are the journal's still."""
    origin = "gpubourse/cn-1/0123456789abcdef"
    command = c.AcceptLogLoss(
        *(origin, 9, "A" * 43, journal_position, "A" * 43, "a disk"), common_size=common_size
    )
    return lambda: _must_be_lost(command)


def metered(*, gpu_ns: int, hours: int = 1, late_ns: int = 0) -> Act:
    """A span of a lease of eight GPUs that runs; it ends so long after now."""

    def act() -> None:
        register = running()
        lease = register.leases["l-0001"]
        to_ns = lease.metered_to_ns + hours
        command = c.MeterUsage("l-0001", lease.metered_to_ns, to_ns, gpu_ns)
        register.moment.at_ns = to_ns - late_ns
        _must_be_a_span(lease, command)
        _must_follow(register, lease, command, register.moment)

    return act


def metered_by(caller: Caller) -> Act:
    def act() -> None:
        register = running()
        _must_operate(register, register.leases["l-0001"], caller)

    return act


def effective(after_now_ns: int) -> Act:
    command = c.IssueTitle(["n-0003"], basis="opening", effective_ns=1_000 + after_now_ns)
    return lambda: _must_be_well_formed(command, Moment(1_000))


def closed_up_to(to_ns: int, effect_ns: int) -> Act:
    """An act that takes effect when the months up to an instant are closed."""
    register = Register(periods=Periods(closed_to_ns=to_ns))
    return lambda: must_be_open(register, effect_ns)


def enrolled(**changes: Any) -> Act:
    """A party's own key, asked for at dawn."""
    return lambda: opened().do(enrolment("p-0001", "new", ["read"], **changes), CLERK_1)


def held(*holds: str) -> Act:
    def act() -> None:
        thing = ground().things["n-0003"]
        thing.holds.update(dict.fromkeys(holds, "court"))
        must_be_unheld(thing)

    return act


def lawful(rule: str, value: Any) -> Act:
    return lambda: must_be_lawful(rule, value)


def limits(*tiers: int | None) -> dict[str, Any]:
    return {"lease_minor": list(tiers), "title_day_minor": [None] * 4}


BAND: Final = ("entry_band.must_be_in_band",)
SHAPE: Final = ("terms.must_have_shape",)
RULE: Final = ("rules.must_be_lawful", "rules._must_be_whole")
EXPIRY: Final = ("placing.must_expire_in_time", "placing._must_expire_in_time")
R: Final = Reason
MOST: Final = terms.LOTS_MOST
NOTIONAL: Final = Floor(nodes=1).market().notional_minor(1_300, 2)
SIDES: Final[list[Sides]] = [
    Sides(BAND, "a bid", beside("bid", 1_300, 1_000), beside("bid", 1_301, 1_000), R.outside_band),
    Sides(BAND, "an ask", beside("ask", 700, 1_000), beside("ask", 699, 1_000), R.outside_band),
    Sides(
        BAND,
        "the age of the last price",
        after_silence(168 * HOUR_NS, "ask", 300),
        after_silence(168 * HOUR_NS - 1, "ask", 300),
        R.outside_band,
    ),
    Sides(
        BAND,
        "an ask before the best bid, the last price too old",
        after_silence(168 * HOUR_NS, "ask", 210, 300),
        after_silence(168 * HOUR_NS, "ask", 209, 300),
        R.outside_band,
    ),
    Sides(
        BAND,
        "a bid before the best ask, the last price too old",
        after_silence(168 * HOUR_NS, "bid", 390, 300),
        after_silence(168 * HOUR_NS, "bid", 391, 300),
        R.outside_band,
    ),
    Sides(
        ("placing._must_fit_amended",),
        "the band",
        amended_beside(1_300),
        amended_beside(1_301),
        R.outside_band,
    ),
    Sides(
        ("risk.must_fit_market",), "lots", bids(5, max_lots=5), bids(6, max_lots=5), R.too_many_lots
    ),
    Sides(
        ("risk.must_fit_notional",),
        "worth",
        bids(2, max_notional_minor=NOTIONAL),
        bids(2, max_notional_minor=NOTIONAL - 1),
        R.notional_limit,
    ),
    Sides(
        ("risk.must_have_room",),
        "orders",
        bids(before=1, max_open_orders=2),
        bids(before=2, max_open_orders=2),
        R.order_limit,
    ),
    Sides(
        ("risk.must_be_within_position_limit",),
        "lots",
        bids(3, before=2, position_limit_lots=5),
        bids(4, before=2, position_limit_lots=5),
        R.position_limit,
    ),
    Sides(
        ("risk.must_not_take",),
        "placed",
        rests(1_299, is_amended=False),
        rests(1_300, is_amended=False),
        R.would_take,
    ),
    Sides(
        ("placing._must_fit_amended",),
        "post-only",
        rests(1_299, is_amended=True),
        rests(1_300, is_amended=True),
        R.would_take,
    ),
    Sides(
        ("risk.must_have_cash",),
        "placed",
        with_cash_for(2),
        with_cash_for(2, lacking_minor=1),
        R.insufficient_cash,
    ),
    Sides(
        ("risk.must_have_cash",),
        "amended",
        with_cash_for(2, is_amended=True),
        with_cash_for(2, lacking_minor=1, is_amended=True),
        R.insufficient_cash,
    ),
    Sides(EXPIRY, "far", until(90 * DAY_NS), until(90 * DAY_NS + 1), R.bad_field),
    Sides(EXPIRY, "near", until(1), until(0), R.bad_field),
    Sides(
        EXPIRY,
        "far, amended",
        until(90 * DAY_NS, is_amended=True),
        until(90 * DAY_NS + 1, is_amended=True),
        R.bad_field,
    ),
    Sides(
        EXPIRY, "near, amended", until(1, is_amended=True), until(0, is_amended=True), R.bad_field
    ),
    Sides(("placing._must_have_expiry",), "amended", dated("gtd"), dated("gtc"), R.bad_combination),
    Sides(("risk.must_qualify",), "tier", of_tier(1), of_tier(0), R.tier_too_low),
    Sides(("risk.must_qualify",), "role", asks(), asks(is_owner=False), R.role_missing),
    Sides(
        ("tier_limit.must_be_within_tier",),
        "a day's title",
        of_tier(2, 25_000, TITLE),
        of_tier(2, 25_001, TITLE),
        R.tier_too_low,
    ),
    Sides(
        ("risk.must_know_market", "placing._must_be_welcome"),
        "market",
        in_market(LEASE),
        in_market("L.H100SXM8.CN-XX.2024-12"),
        R.unknown_market,
    ),
    Sides(
        ("risk.must_know_things",),
        "thing",
        asks(nodes=("n-0001",)),
        asks(nodes=("n-9999",)),
        R.unknown_node,
    ),
    Sides(
        ("deliverables._must_all_be_free",),
        "thing",
        asks(nodes=("n-0002",)),
        asks(nodes=("n-0003",)),
        R.not_the_owner,
    ),
    Sides(
        ("risk.must_be_placeable",),
        "window",
        placeable("continuous", 1),
        placeable("continuous", 0),
        R.window_started,
    ),
    Sides(
        ("risk.must_be_placeable",),
        "phase",
        placeable("pre_open", 1),
        placeable("closed", 1),
        R.phase_forbids,
    ),
    Sides(
        ("risk.must_be_placeable",),
        "rest",
        placeable("continuous", 1, rests=False),
        placeable("pre_open", 1, rests=False),
        R.phase_forbids,
    ),
    Sides(("rate_gate.must_pass",), "count", rate(2, 0), rate(3, 0), R.rate_limited),
    Sides(
        ("rate_gate.must_pass",),
        "time",
        rate(3, 2 * SECOND_NS),
        rate(3, 2 * SECOND_NS - 1),
        R.rate_limited,
    ),
    Sides(SHAPE, "least price", shaped(price_ticks=1), shaped(price_ticks=0), R.bad_field),
    Sides(SHAPE, "most price", shaped(price_ticks=MOST), shaped(price_ticks=MOST + 1), R.bad_field),
    Sides(SHAPE, "least lots", shaped(lots=1), shaped(lots=0), R.bad_field),
    Sides(SHAPE, "most lots", shaped(lots=MOST), shaped(lots=MOST + 1), R.bad_field),
    Sides(
        ("terms._must_name_each_lot_once",),
        "count",
        shaped(nodes=["n-0001"]),
        shaped(nodes=["n-0001", "n-0002"]),
        R.bad_field,
    ),
    Sides(
        ("terms._must_name_each_lot_once",),
        "once",
        shaped(lots=2, nodes=["n-0001", "n-0002"]),
        shaped(lots=2, nodes=["n-0001", "n-0001"]),
        R.bad_field,
    ),
    Sides(
        ("terms.must_have_amendable_shape",),
        "least price",
        reshaped(price_ticks=1),
        reshaped(price_ticks=0),
        R.bad_field,
    ),
    Sides(
        ("terms.must_have_amendable_shape",),
        "most price",
        reshaped(price_ticks=MOST),
        reshaped(price_ticks=MOST + 1),
        R.bad_field,
    ),
    Sides(
        ("terms.must_have_amendable_shape",),
        "least lots",
        reshaped(lots=0),
        reshaped(lots=-1),
        R.bad_field,
    ),
    Sides(
        ("terms.must_have_amendable_shape",),
        "most lots",
        reshaped(lots=MOST),
        reshaped(lots=MOST + 1),
        R.bad_field,
    ),
    Sides(("terms.must_come_by_a_line",), "line", from_line("7"), from_line(""), R.bad_combination),
    Sides(
        ("venue.must_be_allowed",),
        "the engine",
        engine_act(is_engine=True),
        engine_act(is_engine=False),
        R.scope_missing,
    ),
    Sides(
        ("venue.must_be_allowed", "venue._must_have_scope"),
        "scope",
        allowed(),
        allowed(("read",)),
        R.scope_missing,
    ),
    Sides(
        ("venue._must_not_be_suspended",),
        "standing",
        allowed(),
        allowed(is_suspended=True),
        R.party_suspended,
    ),
    Sides(
        ("market_rule.must_be_new_market_rule",),
        "pattern",
        market_rule(),
        market_rule("T.H100SXM8.*"),
        R.bad_field,
    ),
    Sides(
        ("market_rule._must_charge_lawfully",),
        "sum",
        market_rule(**fees(-10)),
        market_rule(**fees(-11)),
        R.bad_field,
    ),
    Sides(
        ("market_rule._must_be_known", "market_rule._must_be_one_of"),
        "mode",
        market_rule(modes=["continuous"]),
        market_rule(modes=["call"]),
        R.bad_field,
    ),
    Sides(
        ("scopes_in_force.must_be_timely", "scopes_in_force.must_be_within"),
        "late",
        signed_at(5_000 * MS_NS),
        signed_at(5_000 * MS_NS + 1),
        R.too_late,
    ),
    Sides(
        ("scopes_in_force.must_be_timely", "scopes_in_force.must_be_within"),
        "ahead",
        signed_at(-CLOCK_AHEAD_NS),
        signed_at(-CLOCK_AHEAD_NS - 1),
        R.clock_ahead,
    ),
    Sides(("accounts.must_afford",), "cash", affords(100), affords(101), R.insufficient_cash),
    Sides(
        ("deposits._must_still_be_there",),
        "taken back",
        taken_back(100),
        taken_back(101),
        R.insufficient_cash,
    ),
    Sides(
        ("log_losses._must_be_lost",),
        "entries that are left",
        lost(common_size=8),
        lost(common_size=9),
        R.bad_combination,
    ),
    Sides(
        ("log_losses._must_be_lost",),
        "entries of a short journal",
        lost(common_size=7, journal_position=7),
        lost(common_size=8, journal_position=7),
        R.bad_combination,
    ),
    Sides(
        ("deposits._must_be_countable",),
        "held",
        paid_in(HELD_MOST_MINOR - 100),
        paid_in(HELD_MOST_MINOR - 99),
        R.bad_field,
    ),
    Sides(
        ("lease._must_be_a_span",), "GPU time", metered(gpu_ns=8), metered(gpu_ns=9), R.bad_field
    ),
    Sides(
        ("lease._must_be_a_span",),
        "length",
        metered(gpu_ns=0),
        metered(gpu_ns=0, hours=0),
        R.bad_field,
    ),
    Sides(
        ("lease._must_follow",),
        "now",
        metered(gpu_ns=8),
        metered(gpu_ns=8, late_ns=1),
        R.wrong_state,
    ),
    Sides(
        ("lease._must_operate",),
        "party",
        metered_by(AS_OPERATOR),
        metered_by(AS_BUYER),
        R.not_your_party,
    ),
    Sides(
        ("principal.must_be_terms",),
        "valid to",
        enrolled(valid_to_ns=DAWN_NS + 1),
        enrolled(valid_to_ns=DAWN_NS),
        R.bad_field,
    ),
    Sides(
        ("principal._must_be_a_network",),
        "network",
        enrolled(ip_allow=["203.0.113.0/24"]),
        enrolled(ip_allow=["203.0.113.1/24"]),
        R.bad_field,
    ),
    Sides(("title._must_be_well_formed",), "title from", effective(0), effective(1), R.bad_field),
    Sides(("hold.must_be_unheld",), "hold", held(), held("h-000001"), R.on_hold),
    Sides(
        ("offices.must_hold",),
        "role",
        lambda: must_hold(ground(), AS_VENUE, "cashier"),
        lambda: must_hold(ground(), AS_SELLER, "cashier"),
        R.role_missing,
    ),
    Sides(
        ("offices.must_be_own_or_clerk",),
        "party",
        lambda: must_be_own_or_clerk(ground(), AS_SELLER, AS_SELLER.party),
        lambda: must_be_own_or_clerk(ground(), AS_SELLER, AS_BUYER.party),
        R.not_your_party,
    ),
    Sides(
        ("holder_name.must_name_somebody",),
        "name",
        lambda: must_name_somebody("a"),
        lambda: must_name_somebody("\u200b "),
        R.bad_field,
    ),
    Sides(
        ("public_key.must_be_a_public_key",),
        "key",
        lambda: must_be_a_public_key("jA8fjDqyfp4WipgPrSf5Mf7Jqx-GwzFD0zY8A76ZvqM"),
        lambda: must_be_a_public_key("A" * 43),
        R.bad_field,
    ),
    Sides(
        ("period_close.must_be_open",),
        "effect at",
        closed_up_to(DAY_NS, DAY_NS),
        closed_up_to(DAY_NS, DAY_NS - 1),
        R.period_closed,
    ),
    Sides(RULE, "shortest", lawful("proposal", 1), lawful("proposal", 0), R.bad_field),
    Sides(
        RULE,
        "latest close",
        lawful("period_close", CLOSE_MOST_NS),
        lawful("period_close", CLOSE_MOST_NS + 1),
        R.bad_field,
    ),
    Sides(
        RULE,
        "longest",
        lawful("proposal", DURATION_MOST_NS),
        lawful("proposal", DURATION_MOST_NS + 1),
        R.bad_field,
    ),
    Sides(
        RULE,
        "least amount",
        lawful("withdrawal_alone", 0),
        lawful("withdrawal_alone", -1),
        R.bad_field,
    ),
    Sides(
        ("rules._must_limit_each_tier",),
        "tiers",
        lawful("kyc_limits", limits(0, 0, 0, None)),
        lawful("kyc_limits", limits(0, 0, 0)),
        R.bad_field,
    ),
    Sides(
        ("rules._must_limit_each_tier",),
        "limit",
        lawful("kyc_limits", limits(0, 0, 0, 0)),
        lawful("kyc_limits", limits(0, 0, 0, -1)),
        R.bad_field,
    ),
    Sides(
        ("report.must_fit",),
        "bytes",
        lambda: must_fit(REPORT_BYTES_MOST),
        lambda: must_fit(REPORT_BYTES_MOST + 1),
        R.too_large,
    ),
    Sides(
        ("report.must_fit_together",),
        "bytes of a collection",
        lambda: must_fit_together(COLLECTED_BYTES_MOST),
        lambda: must_fit_together(COLLECTED_BYTES_MOST + 1),
        R.too_large,
    ),
    Sides(
        ("report.must_be_few",),
        "GPUs",
        lambda: must_be_few(GPUS_MOST),
        lambda: must_be_few(GPUS_MOST + 1),
        R.too_large,
    ),
]

# A state rather than a number: the test that shows the one that passes and the one that does not.
ELSEWHERE: Final[dict[str, tuple[str, str]]] = {  # a function -> its file under tests, its test
    "venue.must_fit_journal": (
        "../exchange/test_bounds.py",
        "test_an_event_that_no_journal_holds_is_refused_before_it_is_applied",
    ),
    "register.must_not_have_ended": (
        "test_ended_records.py",
        "test_what_ended_long_ago_is_ended_and_not_unknown",
    ),
    "approvals._must_meet_a_need": (
        "oversight/test_approvals.py",
        "test_a_yes_counts_only_with_the_scope_and_an_office_behind_it",
    ),
    "approvals._must_be_another_person": (
        "oversight/test_approvals.py",
        "test_one_person_approving_twice_is_refused",
    ),
    "approvals._must_still_be_wanted": (
        "oversight/test_approvals.py",
        "test_a_yes_of_a_key_revoked_since_does_not_count",
    ),
    "deposits.must_not_wait_twice": (
        "cash/test_reversed_deposits.py",
        "test_one_reversal_of_a_deposit_waits_at_a_time",
    ),
    "log_losses.must_not_wait_for_this_head": (
        "oversight/test_log_losses.py",
        "test_one_proposal_of_a_head_waits_at_a_time",
    ),
    "log_losses._must_be_new": (
        "oversight/test_log_losses.py",
        "test_a_head_is_accepted_once_and_another_one_of_that_log_may_follow",
    ),
    "ownership.must_not_wait_already": (
        "parties/test_ownership.py",
        "test_a_second_one_does_not_wait_beside_the_first",
    ),
    "ownership._must_be_news": (
        "parties/test_ownership.py",
        "test_what_stands_already_is_not_declared_again",
    ),
    "party._must_allow": (
        "parties/test_party.py",
        "test_every_standing_and_verb",
    ),
    "party._must_be_a_role": (
        "parties/test_party.py",
        "test_a_role_that_nobody_knows_is_refused",
    ),
    "site_consent.must_not_wait_for_a_site": (
        "inspection/test_site_consent.py",
        "test_a_wrong_site_of_an_untitled_server_is_put_right",
    ),
    "site_consent.must_wait_for_no_other_site": (
        "inspection/test_site_consent.py",
        "test_the_same_report_at_an_own_site_places_it_at_once",
    ),
    "site_consent._must_be_untitled": (
        "inspection/test_site_consent.py",
        "test_a_word_is_taken_back_until_there_is_a_title_and_counts_as_a_no",
    ),
    "site_words.must_not_be_refused": (
        "inspection/test_site_consent.py",
        "test_a_no_stands_for_a_day_whichever_site_of_the_operator_is_named",
    ),
    "site_words.must_be_few": (
        "inspection/test_site_consent.py",
        "test_an_operators_list_has_an_end_for_one_guest_and_for_all",
    ),
    "site.must_take_servers": (
        "inspection/test_site_consent.py",
        "test_nothing_is_placed_at_a_site_that_has_closed",
    ),
    "title.must_not_be_proposed_already": (
        "oversight/test_approvals.py",
        "test_title_is_asked_for_once_at_a_time",
    ),
    "title._must_be_untitled": (
        "rights/test_title.py",
        "test_title_is_issued_once",
    ),
    "acceptance.must_match": (
        "settlement/test_acceptance.py",
        "test_keys_that_lack_a_card_are_refused",
    ),
    "delivery._must_be": (
        "settlement/test_delivery_versus_payment.py",
        "test_who_may_not",
    ),
    "delivery._must_have_custody": (
        "settlement/test_delivery_versus_payment.py",
        "test_the_operator_or_the_venues_custodian_confirms",
    ),
    "delivery._must_be_shippable": (
        "settlement/test_delivery_versus_payment.py",
        "test_single_cards_do_not_travel",
    ),
    "delivery._must_allow": (
        "settlement/test_delivery_versus_payment.py",
        "test_every_state_and_verb",
    ),
    "site._must_be_a_status": (
        "things/test_site.py",
        "test_a_site_has_a_status_that_is_known",
    ),
    "reinspection._must_be_well_formed": (
        "inspection/test_reinspection.py",
        "test_an_inspectors_words_are_few",
    ),
    "open_venue._must_be_well_formed": (
        "opening/test_open_venue.py",
        "test_what_nobody_knows_is_refused",
    ),
    "nvidia_text._must_be_whole": (
        "inventory/test_nvidia_text.py",
        "test_a_cut_block_is_refused_with_its_byte_and_line",
    ),
    "principal._must_be_a_new_public_key": (
        "parties/test_principal.py",
        "test_a_key_is_enrolled_once",
    ),
}
OURS: Final[dict[str, str]] = {
    "batch_writer.must_pass": "asks the rate gate, by the rule",
    "group_decider.must_not_jump": "the engine's clock: ClockJumped",
    "readable_journal.must_be_accounts": "an auditor's reading: UnreadableRow",
    "readable_journal.must_be_names": "an auditor's reading: UnreadableRow",
    "readable_journal.must_reach_its_commits": "an auditor's reading: UnreadableRow",
    "recent_commits.must_stand": "another history: HistoryLost",
    "replay._must_be_of": "a saved state of another journal",
    "ops._must_be_one_row_each": "the table of ops, at import",
    "commit_checks.must_end_commits": "an auditor's question: NoSuchCommit",
    "commit_checks.must_begin_commit": "an auditor's question: NoSuchCommit",
    "head_succession.must_follow": "a log's reader: LogFault",
    "witness_policy._must_be_new": "a reader's policy file: BadPolicy",
    "log_check._must_be": "a log's reader: LogFault",
    "log_check._must_be_equal": "a log's reader: LogFault",
    "tree_head._must_be_signed": "a log's reader: BadNote",
    "replay._must_be_named": "a saved state that no attestation names",
    "rights.must_be_its_signers": "an auditor's question to the deciders: their refusals",
    "server_places.must_be_of_our_version": "the embedded server's folder",
    "group_commit.must_hold": "the fence: Deposed",
    "continuity.must_continue": "the journal's own: OutOfSequence",
    "continuity.must_be_marked": "the journal's own: OutOfSequence",
    "continuity.must_be_whole": "the journal's own: JournalUnavailable",
    "continuity.must_have_no_holes": "the journal's own: JournalUnavailable, at a start",
    "commit_chain.must_follow": "the journal's own: it is told where the chain breaks",
    "database_connection.must_be_none": "the server's warnings: JournalUnavailable",
    "migrations.must_be_current": "the schema: SchemaRefused",
    "postgres._must_be_durable": "the server's settings: JournalUnavailable",
}


@pytest.mark.parametrize("sides", SIDES, ids=[f"{each.of[0]}: {each.name}" for each in SIDES])
def test_the_last_value_passes_and_the_first_beyond_is_refused(sides: Sides) -> None:
    sides.passes()

    with pytest.raises((Refused, Unreadable)) as caught:
        sides.refused()
    error = caught.value
    assert (error.reason.name if isinstance(error, Refused) else error.code) == sides.reason.name


def test_each_limit_has_its_two_sides() -> None:
    found = set(limits_declared())
    told = {name for sides in SIDES for name in sides.of}
    known = told | ELSEWHERE.keys() | OURS.keys()

    assert not found - known, "give each its rows in SIDES"
    assert not known - found, "these are gone"
    assert not told & ELSEWHERE.keys()


def test_what_is_shown_elsewhere_is_shown_there() -> None:
    for name, (path, test) in ELSEWHERE.items():
        assert f"def {test}(" in (ROOT / "tests/ledger" / path).read_text("utf-8"), name


def limits_declared() -> list[str]:
    """Every function named `must_…`, wherever it stands in the ledger and the exchange."""
    return [
        f"{Path(source.path).stem}.{node.name}"
        for source in sources("ledger", "exchange")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.lstrip("_").startswith("must_")
    ]
