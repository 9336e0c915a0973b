"""The beat of the sockets: heartbeats, pings, what time brings, who is turned away (WIRE 5, 7)."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final

from gateway.access.session import Sessions
from gateway.feeds.frames import ping_frame, text_frame
from gateway.feeds.hub import Hub
from gateway.feeds.outbox import Outbox
from gateway.socket import protocol

TICK_S: Final = 0.05
ALL_SEQS_EVERY: Final = 30  # heartbeats


@dataclass(slots=True)
class SocketLiveness:
    """What the pulse knows of one socket; loop time."""

    address: str
    opened_s: float
    heard_s: float
    pinged_s: float = 0.0  # 0: no ping waits for its answer
    principal: str = ""
    beats: int = 0


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
        self._lives: dict[Outbox, SocketLiveness] = {}
        self._by_address: Counter[str] = Counter()
        self._by_principal: Counter[str] = Counter()
        self._besides = besides  # what is done in quiet, once
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._run()), asyncio.create_task(self._besides())]

    async def stop(self) -> None:
        """Say goodbye to every socket, and end."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        retry_ms = max(1, self._hub.limits.drain_ms // 10)
        for outbox in list(self._lives):
            outbox.send(protocol.control("shutdown", retry_after_ms=retry_ms))
            outbox.close(1001, "the venue closes")

    def welcome(self, outbox: Outbox, address: str) -> bool:
        """Take in a socket, unless the door is full."""
        limits = self._hub.limits
        is_full = len(self._lives) >= limits.sockets
        if is_full or self._by_address[address] >= limits.sockets_per_address:
            return False
        now = asyncio.get_running_loop().time()
        self._lives[outbox] = SocketLiveness(address, now, now)
        self._by_address[address] += 1
        self._hub.outboxes[outbox] = None
        return True

    def belongs_to(self, outbox: Outbox, principal: str) -> None:
        """A socket logged on; past the limit of a principal it is closed."""
        life = self._lives.get(outbox)
        if life is None or life.principal == principal:
            return
        if life.principal:
            self._by_principal[life.principal] -= 1
        life.principal = principal
        self._by_principal[principal] += 1
        if self._by_principal[principal] > self._hub.limits.sockets_per_principal:
            outbox.close(4013, "too many sockets of this principal")

    def heard(self, outbox: Outbox) -> None:
        """Any inbound byte counts as life."""
        life = self._lives.get(outbox)
        if life is not None:
            life.heard_s = asyncio.get_running_loop().time()
            life.pinged_s = 0.0

    def farewell(self, outbox: Outbox) -> None:
        """A socket is gone."""
        life = self._lives.pop(outbox, None)
        if life is not None:
            self._by_address[life.address] -= 1
            if life.principal:
                self._by_principal[life.principal] -= 1

    @property
    def count(self) -> int:
        """Open sockets."""
        return len(self._lives)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        beat_s = self._hub.limits.heartbeat_ms / 1_000
        next_beat_s = loop.time() + beat_s
        while True:
            await asyncio.sleep(TICK_S)
            now = loop.time()
            self._hub.publish_due(now)
            if now >= next_beat_s:
                next_beat_s = max(next_beat_s + beat_s, now)
                self._beat(now)

    def _beat(self, now: float) -> None:
        self._hub.catch_up()
        self._hub.check_for_gap(self._head())
        self._hub.drop_idle(now)
        self._sessions.drop_expired(self._wall_ns())
        for outbox, life in list(self._lives.items()):
            if outbox.is_closed:
                continue
            self._check(outbox, life, now)
            if not outbox.is_closed and not outbox.is_slow:
                outbox.send_frame(self._heartbeat(outbox, life))

    def _check(self, outbox: Outbox, life: SocketLiveness, now: float) -> None:
        limits = self._hub.limits
        outbox.weigh()
        if life.pinged_s:
            if now - life.pinged_s > limits.pong_ms / 1_000:
                outbox.close(4009, "no pong")
        elif now - life.heard_s > limits.ping_ms / 1_000:
            life.pinged_s = now
            outbox.send_frame(ping_frame())
        if not outbox.has_asked and now - life.opened_s > limits.nothing_asked_ms / 1_000:
            outbox.close(4000, "nothing asked")

    def _heartbeat(self, outbox: Outbox, life: SocketLiveness) -> bytes:
        hub = self._hub
        life.beats += 1
        tell_all = life.beats % ALL_SEQS_EVERY == 0
        seqs: dict[str, int] = {}
        for name, held in outbox.held.items():
            seq = hub.feeds[name].seq
            if not held.missed and (tell_all or seq != held.reported_seq):
                seqs[name] = held.reported_seq = seq
        position = outbox.position_sent(hub.position_published(outbox.held))
        return text_frame(
            protocol.control("heartbeat", at_ns=hub.at_ns, position=position, seqs=seqs)
        )
