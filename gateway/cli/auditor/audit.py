"""`gpubourse audit`: the group itself, and what its verbs share: positions, instants, the zone."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from gateway.cli.evidence.attached_journal import AttachedJournal
from gateway.cli.evidence.journal_source import opened
from gateway.cli.exit_codes import CHECK_FAILED, NOT_FOUND, USAGE, VerbFailed
from gateway.cli.figures import instant
from gateway.cli.help_pages import dated
from gateway.cli.options import VerbContext
from ledger.audit.as_of import AheadOfJournal, BadAsOf, NoSuchParty, position_of
from ledger.audit.readable_journal import (
    UnreadableRow,
    in_order,
    must_reach_its_commits,
    readable,
    where,
)
from ledger.audit.state_at import ReplayFailed
from ledger.events import VenueOpened
from ledger.journal.protocol import POSITION_MOST
from ledger.shapes import whole_number
from ledger.state_map.subjects import FORMS, kind_of, nearest_subject

AS_OF = click.option("--as-of", "moment", default="", metavar="POSITION|TIME", help="By replay.")


@click.group()
def audit() -> None:
    """Read the journal beside a living venue, read-only: nothing here asks the venue."""


@contextmanager
def whole_journal(
    context: VerbContext, place: str = "", key_file: Path | None = None
) -> Iterator[AttachedJournal]:
    """The journal here, or of a published log, to be asked: what cannot be read ends the verb.

    VerbFailed for the first row that is missing or holds no event of ours.
    """
    with opened(context, place, key_file) as to:
        try:
            must_reach_its_commits(to.journal)
            yield replace(to, journal=in_order(to.journal), folding=readable(to.folding))
        except UnreadableRow as error:
            verb = f"verify-log {place}" if place else "verify"
            text = str(error)
            raise VerbFailed(
                CHECK_FAILED,
                f"{text[0].upper()}{text[1:]}.",
                f"Say `gpubourse audit {verb}` for all of it.",
            ) from None


class Position(click.ParamType[int]):
    """A whole number from 1."""

    name = "position"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number; fails as a usage error for any other text."""
        number = whole_number(str(value).replace(",", ""), POSITION_MOST)
        if not number:
            self.fail(f"{value!r} is no position: name one as a whole number from 1, like 184541.")
        return number


def position_at(context: VerbContext, to: AttachedJournal, moment: str) -> int:
    """The position that a moment means ("": the last one). VerbFailed if there is none.

    One inside a batch is that before the batch, and this is said.
    """
    if not moment:
        return to.journal.head()
    try:
        position = position_of(to.journal, to.folding, moment)
        if position:
            named = whole_number(moment, POSITION_MOST) or position
            if named != position:
                context.output.log(
                    f"Position {named:,} lies inside a batch, which is whole or nothing: what "
                    f"follows is of position {position:,}, the end of the one before."
                )
            return position
        opened = opened_of(to)
        raise VerbFailed(
            NOT_FOUND,
            f"There was no venue then: it opened at {instant(opened.at_ns, opened.zone)}.",
            "Name a later time, or a position from 1.",
        )
    except AheadOfJournal as error:
        ends = instant(error.last_ns, zone_of(to))
        raise VerbFailed(
            USAGE, f"{error}, {ends}.", f"Name {error.head:,}, or a time up to there."
        ) from None
    except BadAsOf as error:
        like = dated("{instant}")
        text = str(error)
        words = f"{text[0].upper()}{text[1:]}."
        raise VerbFailed(USAGE, words, f"Name a position, or a time like {like}.") from None


def audit_subject(text: str) -> str:
    """A subject of the state by its one spelling; VerbFailed, with the nearest right one."""
    if kind_of(text):
        return text
    kind = text.partition("/")[0]
    near = nearest_subject(text)
    like = f" Perhaps {near}?" if near else ""
    if not near and kind in FORMS:
        like = f" Its form is that of {kind}/{FORMS[kind][1]}."
    raise VerbFailed(
        USAGE,
        f"{text!r} is no subject: no state could have a row of it.{like}",
        "Name an id in full, such as n-0003, or a kind and a name, such as rule/grade_valid.",
    )


def zone_of(to: AttachedJournal) -> str:
    """The time zone whose days count; VerbFailed for an empty journal."""
    return opened_of(to).zone


def opened_of(to: AttachedJournal) -> VenueOpened:
    """The first event of a journal; VerbFailed for an empty one."""
    first = next(iter(to.journal.read(upto=1)), None)
    if first is None:
        raise VerbFailed(
            NOT_FOUND, "The journal is empty.", "Open the venue first: `gpubourse run`."
        )
    event = to.folding.codec.decode(first)
    if not isinstance(event, VenueOpened):
        raise UnreadableRow(f"{where(first)} opens no venue")
    return event


def folded(read: Any) -> Any:
    """The result of a replay; events that do not fold are a failed check."""
    try:
        return read()
    except NoSuchParty as error:
        raise VerbFailed(NOT_FOUND, f"{error}.", "Check its id.") from None
    except ReplayFailed as error:
        raise VerbFailed(
            CHECK_FAILED, f"{error}.", "Say `gpubourse audit verify` for all of it."
        ) from None
