"""One socket's protocol: inputs as values in, outputs as values out (WIRE 5). Pure.

It reads no clock, opens nothing and waits for nobody: `gateway/socket/connection.py` does. The live
messages of a joined feed do not pass here: the hub builds each frame once and writes it to the
outboxes of all its readers.
"""

from collections import deque
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from gateway.access.command_intake import must_be_granted
from gateway.access.limits import TokenBuckets, TokensLeft
from gateway.access.session import Session
from gateway.contract.languages import ENGLISH
from gateway.contract.problem_words import WORDS
from gateway.feeds.channel import resume_start
from gateway.problems import ProblemRaised, problem
from gateway.settings import Limits
from gateway.socket import messages
from gateway.socket.inputs import (
    BinaryReceived,
    CloseReceived,
    CommandAnswered,
    CommandFailed,
    CommandRefused,
    Connected,
    Disconnected,
    Draining,
    Faulted,
    FeedsJoined,
    FeedsLeft,
    FrameBroken,
    GatewayFull,
    Input,
    LineClosed,
    LogonJudged,
    PartReceived,
    PingReceived,
    PongReceived,
    RequestRefused,
    SessionAdopted,
    SessionEnded,
    TextReceived,
    TimePassed,
)
from gateway.socket.liveness import Liveness
from gateway.socket.messages import ClientMessage
from gateway.socket.outputs import (
    AdoptSession,
    Close,
    EndLine,
    JoinFeeds,
    LeaveFeeds,
    Output,
    Pause,
    ResumeFeeds,
    SendFrames,
    SendHello,
    SendPong,
    SendRefusal,
    SendReply,
    SendShutdown,
    SubmitCommand,
)
from gateway.socket.pending_commands import PendingCommand, PendingCommands
from gateway.socket.socket_rate import SocketRate
from gateway.socket.states import ALIVE, TRANSITIONS, SocketState
from ledger.durations import SECOND_NS
from ledger.refusals import Reason, Refused, sentence_of

BAD_MESSAGES_MOST: Final = 20  # within a minute
BAD_WINDOW_NS: Final = 60 * SECOND_NS
BAD: Final = (Reason.bad_shape, Reason.unknown_route)


class _Request(NamedTuple):
    """A message that waits for an answer, and when it came."""

    message: ClientMessage
    now_ns: int


class SocketProtocol:
    """The state of one client's socket. Each message is answered exactly once, in its turn."""

    def __init__(self, limits: Limits, buckets: TokenBuckets) -> None:
        self.state = SocketState.NEW
        self._limits = limits
        self._rate = SocketRate(buckets)
        self._outputs: list[Output] = []
        self._texts: deque[TextReceived] = deque()  # that wait until a question is answered
        self._request: _Request | None = None  # the one that waits for that answer
        self._adopted: tuple[Session, str] | None = None  # a session while it is counted; its token
        self._liveness = Liveness(limits, 0)
        self._session: Session | None = None
        self._cancels_on_disconnect = False
        self._grace_ms = 0
        self._language = ENGLISH  # in which this client is refused
        self._may_tie = False  # whether an order that ends with this line was asked for
        self._commands = PendingCommands(limits)
        self._bad_ns: list[int] = []  # when bad messages came, within a minute

    def receive(self, received: Input) -> list[Output]:
        """What is to be done, in this order, because of what happened."""
        following = TRANSITIONS.get((self.state, type(received)))
        if following is not None:
            self.state = following
            _HANDLERS[type(received)](self, received)
            while self._texts and self.state is SocketState.OPEN:
                self._answer(self._texts.popleft())
        elif self.state in ALIVE or self.state is SocketState.NEW:
            self._put(Close(1011, "our fault"))  # not in the table: whoever hands it in is wrong
        outputs, self._outputs = self._outputs, []
        return outputs

    @property
    def is_alive(self) -> bool:
        """Whether it still sends."""
        return self.state in ALIVE

    @property
    def overdue_ns(self) -> int | None:
        """When the oldest command will have waited too long: hand in `TimePassed` then."""
        return self._commands.overdue_ns

    def _put(self, output: Output) -> None:
        self._outputs.append(output)
        self.state = TRANSITIONS.get((self.state, type(output)), self.state)

    def _connected(self, received: Connected) -> None:
        self._liveness = Liveness(self._limits, received.now_ns)
        self._put(SendHello(received.challenge))

    def _gateway_full(self, received: GatewayFull) -> None:
        self._put(Close(4013, "gateway full"))

    # --- messages

    def _text(self, received: TextReceived) -> None:
        self._liveness.received(received.now_ns)
        self._texts.append(received)

    def _binary(self, received: BinaryReceived) -> None:
        self._put(Close(1003, "text messages only"))

    def _ping(self, received: PingReceived) -> None:
        self._liveness.received(received.now_ns)
        self._put(SendPong(received.payload))
        self._take_tokens(received.now_ns)

    def _sign_of_life(self, received: PongReceived | PartReceived) -> None:
        self._liveness.received(received.now_ns)
        self._take_tokens(received.now_ns)

    def _close_received(self, received: CloseReceived) -> None:
        self._put(Close(received.code or 1000, ""))

    def _frame_broken(self, received: FrameBroken) -> None:
        self._put(Close(received.code, received.reason))

    def _answer(self, received: TextReceived) -> None:
        """Answer one message, or put the question that its answer waits for."""
        now_ns, size = received.now_ns, len(received.text)
        decoded = messages.decoded(received.text, self._limits)
        is_paid = False
        try:
            message = messages.message_of(decoded)
            if message.op not in messages.COMMANDS:
                is_paid = True
                must_be_granted(self._take_tokens(now_ns, size))
            self._act(message, now_ns)
        except (Refused, ProblemRaised) as error:
            self._refuse(*messages.identity(decoded), error, now_ns)
            if not is_paid:
                self._take_tokens(now_ns, size)

    def _act(self, message: ClientMessage, now_ns: int) -> None:
        if message.op in messages.COMMANDS:
            self._command(message, now_ns)
        elif message.op == "ping":
            self._put(SendReply(message.op, message.id, {}))
        elif message.op == "logon":
            self._language = messages.language_of(message, self._language)
            self._request = _Request(message, now_ns)
            self._put(messages.question_of(message))
        else:
            self._liveness.is_in_use = True
            feeds = messages.feeds_of(message, self._limits)
            since, pair = messages.since_of(message), messages.pair_of(message)
            self._request = _Request(message, now_ns)
            if message.op == "subscribe":
                self._put(JoinFeeds(self._session, feeds, since, pair))
            else:
                self._put(LeaveFeeds(feeds))

    def _refuse(
        self, op: str | None, number: int | str | None, error: Refused | ProblemRaised, now_ns: int
    ) -> None:
        """Refuse a message; who sends too many bad ones is let go."""
        if not self.is_alive:
            return  # it was let go for this very message
        self._put(SendRefusal(op, number, self._problem(error)))
        if isinstance(error, Refused) and error.reason in BAD:
            self._bad_ns = [at for at in self._bad_ns if now_ns - at < BAD_WINDOW_NS] + [now_ns]
            if len(self._bad_ns) > BAD_MESSAGES_MOST:
                self._put(Close(4010, "too many bad messages"))

    def _problem(self, error: Refused | ProblemRaised) -> dict[str, Any]:
        return problem(error, words=WORDS[self._language])

    def _take_tokens(self, now_ns: int, size: int = 0) -> TokensLeft:
        """Draw from this socket's own bucket; who goes beyond its rate waits, or is let go."""
        left = self._rate.take(now_ns, size)
        if left.retry_after_ms and self.is_alive:
            if self._rate.is_too_fast(now_ns):
                self._put(Close(4029, "too fast"))
            else:
                self._put(Pause(left.retry_after_ms))
        return left

    # --- the answers to what was asked

    def _logon_judged(self, received: LogonJudged) -> None:
        message, now_ns = self._waiting()
        session = received.session
        try:
            messages.end_of_line_of(message, self._limits)
            if self._session is not None and self._session.principal != session.principal:
                raise Refused(
                    Reason.wrong_state,
                    sentence_of(
                        "This socket speaks for {principal}: open another one.",
                        principal=self._session.principal,
                    ),
                )
            if self._session is not None and set(self._session.scopes) - set(session.scopes):
                raise Refused(
                    Reason.wrong_state,
                    sentence_of(
                        "Feeds of this socket may rest on scopes that this session lacks: ask "
                        "for {scopes} again, or open another one.",
                        scopes=", ".join(self._session.scopes),
                    ),
                )
        except Refused as error:
            self._refuse(message.op, message.id, error, now_ns)
            return
        self._adopted = session, received.token
        self._put(AdoptSession(session, self._language))

    def _session_adopted(self, received: SessionAdopted) -> None:
        """Speak for a session from now on: the first one, or a renewal."""
        if self._adopted is None:
            return  # its adoption was never asked for: the line was closed before
        (session, token), self._adopted = self._adopted, None
        message, _ = self._waiting()
        self._session = session
        self._cancels_on_disconnect, self._grace_ms = messages.end_of_line_of(message, self._limits)
        if received.takes_over:
            self._may_tie = True
            if self.state is SocketState.DISCONNECTED:
                self._put(EndLine(session, self._grace_ms))
        if not self.is_alive:
            return
        if received.is_one_too_many:
            self._put(Close(4013, "too many sockets of this principal"))
            return
        self._liveness.is_in_use = True
        result = {"token": token} if token else {}
        self._put(SendReply(message.op, message.id, result | _shown(session)))

    def _feeds_joined(self, received: FeedsJoined) -> None:
        message, now_ns = self._waiting()
        self._put(SendReply(message.op, message.id, {"feeds": received.rows}))
        owed = self._rate.charge(now_ns, received.work)
        if owed.retry_after_ms and self.is_alive:
            self._put(Pause(owed.retry_after_ms))
        if received.frames:
            self._put(SendFrames(received.frames))
        since = resume_start(messages.since_of(message), messages.pair_of(message))
        if received.resumes and since is not None:
            self._put(ResumeFeeds(received.resumes, since))

    def _feeds_left(self, received: FeedsLeft) -> None:
        message, _ = self._waiting()
        self._put(SendReply(message.op, message.id, {"feeds": received.held}))

    def _request_refused(self, received: RequestRefused) -> None:
        message, now_ns = self._waiting()
        self._refuse(message.op, message.id, received.error, now_ns)
        if not isinstance(received.error, Refused):
            return
        if received.error.reason is Reason.ip_not_allowed:
            self._put(Close(4003, "not from this address"))
        elif received.error.reason is Reason.rate_limited and self.is_alive:
            self._put(Pause(int(received.error.context["retry_after_ms"])))

    def _waiting(self) -> _Request:
        request = self._request
        assert request is not None, "the table lets no answer in before its question"
        return request

    # --- commands

    def _command(self, message: ClientMessage, now_ns: int) -> None:
        session = self._session
        if session is None:
            raise Refused(Reason.no_session, "Log on first.")
        if session.is_over:
            raise Refused(Reason.session_expired, "The session is over: log on anew.")
        command = messages.command_of(message)
        call = self._commands.add(PendingCommand(message, session, command.key or "", now_ns))
        ties = self._cancels_on_disconnect
        if message.op == "order.new" and (ties or command.args.get("cancel_on_disconnect")):
            self._may_tie = True
        self._put(SubmitCommand(call, command, session, ties))

    def _command_refused(self, received: CommandRefused) -> None:
        pending, is_waiting = self._commands.take(received.call)
        if pending is not None and is_waiting:
            message = pending.message
            self._refuse(message.op, message.id, received.error, pending.received_ns)
            self._take_tokens(pending.received_ns)

    def _command_answered(self, received: CommandAnswered) -> None:
        """It goes out ahead of the feed messages of its batch."""
        pending, is_waiting = self._commands.take(received.call)
        if pending is None:
            return
        message, answer, left = pending.message, received.answer, received.left
        if is_waiting and self.is_alive:
            self._put(
                SendReply(
                    message.op,
                    message.id,
                    answer.result,
                    position=answer.position,
                    at_ns=answer.at_ns,
                    paid=left,
                    is_replayed=answer.is_replayed,
                    is_first=True,
                    opening=answer.opening,
                )
            )

    def _command_failed(self, received: CommandFailed) -> None:
        pending, is_waiting = self._commands.take(received.call)
        if pending is not None and is_waiting:
            self._fail(pending.message, messages.of_args(received.error))

    def _fail(self, message: ClientMessage, error: Refused | ProblemRaised) -> None:
        """The engine's own no: it never counts as a bad message."""
        self._put(SendRefusal(message.op, message.id, self._problem(error), is_first=True))

    # --- time, and the end

    def _time_passed(self, received: TimePassed) -> None:
        for pending in self._commands.fall_due(received.now_ns):
            self._fail(pending.message, ProblemRaised("unavailable", key=pending.key))
        for output in self._liveness.due(received.now_ns):
            if self.is_alive:
                self._put(output)

    def _session_ended(self, received: SessionEnded) -> None:
        self._put(Close(4001, "the session is over"))

    def _draining(self, received: Draining) -> None:
        self._put(SendShutdown(received.retry_after_ms))
        self._put(Close(1001, "the venue closes"))

    def _faulted(self, received: Faulted) -> None:
        self._put(Close(1011, "our fault"))

    def _line_closed(self, received: LineClosed) -> None:
        self._texts.clear()

    def _disconnected(self, received: Disconnected) -> None:
        """Orders that were to end with the line do."""
        self._texts.clear()
        if self._session is not None and self._may_tie:
            self._put(EndLine(self._session, self._grace_ms))


def _shown(session: Session) -> dict[str, Any]:
    return {
        "session": session.session,
        "party": session.party,
        "scopes": list(session.scopes),
        "expires_ns": session.expires_ns,
    }


_HANDLERS: Final[dict[type[Input], Callable[[SocketProtocol, Any], None]]] = {
    Connected: SocketProtocol._connected,
    GatewayFull: SocketProtocol._gateway_full,
    TextReceived: SocketProtocol._text,
    BinaryReceived: SocketProtocol._binary,
    PingReceived: SocketProtocol._ping,
    PongReceived: SocketProtocol._sign_of_life,
    PartReceived: SocketProtocol._sign_of_life,
    CloseReceived: SocketProtocol._close_received,
    FrameBroken: SocketProtocol._frame_broken,
    LogonJudged: SocketProtocol._logon_judged,
    SessionAdopted: SocketProtocol._session_adopted,
    FeedsJoined: SocketProtocol._feeds_joined,
    FeedsLeft: SocketProtocol._feeds_left,
    RequestRefused: SocketProtocol._request_refused,
    CommandRefused: SocketProtocol._command_refused,
    CommandAnswered: SocketProtocol._command_answered,
    CommandFailed: SocketProtocol._command_failed,
    TimePassed: SocketProtocol._time_passed,
    SessionEnded: SocketProtocol._session_ended,
    Draining: SocketProtocol._draining,
    Faulted: SocketProtocol._faulted,
    LineClosed: SocketProtocol._line_closed,
    Disconnected: SocketProtocol._disconnected,
}
