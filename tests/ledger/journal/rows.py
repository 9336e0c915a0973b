"""Rows for the journal's tests: their positions and versions matter, not their contents."""

import hashlib

import psycopg

from ledger.journal.commit_chain import next_commit
from ledger.journal.memory import MemoryJournal, MemoryStore
from ledger.journal.postgres import PostgresJournal
from ledger.journal.protocol import CommandRow, Commit, Journal, JournalRow


def row(position: int, stream: str = "unit:u-000001", version: int | None = None) -> JournalRow:
    """A row whose version is its position unless another is given."""
    state = f'{{"at_ns":{position},"name":"甲 \\u0000 é"}}'.encode()
    return JournalRow(
        position, stream, position if version is None else version, "unit_renamed", state
    )


def command(
    first: int, last: int | None = None, *, key: str = "", party: str = "p-0001"
) -> CommandRow:
    """A command row whose batch is `first` to `last`."""
    signed = f"gpubourse command {first}".encode()
    return CommandRow(
        party=party,
        key=key or f"key-{first}",
        op="unit.rename",
        body_sha256=hashlib.sha256(b"body").digest(),
        command_sha256=hashlib.sha256(signed).digest(),
        principal="k-0001",
        session="",
        label="甲",
        received_ns=1_731_600_000_000_000_000 + first,
        signed=signed,
        signature=bytes(range(64)),
        first_position=first,
        last_position=last or first,
    )


def cut_store(store: MemoryStore, count: int) -> None:
    """Leave the first so many commits, as an older backup, or a fail-over, would."""
    del store.commits[count:]
    last = store.commits[-1].last_position if store.commits else 0
    del store.rows[last:]
    store.commands[:] = [each for each in store.commands if each.last_position <= last]
    store.keys = {(each.party, each.key): each for each in store.commands}
    store.versions = {each.stream: each.version for each in store.rows}


def forget_commits(journal: Journal) -> None:
    """Leave a journal as a release left it that kept no chain."""
    if isinstance(journal, MemoryJournal):
        journal.store.commits.clear()
        return
    assert isinstance(journal, PostgresJournal)
    with psycopg.connect(journal._dsn, autocommit=True) as connection:
        connection.execute("ALTER TABLE commits DISABLE TRIGGER append_only")
        connection.execute("DELETE FROM commits")
        connection.execute("ALTER TABLE commits ENABLE ALWAYS TRIGGER append_only")


def chain_anew(store: MemoryStore, first: int = 0) -> None:
    """Each commit's chain over what it now stores, from the commit with this index on."""
    for number, commit in enumerate(store.commits[first:], first):
        last = store.commits[number - 1] if number else Commit.none()
        span = range(commit.first_position, commit.last_position + 1)
        rows = store.rows[span.start - 1 : span.stop - 1]
        commands = [each for each in store.commands if each.first_position in span]
        store.commits[number] = commit._replace(
            chain=next_commit(last, commit.epoch, rows, commands).chain
        )
