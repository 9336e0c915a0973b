"""What memory holds of used keys: the newest ones, and nothing of what a key says of itself."""

import pytest

from exchange.engine.keys import KnownCommand, UsedKeys

DONE = KnownCommand("order.new", b"body", 5, 7)


def test_a_known_key_answers_from_memory() -> None:
    keys = UsedKeys()
    keys.add("p-1", "k-1", DONE)

    assert keys.get("p-1", "k-1") == DONE
    assert keys.get("p-2", "k-1") is None


def test_the_older_half_goes_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchange.engine.keys.KEYS_MOST", 4)
    keys = UsedKeys()
    for number in range(5):
        keys.add("p-1", f"k-{number}", DONE)

    assert [keys.get("p-1", f"k-{n}") for n in range(5)] == [None, None, DONE, DONE, DONE]
