"""One request and its stamp become one batch, ready to be stored (pure).

The engine writes live batches here, the demo its history.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Final, NoReturn

from msgspec import Struct

from exchange.books.state import Venue
from exchange.market.market_rule import OrderRate
from exchange.orders.cancelling import cancelled, tied_to_any
from exchange.orders.rate_gate import RateGate
from exchange.parse_args import read
from exchange.venue import (
    STREAMS,
    TOPICS,
    advance,
    attested,
    commit,
    decide,
    execute,
    rate_for,
    shape,
)
from ledger.authority.scopes_in_force import as_of_now, must_be_timely
from ledger.base64url import text64
from ledger.caller import Caller
from ledger.commands import Command
from ledger.deadlines import SILENCE_NS, resume
from ledger.events import Event, JournalUpgraded
from ledger.journal.codec import Codec
from ledger.journal.protocol import CommandRow, Commit, JournalRow
from ledger.moment import Moment
from ledger.refusals import Reason, Refused, sentence_of

ENDED_MOST: Final = 1_000  # orders that one batch ends after a start


class Request(Struct, frozen=True, gc=False):
    """What a caller asks for, as the gateway proved it."""

    op: str
    args: dict[str, Any]  # plain JSON, `_ns` already whole numbers
    caller: Caller
    label: str = ""
    body_sha256: bytes = b""  # of canonical {"args":…,"op":…}: 32 bytes
    signed: bytes = b""
    signature: bytes = b""


class Batch(Struct, frozen=True, gc=False):
    """The events of one command, with the rows that store them."""

    first_position: int
    last_position: int
    at_ns: int
    events: list[Event]
    rows: list[JournalRow]
    command: CommandRow | None  # None: the engine's own act
    op: str = ""


def codec_for(venue: str) -> Codec:
    """The codec of every event that this release knows; the name matters for writing alone."""
    return Codec(venue, TOPICS, STREAMS)


class BatchWriter:
    """Writes batches onto one venue, in order; owns the last version of every stream."""

    def __init__(
        self,
        venue: Venue,
        versions: dict[str, int] | None = None,
        gate: RateGate | None = None,
        moment: Moment | None = None,
    ) -> None:
        self.venue = venue
        self.versions = {} if versions is None else versions
        self.moment = Moment() if moment is None else moment  # of the last batch, and its end
        self.codec = codec_for(venue.register.venue)
        self.gate = gate
        self._named = venue.register.venue

    @property
    def position(self) -> int:
        """The last one written."""
        return self.moment.position

    @property
    def at_ns(self) -> int:
        """The stamp of the last batch."""
        return self.moment.at_ns

    def write(self, request: Request, at_ns: int, first_used: int = 0) -> Batch:
        """Decide, apply, settle and encode one request under a stamp later than the last.

        `first_used` is the position under which another body already used its key (0: none): then
        this one is refused with the first reason that applies, `key_reused` at the latest.
        Raises Refused, and has changed nothing.
        """
        caller = request.caller
        command = read(request.op, request.args)
        signed_sha256 = b"" if caller.is_engine else sha256(request.signed).digest()
        moment = self.moment.next(at_ns, text64(signed_sha256))
        shape(self.venue, command, caller, moment)
        caller = as_of_now(self.venue.register, caller, at_ns)
        must_be_timely(request.signed, caller.received_ns)
        rate = self.must_pass(command, caller, moment)
        if first_used:
            self._refuse_reuse(command, caller, first_used, moment)
        events = execute(self.venue, command, caller, moment)
        if rate is not None and self.gate is not None:
            self.gate.count(caller.party, caller.received_ns, rate.orders)
        return self._bound(events, moment, request, signed_sha256)

    def advance(self, to_ns: int) -> Batch:
        """Let time pass to an instant: stamped with it, or right behind the last batch."""
        moment = self.moment.next(max(self.at_ns + 1, to_ns))
        return self._bound(advance(self.venue, to_ns, moment), moment)

    def resume(self, at_ns: int) -> Batch | None:
        """The first batch after a silence; None if the venue was not down for long."""
        silent_from_ns = self.at_ns
        if at_ns - silent_from_ns <= SILENCE_NS:
            return None
        moment = self.moment.next(at_ns)
        resumed = resume(self.venue.register, silent_from_ns, moment)
        return self._bound(commit(self.venue, resumed, moment), moment)

    def end_lines(self, at_ns: int) -> Batch | None:
        """End what was to end with a line of an earlier process; None if no (more) order was.

        At most `ENDED_MOST` of them: ask until there is none.
        """
        tied = tied_to_any(self.venue)[:ENDED_MOST]
        if not tied:
            return None
        return self.note([cancelled(self.venue, order, "disconnect") for order in tied], at_ns)

    def attest(self, at_ns: int) -> Batch:
        """Write the hash of the state as it stands."""
        return self.note([attested(self.venue, self.moment)], at_ns)

    def upgraded(self, inherited: Commit) -> Batch:
        """Say that all before was left by an older release, right behind its last batch."""
        chain = text64(inherited.chain)
        fact = JournalUpgraded(self.venue.register.venue, inherited.last_position, chain)
        return self.note([fact], self.at_ns + 1)

    def note(self, facts: Sequence[Event], at_ns: int) -> Batch:
        """Write facts that nobody's command decides: the engine's own, or a ready-made past."""
        moment = self.moment.next(at_ns)
        return self._bound(commit(self.venue, facts, moment), moment)

    def must_pass(self, command: Command, caller: Caller, moment: Moment) -> OrderRate | None:
        """Refuse `rate_limited`; return the rate under which an order is to be counted."""
        if self.gate is None:
            return None
        rate = rate_for(self.venue, command, moment)
        if rate is not None:
            self.gate.must_pass(caller.party, caller.received_ns, rate.orders, rate.seconds)
        return rate

    def _refuse_reuse(
        self, command: Command, caller: Caller, first_used: int, moment: Moment
    ) -> NoReturn:
        try:
            decide(self.venue, command, caller, moment)
        except Refused as refusal:
            if refusal.reason.rank < Reason.key_reused.rank:
                raise
        raise Refused(
            Reason.key_reused,
            sentence_of("Key {key} was used for another request: take a new key.", key=caller.key),
            position=first_used,
        )

    def _bound(
        self,
        events: list[Event],
        moment: Moment,
        request: Request | None = None,
        signed_sha256: bytes = b"",
    ) -> Batch:
        """The batch with its rows: positions, versions and bytes."""
        self.moment = moment
        if self.venue.register.venue != self._named:
            self._named = self.venue.register.venue
            self.codec = codec_for(self._named)
        first = moment.cause
        rows = self._rows(events, first, moment.at_ns, moment.command_sha256)
        last = first + len(rows) - 1
        assert last == moment.position, "one position an event"
        command = None
        if request is not None and not request.caller.is_engine:
            command = _command_row(request, signed_sha256, first, last)
        op = request.op if request is not None else ""
        return Batch(first, last, moment.at_ns, events, rows, command, op)

    def _rows(
        self, events: list[Event], first: int, at_ns: int, command_sha256: str
    ) -> list[JournalRow]:
        codec, versions = self.codec, self.versions
        rows: list[JournalRow] = []
        cause = 0
        for position, event in enumerate(events, first):
            stream = codec.stream(event)
            version = versions.get(stream, 0) + 1
            versions[stream] = version
            state = codec.encode(event, at_ns, cause, command_sha256)
            rows.append(JournalRow(position, stream, version, codec.topic_of[type(event)], state))
            cause = first
        return rows


def _command_row(request: Request, signed_sha256: bytes, first: int, last: int) -> CommandRow:
    caller = request.caller
    return CommandRow(
        caller.party,
        caller.key,
        request.op,
        request.body_sha256,
        signed_sha256,
        caller.principal,
        caller.session,
        request.label,
        caller.received_ns,
        request.signed,
        request.signature,
        first,
        last,
    )
