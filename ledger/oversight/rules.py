"""Dated rules: set by two people, in force from an instant, never changed backwards (DOMAIN 4)."""

from collections.abc import Callable
from typing import Any

from ledger.caller import Caller
from ledger.cash.period_close import CLOSE_MOST_NS
from ledger.cash.period_close import RULE as PERIOD_CLOSE
from ledger.commands import SetRule
from ledger.durations import DAY_NS
from ledger.events import Event, RuleSet
from ledger.moment import Moment
from ledger.money import INT64_MOST
from ledger.offices import must_hold
from ledger.records import Rule
from ledger.refusals import Reason, Refused, both, sentence_of
from ledger.register import Register

_DURATIONS = ("grade_valid", "proposal", "failed", "meter_silence")
# An instant plus the longest length that a rule may name still fits an int64 of nanoseconds.
DURATION_MOST_NS = 3_660 * DAY_NS
_TIERS = 4
_MARKET = "market:"

MarketCheck = Callable[[str, Any], None]  # refuses what no market rule of this pattern may say


def set_rule(
    register: Register, command: SetRule, caller: Caller, market_check: MarketCheck, moment: Moment
) -> list[Event]:
    """A new record of a rule. One dated in the past takes force now: no rule reaches back.

    What a market rule may say is the market's to know: `market_check`.
    """
    if command.rule.startswith(_MARKET):
        market_check(command.rule.removeprefix(_MARKET), command.value)
    else:
        must_be_lawful(command.rule, command.value)
    must_hold(register, caller, "clerk")
    from_ns = max(command.from_ns, moment.at_ns)
    return [RuleSet(rule=command.rule, value=command.value, from_ns=from_ns, basis=command.basis)]


def apply_rule_set(register: Register, event: RuleSet, moment: Moment) -> None:
    record = Rule(event.value, event.from_ns, moment.position)
    register.rules.add(event.rule, record)


def must_be_lawful(rule: str, value: Any) -> None:
    """Refuse `bad_field` a rule that this venue does not know, or a value it could not obey."""
    if rule in _DURATIONS:
        _must_be_whole(
            value,
            least=1,
            most=DURATION_MOST_NS,
            what=sentence_of(
                "{rule}: a length of time in nanoseconds, at most ten years", rule=rule
            ),
        )
    elif rule == PERIOD_CLOSE:
        _must_be_whole(
            value,
            least=1,
            most=CLOSE_MOST_NS,
            what=sentence_of("{rule}: a length of time in nanoseconds, at most 27 days", rule=rule),
        )
    elif rule == "withdrawal_alone":
        _must_be_whole(value, least=0, what="withdrawal_alone: an amount in minor units")
    elif rule == "site_consent":
        if not isinstance(value, bool):
            raise Refused(
                Reason.bad_field,
                "site_consent is true or false: whether a server waits for a word of the operator "
                "at whose site it is said to stand.",
            )
    elif rule == "identity_denylist":
        if not (isinstance(value, list) and all(isinstance(text, str) for text in value)):
            raise Refused(Reason.bad_field, "identity_denylist is a list of texts.")
    elif rule == "kyc_limits":
        _must_limit_each_tier(value)
    else:
        raise Refused(
            Reason.bad_field,
            sentence_of("There is no rule {rule!r}: see the venue's rules.", rule=rule),
        )


def _must_be_whole(value: Any, *, least: int, what: str, most: int = INT64_MOST) -> None:
    if type(value) is not int or not least <= value <= most:
        raise Refused(
            Reason.bad_field,
            sentence_of("{what}, a whole number of at least {least}.", what=what, least=least),
        )


def _must_limit_each_tier(value: Any) -> None:
    names = ("lease_minor", "title_day_minor")
    if not isinstance(value, dict) or sorted(value) != sorted(names):
        raise Refused(
            Reason.bad_field, sentence_of("kyc_limits has the members {names}.", names=both(names))
        )
    for name in names:
        limits = value[name]
        if not isinstance(limits, list) or len(limits) != _TIERS:
            raise Refused(
                Reason.bad_field,
                sentence_of("kyc_limits.{name} has one limit for each tier, 0-3.", name=name),
            )
        for limit in limits:
            if limit is not None:
                _must_be_whole(limit, least=0, what=f"kyc_limits.{name}: minor units or null")
