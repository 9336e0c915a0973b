"""One WebSocket's I/O: its protocol is handed what happens, and what it wants done is done."""

import asyncio
import secrets
import socket as sockets
from collections import deque
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
from typing import Any, Final

from aiohttp import web
from msgspec.structs import replace

from exchange.engine.group_decider import Answer, Unavailable
from gateway.access.auth import Auth
from gateway.access.command_intake import CommandIntake, answered
from gateway.access.feed_account import TOKEN_BYTES, FeedAccount
from gateway.access.kept_logons import keep_logon
from gateway.access.limits import TokenBuckets, TokensLeft
from gateway.access.session import Session
from gateway.addresses import share_of
from gateway.contract.problem_words import WORDS
from gateway.faults import Fault
from gateway.feeds.channel import FeedName
from gateway.feeds.frames import ping_frame, pong_frame
from gateway.feeds.hub import Hub
from gateway.feeds.outbox import Outbox
from gateway.feeds.subscriptions import Subscriptions
from gateway.problems import ProblemRaised, troubled
from gateway.settings import Limits
from gateway.socket import messages
from gateway.socket.cancel_on_disconnect import CancelOnDisconnect
from gateway.socket.frame_reader import FrameReader
from gateway.socket.heartbeat import Heartbeat
from gateway.socket.inputs import (
    CommandAnswered,
    CommandFailed,
    CommandRefused,
    Connected,
    Disconnected,
    Faulted,
    FeedsJoined,
    FeedsLeft,
    GatewayFull,
    Input,
    LineClosed,
    LogonJudged,
    RequestRefused,
    SessionAdopted,
    SessionEnded,
    TextReceived,
    TimePassed,
)
from gateway.socket.outputs import (
    AdoptSession,
    Close,
    EndLine,
    JoinFeeds,
    JudgeLogon,
    LeaveFeeds,
    Output,
    Pause,
    ResumeFeeds,
    SendFrames,
    SendHello,
    SendPing,
    SendPong,
    SendRefusal,
    SendReply,
    SendShutdown,
    SubmitCommand,
)
from gateway.socket.protocol import SocketProtocol
from gateway.socket.upgrade import Incoming, upgrade
from gateway.turns.request_turns import RequestTurns
from gateway.turns.work_pools import WorkPools
from gpubourse import documents
from ledger.base64url import text64
from ledger.durations import SECOND_NS
from ledger.journal.protocol import JournalUnavailable
from ledger.refusals import Refused

TURN: Final = 4  # inputs of one socket, big ones counted as several, before others have theirs
AFTER_CLOSE_INPUTS: Final = 64  # read after our close, until the client's comes
AFTER_CLOSE_BYTES: Final = 64 << 10  # read after that, until the line ends
LINE_BYTES: Final = 12  # of chance in a line's name, which no two lines ever share


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
        pools: WorkPools,
        turns: RequestTurns,
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
        self.pools = pools
        self.turns = turns  # of big messages: one of an address in a turn of the loop

    async def serve(self, http: web.Request, address: str) -> web.StreamResponse:
        """Serve one client until either side ends it; refuses `bad_shape` what is no upgrade."""
        response, incoming = await upgrade(http)
        transport = http.transport
        if transport is None:
            return response
        raw = transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_SNDBUF, self.limits.send_buffer_bytes)
        outbox = Outbox(transport, self.limits)
        connection = Connection(self, outbox, address)
        if self.heartbeat.admit(connection):
            try:
                with Fault("a socket") as fault:
                    await connection.listen(incoming)
                if fault.error is not None:
                    connection.receive(Faulted())
            finally:
                connection.leave()
        else:
            connection.receive(GatewayFull())
        if outbox.is_closed and transport.can_write_eof():
            with suppress(OSError):  # who has left already needs no end from us
                transport.write_eof()
            await incoming.discard(AFTER_CLOSE_BYTES)
        transport.close()  # behind the last frame
        return response


class Connection:
    """One client's line: its outbox, its timers, and the protocol that decides."""

    def __init__(self, server: SocketServer, outbox: Outbox, address: str) -> None:
        self.outbox = outbox
        self.address = address
        self._server = server
        self._protocol = SocketProtocol(server.limits, TokenBuckets(server.buckets.rates))
        self._questions: deque[JudgeLogon | JoinFeeds] = (
            deque()
        )  # to be awaited before more is read
        self._session: Session | None = None
        self._lines = [secrets.token_urlsafe(LINE_BYTES)]  # its own name, and those it took over
        self._account = FeedAccount(server.buckets, address)
        self._joined: dict[str, FeedName] = {}  # feeds of the last `subscribe` to be resumed
        self._resumes: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None  # for the oldest command that waits
        self._turn = 0  # inputs since others had theirs
        self._pause_ms = 0  # nothing is read for so long

    async def listen(self, incoming: Incoming) -> None:
        """Read until the line ends; nothing is read while an answer is awaited, or in a pause."""
        challenge, _ = self._server.auth.challenge(self.address)
        self.receive(Connected(challenge, _now_ns()))
        with closing(FrameReader(self._server.limits.socket_message_bytes, _now_ns)) as frames:
            await self._read_on(frames, incoming)

    async def _read_on(self, frames: FrameReader, incoming: Incoming) -> None:
        left = AFTER_CLOSE_INPUTS
        async for data in incoming:
            for received in frames.read(data):
                if isinstance(received, TextReceived) and len(received.text) >= TOKEN_BYTES:
                    await self._server.turns.one(share_of(self.address))
                self.receive(received)
                await self._settle(received)
                left -= self.outbox.is_closed
                if frames.is_done or left <= 0:
                    return

    async def _settle(self, received: Input) -> None:
        """Let everything be answered that this input brought about; let others have their turn."""
        while self._questions:
            await self._resolve(self._questions.popleft())
        self._turn += 1
        if isinstance(received, TextReceived):
            self._turn += len(received.text) // TOKEN_BYTES
        if self._pause_ms or self._turn >= TURN:
            pause_ms, self._pause_ms, self._turn = self._pause_ms, 0, 0
            await asyncio.sleep(pause_ms / 1_000)

    def receive(self, received: Input) -> None:
        """Hand in what happened, and do what is wanted because of it."""
        if self.outbox.is_closed and self._protocol.is_alive:
            self._protocol.receive(LineClosed())
        for output in self._protocol.receive(received):
            _ACTS[type(output)](self, output)

    def leave(self) -> None:
        """The line is gone: feeds end, and orders that were to end with it do."""
        server = self._server
        for task in self._resumes:
            task.cancel()
        if self._timer is not None:
            self._timer.cancel()
        server.heartbeat.leave(self)
        server.hub.leave(self.outbox)
        if self._session is not None:
            self._session.on_end.pop(self._session_ended, None)
        self.receive(Disconnected())

    # --- what is sent

    def _send_hello(self, output: SendHello) -> None:
        server = self._server
        commit = server.hub.commit
        self.outbox.send(
            messages.control(
                "hello",
                v=documents.VERSION,
                venue=server.intake.venue,
                position=commit.last_position,
                chain=text64(commit.chain),
                at_ns=server.hub.at_ns,
                speed=server.heartbeat.speed(),
                challenge=output.challenge,
                heartbeat_ms=server.limits.heartbeat_ms,
            )
        )

    def _send_reply(self, output: SendReply) -> None:
        hub, leaves = self._server.hub, self._server.intake.leaves
        if output.position is None:
            payload = messages.reply(output, hub.position, hub.at_ns)
        else:
            payload = messages.reply(output, output.position, output.at_ns, leaves)
        if output.paid is not None:
            self._server.intake.charge(output.paid, len(payload))
        self._send(payload, is_first=output.is_first)

    def _send_refusal(self, output: SendRefusal) -> None:
        hub = self._server.hub
        payload = messages.refusal(output, hub.position, hub.at_ns)
        self._send(payload, is_first=output.is_first)

    def _send(self, payload: bytes, *, is_first: bool) -> None:
        if is_first:
            self.outbox.send_first(payload)
        else:
            self.outbox.send(payload)

    def _send_frames(self, output: SendFrames) -> None:
        for frame in output.frames:
            self.outbox.add(frame, is_lossless=True)
        self.outbox.flush()

    def _send_shutdown(self, output: SendShutdown) -> None:
        self.outbox.send(messages.control("shutdown", retry_after_ms=output.retry_after_ms))

    def _send_ping(self, output: SendPing) -> None:
        self.outbox.send_frame(ping_frame())

    def _send_pong(self, output: SendPong) -> None:
        self.outbox.send_frame(pong_frame(output.payload))

    def _close(self, output: Close) -> None:
        self.outbox.close(output.code, output.reason)

    def _pause(self, output: Pause) -> None:
        self._pause_ms = max(self._pause_ms, output.wait_ms)

    # --- what is asked

    def _put_question(self, output: JudgeLogon | JoinFeeds) -> None:
        self._questions.append(output)

    async def _resolve(self, question: JudgeLogon | JoinFeeds) -> None:
        answer: Input
        try:
            if isinstance(question, JudgeLogon):
                answer = await self._judge(question)
            else:
                answer = await self._join(question)
        except (Refused, ProblemRaised, Unavailable, JournalUnavailable) as error:
            answer = RequestRefused(_known(error))
        self.receive(answer)

    async def _judge(self, question: JudgeLogon) -> LogonJudged:
        auth = self._server.auth
        if question.token is not None:
            return LogonJudged(auth.session(question.token, self.address))
        if question.ticket is not None:
            return LogonJudged(auth.redeem(question.ticket, self.address))
        logged_on = auth.log_on(question.document, question.signature, self.address)
        session, server = logged_on.session, self._server
        run = partial(server.pools.run, "keep", session.principal, server.keep)
        await keep_logon(session, run)
        return LogonJudged(session, logged_on.token)

    async def _join(self, question: JoinFeeds) -> FeedsJoined:
        if question.session is not None:
            self._server.auth.must_be_in_force(question.session)
        self._account.must_be_paid(_now_ns())
        joined = await self._server.subscriptions.join(
            self.outbox,
            self._account,
            question.session,
            question.feeds,
            question.since,
            question.pair,
        )
        self._account.charge(joined.work, _now_ns())
        self._turn += len(joined.feeds)
        resumed = [each.resumed for each in joined.feeds if each.resumed is not None]
        self._joined = {name.text: name for name in resumed}
        return FeedsJoined(
            rows=[each.row for each in joined.feeds],
            frames=[frame for each in joined.feeds for frame in each.frames],
            resumes=list(self._joined),
            work=joined.work,
        )

    def _adopt(self, output: AdoptSession) -> None:
        server, session = self._server, output.session
        if self._session is not None:
            self._session.on_end.pop(self._session_ended, None)
        self._session = session
        session.on_end[self._session_ended] = None
        self._account.principal = session.principal
        self.outbox.words = WORDS[output.language]
        is_within = server.heartbeat.adopt(self, session.principal)
        returned = server.disconnects.returned(session.principal)
        self._lines += returned
        self.receive(SessionAdopted(bool(returned), is_one_too_many=not is_within))
        if session.is_over:  # it ended while its evidence was being stored
            self._session_ended()

    def _session_ended(self) -> None:
        self.receive(SessionEnded())

    def _leave_feeds(self, output: LeaveFeeds) -> None:
        try:
            self._server.subscriptions.leave(self.outbox, output.feeds)
        except Refused as error:
            self.receive(RequestRefused(_known(error)))
        else:
            self.receive(FeedsLeft(list(self.outbox.held)))

    def _resume(self, output: ResumeFeeds) -> None:
        names = [self._joined[feed] for feed in output.feeds]
        task = asyncio.create_task(self._resume_all(names, output.since))
        self._resumes.add(task)
        task.add_done_callback(self._resumes.discard)

    async def _resume_all(self, names: list[FeedName], since: int) -> None:
        with Fault("a resume") as fault:
            await self._server.subscriptions.resume(self.outbox, self._account, names, since)
        if fault.error is not None:
            self.outbox.close(1011, "our fault")

    # --- commands

    def _submit(self, output: SubmitCommand) -> None:
        intake = self._server.intake
        try:
            command = replace(
                output.command, line=self._lines[0], ends_with_line=output.ends_with_line
            )
            request, left = intake.prove(command, output.session)
            future = intake.submit(request)
        except (Refused, ProblemRaised, Unavailable, JournalUnavailable) as error:
            self.receive(CommandRefused(output.call, _known(error)))
            return
        future.add_done_callback(
            partial(self._engine_answered, output.call, request.caller.key, left)
        )
        self._wait()

    def _engine_answered(
        self, call: int, key: str, left: TokensLeft, future: "asyncio.Future[Answer]"
    ) -> None:
        try:
            answer = answered(future, key)
        except (Refused, ProblemRaised) as error:
            self.receive(CommandFailed(call, error))
        else:
            self.receive(CommandAnswered(call, answer, left))

    def _wait(self) -> None:
        """One timer for all commands of this socket: the oldest is overdue first."""
        overdue_ns = self._protocol.overdue_ns
        if self._timer is None and overdue_ns is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(overdue_ns / SECOND_NS, self._time_is_up)

    def _time_is_up(self) -> None:
        self._timer = None
        self.receive(TimePassed(_now_ns()))
        self._wait()

    def _end_line(self, output: EndLine) -> None:
        self._server.disconnects.disconnected(output.session, list(self._lines), output.grace_ms)


_ACTS: Final[dict[type[Output], Callable[[Connection, Any], None]]] = {
    SendHello: Connection._send_hello,
    SendReply: Connection._send_reply,
    SendRefusal: Connection._send_refusal,
    SendFrames: Connection._send_frames,
    SendShutdown: Connection._send_shutdown,
    SendPing: Connection._send_ping,
    SendPong: Connection._send_pong,
    Close: Connection._close,
    Pause: Connection._pause,
    JudgeLogon: Connection._put_question,
    JoinFeeds: Connection._put_question,
    AdoptSession: Connection._adopt,
    LeaveFeeds: Connection._leave_feeds,
    ResumeFeeds: Connection._resume,
    SubmitCommand: Connection._submit,
    EndLine: Connection._end_line,
}


def _known(
    error: Refused | ProblemRaised | Unavailable | JournalUnavailable,
) -> Refused | ProblemRaised:
    """What is told of an error; it is kept a while, and so it lets go of the frames it came by."""
    return error.anew() if isinstance(error, Refused | ProblemRaised) else troubled(error)


def _now_ns() -> int:
    """The loop's clock: it counts spans."""
    return int(asyncio.get_running_loop().time() * SECOND_NS)
