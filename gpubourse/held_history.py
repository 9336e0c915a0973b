"""What a client holds of a venue's history, and whether a venue that it meets again has the same.

(position, chain) of a heartbeat names one history. What came after the last pair is kept, message
by message: a resume sends it once more, and one that differs or is missing tells of another (pure).
"""

from typing import Any, Final, NamedTuple

from gpubourse.errors import OtherHistory

MESSAGES_KEPT: Final = 10_000  # of a feed, since the last pair; the newest


class Pair(NamedTuple):
    """A position of the journal that ends a commit, and the hash of all up to it."""

    position: int
    chain: str  # 32 bytes, base64url


class _HeldFeed:
    """One feed's messages since the last pair, by `seq`; before `floor` nothing is known."""

    __slots__ = ("floor", "messages", "resent")

    def __init__(self, floor: int) -> None:
        self.floor = floor
        self.messages: dict[int, dict[str, Any]] = {}
        self.resent: dict[int, dict[str, Any]] | None = None  # still to come in a resume


class HeldHistory:
    """The last pair, and what was taken since. Raises OtherHistory, and is of no use after it."""

    def __init__(self) -> None:
        self.pair: Pair | None = None
        self._newest = 0  # the last position that any message told of
        self._feeds: dict[str, _HeldFeed] = {}

    def met(self, hello: dict[str, Any]) -> None:
        """A new connection: a venue that ends before what was seen has another history."""
        for feed in self._feeds.values():
            feed.resent = None
        self._must_be_ours(hello)
        if "chain" in hello and hello["position"] < self._newest:
            raise OtherHistory(
                f"the venue's journal ends at {hello['position']:,}; {self._newest:,} was seen"
            )

    def reached(self, position: int) -> None:
        """The venue has told of a position: its journal will never end before it."""
        self._newest = max(self._newest, position)

    def _must_be_ours(self, control: dict[str, Any]) -> None:
        if self.pair is None or "chain" not in control:
            return
        now = Pair(control["position"], control["chain"])
        if now.position < self.pair.position:
            raise OtherHistory(
                f"the venue's journal ends at {now.position:,}; {self.pair.position:,} was seen"
            )
        if now.position == self.pair.position and now != self.pair:
            raise OtherHistory(f"the venue's journal has another chain at {now.position:,}")

    def heartbeat(self, control: dict[str, Any], *, is_whole: bool) -> None:
        """A heartbeat: all up to its position has come; `is_whole`: on every feed, and is held."""
        position = control["position"]
        for name, feed in self._feeds.items():
            if any(seq <= position for seq in feed.resent or ()):
                raise OtherHistory(f"{name} no longer holds what it sent")
        if not is_whole or (self.pair is not None and position < self.pair.position):
            return
        self._must_be_ours(control)
        self.reached(position)
        if "chain" in control:
            self.pair = Pair(position, control["chain"])
        for feed in self._feeds.values():
            feed.floor = max(feed.floor, position)
            feed.messages = {seq: kept for seq, kept in feed.messages.items() if seq > position}

    def begun(self, name: str, seq: int) -> None:
        """A feed is held anew from here on: by a snapshot, or because it begins to live."""
        self.reached(seq)
        self._feeds[name] = _HeldFeed(seq)

    def taken(self, name: str, message: dict[str, Any]) -> None:
        """The next message of a feed: all that was to be sent again must have come before it."""
        feed = self._feeds.setdefault(name, _HeldFeed(0))
        if feed.resent:
            raise OtherHistory(f"{name} no longer holds what it sent")
        feed.resent = None
        self.reached(message["seq"])
        feed.messages[message["seq"]] = message
        if len(feed.messages) > MESSAGES_KEPT:
            feed.floor = next(iter(feed.messages))
            del feed.messages[feed.floor]

    def resumed(self, name: str, since: int) -> None:
        """A feed is resumed: what is held of it after a position is sent again."""
        start = since if self.pair is None else min(since, self.pair.position)
        feed = self._feeds.setdefault(name, _HeldFeed(since))
        feed.resent = {seq: kept for seq, kept in feed.messages.items() if seq > start}

    def came_again(self, name: str, message: dict[str, Any]) -> None:
        """An old message: in a resume it must be one that was held, and say the same."""
        feed = self._feeds.get(name)
        if feed is None or feed.resent is None or message["seq"] <= feed.floor:
            return
        before = feed.resent.pop(message["seq"], None)
        if before is None or _without_prev(before) != _without_prev(message):
            raise OtherHistory(f"{name} tells another story at {message['seq']:,}")

    def left(self, name: str) -> None:
        """A feed is no longer held."""
        self._feeds.pop(name, None)


def _without_prev(message: dict[str, Any]) -> dict[str, Any]:
    """What a message says: `prev` may differ, for a feed that was born again begins anew."""
    return {name: member for name, member in message.items() if name != "prev"}
