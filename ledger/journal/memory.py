"""The journal in memory: for tests and simulation; passes the same contract test as Postgres."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256

from ledger.journal.commit_chain import inherited_commit, next_commit
from ledger.journal.continuity import (
    OutOfSequence,
    commands_must_fit,
    must_be_marked,
    must_be_whole,
    must_continue,
    spans,
)
from ledger.journal.protocol import (
    CommandRow,
    Commit,
    Deposed,
    Head,
    Journal,
    JournalRow,
    SavedState,
)


class MemoryStore:
    """What the database would hold; several journals may be opened on one store."""

    def __init__(self) -> None:
        self.epoch = 0
        self.rows: list[JournalRow] = []
        self.commands: list[CommandRow] = []
        self.versions: dict[str, int] = {}
        self.keys: dict[tuple[str, str], CommandRow] = {}
        self.reports: dict[bytes, bytes] = {}
        self.name_hashes: dict[str, bytes] = {}
        self.commits: list[Commit] = []
        self.saved: dict[SavedState, bytes] = {}


class MemoryJournal(Journal):
    """A journal on a store in memory; a fresh store unless one is given."""

    def __init__(self, store: MemoryStore | None = None) -> None:
        self.store = store or MemoryStore()
        self._epoch: int | None = None

    def take_fence(self) -> Head:
        store = self.store
        store.epoch += 1
        self._epoch = store.epoch
        if store.rows and not store.commits:
            counts = len(store.rows), len(store.commands)
            store.commits.append(inherited_commit(store.rows, store.commands, *counts))
        commit = self._last_commit()
        must_be_whole(commit, self.head())
        return Head(self._epoch, self.head(), commit)

    def append(self, rows: Sequence[JournalRow], commands: Sequence[CommandRow] = ()) -> Commit:
        store = self.store
        if self._epoch is None:
            raise OutOfSequence("append before take_fence")
        if self._epoch != store.epoch:
            raise Deposed(f"epoch {self._epoch} is over: the fence stands at {store.epoch}")
        found = spans(rows, self.head())
        must_continue(found, store.versions)
        commands_must_fit(commands, rows)
        keys = {(command.party, command.key): command for command in commands}
        if len(keys) < len(commands) or not keys.keys().isdisjoint(store.keys):
            raise OutOfSequence("a (party, key) was already used")
        must_be_marked(self._last_commit(), rows)
        commit = next_commit(self._last_commit(), self._epoch, rows, commands)
        store.rows.extend(rows)
        store.commands.extend(commands)
        store.keys.update(keys)
        store.versions.update((stream, span.last) for stream, span in found.items())
        store.commits.append(commit)
        return commit

    def read(self, after: int = 0, upto: int | None = None) -> Iterator[JournalRow]:
        last = self.head() if upto is None else min(upto, self.head())
        return (self.store.rows[index] for index in range(max(after, 0), last))

    def read_stream(
        self, stream: str, after_version: int = 0, most: int | None = None
    ) -> list[JournalRow]:
        rows = [row for row in self.store.rows if row.stream == stream]
        return rows[max(after_version, 0) :][:most]

    def begun_streams(self, prefix: str) -> list[JournalRow]:
        return [
            row
            for row in self.store.rows
            if row.version == 1 and row.stream.startswith(f"{prefix}:")
        ]

    def versions(self) -> dict[str, int]:
        return dict(self.store.versions)

    def commands(self, keys: Iterable[tuple[str, str]]) -> list[CommandRow]:
        found = (self.store.keys.get(key) for key in dict.fromkeys(keys))
        return sorted(
            (command for command in found if command), key=lambda command: command.first_position
        )

    def command_at(self, position: int) -> CommandRow | None:
        index = self._commands_upto(position)
        if index == 0:
            return None
        command = self.store.commands[index - 1]
        return command if position <= command.last_position else None

    def read_commands(self, after: int = 0) -> Iterator[CommandRow]:
        last = len(self.store.commands)
        return (self.store.commands[n] for n in range(self._commands_upto(after), last))

    def count_commands(self, upto: int) -> int:
        return self._commands_upto(upto)

    def read_commits(self, upto: int | None = None, after: int = 0) -> Iterator[Commit]:
        last = len(self.store.commits) if upto is None else self._commits_upto(upto)
        return (self.store.commits[n] for n in range(self._commits_upto(after), last))

    def commits_around(self, position: int) -> tuple[Commit | None, Commit | None]:
        commits, count = self.store.commits, self._commits_upto(position)
        before = commits[count - 1] if count else None
        return before, commits[count] if count < len(commits) else None

    def keep(self, raw: bytes) -> None:
        self.store.reports[sha256(raw).digest()] = raw

    def kept(self, report_sha256: bytes) -> bytes | None:
        return self.store.reports.get(report_sha256)

    def kept_hashes(self) -> dict[bytes, bytes]:
        return {name: sha256(raw).digest() for name, raw in self.store.reports.items()}

    def saved_states(self) -> list[SavedState]:
        return sorted(self.store.saved)

    def saved_bytes(self, saved: SavedState) -> bytes:
        return self.store.saved.get(saved, b"")

    def name_hashes(self) -> dict[str, bytes]:
        return dict(self.store.name_hashes)

    def epoch(self) -> int | None:
        return self.store.epoch

    def head(self) -> int:
        return len(self.store.rows)

    def count(self) -> int:
        return len(self.store.rows)

    def close(self) -> None:
        self._epoch = None

    def _last_commit(self) -> Commit:
        return self.store.commits[-1] if self.store.commits else Commit.none()

    def _commits_upto(self, position: int) -> int:
        return bisect_right(self.store.commits, position, key=lambda commit: commit.last_position)

    def _commands_upto(self, position: int) -> int:
        return bisect_right(
            self.store.commands, position, key=lambda command: command.first_position
        )
