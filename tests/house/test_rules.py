"""Every field of every dated rule is enforced, or refused by name in a new one.

A day of trading is played under the first rules, and again with one field changed: something must
go another way. The first rules' own values stay as they are stored.
"""

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from exchange.market.market_rule import MarketRule
from exchange.orders.rate_gate import RateGate
from ledger.durations import DAY_NS, HOUR_NS
from ledger.events import Event, KycTierSet, RuleSet
from ledger.ids import ThingId
from ledger.opening.first_rules import FIRST_RULES
from ledger.refusals import Reason, Refused
from tests.exchange.ground import LEASE, TITLE, Floor
from tests.house.test_members import DUMP, trading
from tests.house.test_members import LEASE as LET
from tests.ledger.hall import Hall

MARKETS = {"T": TITLE, "L": LEASE}
SECOND_NS = 1_000_000_000

# Each field's other value: one that bites in `day`.
OTHERS: dict[str, Any] = {
    "pattern": "T.B200SXM8.*",
    "modes": ["call"],
    "timetable": [["00:00", "closed"], ["00:01", "pre_open"], ["12:30", "continuous"]],
    "tick_minor": 2,
    "max_lots": 1,
    "max_notional_minor": 1_000,
    "entry_band_bp": 100,
    "static_band_bp": 500,
    "dynamic_band_bp": 500,
    "fee_bp.ask.maker": 7,
    "fee_bp.ask.taker": 7,
    "fee_bp.ask.flat": 7,
    "fee_bp.bid.maker": 7,
    "fee_bp.bid.taker": 7,
    "fee_bp.bid.flat": 7,
    "deposit_bp": 777,
    "holding_days": 1,
    "settlement_days": 3,
    "inspection_h": 48,
    "eligible.ask_roles": ["lessee"],
    "eligible.bid_roles": ["lender"],
    "eligible.kyc_tier": 3,
    "eligible.identity": "",  # the other of the two
    "eligible.provenance": ["P2"],
    "self_trade": "decrement",
    "gtd_max_days": 1,
    "rate.orders": 1,
    "rate.seconds": 5,
    "max_open_orders": 1,
    "position_limit_lots": 1,
    "reference_max_age_h": 1,
}


def leaves(kind: Any = MarketRule, path: str = "") -> Iterator[str]:
    """Every field of a market rule, by its path."""
    for member in msgspec.structs.fields(kind):
        if isinstance(member.type, type) and issubclass(member.type, msgspec.Struct):
            yield from leaves(member.type, f"{path}{member.name}.")
        else:
            yield f"{path}{member.name}"


def first(kind: str) -> dict[str, Any]:
    """The first rule of a kind of market; the rate is slower, so that a day meets it."""
    rule: dict[str, Any] = deepcopy(FIRST_RULES[f"market:{kind}.*"])
    return rule | {"rate": {"orders": 2, "seconds": 2}}


def changed(kind: str, field: str) -> dict[str, Any]:
    """The same rule with another value of one field."""
    rule = first(kind)
    *folders, name = field.split(".")
    place = rule
    for folder in folders:
        place[folder] = dict(place[folder])
        place = place[folder]
    value = OTHERS[field]
    if field == "eligible.identity":
        value = "medium" if place[name] == "strong" else "strong"
    assert place[name] != value
    place[name] = value
    return rule


def day(market: str) -> list[Any]:
    """What becomes of a day's orders: facts and refusals, in their order."""
    floor = Floor()
    owners, buyers = floor.owners, floor.buyers
    told: list[Any] = []
    wall_ns = [0]
    floor.writer.gate = RateGate()
    floor.happen(*(KycTierSet(party, 2, "", 0) for party in buyers))
    things = floor.venue.register.things
    things[ThingId("n-0001")].identity = "medium"
    things[ThingId("n-0002")].last_sale_ns = floor.writer.at_ns - 2 * DAY_NS

    def order(party: str, side: str, price_ticks: int, lots: int = 1, **more: Any) -> None:
        wall_ns[0] += more.pop("later_s", 10) * SECOND_NS
        terms: dict[str, Any] = {
            "market": market,
            "side": side,
            "price_ticks": price_ticks,
            "lots": lots,
        }
        request = floor.request(party, "order.new", **terms, **more)
        request = replace(request, caller=replace(request.caller, received_ns=wall_ns[0]))
        try:
            batch = floor.writer.write(request, floor.writer.at_ns + 1)
        except Refused as refused:
            told.append(refused.reason)
        else:
            told.extend(batch.events)

    order(owners[0], "ask", 1_300, nodes=["n-0003"])
    order(buyers[0], "bid", 1_300)  # takes
    order(buyers[0], "bid", 1_290)
    order(owners[1], "ask", 1_290)  # takes
    order(owners[0], "ask", 1_300, nodes=["n-0001"])
    order(owners[0], "ask", 1_310, nodes=["n-0002"])
    order(buyers[1], "bid", 1_200)
    order(buyers[1], "bid", 1_201, lots=3)
    order(buyers[1], "bid", 1_450)
    in_a_month_ns = floor.writer.at_ns + 30 * DAY_NS
    order(buyers[1], "bid", 1_202, time_in_force="gtd", expires_ns=in_a_month_ns)
    order(buyers[0], "bid", 1_100)
    order(buyers[0], "bid", 1_101, later_s=0)
    order(buyers[0], "bid", 1_102, later_s=3)
    floor.pass_time(floor.writer.at_ns + HOUR_NS)
    for price_ticks in (900, 950):  # within the band of the best bid or of the last price: not both
        order(owners[0], "ask", price_ticks, nodes=["n-0004"])
    return told


@pytest.mark.parametrize("kind", MARKETS)
def test_the_day_meets_what_the_rules_are_about(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FIRST_RULES, f"market:{kind}.*", first(kind))

    names = {type(each).__name__ for each in day(MARKETS[kind])}

    assert {"OrderAccepted", "Traded"} <= names
    assert ("SettlementOpened" if kind == "T" else "LeaseGranted") in names


def test_every_field_of_a_market_rule_has_another_value() -> None:
    assert list(leaves()) == list(OTHERS)


@pytest.mark.parametrize("kind", MARKETS)
@pytest.mark.parametrize("field", OTHERS)
def test_every_field_of_a_market_rule_is_enforced_or_refused(
    kind: str, field: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = changed(kind, field)
    refusal = _refused(f"market:{kind}.*", rule)
    if refusal is not None:
        named = field.rsplit(".", maxsplit=1)[-1].removesuffix("s")
        assert (refusal.reason, named in refusal.detail) == (Reason.bad_field, True)
        return
    key = f"market:{kind}.*"
    monkeypatch.setitem(FIRST_RULES, key, first(kind))
    before = day(MARKETS[kind])
    assert day(MARKETS[kind]) == before, "the same day twice is the same"
    monkeypatch.setitem(FIRST_RULES, key, rule)

    assert day(MARKETS[kind]) != before


def _refused(rule: str, value: Any) -> Refused | None:
    """Why a clerk may not set this; None if it waits for the other clerk."""
    hall = Hall()
    try:
        hall.do(hall.clerk, "rule.new", rule=rule, value=value, from_ns=0)
    except Refused as refused:
        return refused
    return None


@pytest.mark.parametrize("kind", MARKETS)
def test_a_rule_that_the_venue_has_may_be_set_again(kind: str) -> None:
    hall = Hall()
    name = f"market:{kind}.*"

    hall.two("rule.new", rule=name, value=FIRST_RULES[name], from_ns=0)

    assert hall.register.rules.value(name, hall.writer.at_ns) == FIRST_RULES[name]


# --- the other rules


def limits(name: str, tier: int, limit: int | None) -> dict[str, Any]:
    value: dict[str, Any] = deepcopy(FIRST_RULES["kyc_limits"])
    value[name][tier] = limit
    return value


@pytest.mark.parametrize("tier", range(4))
@pytest.mark.parametrize(("name", "kind"), [("lease_minor", "L"), ("title_day_minor", "T")])
def test_every_limit_of_a_tier_is_enforced(
    name: str, kind: str, tier: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = first(kind)
    rule["eligible"] = rule["eligible"] | {"kyc_tier": 0}
    monkeypatch.setitem(FIRST_RULES, f"market:{kind}.*", rule)

    def bid(limit: int | None) -> Reason | None:
        monkeypatch.setitem(FIRST_RULES, "kyc_limits", limits(name, tier, limit))
        floor = Floor()
        buyer = floor.buyers[0]
        floor.happen(KycTierSet(buyer, tier, "", 0))
        try:
            floor.bid(buyer, 1, 100, market=MARKETS[kind])
        except Refused as refused:
            return refused.reason
        return None

    assert bid(None) is None
    assert bid(1) is Reason.tier_too_low


# A rule's other value, and the story in which it shows.
def _story() -> Hall:
    """A board is imported, sold and not delivered; money goes out; a role waits for an answer."""
    hall, seller, buyer = trading()
    hall.order(seller, "ask", 1_035)
    hall.order(buyer, "bid", 1_035)
    hall.do(hall.clerk, "settlement.fail", settlement="x-000001", reason="truck")
    hall.do(buyer, "withdrawal.new", amount_minor=1_000, to_account="bank")
    hall.do(hall.clerk, "party.grant_role", party=seller.party, role="custodian")
    return hall


def _let() -> Hall:
    """A month is let, and nobody meters it."""
    hall, seller, buyer = trading()
    hall.order(seller, "ask", 1_300, LET)
    hall.order(buyer, "bid", 1_300, LET)
    [lease] = hall.register.leases.values()
    hall.advance(lease.from_ns + 5 * DAY_NS - hall.writer.at_ns)
    return hall


def _read() -> Hall:
    """A report is imported."""
    hall = Hall()
    seller, site = hall.owner("91-A")
    hall.do(seller, "import.new", DUMP, site=site)
    return hall


def _guest() -> Hall:
    """A report is imported at the site of somebody else."""
    hall = Hall()
    seller, _ = hall.owner("91-A")
    _, site = hall.owner("91-B")
    hall.do(seller, "import.new", DUMP, site=site)
    return hall


RULES: dict[str, tuple[Any, Callable[[], Hall]]] = {
    "identity_denylist": ([], _read),
    "grade_valid": (30 * DAY_NS, _read),
    "proposal": (HOUR_NS, _story),
    "failed": (DAY_NS, _story),
    "meter_silence": (24 * HOUR_NS, _let),
    "withdrawal_alone": (999, _story),
    "site_consent": (False, _guest),
}


def test_every_rule_is_walked() -> None:
    walked = {*RULES, "kyc_limits", *(f"market:{kind}.*" for kind in MARKETS)}
    assert walked == set(FIRST_RULES)


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_is_enforced(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    value, story = RULES[rule]
    before = _facts(story())
    assert _facts(story()) == before, "the same story twice is the same"
    if rule == "identity_denylist":
        value = [next(iter(story().register.units.values())).serial]
    monkeypatch.setitem(FIRST_RULES, rule, value)

    assert _facts(story()) != before


def _facts(hall: Hall) -> list[Event]:
    return [
        event for batch in hall.batches for event in batch.events if not isinstance(event, RuleSet)
    ]
