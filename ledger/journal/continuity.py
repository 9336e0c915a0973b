"""What a group of rows must be before a journal takes it: the same for every store."""

from collections.abc import Mapping, Sequence

from ledger.journal.protocol import (
    EVENT_BYTES_MOST,
    CommandRow,
    Commit,
    JournalRow,
    JournalUnavailable,
)

MARK = "journal_upgraded"  # the topic that follows what an older release left


class OutOfSequence(AssertionError):
    """The writer offered what the journal cannot hold (a gap, a place or key already taken).

    We were wrong, not the world and not the caller: nothing was stored.
    """


class Span:
    """The first and last version that a group writes to one stream."""

    __slots__ = ("first", "last")

    def __init__(self, version: int) -> None:
        self.first = self.last = version


def spans(rows: Sequence[JournalRow], head: int) -> dict[str, Span]:
    """Check that `rows` follow `head` without a gap, and return what they add to each stream.

    Raises OutOfSequence for a gap in positions, a gap within a stream, or an event too large.
    """
    if not rows:
        raise OutOfSequence("a group holds at least one row")
    found: dict[str, Span] = {}
    expected = head
    for position, stream, version, _, state in rows:
        expected += 1
        if position != expected:
            raise OutOfSequence(f"position {position} offered where {expected} comes next")
        if len(state) > EVENT_BYTES_MOST:
            raise OutOfSequence(f"event {position} has {len(state)} bytes, over {EVENT_BYTES_MOST}")
        span = found.get(stream)
        if span is None:
            found[stream] = Span(version)
        elif version == span.last + 1:
            span.last = version
        else:
            raise OutOfSequence(f"{stream} version {version} offered after {span.last}")
    return found


def must_continue(found: Mapping[str, Span], versions: Mapping[str, int]) -> None:
    """Check that each span follows the last version that `versions` holds for its stream."""
    for stream, span in found.items():
        last = versions.get(stream, 0)
        if span.first != last + 1:
            raise OutOfSequence(
                f"{stream} version {span.first} offered where {last + 1} comes next"
            )


def commands_must_fit(commands: Sequence[CommandRow], rows: Sequence[JournalRow]) -> None:
    """Check that each command names a batch inside this group, in order, none overlapping."""
    taken = rows[0].position - 1
    for command in commands:
        if not taken < command.first_position <= command.last_position <= rows[-1].position:
            raise OutOfSequence(
                f"command {command.party}/{command.key} names positions"
                f" {command.first_position} to {command.last_position},"
                f" outside {taken + 1} to {rows[-1].position}"
            )
        taken = command.last_position


def must_be_marked(last: Commit, rows: Sequence[JournalRow]) -> None:
    """Check that what follows an older release's journal begins with the event that says so."""
    if last.is_inherited and rows[0].topic != MARK:
        raise OutOfSequence(f"{MARK} comes next, behind what an older release left")


def must_have_no_holes(head: int, count: int) -> None:
    """Raises JournalUnavailable where a position up to the head is empty.

    A start begins with a saved state: without this nobody would miss what lies before it.
    """
    if count != head:
        raise JournalUnavailable(
            f"the journal ends at position {head:,} and holds {count:,} events: it has holes."
            " `gpubourse audit verify` tells where; restore it from a whole backup"
        )


def must_be_whole(last: Commit, head: int) -> None:
    """Raises JournalUnavailable where events and commits do not end at one position."""
    if last.last_position != head:
        raise JournalUnavailable(
            f"the journal's events end at position {head:,} and its commits at"
            f" {last.last_position:,}: something else wrote or cut it. `gpubourse audit verify`"
            " tells where; restore it from a whole backup"
        )
