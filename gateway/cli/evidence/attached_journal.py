"""Reading a journal beside whoever writes it: as role auditor, without fence or lock."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from exchange.books.state import Venue
from gateway.cli.exit_codes import NOT_FOUND, UNAVAILABLE, VerbFailed
from gateway.cli.options import VerbContext, setting
from gateway.server.audit_rules import venue_folding
from gateway.server.views_process import view_rules
from gpubourse.places import folders
from ledger.audit.audit_fold import AuditFold
from ledger.audit.beside_checks import Beside
from ledger.definitions.release_facts import Definitions
from ledger.embedded.embedded_server import EmbeddedPostgres
from ledger.embedded.server_places import known_server_folder
from ledger.embedded.server_user import EmbeddedUnavailable
from ledger.journal.postgres import PostgresJournal
from ledger.journal.protocol import Journal, JournalUnavailable
from ledger.logins.login import NoDatabaseAddress, address_terms, url_of
from ledger.logins.role_passwords import auditor_address
from ledger.views.audit_snapshot import AuditSnapshot
from ledger.views.row_shadow import ViewShadow


@dataclass(frozen=True, slots=True)
class AttachedJournal:
    """A journal open for reading, and how to read it."""

    journal: Journal
    folding: AuditFold[Venue]
    dsn: str  # an auditor's; "": it is read from a log
    has_commands: bool = True  # a published log has none: who asked is not known

    def beside(self) -> Beside:
        """What stands beside the journal now. What cannot be read is told as such."""
        released = Definitions.released()
        try:
            return Beside(
                views=AuditSnapshot.of(self.dsn, self.folding.views),
                rows=ViewShadow.of(self.dsn, view_rules()),
                definitions=Definitions.of(self.dsn),
                released=released,
            )
        except JournalUnavailable as error:
            found = Definitions.of(self.dsn)
            return Beside(definitions=found, released=released, unread=str(error))


@contextmanager
def attached(context: VerbContext) -> Iterator[AttachedJournal]:
    """The journal of `--data`, running or not, or of GPUBOURSE_DATABASE_URL."""
    try:
        with auditor_dsn(context) as dsn:
            journal = PostgresJournal.for_auditor(dsn)
            try:
                yield AttachedJournal(journal, venue_folding(), dsn)
            finally:
                journal.close()
    except (JournalUnavailable, EmbeddedUnavailable) as error:
        raise VerbFailed(UNAVAILABLE, f"The journal cannot be read: {error}.") from error


@contextmanager
def auditor_dsn(context: VerbContext) -> Iterator[str]:
    """A read-only DSN. A server that nobody runs is started for it, and stopped after it."""
    if url := database_url():
        yield _auditors(url, context)
        return
    servers = [EmbeddedPostgres(folder, context.output.log) for folder in _with_a_journal(context)]
    server = next((each for each in servers if each.join()), None)
    if server is None:
        server = servers[0]
        server.start()
    try:
        dsn = server.attach_auditor()
        if dsn is None:
            raise EmbeddedUnavailable(f"the server in {server.venue} does not let us in")
        yield dsn
    finally:
        server.leave()  # a venue that opened meanwhile keeps its server, and so does an auditor


def database_url() -> str:
    """A database server of one's own, from the environment or config.toml; "" if none is set."""
    return os.environ.get("GPUBOURSE_DATABASE_URL") or setting("database_url")


def _auditors(url: str, context: VerbContext) -> str:
    """The same database by an auditor's own login; without one the owner's, who steps down."""
    try:
        found = [auditor_address(url, folder) for folder in folders(context.data)]
    except NoDatabaseAddress as error:
        raise VerbFailed(UNAVAILABLE, f"The journal cannot be read: {error}.") from None
    own = next((address for address in found if address), "")
    options = "-c default_transaction_read_only=on"
    return _with_options(own, options) if own else _with_options(url, f"-c role=auditor {options}")


def _with_options(dsn: str, options: str) -> str:
    terms = address_terms(dsn)
    return url_of({**terms, "options": f"{terms.get('options', '')} {options}".strip()})


def _with_a_journal(context: VerbContext) -> list[Path]:
    candidates = folders(context.data)
    found = [folder for folder in candidates if _is_made(folder)]
    if not found:
        places = " or ".join(map(str, candidates))
        raise VerbFailed(
            NOT_FOUND,
            f"There is no journal in {places}.",
            "Name its folder with --data, or start one: `gpubourse run`, `gpubourse demo`.",
        )
    return found


def _is_made(folder: Path) -> bool:
    place = known_server_folder(folder)
    return place is not None and place.exists()
