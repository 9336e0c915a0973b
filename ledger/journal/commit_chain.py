"""The commit chain: one SHA-256 an append, over all that it stored and over the chain before it.

(position, chain) names one history and nothing else: what no signature covers (session, label,
`received_ns`) is bound, too. docs/FORMATS.md tells the bytes.
"""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import islice
from struct import Struct
from typing import Final

from ledger.journal.protocol import (
    CommandRow,
    Commit,
    Journal,
    JournalRow,
    JournalUnavailable,
)

PREFIX: Final = b"gpubourse-commit-v1\n"
INHERITED_EPOCH: Final = 0  # of the one commit over what was there before there were commits

_COUNTS = Struct(">QII").pack  # epoch, events, commands
_PLACE = Struct(">QI").pack  # position, length of the stream's name
_INTEGER = Struct(">Q").pack
_LENGTH = Struct(">I").pack


def next_commit(
    previous: Commit, epoch: int, rows: Sequence[JournalRow], commands: Sequence[CommandRow]
) -> Commit:
    """The commit that stores these rows under an epoch, behind the one before it: one hash call."""
    parts = [_head(previous.chain, epoch, len(rows), len(commands))]
    add = parts.append
    topics: dict[str, bytes] = {}
    for position, stream, version, topic, state in rows:
        name = stream.encode()
        packed_topic = topics.get(topic)
        if packed_topic is None:
            packed_topic = topics[topic] = _bytes(topic.encode())
        add(_PLACE(position, len(name)))
        add(name)
        add(_INTEGER(version))
        add(packed_topic)
        add(_LENGTH(len(state)))
        add(state)
    parts.extend(map(_command, commands))
    return Commit(rows[-1].position, rows[0].position, epoch, sha256(b"".join(parts)).digest())


class RunningChain:
    """The same hash of one commit, a row at a time: for commits that are read again."""

    def __init__(self, previous: bytes, epoch: int, events: int, commands: int) -> None:
        self._hash = sha256(_head(previous, epoch, events, commands))
        self._topics: dict[str, bytes] = {}

    def event(self, row: JournalRow) -> None:
        """The next event, in order of positions."""
        position, stream, version, topic, state = row
        name = stream.encode()
        packed_topic = self._topics.get(topic)
        if packed_topic is None:
            packed_topic = self._topics[topic] = _bytes(topic.encode())
        self._hash.update(
            b"".join(
                (
                    _PLACE(position, len(name)),
                    name,
                    _INTEGER(version),
                    packed_topic,
                    _LENGTH(len(state)),
                    state,
                )
            )
        )

    def command(self, row: CommandRow) -> None:
        """The next command, once all events are in."""
        self._hash.update(_command(row))

    def chain(self) -> bytes:
        """The commit's chain, 32 bytes, once all its rows are in."""
        return self._hash.digest()


def chained_rows(journal: Journal, after: int = 0) -> Iterator[JournalRow]:
    """Every row behind a commit's end, with each commit's hash made again beside it.

    Raises JournalUnavailable where a row is missing, or a commit stores something else.
    """
    before, _ = journal.commits_around(after)
    last = before or Commit.none()
    rows, commands = journal.read(last.last_position), journal.read_commands(last.last_position)
    ahead = next(commands, None)
    for commit in journal.read_commits(after=last.last_position):
        held = []
        while ahead is not None and ahead.first_position <= commit.last_position:
            held.append(ahead)
            ahead = next(commands, None)
        count = commit.last_position - last.last_position
        running = RunningChain(last.chain, commit.epoch, count, len(held))
        events = []  # handed on once they are proved: a broken one may not even decode
        for row in islice(rows, count):
            must_follow(row, last.last_position + 1)
            last = last._replace(last_position=row.position)
            running.event(row)
            if commit.is_inherited:  # all of an older release's journal: too much to hold
                yield row
            else:
                events.append(row)
        for command in held:
            running.command(command)
        if (last.last_position, running.chain()) != (commit.last_position, commit.chain):
            raise JournalUnavailable(broken(f"what ends at position {commit.last_position:,}"))
        yield from events
        last = commit
    for row in rows:  # no commit stores it: nobody began to write here yet
        must_follow(row, last.last_position + 1)
        last = last._replace(last_position=row.position)
        yield row


def must_follow(row: JournalRow, position: int) -> None:
    """Raises JournalUnavailable where another position comes next."""
    if row.position != position:
        raise JournalUnavailable(broken(f"position {position:,}, which is missing"))


def broken(where: str) -> str:
    """What a venue says that will not start on a journal which is not whole."""
    return (
        f"the journal is broken at {where}: something else wrote or cut it. `gpubourse audit"
        " verify` tells all of it; restore it from a whole backup"
    )


def inherited_commit(
    rows: Iterable[JournalRow],
    commands: Iterable[CommandRow],
    event_count: int,
    command_count: int,
) -> Commit:
    """The first commit of an older release's journal: over all that is in it."""
    running = RunningChain(Commit.none().chain, INHERITED_EPOCH, event_count, command_count)
    for row in rows:
        running.event(row)
    for command in commands:
        running.command(command)
    return Commit(event_count, 1, INHERITED_EPOCH, running.chain())


def _head(previous: bytes, epoch: int, events: int, commands: int) -> bytes:
    return b"".join((PREFIX, previous, _COUNTS(epoch, events, commands)))


def _command(row: CommandRow) -> bytes:
    return b"".join(map(_field, row))


def _field(field: object) -> bytes:
    if isinstance(field, int):
        return _INTEGER(field)
    if isinstance(field, str):
        return _bytes(field.encode())
    assert isinstance(field, bytes)
    return _bytes(field)


def _bytes(field: bytes) -> bytes:
    return _LENGTH(len(field)) + field
