"""Market rules in force: which dated record speaks for a market at an instant (EXCHANGE 1)."""

from functools import lru_cache
from typing import NamedTuple

from msgspec.json import Decoder, Encoder

from exchange.market.market_rule import MarketRule, read_market_rule
from ledger.ids import MarketSymbol
from ledger.records import DatedRules, Rule

PREFIX = "market:"

_encode = Encoder(order="sorted").encode
_decode = Decoder().decode


class RuleInForce(NamedTuple):
    """A market rule, and the position of the `RuleSet` that says it."""

    rule: MarketRule
    position: int


def in_force(rules: DatedRules, market: MarketSymbol, at_ns: int) -> RuleInForce | None:
    """The record for a market: the longest pattern that matches, then the newest that has begun."""
    best: Rule | None = None
    length = -1
    for name, records in rules.records.items():
        pattern = name.removeprefix(PREFIX)
        if pattern != name and len(pattern) > length and matches(pattern, market):
            begun = [record for record in records if record.from_ns <= at_ns]
            if begun:
                best, length = begun[-1], len(pattern)
    return RuleInForce(parsed(best), best.position) if best else None


def matches(pattern: str, market: MarketSymbol) -> bool:
    """Whether a pattern (a symbol, or a prefix ending in `*`) speaks for a market."""
    if pattern.endswith("*"):
        return market.startswith(pattern[:-1])
    return market == pattern


def at_position(rules: DatedRules, position: int) -> MarketRule:
    """The record that `PhaseChanged.rule_position` names."""
    for name, records in rules.records.items():
        if name.startswith(PREFIX):
            for record in records:
                if record.position == position:
                    return parsed(record)
    raise AssertionError(f"no market rule was set at position {position}")


def parsed(record: Rule) -> MarketRule:
    """The record's value as a rule; each is read once."""
    return _read(_encode(record.value))


@lru_cache(maxsize=256)
def _read(value: bytes) -> MarketRule:
    return read_market_rule(_decode(value))
