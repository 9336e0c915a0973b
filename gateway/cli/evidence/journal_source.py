"""Where a question reads: the journal here, or a published log alone, which is judged first."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from gateway.cli.evidence.attached_journal import AttachedJournal, attached
from gateway.cli.evidence.log_places import (
    head_at,
    log_source,
    log_verifiers,
    not_permitted,
    show_unchecked,
    source_head,
)
from gateway.cli.exit_codes import CHECK_FAILED, UNAVAILABLE, USAGE, VerbFailed
from gateway.cli.options import VerbContext
from gateway.notary.log_address import NotAnswered
from gateway.server.audit_rules import venue_folding
from ledger.journal.memory import MemoryJournal, MemoryStore
from ledger.journal.protocol import JournalRow
from ledger.log.log_check import LogFault, NotPermitted, check_log

Verb = TypeVar("Verb", bound=Callable[..., Any])
FILE = click.Path(path_type=Path, dir_okay=False)


def from_a_log(verb: Verb) -> Verb:
    """Let a verb read a published log instead of the journal: `place` and `key_file`."""
    verb = click.option(
        "--key", "key_file", type=FILE, metavar="FILE", help="The log's key, with --log."
    )(verb)
    return click.option(
        "--log", "place", default="", metavar="DIR|URL", help="Read a published log alone."
    )(verb)


@contextmanager
def opened(context: VerbContext, place: str, key_file: Path | None) -> Iterator[AttachedJournal]:
    """The journal here; or, of a published log, its events, once all of it is found whole.

    A log holds every event and no command: who asked is then not known. VerbFailed for a log that
    is not whole.
    """
    if not place:
        if key_file is not None:
            raise VerbFailed(USAGE, "--key is the key of a log.", "Name the log, too: --log.")
        with attached(context) as to:
            yield to
        return
    verifiers = log_verifiers(context, key_file)
    source = log_source(place)
    store = MemoryStore()
    try:
        head = head_at(place, source_head(source), verifiers)
        with context.output.progress("judging the log", head.head.size) as steps:
            check_log(source, head.head, {}, lambda each: _add(store, each.row), steps.reach)
    except NotAnswered as error:
        raise VerbFailed(UNAVAILABLE, f"{error}.") from None
    except NotPermitted as error:
        raise not_permitted(error) from None
    except LogFault as error:
        raise VerbFailed(
            CHECK_FAILED,
            f"This log is not whole: {error}.",
            f"Say `gpubourse audit verify-log {place}` for all of it.",
        ) from None
    show_unchecked(context, head.unchecked)
    context.output.log(
        f"Read from {head.head.origin} alone, {head.head.size:,} entries. A log holds no commands: "
        "who asked is not known from it."
    )
    yield AttachedJournal(MemoryJournal(store), venue_folding(), "", has_commands=False)


def _add(store: MemoryStore, row: JournalRow) -> None:
    store.rows.append(row)
    store.versions[row.stream] = row.version
