"""`audit redecide`: the recorded commands through the rules once more, beside what is stored.

The rules are data of the journal (`RuleSet`) and come into force with it, batch by batch: an act is
judged by the rules of its day. What an older release left is folded, not decided: its code is not
here. The first difference ends the reading: what is behind it rests on another state.
"""

from collections.abc import Sequence
from typing import Any, Final, Generic, TypedDict

import msgspec

from ledger.audit.audit_fold import BROKEN, AuditFold
from ledger.audit.progress import Progress, no_progress, rows_upto
from ledger.audit.signed_commands import DIGEST_BYTES, SIGNATURE_BYTES, document_of
from ledger.audit.state_at import ReplayFailed
from ledger.base64url import bytes64, sha256_text
from ledger.events import Event
from ledger.fold import State
from ledger.ids import PrincipalId
from ledger.journal.batches import StoredBatch, batches
from ledger.journal.codec import UnknownTopic
from ledger.journal.protocol import CommandRow, Journal, JournalRow

NAMED_MOST: Final = 100  # commands that cannot be decided again: so many are named, all counted


class Difference(TypedDict):
    """Where the rules first write something else than is stored."""

    position: int
    first_position: int  # of its batch
    op: str  # of its command; "": the engine's own act
    topic: str  # as stored; "": nothing is stored there
    field: str  # of the fact; "": the whole fact
    stored: Any
    decided: Any
    detail: str


class LostInput(TypedDict):
    """A command that cannot be decided again: what it rested on is not kept."""

    position: int
    op: str
    detail: str


class RedecisionReport(TypedDict):
    """What `audit redecide` prints; exit 6 unless `ok`."""

    ok: bool  # no difference; what could not be decided is counted apart
    head: int  # of the journal, as the reading began
    position: int  # up to here it was read
    events: int  # that came again
    commands: int  # whose batches came again
    given: dict[str, int]  # kind of input that no command bears -> batches that took one
    older_events: int  # left by an older release: folded, not decided
    lost_count: int  # commands that cannot be decided again
    lost: list[LostInput]  # the first of them
    difference: Difference | None


def redecide(
    journal: Journal,
    folding: AuditFold[State],
    upto: int | None = None,
    progress: Progress = no_progress,
) -> RedecisionReport:
    """Decide a journal's batches once more, up to the end of one. Raises ReplayFailed."""
    head = journal.head()
    last = head if upto is None else min(upto, head)
    venue = _Redecision(journal, folding, head, last)
    rows = rows_upto(journal, last, progress)
    for batch in batches(rows, venue.decode):
        if not venue.add(batch):
            break
    return venue.report


class _Redecision(Generic[State]):
    """One reading of a journal, up to its first difference."""

    def __init__(self, journal: Journal, folding: AuditFold[State], head: int, last: int) -> None:
        self._journal = journal
        self._folding = folding
        self._venue = folding.redecider()
        self._commands = journal.read_commands()
        self._next = next(self._commands, None)
        _, inherited = journal.commits_around(0)
        is_older = inherited is not None and inherited.is_inherited
        self._older = inherited.last_position if inherited is not None and is_older else 0
        self._logons: dict[str, tuple[str, ...]] = {}
        self._last = last
        self.report = RedecisionReport(
            ok=True,
            head=head,
            position=0,
            events=0,
            commands=0,
            given={},
            older_events=0,
            lost_count=0,
            lost=[],
            difference=None,
        )

    def decode(self, row: JournalRow) -> Event:
        try:
            return self._folding.codec.decode(row)
        except (*BROKEN, msgspec.MsgspecError, UnknownTopic) as error:
            raise ReplayFailed(
                f"position {row.position} ({row.topic:.40}) cannot be read"
            ) from error

    def add(self, batch: StoredBatch[Event]) -> bool:
        """The next batch; False once something differs."""
        row = self._command_of(batch.first)
        self.report["position"] = batch.last
        try:
            if batch.first <= self._older:
                self._venue.take(batch)
                self.report["older_events"] += len(batch.rows)
                return True
            return self._decided(batch, row)
        except BROKEN as error:
            words = f"the rules contradict themselves here: {type(error).__name__} {error}".strip()
            return self._differs(batch, row, 0, detail=words)

    def _decided(self, batch: StoredBatch[Event], row: CommandRow | None) -> bool:
        args: dict[str, Any] = {}
        raw = b""
        scopes: tuple[str, ...] = ()
        lost = ""
        if row is not None:
            found = (document_of(row.signed) or {}).get("args")
            if not isinstance(found, dict):
                return self._differs(batch, row, 0, detail="its command's row holds no args")
            args, scopes = found, self._scopes(row)
            raw, lost = self._report_of(args)
        made = self._venue.again(batch, row, args, scopes, raw)
        if made.refusal:
            if lost:
                return self._lost(batch, row, lost)
            return self._differs(batch, row, 0, detail=made.refusal)
        for at in range(max(len(made.rows), len(batch.rows))):
            if made.rows[at : at + 1] != batch.rows[at : at + 1]:
                if lost:
                    self._begin_anew(batch.first - 1)
                    return self._lost(batch, row, lost)
                return self._differs(batch, row, at, made.rows)
        self.report["events"] += len(batch.rows)
        self.report["commands"] += row is not None
        if made.given:
            given = self.report["given"]
            given[made.given] = given.get(made.given, 0) + 1
        return True

    def _lost(self, batch: StoredBatch[Event], row: CommandRow | None, detail: str) -> bool:
        """Fold what cannot be decided, so that the rest can."""
        assert row is not None, "a report is named by a command"
        self._venue.take(batch)
        self.report["lost_count"] += 1
        if len(self.report["lost"]) < NAMED_MOST:
            self.report["lost"].append(LostInput(position=batch.first, op=row.op, detail=detail))
        return True

    def _begin_anew(self, upto: int) -> None:
        """Fold again what came before: the venue went another way."""
        self._venue = self._folding.redecider()
        for batch in batches(self._journal.read(0, upto), self.decode):
            self._venue.take(batch)

    def _differs(
        self,
        batch: StoredBatch[Event],
        row: CommandRow | None,
        at: int,
        made: Sequence[JournalRow] = (),
        detail: str = "",
    ) -> bool:
        self.report["ok"] = False
        stored = batch.rows[at] if at < len(batch.rows) else None
        decided = made[at] if at < len(made) else None
        field, was, now = _first_field(stored, decided)
        self.report["difference"] = Difference(
            position=batch.first + at,
            first_position=batch.first,
            op=row.op if row is not None else "",
            topic=stored.topic if stored is not None else "",
            field=field,
            stored=was,
            decided=now,
            detail=detail,
        )
        return False

    def _command_of(self, position: int) -> CommandRow | None:
        while self._next is not None and self._next.first_position < position:
            self._next = next(self._commands, None)
        found = self._next
        return found if found is not None and found.first_position == position else None

    def _scopes(self, row: CommandRow) -> tuple[str, ...]:
        """Those of the log-on that it came by, where that is kept; else all that its key has."""
        principal = self._venue.register.principals.get(PrincipalId(row.principal))
        held = principal.scopes if principal is not None else ()
        if row.session not in self._logons:
            self._logons[row.session] = self._of_logon(row.session)
        session = self._logons[row.session]
        return tuple(scope for scope in held if scope in session) if session else held

    def _of_logon(self, session: str) -> tuple[str, ...]:
        digest = bytes64(session, DIGEST_BYTES)
        raw = self._journal.kept(digest) if digest is not None else None
        logon = document_of(raw[: -SIGNATURE_BYTES - 1]) if raw is not None else None
        scopes = (logon or {}).get("scopes")
        return tuple(map(str, scopes)) if isinstance(scopes, list) else ()

    def _report_of(self, args: dict[str, Any]) -> tuple[bytes, str]:
        """The raw report that args name, and why there is none."""
        name = args.get("report_sha256")
        if not isinstance(name, str) or not name:
            return b"", ""
        digest = bytes64(name, DIGEST_BYTES)
        raw = self._journal.kept(digest) if digest is not None else None
        if raw is None:
            return b"", f"the report {name} is not kept"
        if sha256_text(raw) != name:
            return b"", f"the report {name} is kept with other bytes"
        return raw, ""


def _first_field(stored: JournalRow | None, decided: JournalRow | None) -> tuple[str, Any, Any]:
    """In which field two facts of one place first differ, and what each has there."""
    if stored is None or decided is None:
        return "", _shown(stored), _shown(decided)
    for name in ("topic", "stream"):
        if getattr(stored, name) != getattr(decided, name):
            return name, getattr(stored, name), getattr(decided, name)
    was, now = msgspec.json.decode(stored.state), msgspec.json.decode(decided.state)
    for name in {**was, **now}:
        if was.get(name) != now.get(name):
            return name, was.get(name), now.get(name)
    if stored.version != decided.version:
        return "version", stored.version, decided.version
    return "", stored.state.decode("utf-8", "replace"), decided.state.decode()


def _shown(row: JournalRow | None) -> Any:
    return None if row is None else {"topic": row.topic, **msgspec.json.decode(row.state)}
