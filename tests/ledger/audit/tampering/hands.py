"""A database in the hands of its owner, who covers his tracks as well as he can.

He changes events, commands and commits at will, encodes them as the writer does, makes versions,
attested hashes, the chain and the views anew, and puts the triggers back.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import psycopg

from exchange.books.state import Venue
from exchange.engine.batch_writer import Batch, BatchWriter
from exchange.engine.replay import READING_CODEC, VENUE_FOLD, recover
from exchange.state_form import state_sha256
from gateway.server.views_process import view_rules
from ledger.audit.audit_fold import BROKEN
from ledger.base64url import text64
from ledger.events import Event
from ledger.journal.codec import UnknownTopic
from ledger.journal.memory import MemoryJournal
from ledger.journal.postgres import PostgresJournal
from ledger.journal.protocol import CommandRow, Commit, JournalRow, JournalUnavailable
from ledger.moment import Moment
from ledger.views.runner import Runner
from tests.ledger.journal.rows import chain_anew

GUARDED = ("stored_events", "commands", "commits", "reports", "fence")


class History:
    """What a journal held before anybody touched it."""

    def __init__(self, dsn: str) -> None:
        journal = PostgresJournal.for_auditor(dsn)
        try:
            self.rows = list(journal.read())
            self.commands = list(journal.read_commands())
            self.commits = list(journal.read_commits())
        finally:
            journal.close()

    @property
    def head(self) -> int:
        return self.rows[-1].position


class Hands:
    """One clone of that journal's database, and what is done to it."""

    def __init__(
        self, dsn: str, history: History, dice: Random, data: Callable[[], Path] = Path
    ) -> None:
        """*data* makes a copy of the venue's data folder, where its log and the log's keys are."""
        self.dsn = dsn
        self.history = history
        self.dice = dice
        self.data = data
        self.journal = MemoryJournal()
        store = self.store = self.journal.store
        store.rows, store.commands = list(history.rows), list(history.commands)
        store.commits, store.epoch = list(history.commits), 1
        store.versions = {row.stream: row.version for row in store.rows}
        self.makes_anew = True  # attested hashes, chain and views
        self.attests_anew = True
        self.publishes_anew = False  # the log, begun again with the venue's own keys
        self.keeps_saved = False  # states: they may be deleted at any time, and so they are
        self.done: list[str] = []  # statements
        self.last: list[str] = []  # those after which no guard is put back
        self.keeps_views = False  # as they were, though events became others

    # --- finding

    def find(self, topic: str, where: Callable[[dict[str, Any]], bool] = lambda event: True) -> int:
        """The position of some event of a topic."""
        found = [
            row.position
            for row in self.store.rows
            if row.topic == topic and where(msgspec.json.decode(row.state))
        ]
        return self.dice.choice(found)

    def position(self, first: int = 2) -> int:
        """Some position, not of the first event."""
        return self.dice.randint(first, self.history.head - 1)

    def query(self, words: str) -> list[tuple[Any, ...]]:
        """What the database answers."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            return connection.execute(words.encode()).fetchall()

    def pick(self, words: str) -> tuple[Any, ...]:
        """Some row of it."""
        return self.dice.choice(self.query(words))

    def read(self, position: int) -> dict[str, Any]:
        event: dict[str, Any] = msgspec.json.decode(self.store.rows[position - 1].state)
        return event

    # --- changing

    def sql(self, *statements: str) -> None:
        """As the owner, with the guards off; each of them does something."""
        self.done += statements
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            _guards(connection, "DISABLE TRIGGER USER")
            for statement in statements:
                assert connection.execute(statement.encode()).rowcount != 0, statement
            _guards(connection, "")

    def row(self, position: int, /, **members: Any) -> None:
        self.store.rows[position - 1] = self.store.rows[position - 1]._replace(**members)

    def event(self, position: int, **members: Any) -> None:
        """Other members in a stored event; its form stays canonical."""
        self.row(position, state=msgspec.json.encode(self.read(position) | members))

    def command(self, number: int, **members: Any) -> None:
        self.store.commands[number] = self.store.commands[number]._replace(**members)

    def append(self, *facts: Event) -> int:
        """Facts that nobody asked for, as the engine would write its own; the first position."""
        writer = self.writer()
        return self.add(writer.note(facts, writer.at_ns + 1_000))

    def writer(self) -> BatchWriter:
        """The venue's own, where the journal ends now."""
        found = recover(self.journal)
        return BatchWriter(found.venue, found.versions, moment=found.moment)

    def add(self, batch: Batch) -> int:
        """A batch in a commit of its own; its first position."""
        self.store.rows += batch.rows
        if batch.command is not None:
            self.store.commands.append(batch.command)
        last = self.store.commits[-1]
        self.store.commits.append(
            Commit(batch.last_position, batch.first_position, last.epoch, bytes(32))
        )
        return batch.first_position

    def cut(self, count: int) -> int:
        """Leave out the last so many commits with their events; the new last position."""
        del self.store.commits[-count:]
        last = self.store.commits[-1].last_position
        del self.store.rows[last:]
        return last

    def cut_somewhere(self) -> int:
        """End the journal some commits earlier, with their commands; the new last position."""
        last = self.cut(self.dice.randrange(1, 40))
        self.forget_commands(last)
        return last

    def forget_commands(self, last: int) -> None:
        """Those of what was cut off."""
        self.store.commands[:] = [c for c in self.store.commands if c.last_position <= last]

    @property
    def trace(self) -> frozenset[object]:
        """What was done, to tell one time from another: statements, and rows that are others."""
        before, store = self.history, self.store
        rows = {*before.rows} ^ {*store.rows} | {*before.commits} ^ {*store.commits}
        return frozenset({*self.done, *self.last, *rows, *({*before.commands} ^ {*store.commands})})

    # --- covering

    def finish(self) -> None:
        """Write all of it into the database."""
        store, before = self.store, self.history
        is_touched = store.rows != before.rows
        if self.makes_anew:
            if is_touched and self.attests_anew:
                attest_anew(store.rows)
            if is_touched or store.commands != before.commands or store.commits != before.commits:
                chain_anew(store)
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            _guards(connection, "DISABLE TRIGGER USER")
            if not self.keeps_saved:
                connection.execute("DELETE FROM checkpoints")
            with connection.transaction():
                _replace(connection, "stored_events", "notification_id", 0, before.rows, store.rows)
                _replace(
                    connection, "commands", "first_position", 11, before.commands, store.commands
                )
                _replace(connection, "commits", "last_position", 0, before.commits, store.commits)
            _guards(connection, "")
            for statement in self.last:
                connection.execute(statement.encode())
        if is_touched and self.makes_anew and not self.keeps_views:
            views_anew(self.dsn)


def views_anew(dsn: str) -> None:
    """The venue's own runner reads the journal again from its start."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("UPDATE views.progress SET version = 0")
    runner = Runner(dsn, view_rules())
    try:
        runner.open()
        runner.catch_up()
    except (UnknownTopic, msgspec.MsgspecError, UnicodeDecodeError, JournalUnavailable, *BROKEN):
        pass  # what no row can be made of stays behind
    finally:
        runner.close()


def _guards(connection: psycopg.Connection[Any], how: str) -> None:
    """Take the triggers away for a while, or put them back as they were."""
    for table in GUARDED:
        if how:
            connection.execute(f"ALTER TABLE {table} {how}".encode())
            continue
        for (name,) in connection.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass", [table]
        ).fetchall():
            connection.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}".encode())


def _replace(
    connection: psycopg.Connection[Any],
    table: str,
    key: str,
    place: int,
    before: Sequence[JournalRow] | Sequence[CommandRow] | Sequence[Commit],
    after: Sequence[JournalRow] | Sequence[CommandRow] | Sequence[Commit],
) -> None:
    """The rows of *after* instead of those of *before*; what is the same stays."""
    old, new = set(before), set(after)
    removed = [row[place] for row in before if row not in new]
    if removed:
        connection.execute(f"DELETE FROM {table} WHERE {key} = ANY(%s)".encode(), [removed])
    added = [row for row in after if row not in old]
    if not added:
        return
    names = {
        "stored_events": "notification_id, originator_id, originator_version, topic, state",
        "commands": ", ".join(CommandRow._fields),
        "commits": ", ".join(Commit._fields),
    }[table]
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({names}) FROM STDIN".encode()) as copy,
    ):
        for row in added:
            copy.write_row(row)


def is_deposit(event: dict[str, Any]) -> bool:
    return bool(event["kind"] == "deposit")


def attest_anew(rows: list[JournalRow]) -> None:
    """Each attested hash as the events before it now give it, as far as they fold."""
    venue, moment = Venue(), Moment()
    for index, row in enumerate(rows):
        try:
            event = READING_CODEC.decode(row)
            if row.topic == "state_attested":
                state = msgspec.json.decode(row.state) | {"state_sha256": state_sha256(venue)}
                if state["upto_position"] == row.position - 1:
                    rows[index] = row._replace(state=msgspec.json.encode(state))
            VENUE_FOLD.add(venue, event, row.position, moment)
        except (UnknownTopic, msgspec.MsgspecError, UnicodeDecodeError, *BROKEN):
            return


def pairs_of(commits: Iterable[Commit]) -> list[str]:
    """POSITION:CHAIN of each, as an auditor keeps them."""
    return [f"{each.last_position}:{text64(each.chain)}" for each in commits]
