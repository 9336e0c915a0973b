"""Dated rules: what may be set, by whom, and from when it counts."""

from copy import deepcopy
from typing import Any

import pytest

from ledger.commands import SetRule
from ledger.durations import DAY_NS
from ledger.events import RuleSet
from ledger.opening.first_rules import FIRST_RULES
from ledger.oversight.rules import DURATION_MOST_NS
from ledger.refusals import Reason, Refused
from tests.ledger.opened import CLERK_1, DAWN_NS, SELLER, Street, opened, refusal, settled_in

TITLE = "market:T.*"


def market(**changes: Any) -> dict[str, Any]:
    return deepcopy(FIRST_RULES[TITLE]) | changes


def fees(**ask: int) -> dict[str, Any]:
    return {
        "ask": {"maker": 0, "taker": 10, "flat": 5} | ask,
        "bid": {"maker": 0, "taker": 10, "flat": 5},
    }


def set_market(street: Street, value: dict[str, Any]) -> None:
    street.do(SetRule(f"market:{value['pattern']}", value, 0), CLERK_1)


def test_a_rule_counts_from_its_day_on() -> None:
    street = opened()
    tomorrow = DAWN_NS + DAY_NS
    street.do(SetRule("failed", 5 * DAY_NS, tomorrow), CLERK_1)

    assert street.register.rules.value("failed", street.moment.at_ns) == 3 * DAY_NS
    street.moment.at_ns = tomorrow
    assert street.register.rules.value("failed", street.moment.at_ns) == 5 * DAY_NS


def test_no_rule_reaches_back() -> None:
    street = opened()

    [event] = street.do(SetRule("failed", DAY_NS, DAWN_NS - DAY_NS, "haste"), CLERK_1)

    assert event == RuleSet(rule="failed", value=DAY_NS, from_ns=DAWN_NS, basis="haste")


def test_of_two_records_of_one_day_the_later_counts() -> None:
    street = opened()
    for days in (1, 2):
        street.do(SetRule("failed", days * DAY_NS, 0), CLERK_1)

    assert street.register.rules.value("failed", street.moment.at_ns) == 2 * DAY_NS


def test_a_rule_that_was_never_set_is_our_own_mistake() -> None:
    with pytest.raises(KeyError):
        opened().register.rules.value("weather", DAWN_NS)


def test_a_rule_is_for_clerks() -> None:
    street = settled_in()

    with refusal(street, Reason.role_missing):
        street.do(SetRule("failed", DAY_NS, 0), SELLER)


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        ("weather", 1),
        ("failed", 0),
        ("failed", 1.5),
        ("failed", True),
        ("failed", "3 days"),
        ("withdrawal_alone", -1),
        ("identity_denylist", ["N/A", 7]),
        ("identity_denylist", "N/A"),
        ("kyc_limits", {"lease_minor": [0, 0, 0, None]}),
        ("kyc_limits", {"lease_minor": [0], "title_day_minor": [0]}),
        ("kyc_limits", {"lease_minor": [0, 0, 0, -1], "title_day_minor": [0, 0, 0, None]}),
        ("market:T.*", {"pattern": "T.*"}),
    ],
)
def test_a_value_that_could_not_be_obeyed_is_refused(rule: str, value: Any) -> None:
    street = opened()

    with refusal(street, Reason.bad_field):
        street.do(SetRule(rule, value, 0), CLERK_1)


@pytest.mark.parametrize(("rule", "value"), [("failed", 1), ("withdrawal_alone", 0)])
def test_the_least_value_is_obeyed(rule: str, value: int) -> None:
    street = opened()

    street.do(SetRule(rule, value, 0), CLERK_1)

    assert street.register.rules.value(rule, DAWN_NS + DAY_NS) == value


def test_a_market_rule_is_named_by_its_pattern() -> None:
    street = opened()

    with refusal(street, Reason.bad_field):
        street.do(SetRule("market:L.*", market(), 0), CLERK_1)


@pytest.mark.parametrize(
    "changes",
    [
        {"modes": ["call"]},
        {"timetable": [["09:00", "lunch"]]},
        {"timetable": [["09:00", "closed"], ["08:00", "continuous"]]},
        {"self_trade": "decrement"},
        {"eligible": FIRST_RULES[TITLE]["eligible"] | {"identity": "weak"}},
        {"tick_minor": 0},
        {"settlement_days": 2**53 - 1},
        {"inspection_h": 24 * 3_660 + 1},
        {"max_lots": 2.5},
        {"spread": 1},
    ],
)
def test_a_market_rule_says_only_what_this_release_obeys(changes: dict[str, Any]) -> None:
    street = opened()

    with refusal(street, Reason.bad_field):
        set_market(street, market(**changes))


@pytest.mark.parametrize(
    "fee_bp",
    [
        fees(maker=-11),  # against the bid's taker, 10
        fees(taker=-1),  # against the bid's maker, 0
        fees(flat=-6),
        fees(taker=10_000),
    ],
)
def test_a_trade_never_costs_the_venue_money(fee_bp: dict[str, Any]) -> None:
    street = opened()

    with refusal(street, Reason.bad_field):
        set_market(street, market(fee_bp=fee_bp))


def test_a_market_may_court_one_side() -> None:
    street = opened()
    courting = fees(maker=-10) | {"bid": {"maker": -5, "taker": 10, "flat": 5}}

    set_market(street, market(pattern="T.H100SXM8.*", fee_bp=courting))

    assert (
        street.register.rules.value("market:T.H100SXM8.*", street.moment.at_ns)["fee_bp"]
        == courting
    )


def test_the_reason_names_the_member() -> None:
    with pytest.raises(Refused, match="max_lots"):
        set_market(opened(), market(max_lots="many"))


@pytest.mark.parametrize("rule", ["grade_valid", "proposal", "failed", "meter_silence"])
def test_no_length_of_time_leaves_the_calendar(rule: str) -> None:
    """An instant plus the longest length is still an int64: a later one would break the views."""
    street = opened()

    with refusal(street, Reason.bad_field):
        street.do(SetRule(rule, 2**63 - 1, 0), CLERK_1)
    street.do(SetRule(rule, DURATION_MOST_NS, 0), CLERK_1)

    assert DAWN_NS + DURATION_MOST_NS < 2**63
