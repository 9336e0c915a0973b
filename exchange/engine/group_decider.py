"""A group of waiting requests, decided one after the other, ready for one append (pure).

It keeps the keys that were used, so that a command is done once and answered as often as it is
asked. Timers run before each command, one batch for each due instant.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from exchange.answer import answer
from exchange.engine.batch_writer import Batch, BatchWriter, Request
from exchange.engine.dry_run import preview
from exchange.engine.keys import KnownCommand, UsedKeys
from ledger.durations import DAY_NS, MINUTE_NS
from ledger.journal.protocol import CommandRow, JournalRow
from ledger.refusals import Reason, Refused
from ledger.timers import next_due_ns

COMMIT_GROUP_ROWS_MOST = 10_000  # a group that has as many waits for no further command
QUIET_NS = 5 * MINUTE_NS  # a quiet venue says every 5 minutes that it was not down
ATTEST_EVERY = 1_000_000  # positions
JUMP_NS = DAY_NS  # a clock further ahead than this needs an operator's word


class Answer(Struct, frozen=True, gc=False):
    """What the caller of an accepted command is told."""

    position: int  # the last of its batch
    at_ns: int
    result: dict[str, object]
    status: int  # 200, 201, 202
    is_replayed: bool = False
    opening: JournalRow | None = None  # the first row of its batch; None: nothing was stored


class Unavailable(Exception):
    """The outcome is not known, or the engine takes nothing now: ask again with the same key."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code  # unavailable, overloaded, recovering, draining, internal


class ClockJumped(Exception):
    """The clock stands more than 24 h ahead of the journal: a person must say that it is right."""


Outcome = Answer | Refused | KnownCommand  # Known: answered before; its batch is read again


class CommitGroup:
    """What one append will store, and what each caller will then be told."""

    __slots__ = ("batches", "outcomes", "reports", "rows")

    def __init__(self) -> None:
        self.batches: list[Batch] = []
        self.rows: list[JournalRow] = []
        self.reports: list[bytes] = []  # raw ones, behind the imports among the batches
        self.outcomes: list[Outcome] = []  # of the first requests, in their order

    def add(self, batch: Batch) -> None:
        self.batches.append(batch)
        self.rows += batch.rows

    @property
    def commands(self) -> list[CommandRow]:
        return [batch.command for batch in self.batches if batch.command is not None]


class GroupDecider:
    """Decides groups. `deciding` names the request at hand, should an assert fail."""

    def __init__(self, writer: BatchWriter, keys: UsedKeys) -> None:
        self.writer = writer
        self.keys = keys
        self.deciding: Request | None = None
        self._attested = writer.position

    def keys_to_query(self, requests: Sequence[Request]) -> list[tuple[str, str]]:
        """The keys of a group that only the journal can tell about."""
        caller = ((request.caller.party, request.caller.key) for request in requests)
        return [key for key in caller if key[0] and self.keys.get(*key) is None]

    def decide(
        self,
        requests: Sequence[Request],
        now_ns: int,
        found: Mapping[tuple[str, str], KnownCommand],
    ) -> CommitGroup:
        """The batches of what is due and of the requests, as far as one group goes."""
        commit_group = CommitGroup()
        for request in requests:
            if len(commit_group.rows) >= COMMIT_GROUP_ROWS_MOST:
                return commit_group
            stamp_ns = max(self.writer.at_ns + 1, now_ns)
            if not self._run_timers(commit_group, stamp_ns):
                return commit_group
            stamp_ns = max(self.writer.at_ns + 1, now_ns)
            self.deciding = request
            commit_group.outcomes.append(self._judge(commit_group, request, stamp_ns, found))
            self.deciding = None
        if not requests and self._run_timers(commit_group, now_ns):
            self._mark_quiet(commit_group, now_ns)
        return commit_group

    def is_due(self, now_ns: int) -> bool:
        """Whether a timer waits, or the venue has been quiet for long."""
        register = self.writer.venue.register
        if not register.venue:
            return False
        due_ns = next_due_ns(register)
        return (due_ns is not None and due_ns <= now_ns) or now_ns - self.writer.at_ns >= QUIET_NS

    def must_not_jump(self, now_ns: int) -> None:
        """Raises ClockJumped when the clock stands too far ahead of the last stamp."""
        last_ns = self.writer.at_ns
        if last_ns and now_ns > last_ns + JUMP_NS:
            hours = (now_ns - last_ns) // (JUMP_NS // 24)
            raise ClockJumped(
                f"the clock stands {hours} h after the journal's last entry: if that is right,"
                " start with --accept-jump"
            )

    def _run_timers(self, commit_group: CommitGroup, upto_ns: int) -> bool:
        """One batch for each due instant; False if the group is full and more are due."""
        register = self.writer.venue.register
        timers = register.timers
        while timers and timers[0][0] <= upto_ns:
            if len(commit_group.rows) >= COMMIT_GROUP_ROWS_MOST:
                return False
            commit_group.add(self.writer.advance(timers[0][0]))
        return True

    def _mark_quiet(self, commit_group: CommitGroup, now_ns: int) -> None:
        """A quiet venue's word, and the state's hash when many positions have passed."""
        writer = self.writer
        if writer.venue.register.venue and now_ns - writer.at_ns >= QUIET_NS:
            commit_group.add(writer.advance(now_ns))

    def _judge(
        self,
        commit_group: CommitGroup,
        request: Request,
        stamp_ns: int,
        found: Mapping[tuple[str, str], KnownCommand],
    ) -> Outcome:
        caller = request.caller
        known = self.keys.get(caller.party, caller.key) or found.get((caller.party, caller.key))
        if known is not None and known.body_sha256 == request.body_sha256:
            return known
        try:
            if caller.party and not caller.key:
                raise Refused(Reason.key_missing, "A command has a key of its own: name one.")
            if known is not None:
                self.writer.write(request, stamp_ns, known.first_position)
                raise AssertionError("a used key was written again")
            result = preview(self.writer, request, stamp_ns)
            if result is not None:
                return Answer(self.writer.position, self.writer.at_ns, result, 200)
            batch = self.writer.write(request, stamp_ns)
        except Refused as refused:
            return refused.anew()  # else its frames keep the whole group alive
        commit_group.add(batch)
        if caller.attachment:
            commit_group.reports.append(caller.attachment)
        if batch.command is not None:
            done = KnownCommand(
                request.op, request.body_sha256, batch.first_position, batch.last_position
            )
            self.keys.add(caller.party, caller.key, done)
        self._attest_in_time(commit_group)
        return answered(batch)

    def _attest_in_time(self, commit_group: CommitGroup) -> None:
        if self.writer.position - self._attested >= ATTEST_EVERY:
            self._attested = self.writer.position
            commit_group.add(self.writer.attest(self.writer.at_ns + 1))


def answered(batch: Batch, *, is_replayed: bool = False) -> Answer:
    """The answer that a batch gives."""
    status, result = answer(batch.op, batch.events)
    status = 200 if is_replayed else status
    return Answer(
        batch.last_position, batch.at_ns, result, status, is_replayed, opening=batch.rows[0]
    )
