"""The way of a command: proven, within its time and its caller's rate, then handed to the engine.

REST and sockets come here alike. What is refused here is refused before the engine has it.
"""

import asyncio
import re
from collections.abc import Callable
from hashlib import sha256
from typing import Any, Final

from msgspec import Struct

from exchange.engine.batch_writer import Request
from exchange.engine.group_decider import Answer, Unavailable
from exchange.ops import OPS, signature_of
from gateway.access import signed_documents
from gateway.access.leaves import NO_LEAVES, Leaves
from gateway.access.limits import TokenBuckets, TokensLeft
from gateway.access.session import Session
from gateway.access.signed_documents import CommandBytes
from gateway.problems import ProblemRaised
from gateway.settings import Limits
from gpubourse.wire import outward
from ledger.authority.scopes_in_force import must_be_within
from ledger.caller import Caller
from ledger.durations import MS_NS
from ledger.ids import PartyId
from ledger.op import COMMAND, Rest, Signature
from ledger.refusals import Reason, Refused, sentence_of

KEY: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
RETRIED: Final = ("unavailable", "overloaded", "recovering")  # the venue will answer yet
RETRY_S: Final = 0.5


# Op -> its texts that default to "", so that old journals open, and must name something today.
NAMING: Final = {"withdrawal.new": ("to_account",)}


class CommandRequest(Struct, frozen=True):
    """One command as it came in, whichever way."""

    op: str
    args: dict[str, Any]  # `_ns` as ints
    key: str | None
    issued_ns: int | None = None
    valid_ms: int | None = None
    signature: str | None = None
    attachment: bytes = b""
    line: str = ""  # the socket that it came by; "": by none
    ends_with_line: bool = False  # whether that socket's log-on ties the orders placed over it


class CommandIntake:
    """Turns a command as it came into a request that the engine may judge."""

    def __init__(
        self,
        submit: Callable[[Request], "asyncio.Future[Answer]"],
        buckets: TokenBuckets,
        limits: Limits,
        *,
        venue: Callable[[], str],
        wall_ns: Callable[[], int],
        leaves: Leaves = NO_LEAVES,
    ) -> None:
        self.leaves = leaves
        self._submit = submit
        self._buckets = buckets
        self._limits = limits
        self._venue = venue
        self._wall_ns = wall_ns
        self._out: dict[tuple[str, str], int] = {}  # (party, key) -> requests with the engine

    @property
    def venue(self) -> str:
        """The venue's name, as every signed document bears it."""
        return self._venue()

    def prove(self, command: CommandRequest, session: Session) -> tuple[Request, TokensLeft]:
        """The command, as the engine may judge it, and what is left of the caller's rate.

        Refuses in WIRE 4's order: key, session (signature, time), rate.
        """
        op = OPS.get(command.op)
        if op is None or not isinstance(op.route, Rest):
            raise Refused(
                Reason.unknown_route,
                sentence_of("There is no operation {op!r}.", op=command.op[:64]),
            )
        if command.key is None or not KEY.fullmatch(command.key):
            raise Refused(
                Reason.key_missing,
                "A command needs an Idempotency-Key (on a socket: `key`) of 1 to 64 letters, "
                "digits, '.', '_', '-'.",
            )
        received_ns = self._wall_ns()
        if session.is_over or session.expires_ns <= received_ns:
            raise Refused(Reason.session_expired, "The session is over: log on anew.")
        if session.is_unkept and (command.issued_ns is None or command.signature is None):
            raise Refused(
                Reason.session_expired,
                "This session began while the database was away, and nothing unsigned may ride on "
                "it: log on anew, or sign the command.",
            )
        document, signature = self._proven(command, session, received_ns)
        left = self._take(command.op, session, received_ns)
        must_name_something(command.op, command.args)
        caller = Caller(
            party=session.party,
            principal=session.principal,
            scopes=session.scopes,
            key=command.key,
            session=session.session,
            received_ns=received_ns,
            attachment=command.attachment,
            line=command.line,
            ends_with_line=command.ends_with_line,
        )
        return Request(
            op=command.op,
            args=command.args,
            caller=caller,
            label=str(command.args.get("label", ""))[:64],
            body_sha256=document.body_sha256,
            signed=document.signed,
            signature=signature,
        ), left

    def must_be_proven(self, command: CommandRequest, session: Session) -> TokensLeft:
        """Refuse what the caller did not sign, or signed too long ago (what is no command, too)."""
        now_ns = self._wall_ns()
        self._proven(command, session, now_ns)
        return self._take(command.op, session, now_ns)

    def submit(self, request: Request) -> "asyncio.Future[Answer]":
        """Hand in a request; while it is out, `is_out` is true."""
        name = (request.caller.party, request.caller.key)
        future = self._submit(request)
        if not future.done():
            self._out[name] = self._out.get(name, 0) + 1
            future.add_done_callback(lambda _: self._is_back(name))
        return future

    def charge(self, paid: TokensLeft, size: int) -> TokensLeft:
        """Charge a reply's size to who drew on a bucket for it: what is left, or owed."""
        return self._buckets.charge_reply(paid, size, self._wall_ns())

    def end_lines(self, party: PartyId, lines: list[str]) -> None:
        """Have the engine cancel the orders that end with these lines of a party."""
        self._submit_until_known(
            Request(
                "line.end",
                {"party": party, "lines": lines},
                Caller(received_ns=self._wall_ns()),
                body_sha256=sha256(" ".join(lines).encode()).digest(),
            )
        )

    def _submit_until_known(self, request: Request) -> None:
        """Submit what nobody waits for, again under its key until its outcome is known."""

        def retry_unless_known(future: "asyncio.Future[Answer]") -> None:
            error = None if future.cancelled() else future.exception()
            if isinstance(error, Unavailable) and error.code in RETRIED:
                asyncio.get_running_loop().call_later(RETRY_S, self._submit_until_known, request)

        self.submit(request).add_done_callback(retry_unless_known)

    def is_out(self, party: str, key: str) -> bool:
        """Whether a command of this key is with the engine: its outcome is not known yet."""
        return (party, key) in self._out

    def _is_back(self, name: tuple[str, str]) -> None:
        self._out[name] -= 1
        if not self._out[name]:
            del self._out[name]

    def _proven(
        self, command: CommandRequest, session: Session, received_ns: int
    ) -> tuple[CommandBytes, bytes]:
        """The bytes of the signed document, and their signature (b"" where none is due)."""
        is_unsigned = command.issued_ns is None or command.signature is None
        if _must_be_signed(command.op, session) and is_unsigned:
            raise Refused(
                Reason.bad_signature,
                sentence_of(
                    "{op} must be signed by {principal}: send issued_ns and signature "
                    "(over REST in the headers Command-Issued-Ns and Command-Signature).",
                    op=command.op,
                    principal=session.principal,
                ),
            )
        issued_ns = received_ns if command.issued_ns is None else command.issued_ns
        valid_ms = self._limits.valid_ms if command.valid_ms is None else command.valid_ms
        document = signed_documents.command_bytes(
            args=command.args,
            issued_ns=issued_ns,
            key=command.key or "",
            op=command.op,
            party=session.party,
            principal=session.principal,
            valid_ms=valid_ms,
            venue=self._venue(),
        )
        signature = b""
        if command.signature is not None:
            signature = signed_documents.check(
                session.public_key, command.signature, document.signed
            )
        self._must_be_timely(issued_ns, valid_ms, received_ns)
        return document, signature

    async def answer(self, future: "asyncio.Future[Answer]", key: str) -> Answer:
        """Wait for the engine, 5 s at most; then it is not known yet, and goes on."""
        done, _ = await asyncio.wait({future}, timeout=self._limits.answer_wait_ms / 1_000)
        if not done:
            future.add_done_callback(_consume_outcome)
            raise ProblemRaised("unavailable", key=key)
        return answered(future, key)

    def _take(self, op: str, session: Session, now_ns: int) -> TokensLeft:
        bucket = bucket_of(op)
        caller = session.principal if bucket == "commands" else session.party
        left = self._buckets.take(bucket, caller, now_ns)
        must_be_granted(left)
        return left

    def _must_be_timely(self, issued_ns: int, valid_ms: int, now_ns: int) -> None:
        if not 0 < valid_ms <= self._limits.valid_ms_most:
            raise Refused(
                Reason.bad_field,
                sentence_of(
                    "valid_ms is 1 to {valid_ms_most}.", valid_ms_most=self._limits.valid_ms_most
                ),
                field="/valid_ms",
            )
        must_be_within(issued_ns, valid_ms, self._limits.clock_ahead_ms * MS_NS, now_ns)


def answered(future: "asyncio.Future[Answer]", key: str) -> Answer:
    """The answer of a future that is done; raises Refused, ProblemRaised if it is not known."""
    error = future.exception()  # not raised itself: the future keeps it, and it would keep us
    if isinstance(error, Refused):
        raise error.anew()
    if isinstance(error, Unavailable):
        raise ProblemRaised(error.code, str(error), key=key)
    return future.result()


def answer_body(answer: Answer, leaves: Leaves = NO_LEAVES) -> dict[str, Any]:
    """The body of an answer's reply, in its wire form."""
    body: dict[str, Any] = {"position": answer.position, "at_ns": str(answer.at_ns)}
    if answer.is_replayed:
        body["replayed"] = True
    body |= leaves.of(answer.opening)
    body["result"] = outward(answer.result)
    return body


def must_be_granted(left: TokensLeft) -> None:
    """Refuse `rate_limited` if a bucket was empty."""
    if left.retry_after_ms:
        raise Refused(
            Reason.rate_limited,
            sentence_of(
                "The bucket {bucket} is empty: wait {retry_after_ms} ms.",
                bucket=left.bucket,
                retry_after_ms=left.retry_after_ms,
            ),
        )


def bucket_of(op: str) -> str:
    """Which bucket a command draws from; what is no command draws like one."""
    return (OPS[op].pace if op in OPS else COMMAND).bucket


def must_name_something(op: str, args: dict[str, Any]) -> None:
    """Refuse a text that may be empty in old journals, and has to name something since."""
    for member in NAMING.get(op, ()):
        text = args.get(member, "")
        if isinstance(text, str) and not text.strip():
            raise Refused(
                Reason.bad_field,
                sentence_of("{member} names nothing: say which it is.", member=member),
                field=f"/{member}",
            )


def _must_be_signed(op: str, session: Session) -> bool:
    """Whether it takes a signature of its own; what is no command does."""
    signature = signature_of(op)
    if signature is Signature.OR_THE_SESSIONS:
        return session.signing != "session"
    return signature is Signature.ALWAYS


def _consume_outcome(future: "asyncio.Future[Answer]") -> None:
    """Nobody waits any more: read the outcome, so that asyncio reports none as never retrieved."""
    if not future.cancelled():
        future.exception()
