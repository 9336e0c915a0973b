"""One socket's way out: what waits is bounded, and who does not read is left behind (WIRE 5).

Frames go to the transport directly. It never blocks; `get_write_buffer_size` is how far the
reader lags, and only that decides: a slow reader costs the others nothing.
"""

import asyncio
from dataclasses import dataclass

from gateway.access.session import Session
from gateway.feeds.frames import close_frame, text_frame
from gateway.problems import Words
from gateway.settings import Limits
from ledger.journal.protocol import Commit

ABORT_AFTER_S = 2.0


@dataclass(slots=True)
class Subscription:
    """One feed as one socket holds it."""

    is_lossless: bool
    reported_seq: int = 0  # the feed's `seq` in the last heartbeat
    missed: int = 0  # deltas skipped since it fell behind; > 0: it needs a snapshot
    behind_at: int = 0  # the position up to which it holds everything, while `missed`


class Outbox:
    """Queues a turn's frames and writes them at once; knows how far its reader lags."""

    def __init__(self, transport: asyncio.Transport, limits: Limits) -> None:
        self.transport = transport
        self.limits = limits
        self.session: Session | None = None  # as whom its feeds were joined
        self.words: Words | None = None  # in which its feeds are refused; None: in English
        self.held: dict[str, Subscription] = {}  # by feed
        self.behind: dict[str, Subscription] = {}  # those of `held` that skip deltas
        self.resuming: dict[str, int] = {}  # feed -> how far the journal was read to this socket
        self.resumed_by: dict[str, object] = {}  # feed -> what reads the journal for it
        self.is_slow = False
        self.is_closed = False
        self.close_code = 0
        self._queue: list[bytes] = []
        self.commit_sent = Commit.none()  # the last one named to this socket as sent whole
        self.commit_begun = Commit.none()  # the last one before where feeds were taken up again
        self.position_held = 0  # everything up to here was handed to the transport
        self._slow_since = 0.0  # loop time
        self._lossless_waits = False

    def add(self, frame: bytes, is_lossless: bool) -> bool:
        """Queue a frame of a feed for this turn; True if it is the turn's first."""
        if is_lossless:
            self._lossless_waits = True
        self._queue.append(frame)
        return len(self._queue) == 1

    def skip(self, feed: str, held: Subscription, position: int) -> None:
        """Leave out a delta of a feed that is conflated for slow readers."""
        if not held.missed:
            held.behind_at = position
            self.behind[feed] = held
        held.missed += 1

    def send_frame(self, frame: bytes) -> None:
        """Send a frame of the protocol's own now, behind what is queued."""
        self._queue.append(frame)
        self.flush()

    def send(self, payload: bytes) -> None:
        """Send a reply or a control message now, behind what is queued."""
        self.send_frame(text_frame(payload))

    def send_first(self, payload: bytes) -> None:
        """Send a command's reply now: before the feed messages that its batch causes."""
        if not self.is_closed:
            self._write(text_frame(payload))

    def flush(self) -> None:
        """Write what is queued, in one piece, then measure how far the reader lags."""
        if self.is_closed or not self._queue:
            self._queue.clear()
            return
        frames = self._queue
        self._write(frames[0] if len(frames) == 1 else b"".join(frames))
        frames.clear()
        self.weigh()

    def _write(self, data: bytes) -> None:
        """Hand bytes to the transport; once the line is gone asyncio would log each of them."""
        if not self.transport.is_closing():
            self.transport.write(data)

    def weigh(self) -> None:
        """Measure what waits for the reader; close `4008` when lossless messages wait too long."""
        waiting = self.transport.get_write_buffer_size()
        if waiting <= self.limits.conflate_above_bytes:
            self.is_slow = False
            self._lossless_waits = self._lossless_waits and waiting > 0
            return
        now = asyncio.get_running_loop().time()
        if not self.is_slow:
            self.is_slow = True
            self._slow_since = now
        is_late = now - self._slow_since > self.limits.lossless_upto_ms / 1_000
        if waiting > self.limits.lossless_upto_bytes or (is_late and self._lossless_waits):
            self.close(4008, f"last={self.position_held}")

    def is_resumed(self, feed: str) -> None:
        """The journal is read no further for a feed: it is live, or was left."""
        self.resuming.pop(feed, None)
        self.resumed_by.pop(feed, None)

    def position_sent(self, position: int) -> int:
        """Up to where this socket has been sent every change, at a venue's position."""
        behind = [held.behind_at for held in self.behind.values()]
        return min([position, *behind, *self.resuming.values()])

    def name_commit(self, sent: int, kept: Commit | None) -> Commit:
        """The newest commit known here that ends at or before what was sent: it is named next.

        *kept* is the engine's newest such; none, when it was started anew since. What was named
        before may lie beyond: a feed that is being resumed takes the reader back. Named all the
        same, who is cut off now would come again behind what it never got.
        """
        known = [each for each in (kept, self.commit_sent, self.commit_begun) if each is not None]
        whole = [each for each in known if each.last_position <= sent]
        self.commit_sent = max(whole, key=lambda each: each.last_position, default=Commit.none())
        return self.commit_sent

    def close(self, code: int, reason: str) -> None:
        """Send the last frame without waiting, and cut the line if it does not get through."""
        if self.is_closed:
            return
        self.is_closed = True
        self.close_code = code
        self._queue.clear()
        self._write(close_frame(code, reason))
        asyncio.get_running_loop().call_later(ABORT_AFTER_S, self.transport.abort)
