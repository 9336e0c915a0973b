"""What a login may do by its nature is shown afterwards by the check that the table names."""

import os
from collections.abc import Iterator
from itertools import dropwhile, takewhile
from typing import Final

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from gateway.cli.evidence.attached_journal import AttachedJournal
from gateway.server.audit_rules import venue_folding
from ledger.audit.verify import verify
from ledger.journal.postgres import PostgresJournal
from ledger.journal.protocol import JournalUnavailable
from ledger.logins.login import login
from tests.conftest import database_of
from tests.house.sources import ROOT
from tests.ledger.audit.tampering.hands import views_anew
from tests.ledger.audit.tampering.lawful import write_history
from tests.ledger.logins.tricks import TRICKS, Trick

pytestmark = [pytest.mark.postgres, pytest.mark.xdist_group("evidence")]

DROPPED: Final = "DROP TABLE stored_events CASCADE"  # then nothing can be read at all
LOGINS: Final = ("auditor", "door", "viewer", "engine", "owner", "superuser")
PAGE: Final = ROOT / "docs/AUDIT.md"
HEADING: Final = f"| what is tried | {' | '.join(LOGINS)} |\n|{'---|' * (len(LOGINS) + 1)}\n"
DONE: Final = [trick for trick in TRICKS if trick.verdict in ("lawful", "evidence")]


@pytest.fixture(scope="module")
def venue(postgres_server: str) -> Iterator[str]:
    """The owner's address of a database with some lawful days and their views in it."""
    with database_of(postgres_server) as dsn:
        journal = PostgresJournal(dsn)
        journal.take_fence()
        write_history(journal, days=2, servers=2)
        journal.close()
        views_anew(dsn)
        yield dsn


def failed(dsn: str) -> set[str]:
    """The checks that an auditor sees fail."""
    journal = PostgresJournal.for_auditor(dsn)
    try:
        beside = AttachedJournal(journal, venue_folding(), dsn).beside()
        try:
            report = verify(journal, venue_folding(), beside=beside)
        finally:
            beside.close()
    finally:
        journal.close()
    return {check["name"] for check in report["checks"] if not check["ok"]}


@pytest.mark.parametrize("trick", DONE, ids=lambda trick: f"{trick.login}: {trick.statements}")
def test_the_evidence_shows_what_the_database_let_happen(
    postgres_server: str, venue: str, trick: Trick
) -> None:
    with database_of(postgres_server, str(conninfo_to_dict(venue)["dbname"])) as clone:
        terms = login(clone, None).terms
        owners = {"owner": "postgres", "superuser": "postgres"}  # a clone has one owner
        user = owners.get(trick.login, trick.login)
        with psycopg.connect(**{**terms, "user": user}) as session:  # type: ignore[arg-type]
            session.execute(trick.statements.encode())
        if trick.statements == DROPPED:
            with pytest.raises(JournalUnavailable):
                failed(clone)
            return
        found = failed(clone)

    assert found >= {trick.shown_by} if trick.shown_by else found == set()


def table() -> list[str]:
    """A row for each trick: what comes of it, by login."""
    cells: dict[str, dict[str, str]] = {}
    for trick in TRICKS:
        shown = f"`verify`: {trick.shown_by}" if trick.shown_by else trick.verdict
        cells.setdefault(trick.statements, {})[trick.login] = shown
    rows = []
    for statements, found in cells.items():
        words = statements.replace("|", "\\|")
        rows.append(f"| `{words}` | {' | '.join(found.get(each, '') for each in LOGINS)} |")
    return rows


def test_the_page_has_each_trick_and_what_comes_of_it() -> None:
    before, after = PAGE.read_text("utf-8").split(HEADING)
    lines = after.splitlines()
    if os.environ.get("WRITE_TABLES"):
        rest = dropwhile(lambda line: line.startswith("|"), lines)
        PAGE.write_text(before + HEADING + "\n".join([*table(), *rest]) + "\n", "utf-8")
        return

    assert list(takewhile(lambda line: line.startswith("|"), lines)) == table()
