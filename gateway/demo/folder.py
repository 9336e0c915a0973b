"""Where a demo lives: its folder, seed and start, and what is moved aside for a new one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

from exchange.engine.batch_writer import codec_for
from ledger.embedded.embedded_server import EmbeddedPostgres
from ledger.events import VenueOpened
from ledger.journal.migrations import migrate
from ledger.journal.postgres import PostgresJournal
from ledger.journal.protocol import Journal
from ledger.journal.writer_lock import HeldByAnother

NOTE = "demo.json"


class NotADemo(Exception):
    """What lies there is not a demo's, or not this demo's: the text says what to do."""


class DemoOrigin(Struct, frozen=True):
    """What a demo's journal was made from; the same fate makes the same journal."""

    seed: int
    start_ns: int  # midnight of day 0 in the venue's zone
    is_made: bool = False  # its past ends; from here on it lives


def read_fate(folder: Path) -> DemoOrigin | None:
    """The note beside a demo's journal; None if there is none."""
    try:
        return msgspec.json.decode((folder / NOTE).read_bytes(), type=DemoOrigin)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError:
        raise NotADemo(f"{folder / NOTE} is damaged: move the folder aside.") from None


def write_fate(folder: Path, origin: DemoOrigin) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / NOTE).write_bytes(msgspec.json.encode(origin) + b"\n")


def kind_of(journal: Journal) -> str:
    """The kind of venue at position 1: live, demo; "" of an empty journal."""
    for row in journal.read(0, 1):
        opened = codec_for("").decode(row)
        return opened.kind if isinstance(opened, VenueOpened) else "unknown"
    return ""


def must_be_a_demos(journal: Journal, where: str) -> None:
    """Refuse a journal of another kind than a demo's."""
    kind = kind_of(journal)
    if kind not in ("", "demo"):
        raise NotADemo(
            f"The journal in {where} is a {kind} venue's, and a demo touches none but a demo's: "
            "name another folder with --data."
        )


def opened(dsn: str, log: Callable[[str], None]) -> PostgresJournal:
    """The journal behind a database address, brought to this release's schema."""
    migrate(dsn, log)
    return PostgresJournal(dsn)


@contextmanager
def serving(folder: Path, log: Callable[[str], None]) -> Iterator[str]:
    """The DSN of the folder's own server while inside; one that is another's goes on after."""
    server = EmbeddedPostgres(folder, log)
    dsn = server.start()
    try:
        yield dsn
    finally:
        server.leave()


def must_be_idle(folder: Path) -> None:
    """Refuse a folder in which an engine lives."""
    dsn = EmbeddedPostgres(folder).attach()
    if dsn is None:
        return
    journal = PostgresJournal(dsn)
    try:
        journal.take_fence()
    except HeldByAnother:
        raise NotADemo(
            f"A venue runs in {folder}: end it first, or name another folder with --data."
        ) from None
    finally:
        journal.close()


def move_aside(folder: Path, log: Callable[[str], None]) -> None:
    """Make room for a new demo: an older one's folder becomes NAME.1, or the next free number."""
    if not folder.exists() or not any(folder.iterdir()):
        return
    if read_fate(folder) is None:
        raise NotADemo(
            f"{folder} holds something, but not a demo's journal: name another with --data."
        )
    must_be_idle(folder)
    EmbeddedPostgres(folder, log).stop()
    number = 1
    while (aside := folder.with_name(f"{folder.name}.{number}")).exists():
        number += 1
    folder.rename(aside)
    log(f"The demo that was in {folder} lies in {aside} now")
