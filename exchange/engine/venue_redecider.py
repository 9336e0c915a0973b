"""The batches of a journal decided once more, in order, on a venue of its own (DOMAIN 6).

What no command bears is taken from the record: the stamp of each batch, the instant to which time
passes, which orders a cut line ended, the line of an order, an attested hash. All that follows from
it is decided anew.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from exchange.books.state import Venue
from exchange.engine.batch_writer import Batch, BatchWriter, Request
from exchange.engine.replay import replay
from exchange.events import OrderAccepted, OrderCancelled
from exchange.orders.cancelling import cancelled
from exchange.state_form import FORM
from ledger import events as f
from ledger.caller import Caller
from ledger.events import Event
from ledger.ids import PartyId, PrincipalId
from ledger.journal.batches import StoredBatch
from ledger.journal.protocol import CommandRow, JournalRow
from ledger.refusals import Refused
from ledger.timers import Due, forget

# The kinds of what is taken as given; `given_kind` says which a batch that nobody asked for is.
OPENING: Final = "opening"
INSTANT: Final = "instant"
SILENCE: Final = "silence"
LINE: Final = "line"
ATTESTED: Final = "attested"
UPGRADE: Final = "upgrade"
GIVEN_BY: Final[dict[type[Event], str]] = {
    f.VenueOpened: OPENING,
    f.TimeAdvanced: INSTANT,
    f.VenueResumed: SILENCE,
    OrderCancelled: LINE,
    f.NothingToDo: LINE,
    f.StateAttested: ATTESTED,
    f.JournalUpgraded: UPGRADE,
}


class RedecidedBatch(Struct, frozen=True, gc=False):
    """What the rules write for one batch, and what of it was taken as given ("": nothing)."""

    rows: list[JournalRow]
    given: str = ""
    refusal: str = ""  # why they write nothing, in words; the venue is as it was


class VenueRedecider:
    """One venue, from its opening on. Each batch is either decided `again`, or `take`n as it is."""

    def __init__(self, inward: Callable[[Any], Any]) -> None:
        """*inward*: the args of a signed document as the venue takes them in."""
        self._inward = inward
        self._writer = BatchWriter(Venue())

    @property
    def register(self) -> Any:
        """The register before the batch at hand."""
        return self._writer.venue.register

    def take(self, batch: StoredBatch[Event]) -> None:
        """Fold a batch as it stands: it is not judged."""
        replay(self._writer.venue, batch.rows, self._writer.versions, self._writer.moment)

    def again(
        self,
        batch: StoredBatch[Event],
        row: CommandRow | None,
        args: dict[str, Any],
        scopes: Sequence[str],
        attachment: bytes,
    ) -> RedecidedBatch:
        """Decide a batch once more, as its command's row and args ask, or as given without one.

        *scopes*: of the session that it came by. On an assert that fails the venue is lost.
        """
        if row is None:
            return self._given(batch)
        first = batch.events[0]
        accepted = next((each for each in batch.events if isinstance(each, OrderAccepted)), None)
        line = accepted.line if accepted is not None else ""
        caller = Caller(
            party=PartyId(row.party),
            principal=PrincipalId(row.principal),
            scopes=tuple(scopes),
            key=row.key,
            session=row.session,
            received_ns=row.received_ns,
            attachment=attachment if _came_along(first, args) else b"",
            line=line,
            ends_with_line=bool(line),
        )
        request = Request(
            row.op,
            self._inward(args),
            caller,
            row.label,
            row.body_sha256,
            row.signed,
            row.signature,
        )
        try:
            made = self._writer.write(request, first.at_ns)
        except Refused as refused:
            return _refused(f"{row.op} is refused {refused.reason.name}: {refused}")
        except ValueError as error:
            return _refused(f"{row.op} is no command: {error}")
        return RedecidedBatch(made.rows, LINE if line else "")

    def _given(self, batch: StoredBatch[Event]) -> RedecidedBatch:
        first = batch.events[0]
        kind = GIVEN_BY.get(type(first), "")
        made: Batch | None = None
        if isinstance(first, f.TimeAdvanced):
            self._leave_open(batch, first.to_ns)
            made = self._writer.advance(first.to_ns)
        elif isinstance(first, f.VenueResumed):
            made = self._writer.resume(first.at_ns)
        elif isinstance(first, OrderCancelled):
            made = self._line_ended(batch)
        elif isinstance(first, f.JournalUpgraded):
            made = self._writer.note([_bare(first)], first.at_ns)
        elif isinstance(first, f.StateAttested) and first.form != FORM:
            return self._root_attested(first)
        elif kind:
            self.take(batch)
            return RedecidedBatch(batch.rows, kind)
        if made is None:
            topic = batch.rows[0].topic
            return _refused(f"nobody asked for {topic}, and the rules do not write it here")
        return RedecidedBatch(made.rows, kind)

    def _leave_open(self, batch: StoredBatch[Event], to_ns: int) -> None:
        """Until a journal closes its first month its release closed none (docs/decisions/0176)."""
        register = self._writer.venue.register
        closes = any(isinstance(event, f.PeriodClosed) for event in batch.events)
        if not closes and not register.periods.closed_to_ns:
            forget(register, Due.PERIOD, to_ns)

    def _root_attested(self, event: f.StateAttested) -> RedecidedBatch:
        """A root is given; of which day's close, and that it bears none yet, is asked again."""
        args = {
            "form": event.form,
            "upto_position": event.upto_position,
            "root": event.state_sha256,
        }
        try:
            made = self._writer.write(Request("state.attest", args, Caller()), event.at_ns)
        except Refused as refused:
            return _refused(f"a root is refused {refused.reason.name}: {refused}")
        return RedecidedBatch(made.rows, ATTESTED)

    def _line_ended(self, batch: StoredBatch[Event]) -> Batch | None:
        """The orders that a cut line ended: which they were is given, how they end is not."""
        venue = self._writer.venue
        ended = [
            venue.orders.get(event.order)
            for event in batch.events
            if isinstance(event, OrderCancelled) and event.reason == "disconnect"
        ]
        standing = [order for order in ended if order is not None and order.terms.line]
        if not standing or len(standing) < len(ended):
            return None
        facts = [cancelled(venue, order, "disconnect") for order in standing]
        return self._writer.note(facts, batch.events[0].at_ns)


def _refused(words: str) -> RedecidedBatch:
    return RedecidedBatch([], refusal=words)


def _came_along(first: Event, args: dict[str, Any]) -> bool:
    """Whether a report came beside the command: an acceptance may name its keys alone."""
    if isinstance(first, f.DeliveryAccepted) and args.get("units_seen"):
        return bool(first.grade_seen)
    return True


def _bare(event: Event) -> Event:
    """A stored fact without the stamps that its writer gave it."""
    return replace(event, at_ns=0, cause=0, command_sha256="")
