"""Which keys must be looked up, and which the engine knows to be new (ARCHITECTURE 2)."""

import pytest

from exchange.engine.keys import SLACK_NS, KnownCommand, UsedKeys, uuid7_ns

KEY = "01a22f54-8d00-7a10-8000-000000000001"  # of WIRE 2's test vector
KEY_NS = 0x01A22F548D00 * 1_000_000
DONE = KnownCommand("order.new", b"body", 5, 7)


def test_a_uuid7_bears_its_instant_and_other_keys_none() -> None:
    assert uuid7_ns(KEY) == KEY_NS
    for other in ("k-1", "", KEY.replace("7a10", "4a10"), KEY.replace("-", "_"), "z" + KEY[1:]):
        assert uuid7_ns(other) == 0


@pytest.mark.parametrize(
    ("since_ns", "wall_ns", "is_looked_up"),
    [
        (KEY_NS - SLACK_NS - 1, KEY_NS, False),  # younger than what memory holds
        (KEY_NS - SLACK_NS, KEY_NS, True),  # it may have been sent before W, by a clock ahead
        (KEY_NS - 10 * SLACK_NS, KEY_NS - SLACK_NS, False),  # a second ahead of our clock
        (KEY_NS - 10 * SLACK_NS, KEY_NS - SLACK_NS - 1, True),  # further ahead: it says nothing
    ],
)
def test_only_a_young_uuid7_needs_no_look_up(
    since_ns: int, wall_ns: int, is_looked_up: bool
) -> None:
    keys = UsedKeys(since_ns)
    assert keys.must_query("p-1", KEY, wall_ns) is is_looked_up
    assert keys.must_query("p-1", "any-other", wall_ns)


def test_a_known_key_answers_from_memory() -> None:
    keys = UsedKeys(0)
    keys.add("p-1", "k-1", DONE, 10)

    assert keys.get("p-1", "k-1") == DONE
    assert keys.get("p-2", "k-1") is None
    assert not keys.must_query("p-1", "k-1", 10)


def test_what_memory_drops_is_looked_up_from_then_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchange.engine.keys.KEYS_MOST", 4)
    keys = UsedKeys(0)
    assert not keys.must_query("p-1", KEY, KEY_NS)
    for number in range(5):
        keys.add("p-1", f"k-{number}", DONE, KEY_NS + number)

    assert keys.get("p-1", "k-0") is None
    assert keys.get("p-1", "k-4") == DONE
    assert keys.must_query("p-1", KEY, KEY_NS), "W has moved up to the newest key dropped"
