"""What a client holds of a history, and which venue it then knows to be another's."""

from typing import Any

import pytest

from gpubourse import held_history
from gpubourse.errors import OtherHistory
from gpubourse.held_history import HeldHistory, Pair

FEED = "trades/T"
OURS, THEIRS = "A" * 43, "B" * 43


def told(position: int, chain: str = OURS) -> dict[str, Any]:
    return {"position": position, "chain": chain}


def message(seq: int, price_ticks: int = 1302, prev: int = 0) -> dict[str, Any]:
    return {"feed": FEED, "kind": "delta", "seq": seq, "prev": prev, "body": [price_ticks]}


@pytest.fixture
def held() -> HeldHistory:
    """A pair at 10, and messages at 12 and 15 behind it."""
    history = HeldHistory()
    history.begun(FEED, 7)
    history.heartbeat(told(10), is_whole=True)
    history.taken(FEED, message(12))
    history.taken(FEED, message(15))
    return history


def test_a_pair_is_kept_once_all_is_whole() -> None:
    history = HeldHistory()
    history.heartbeat(told(10), is_whole=False)
    assert history.pair is None
    history.heartbeat(told(10), is_whole=True)
    history.heartbeat(told(8), is_whole=True)
    assert history.pair == Pair(10, OURS)


def test_what_is_sent_again_and_equal_is_no_story(held: HeldHistory) -> None:
    held.met(told(15))
    held.resumed(FEED, 10)
    held.came_again(FEED, message(12, prev=10))
    held.came_again(FEED, message(15, prev=12))
    held.taken(FEED, message(17))
    held.heartbeat(told(17), is_whole=True)
    assert held.pair == Pair(17, OURS)


@pytest.mark.parametrize(
    "hello",
    [told(9), told(14), told(10, THEIRS)],
    ids=["before the pair", "before what came", "another chain"],
)
def test_a_venue_that_ends_before_what_was_seen_is_another(
    held: HeldHistory, hello: dict[str, Any]
) -> None:
    with pytest.raises(OtherHistory):
        held.met(hello)


def test_a_message_that_differs_is_another_history(held: HeldHistory) -> None:
    held.resumed(FEED, 10)
    with pytest.raises(OtherHistory, match="another story at 12"):
        held.came_again(FEED, message(12, 1303))


def test_a_message_that_was_never_held_is_another_history(held: HeldHistory) -> None:
    held.resumed(FEED, 10)
    held.came_again(FEED, message(12))
    with pytest.raises(OtherHistory, match="another story at 13"):
        held.came_again(FEED, message(13))


def test_a_message_that_is_missing_before_the_next_is_another_history(held: HeldHistory) -> None:
    held.resumed(FEED, 10)
    held.came_again(FEED, message(12))
    with pytest.raises(OtherHistory, match="no longer holds"):
        held.taken(FEED, message(17))


def test_a_message_that_is_missing_at_the_heartbeat_is_another_history(held: HeldHistory) -> None:
    held.resumed(FEED, 10)
    held.came_again(FEED, message(12))
    held.heartbeat(told(14), is_whole=False)
    with pytest.raises(OtherHistory, match="no longer holds"):
        held.heartbeat(told(15), is_whole=False)


def test_a_mended_gap_compares_what_lies_behind_the_pair_alone(held: HeldHistory) -> None:
    held.heartbeat(told(12), is_whole=True)
    held.resumed(FEED, 15)
    held.came_again(FEED, message(11, 9))  # behind the pair: nothing is known of it
    held.came_again(FEED, message(15))
    held.taken(FEED, message(17))


def test_a_snapshot_replaces_what_would_be_compared(held: HeldHistory) -> None:
    held.begun(FEED, 16)
    held.resumed(FEED, 10)
    held.came_again(FEED, message(12, 1303))
    held.taken(FEED, message(17))


def test_a_cut_resume_begins_again(held: HeldHistory) -> None:
    held.resumed(FEED, 10)
    held.came_again(FEED, message(12))
    held.met(told(15))
    held.heartbeat(told(15), is_whole=False)  # before the feed is resumed: nothing is owed
    held.resumed(FEED, 10)
    held.came_again(FEED, message(12))
    held.came_again(FEED, message(15))
    held.taken(FEED, message(17))


def test_a_feed_that_was_left_owes_nothing(held: HeldHistory) -> None:
    held.resumed(FEED, 10)
    held.left(FEED)
    held.heartbeat(told(20), is_whole=True)
    assert held.pair == Pair(20, OURS)


def test_of_a_long_time_without_a_pair_the_newest_are_kept(
    held: HeldHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_history, "MESSAGES_KEPT", 2)
    held.taken(FEED, message(17))
    held.resumed(FEED, 10)
    held.came_again(FEED, message(12, 9))  # no longer kept: nothing is known of it
    held.came_again(FEED, message(15))
    held.came_again(FEED, message(17))
    held.taken(FEED, message(19))


def test_a_venue_without_a_chain_is_followed_as_before() -> None:
    history = HeldHistory()
    history.met({"position": 9})
    history.taken(FEED, message(12))
    history.heartbeat({"position": 12}, is_whole=True)
    history.met({"position": 3})
    assert history.pair is None
