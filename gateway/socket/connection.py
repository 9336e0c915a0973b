"""One WebSocket: hello, logon, feeds, commands, goodbye (WIRE 5)."""

import asyncio
import socket as sockets
from collections.abc import Callable
from typing import Any, Final

from aiohttp import WSMsgType, web

from exchange.engine.engine import Answer, Unavailable
from gateway.access import signed_documents
from gateway.access.auth import Auth
from gateway.access.command_intake import CommandIntake, answered, must_be_granted
from gateway.access.limits import TokenBuckets, TokensLeft
from gateway.access.session import Session
from gateway.faults import Fault
from gateway.feeds.frames import pong_frame
from gateway.feeds.hub import Hub
from gateway.feeds.outbox import Outbox
from gateway.feeds.subscriptions import Subscriptions
from gateway.problems import ProblemRaised, troubled
from gateway.settings import Limits
from gateway.socket import protocol
from gateway.socket.cancel_on_disconnect import CancelOnDisconnect
from gateway.socket.heartbeat import Heartbeat
from ledger.journal.protocol import JournalUnavailable
from ledger.refusals import Reason, Refused

PROTOCOL: Final = "gpubourse.v1.json"
BAD_MESSAGES_MOST: Final = 20  # within a minute
BAD_WINDOW_S: Final = 60.0
BEYOND_S: Final = 10.0


class SocketServer:
    """What every socket needs; `serve` is the handler of /v1/ws."""

    def __init__(
        self,
        hub: Hub,
        subscriptions: Subscriptions,
        auth: Auth,
        intake: CommandIntake,
        buckets: TokenBuckets,
        limits: Limits,
        heartbeat: Heartbeat,
        disconnects: CancelOnDisconnect,
        keep: Callable[[bytes], None],
        wall_ns: Callable[[], int],
    ) -> None:
        self.hub = hub
        self.subscriptions = subscriptions
        self.auth = auth
        self.intake = intake
        self.buckets = buckets
        self.limits = limits
        self.heartbeat = heartbeat
        self.disconnects = disconnects
        self.keep = keep
        self.wall_ns = wall_ns

    async def serve(self, request: web.Request, address: str) -> web.WebSocketResponse:
        """Speak with one client until either side ends it."""
        ws = web.WebSocketResponse(
            protocols=(PROTOCOL,),
            autoping=False,
            autoclose=False,  # else a close of ours would be answered with a second one
            compress=False,
            max_msg_size=self.limits.socket_message_bytes,
            timeout=2.0,
        )
        await ws.prepare(request)
        transport = request.transport
        if transport is None:
            return ws
        raw = transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_SNDBUF, self.limits.send_buffer_bytes)
        outbox = Outbox(transport, self.limits)
        talker = Socket(self, outbox, address)
        if not self.heartbeat.welcome(outbox, address):
            outbox.close(4013, "gateway full")
            return ws
        with Fault("a socket") as fault:
            try:
                await self._listen(ws, talker, outbox)
            finally:
                talker.leave()
        if fault.error is not None:
            outbox.close(1011, "our fault")
        if outbox.is_closed:
            transport.close()  # goodbye was said: aiohttp must not say it again
        return ws

    async def _listen(self, ws: web.WebSocketResponse, talker: "Socket", outbox: Outbox) -> None:
        talker.hello()
        async for message in ws:
            self.heartbeat.heard(outbox)
            if message.type is WSMsgType.TEXT:
                await talker.hear(message.data.encode())
            elif message.type is WSMsgType.PING:
                outbox.send_frame(pong_frame(message.data))
            elif message.type is WSMsgType.BINARY:
                outbox.close(1003, "text messages only")
            if outbox.is_closed:
                break


class Socket:
    """The state of one client's protocol."""

    def __init__(self, socket_server: SocketServer, outbox: Outbox, address: str) -> None:
        self._socket_server = socket_server
        self._outbox = outbox
        self._address = address
        self._session: Session | None = None
        self._challenge = ""
        self._orders: dict[str, None] = {}  # that end with this socket
        self._cancels_on_disconnect = False
        self._grace_ms = 0
        self._has_left = False
        self._bad: list[float] = []
        self._beyond_since = 0.0  # loop time at which the rate was last kept
        self._replays: set[asyncio.Task[None]] = set()

    def hello(self) -> None:
        """The first message: where the venue stands, and a challenge to answer."""
        socket_server = self._socket_server
        self._challenge, _ = socket_server.auth.challenge()
        self._outbox.send(
            protocol.control(
                "hello",
                v=signed_documents.VERSION,
                venue=socket_server.intake.venue,
                position=socket_server.hub.position,
                at_ns=socket_server.hub.at_ns,
                speed=socket_server.heartbeat.speed(),
                challenge=self._challenge,
                heartbeat_ms=socket_server.limits.heartbeat_ms,
            )
        )

    async def hear(self, text: bytes) -> None:
        """Answer one message, exactly once."""
        hub = self._socket_server.hub
        try:
            message = protocol.read(text)
            if message.op not in protocol.COMMANDS:
                self._take()
            await self._act(message)
        except (Refused, ProblemRaised, Unavailable, JournalUnavailable) as error:
            no = error if isinstance(error, Refused | ProblemRaised) else troubled(error)
            op, number = protocol.identity(text)
            self._outbox.send(protocol.no(op, number, hub.position, hub.at_ns, no))
            if isinstance(no, Refused) and no.reason in {Reason.bad_shape, Reason.unknown_route}:
                self._count_bad()

    def leave(self) -> None:
        """The line is gone: feeds end, and orders that were to end with it do."""
        socket_server = self._socket_server
        self._has_left = True
        for task in self._replays:
            task.cancel()
        socket_server.heartbeat.farewell(self._outbox)
        socket_server.hub.leave(self._outbox)
        if self._session is not None:
            self._session.on_end.pop(self._end, None)
            if self._orders:
                socket_server.disconnects.disconnected(
                    self._session, list(self._orders), self._grace_ms
                )

    async def _act(self, message: protocol.ClientMessage) -> None:
        if message.op in protocol.COMMANDS:
            self._command(message)
        elif message.op == "logon":
            await self._log_on(message)
        elif message.op == "ping":
            self._say(message, {})
        else:
            self._outbox.has_asked = True
            feeds = protocol.feeds_of(message)
            if message.op == "subscribe":
                await self._subscribe(message, feeds)
            else:
                self._socket_server.subscriptions.leave(self._outbox, feeds)
                self._say(message, {"feeds": list(self._outbox.held)})

    def _say(self, message: protocol.ClientMessage, result: Any) -> None:
        hub = self._socket_server.hub
        self._outbox.send(protocol.yes(message, hub.position, hub.at_ns, result))

    async def _log_on(self, message: protocol.ClientMessage) -> None:
        auth, members = self._socket_server.auth, message.members
        result: dict[str, Any] = {}
        if "token" in members:
            session = auth.session(str(members["token"]), self._address)
        elif "ticket" in members:
            session = auth.redeem(str(members["ticket"]), self._address)
        else:
            logged_on = auth.log_on(
                members.get("document"), members.get("signature"), self._address
            )
            session = logged_on.session
            if session.signing == "session":
                await asyncio.to_thread(self._socket_server.keep, session.evidence)
            result["token"] = logged_on.token
        grace_ms = members.get("grace_ms", 0)
        if (
            type(grace_ms) is not int
            or not 0 <= grace_ms <= self._socket_server.limits.grace_ms_most
        ):
            raise Refused(Reason.bad_field, "grace_ms is 0 to 10,000.", field="/grace_ms")
        cancels = members.get("cancel_on_disconnect", False)
        if not isinstance(cancels, bool):
            raise Refused(
                Reason.bad_field,
                "cancel_on_disconnect is true or false.",
                field="/cancel_on_disconnect",
            )
        self._adopt(session)
        self._cancels_on_disconnect = cancels
        self._grace_ms = grace_ms
        kept = self._socket_server.disconnects.returned(session.principal)
        if self._cancels_on_disconnect:
            self._orders.update(dict.fromkeys(kept))
        self._outbox.has_asked = True
        result |= {
            "session": session.session,
            "party": session.party,
            "scopes": list(session.scopes),
            "expires_ns": session.expires_ns,
        }
        self._say(message, result)

    def _adopt(self, session: Session) -> None:
        """Speak for a session from now on: a renewal, else the feeds of another would live on."""
        if self._session is not None:
            if self._session.principal != session.principal:
                raise Refused(
                    Reason.wrong_state,
                    f"This socket speaks for {self._session.principal}: open another one.",
                )
            self._session.on_end.pop(self._end, None)
        self._session = session
        session.on_end[self._end] = None
        self._socket_server.heartbeat.belongs_to(self._outbox, session.principal)

    def _end(self) -> None:
        self._outbox.close(4001, "the session is over")

    async def _subscribe(self, message: protocol.ClientMessage, feeds: list[Any]) -> None:
        subscriptions, hub = self._socket_server.subscriptions, self._socket_server.hub
        since = protocol.since_of(message)
        joined = await subscriptions.join(self._outbox, self._session, feeds, since)
        result = {"feeds": [each.row for each in joined]}
        self._outbox.send(protocol.yes(message, hub.position, hub.at_ns, result))
        for each in joined:
            for frame in each.frames:
                self._outbox.add(frame, is_lossless=True)
            if each.resume is not None and since is not None:
                task = asyncio.create_task(subscriptions.resume(self._outbox, each, since))
                self._replays.add(task)
                task.add_done_callback(self._replays.discard)
        self._outbox.flush()

    def _command(self, message: protocol.ClientMessage) -> None:
        if self._session is None:
            raise Refused(Reason.no_session, "Log on first.")
        if self._session.is_over:
            raise Refused(Reason.session_expired, "The session is over: log on anew.")
        wanted = protocol.wanted(message)
        request, left = self._socket_server.intake.prove(wanted, self._session)
        call = _PendingCommand(self, self._session, message, left)
        call.wait_for(
            self._socket_server.intake.submit(request),
            self._socket_server.limits.answer_wait_ms / 1_000,
        )

    def placed(self, session: Session, order: str) -> None:
        """An order stands that is to end with this socket, which may be gone by now."""
        if not self._cancels_on_disconnect:
            return
        if self._has_left:
            self._socket_server.disconnects.disconnected(session, [order], self._grace_ms)
        else:
            self._orders[order] = None

    def replied(self, call: "_PendingCommand", answer: Answer) -> None:
        """An answer came: it goes out before the feed messages of its batch."""
        limits = {call.left.bucket: call.left.tokens}
        self._outbox.send_first(
            protocol.yes(
                call.message,
                answer.position,
                answer.at_ns,
                answer.result,
                limits,
                is_replayed=answer.is_replayed,
            )
        )

    def refused(self, call: "_PendingCommand", no: Refused | ProblemRaised) -> None:
        hub = self._socket_server.hub
        message = call.message
        self._outbox.send_first(protocol.no(message.op, message.id, hub.position, hub.at_ns, no))

    def _take(self) -> None:
        """Draw from this socket's own bucket; who stays beyond its rate for 10 s is let go."""
        socket_server = self._socket_server
        left = socket_server.buckets.take("control", id(self), socket_server.wall_ns())
        now = asyncio.get_running_loop().time()
        if not left.retry_after_ms:
            self._beyond_since = now
        elif now - self._beyond_since > BEYOND_S:
            self._outbox.close(4029, "too fast")
        must_be_granted(left)

    def _count_bad(self) -> None:
        now = asyncio.get_running_loop().time()
        self._bad = [*(at for at in self._bad if now - at < BAD_WINDOW_S), now]
        if len(self._bad) > BAD_MESSAGES_MOST:
            self._outbox.close(4010, "too many bad messages")


class _PendingCommand:
    """One command of a socket while the engine has it: answered once, in time or not known yet."""

    def __init__(
        self, socket: Socket, session: Session, message: protocol.ClientMessage, left: TokensLeft
    ) -> None:
        self.message = message
        self.left = left
        self._socket = socket
        self._session = session
        self._late: asyncio.TimerHandle | None = None

    def wait_for(self, future: "asyncio.Future[Answer]", seconds: float) -> None:
        self._late = asyncio.get_running_loop().call_later(seconds, self._give_up)
        future.add_done_callback(self._done)

    def _give_up(self) -> None:
        self._late = None
        self._socket.refused(
            self, ProblemRaised("unavailable", key=str(self.message.members["key"]))
        )

    def _done(self, future: "asyncio.Future[Answer]") -> None:
        is_late = self._late is None
        if self._late is not None:
            self._late.cancel()
            self._late = None
        try:
            answer = answered(future, str(self.message.members["key"]))
        except (Refused, ProblemRaised) as no:
            if not is_late:
                self._socket.refused(self, no)
            return
        if self.message.op == "order.new":
            self._socket.placed(self._session, str(answer.result["order"]))
        if not is_late:
            self._socket.replied(self, answer)
