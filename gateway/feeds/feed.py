"""One feed: its last number, its readers, and a ring of its last messages (WIRE 5)."""

from collections import deque
from itertools import takewhile
from typing import Any, NamedTuple

import msgspec

from gateway.feeds.frames import text_frame
from gateway.feeds.outbox import Outbox, Subscription
from gateway.settings import Limits
from gpubourse.wire import outward, plain_text

_encode = msgspec.json.Encoder(enc_hook=plain_text).encode
ITEMS_PER_PART = 500


class Feed:
    """A named sequence of messages: `seq` is the last one's."""

    def __init__(self, name: str, *, is_lossless: bool, position: int, limits: Limits) -> None:
        self.name = name
        self.is_lossless = is_lossless
        self.seq = position
        self.readers: dict[Outbox, Subscription] = {}
        self.idle_since_s: float | None = None  # loop time when it was first seen without a reader
        self._floor = position  # every message after this one is in the ring
        self._ring: deque[tuple[int, bytes]] = deque()
        self._first_prev = position  # the `prev` of the ring's first message
        self._ring_bytes = 0
        self._limits = limits
        self.kept: EncodedSnapshot | None = None  # as of `seq`: each change makes it void

    def delta(self, seq: int, at_ns: int, body: Any, crc: int | None = None) -> bytes:
        """The frame of a change, kept in the ring; `prev` ties it to the one before."""
        frame = message_frame(self.name, "delta", seq, at_ns, body, prev=self.seq, crc=crc)
        if not self._ring:
            self._first_prev = self.seq
        self.seq = seq
        self.kept = None
        self._ring.append((seq, frame))
        self._ring_bytes += len(frame)
        while (
            len(self._ring) > self._limits.ring_messages
            or self._ring_bytes > self._limits.ring_bytes
        ):
            self._floor, dropped = self._ring.popleft()
            self._first_prev = self._floor
            self._ring_bytes -= len(dropped)
        return frame

    def ties(self, position: int, held: int) -> bool:
        """Whether a reader may go on live after *position*: the next `prev` is not above *held*.

        *held* is the last message up to *position*, by the journal. A feed is born at the venue's
        position, and says that as its first `prev`: to who holds an older message it would look
        like a gap. If nothing was sent since, the older one is the truth from now on; else it is
        too late, and the reader must read on beyond that first message.
        """
        later = next((number for number, (seq, _) in enumerate(self._ring) if seq > position), None)
        if later is not None:
            return later > 0 or self._first_prev <= held
        self.seq = min(self.seq, held)
        return True

    def missed_since(self, position: int) -> list[bytes] | None:
        """The frames after a position; None if the ring no longer, or never, held them all."""
        if position < self._floor:
            return None
        later = list(takewhile(lambda each: each[0] > position, reversed(self._ring)))
        return [frame for _, frame in reversed(later)]


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
    members["body"] = body if isinstance(body, msgspec.Raw) else outward(body)
    if crc is not None:
        members["crc"] = crc
    return text_frame(_encode(members))


def end_frame(feed: str, seq: int, at_ns: int, error: dict[str, Any]) -> bytes:
    """The last frame of a feed for one reader: its *error* says why."""
    members = {"feed": feed, "kind": "end", "seq": seq, "at_ns": str(at_ns), "error": error}
    return text_frame(_encode(members))


class EncodedSnapshot(NamedTuple):
    """A snapshot made once: whoever begins with it is sent the same bytes."""

    feed: str
    seq: int
    at_ns: int
    bodies: list[msgspec.Raw]  # one for each part
    crc: int | None
    rows: int  # what it took to make it
    valid_to_ns: int  # from then on it is another, though no message says so; 0: no such instant
    plain: list[bytes]  # its frames, for who begins

    def frames(self, *, missed: int = 0, reason: str = "") -> list[bytes]:
        """Its frames; a long list comes in parts, which count once all came."""
        if not missed and not reason:
            return self.plain
        return _frames_of(self, missed, reason)


def encoded_snapshot(
    feed: str,
    seq: int,
    at_ns: int,
    body: Any,
    *,
    crc: int | None = None,
    valid_to_ns: int = 0,
) -> EncodedSnapshot:
    """A feed's state in its wire form; a list of many items is cut into parts."""
    whole = outward(body)
    is_list = isinstance(whole, list)
    rows = len(whole) if is_list else 1
    starts = range(0, len(whole), ITEMS_PER_PART) if is_list and rows > ITEMS_PER_PART else ()
    parts = [whole[start : start + ITEMS_PER_PART] for start in starts] or [whole]
    bodies = [msgspec.Raw(_encode(part)) for part in parts]
    made = EncodedSnapshot(feed, seq, at_ns, bodies, crc, rows, valid_to_ns, [])
    made.plain.extend(_frames_of(made, 0, ""))
    return made


def _frames_of(made: EncodedSnapshot, missed: int, reason: str) -> list[bytes]:
    count = len(made.bodies)
    return [
        message_frame(
            made.feed,
            "snapshot",
            made.seq,
            made.at_ns,
            body,
            crc=made.crc,
            missed=missed,
            part=(n, count) if count > 1 else None,
            reason=reason,
        )
        for n, body in enumerate(made.bodies, 1)
    ]
