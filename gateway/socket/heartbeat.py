"""The heartbeat of all sockets: what time brings, and what each has been sent (WIRE 5, 7).

Who is silent and who is turned away is decided by `liveness.py` and `admission.py`, time handed in.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final, Protocol

from gateway.access.session import Sessions
from gateway.faults import Fault
from gateway.feeds.frames import text_frame
from gateway.feeds.hub import Hub
from gateway.feeds.outbox import Outbox
from gateway.socket import messages
from gateway.socket.admission import Admission
from gateway.socket.inputs import Draining, Input, TimePassed
from ledger.base64url import text64
from ledger.durations import SECOND_NS

TICK_S: Final = 0.05
ALL_SEQS_EVERY: Final = 30  # heartbeats
RETRY_AFTER_MS: Final = 1_000  # a hint, when the venue closes


class HeartbeatSocket(Protocol):
    """What the heartbeat needs of a socket."""

    @property
    def outbox(self) -> Outbox: ...

    @property
    def address(self) -> str: ...

    def receive(self, received: Input) -> None: ...


class Heartbeat:
    """One task for all sockets: it never waits for any of them."""

    def __init__(
        self,
        hub: Hub,
        sessions: Sessions,
        *,
        head: Callable[[], int],
        wall_ns: Callable[[], int],
        speed: Callable[[], int],
        besides: Callable[[], Coroutine[Any, Any, None]],
    ) -> None:
        self._hub = hub
        self._sessions = sessions
        self._head = head
        self._wall_ns = wall_ns
        self.speed = speed
        self._admission = Admission(hub.limits)
        self._heartbeats: dict[HeartbeatSocket, int] = {}  # sent to each open socket
        self._besides = besides  # what is done in quiet, once
        self._tasks: list[asyncio.Task[None]] = []
        self._next_s = 0.0  # loop time of the next heartbeat

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._run()), asyncio.create_task(self._besides())]

    async def stop(self) -> None:
        """Announce the end to every socket, and end."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        for socket in list(self._heartbeats):
            socket.receive(Draining(RETRY_AFTER_MS))

    def admit(self, socket: HeartbeatSocket) -> bool:
        """Let in a socket, unless there are too many."""
        if not self._admission.admit(socket, socket.address):
            return False
        self._heartbeats[socket] = 0
        self._hub.outboxes[socket.outbox] = None
        return True

    def adopt(self, socket: HeartbeatSocket, principal: str) -> bool:
        """Count a socket as a principal's; False if that is one too many."""
        return self._admission.adopt(socket, principal)

    def leave(self, socket: HeartbeatSocket) -> None:
        """A socket is gone."""
        self._admission.leave(socket)
        self._heartbeats.pop(socket, None)

    @property
    def count(self) -> int:
        """Open sockets."""
        return len(self._heartbeats)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        self.begin(loop.time())
        wait_s = TICK_S
        while True:
            await asyncio.sleep(wait_s)
            wait_s = TICK_S
            with Fault("a turn of the heartbeat") as fault:
                self.turn(loop.time())
            if fault.error is not None:  # without one all clients come again for ever
                wait_s = self._interval_s

    def begin(self, now: float) -> None:
        """The first heartbeat is due one interval from now (loop time)."""
        self._next_s = now + self._interval_s

    def turn(self, now: float) -> None:
        """What time brings up to now: feeds held back by their rate, and a heartbeat when due."""
        self._hub.publish_due(now)
        if now >= self._next_s:
            self._next_s = max(self._next_s + self._interval_s, now)
            self._send_all(now)

    @property
    def _interval_s(self) -> float:
        return self._hub.limits.heartbeat_ms / 1_000

    def _send_all(self, now: float) -> None:
        self._hub.catch_up()
        self._hub.check_for_gap(self._head())
        self._hub.drop_idle(now)
        self._sessions.drop_expired(self._wall_ns())
        for socket in list(self._heartbeats):
            outbox = socket.outbox
            if outbox.is_closed:
                continue
            with Fault("a socket's heartbeat") as fault:
                self._send(socket, now)
            if fault.error is not None:  # it ends this socket, and no other
                outbox.close(1011, "our fault")

    def _send(self, socket: HeartbeatSocket, now: float) -> None:
        outbox = socket.outbox
        outbox.weigh()
        socket.receive(TimePassed(int(now * SECOND_NS)))
        if not outbox.is_closed and not outbox.is_slow:
            outbox.send_frame(self._heartbeat(socket))

    def _heartbeat(self, socket: HeartbeatSocket) -> bytes:
        hub, outbox = self._hub, socket.outbox
        self._heartbeats[socket] += 1
        is_full = self._heartbeats[socket] % ALL_SEQS_EVERY == 0
        seqs: dict[str, int] = {}
        for name, held in outbox.held.items():
            seq = hub.feeds[name].seq
            if not held.missed and (is_full or seq != held.reported_seq):
                seqs[name] = held.reported_seq = seq
        sent = outbox.position_sent(hub.position_published(outbox.held))
        commit = outbox.name_commit(sent, hub.commits.upto(sent))
        return text_frame(
            messages.control(
                "heartbeat",
                at_ns=hub.at_ns,
                position=commit.last_position,
                chain=text64(commit.chain),
                seqs=seqs,
            )
        )
