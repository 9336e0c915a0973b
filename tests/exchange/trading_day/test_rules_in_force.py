"""Which dated record speaks for a market: the longest pattern, then the newest that has begun."""

import pytest

from exchange.market.rules import in_force, matches
from ledger.durations import HOUR_NS
from ledger.ids import MarketSymbol
from ledger.records import Rule
from tests.exchange.ground import LEASE, Floor

SYMBOL = MarketSymbol("T.H100SXM8.A1.CN-BJ")


@pytest.mark.parametrize(
    ("pattern", "speaks"),
    [
        ("T.*", True),
        ("T.H100SXM8.A1.CN-BJ*", True),
        ("T.H100SXM8.A1.CN-BJ", True),
        ("T.H100SXM8.A1.CN-B", False),
        ("T.H100SXM8.A1.CN-BX*", False),
        ("T.H101*", False),
        ("L.*", False),
    ],
)
def test_a_pattern_speaks_for_what_begins_with_it(pattern: str, speaks: bool) -> None:
    assert matches(pattern, SYMBOL) is speaks


def test_a_record_speaks_from_its_instant_and_the_longest_pattern_before_the_newest() -> None:
    floor = Floor()
    rules, at_ns = floor.venue.register.rules, floor.writer.at_ns
    first = in_force(rules, LEASE, at_ns)
    assert first is not None
    value = next(
        records[-1].value for name, records in rules.records.items() if name == "market:L.*"
    )
    rules.add(f"market:{LEASE}", Rule(value | {"pattern": LEASE}, at_ns + HOUR_NS, 901))
    rules.add("market:L.*", Rule(value, at_ns + HOUR_NS, 902))

    before = in_force(rules, LEASE, at_ns + HOUR_NS - 1)
    then = in_force(rules, LEASE, at_ns + HOUR_NS)

    assert before == first
    assert then is not None
    assert then.position == 901
