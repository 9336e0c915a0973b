"""One feed: its last number, its readers, and a ring of its last messages (WIRE 5)."""

from collections import deque
from typing import Any

import msgspec

from gateway.feeds.frames import text_frame
from gateway.feeds.outbox import Outbox, Subscription
from gateway.settings import Limits
from gpubourse.wire import outward

_encode = msgspec.json.Encoder().encode
ITEMS_PER_PART = 500


class Feed:
    """A named sequence of messages: `seq` is the last one's."""

    def __init__(self, name: str, *, is_lossless: bool, position: int, limits: Limits) -> None:
        self.name = name
        self.is_lossless = is_lossless
        self.seq = position
        self.readers: dict[Outbox, Subscription] = {}
        self.idle_since_s = 0.0  # loop time at which the last reader left
        self._floor = position  # every message after this one is in the ring
        self._ring: deque[tuple[int, bytes]] = deque()
        self._ring_bytes = 0
        self._limits = limits

    def delta(self, seq: int, at_ns: int, body: Any, crc: int | None = None) -> bytes:
        """The frame of a change, kept in the ring; `prev` ties it to the one before."""
        frame = message_frame(self.name, "delta", seq, at_ns, body, prev=self.seq, crc=crc)
        self.seq = seq
        self._ring.append((seq, frame))
        self._ring_bytes += len(frame)
        while (
            len(self._ring) > self._limits.ring_messages
            or self._ring_bytes > self._limits.ring_bytes
        ):
            self._floor, dropped = self._ring.popleft()
            self._ring_bytes -= len(dropped)
        return frame

    def missed_since(self, position: int) -> list[bytes] | None:
        """The frames after a position; None if the ring no longer, or never, held them all."""
        if position < self._floor:
            return None
        return [frame for seq, frame in self._ring if seq > position]


def message_frame(
    feed: str,
    kind: str,
    seq: int,
    at_ns: int,
    body: Any,
    *,
    prev: int | None = None,
    crc: int | None = None,
    missed: int = 0,
    part: tuple[int, int] | None = None,
    reason: str = "",
) -> bytes:
    """The frame of one feed message, members in the order of WIRE 5."""
    members: dict[str, Any] = {"feed": feed, "kind": kind, "seq": seq}
    if prev is not None:
        members["prev"] = prev
    members["at_ns"] = str(at_ns)
    if missed:
        members["missed"] = missed
    if reason:
        members["reason"] = reason
    if part is not None:
        members["part"] = part
    members["body"] = outward(body)
    if crc is not None:
        members["crc"] = crc
    return text_frame(_encode(members))


def snapshot_frames(
    feed: str,
    seq: int,
    at_ns: int,
    body: Any,
    *,
    crc: int | None = None,
    missed: int = 0,
    reason: str = "",
) -> list[bytes]:
    """The frames of a snapshot: a long list comes in parts, which count once all came."""
    if not isinstance(body, list) or len(body) <= ITEMS_PER_PART:
        return [
            message_frame(feed, "snapshot", seq, at_ns, body, crc=crc, missed=missed, reason=reason)
        ]
    starts = range(0, len(body), ITEMS_PER_PART)
    return [
        message_frame(
            feed,
            "snapshot",
            seq,
            at_ns,
            body[start : start + ITEMS_PER_PART],
            missed=missed,
            part=(n, len(starts)),
            reason=reason,
        )
        for n, start in enumerate(starts, 1)
    ]
