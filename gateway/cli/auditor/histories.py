"""`audit history`, `who`, `corrections`: what happened, who is behind it, what was mended."""

from pathlib import Path
from typing import Final

import click

from gateway.cli.auditor.audit import AS_OF, Position, position_at, whole_journal, zone_of
from gateway.cli.evidence.attached_journal import AttachedJournal
from gateway.cli.evidence.journal_source import from_a_log
from gateway.cli.evidence.log_places import log_source, log_verifiers, own_log
from gateway.cli.evidence.policy_files import NOBODY, POLICY, Witnessed, first_witnessed
from gateway.cli.exit_codes import CHECK_FAILED, NOT_FOUND, USAGE, VerbFailed
from gateway.cli.figures import counted, instant, member_text, money
from gateway.cli.options import VerbContext, with_context
from gateway.notary.log_folder import LogFolder
from ledger.audit.thing_history import HistoryLine, TitleLink, chain_of_title, history
from ledger.audit.who import Authorship, NoSuchPosition, who
from ledger.log.log_check import LogFault
from ledger.questions.corrections import Correction, corrections

# Hashes that an event bears of something else than a document: `history` leaves them to --json.
HASHES_OF_NO_PAPER: Final = frozenset(
    {
        "command_sha256",
        "figures_sha256",
        "holder_sha256",
        "name_sha256",
        "root_sha256",
        "saved_sha256",
        "state_sha256",
    }
)


@click.command("history")
@click.argument("subject")
@AS_OF
@from_a_log
@with_context("data")
def history_(
    context: VerbContext, subject: str, moment: str, place: str, key_file: Path | None
) -> None:
    """Print every event on SUBJECT (unit, node, lease, party, market …), and its chain of title.

    An id without a stream of its own (order, trade, proposal, key, hold, entry, payment) is looked
    for in the whole journal: the events that name it.

    \b
    Example:
      gpubourse audit history u-000001
      gpubourse audit history n-0003 --as-of {instant}
      gpubourse audit history o-000591
    """
    if not subject.strip():
        raise VerbFailed(USAGE, "No SUBJECT is named.", "Name an id in full, such as n-0003.")
    with whole_journal(context, place, key_file) as to:
        position = position_at(context, to, moment)
        zone = zone_of(to)
        lines = history(to.journal, to.folding, subject, position)
        if not lines:
            raise _no_history(to, subject, position)
    chain = chain_of_title(lines)
    context.output.document(
        {"subject": subject, "position": position, "events": lines, "chain_of_title": chain}
    )
    if not context.is_json:
        _show_history(context, lines, chain, zone)


def _no_history(to: AttachedJournal, subject: str, position: int) -> VerbFailed:
    """That there was nothing of it yet; or that there is nothing of it at all."""
    later = history(to.journal, to.folding, subject) if position < to.journal.head() else []
    if not later:
        return VerbFailed(
            NOT_FOUND,
            f"The journal knows no {subject}.",
            "Check it: an id in full such as n-0003, a market's symbol, or the venue's name.",
        )
    return VerbFailed(
        NOT_FOUND,
        f"There was no {subject} yet at position {position:,}.",
        f"Its first event is position {later[0]['position']:,}.",
    )


def _show_history(
    context: VerbContext, lines: list[HistoryLine], chain: list[TitleLink], zone: str
) -> None:
    context.output.table(
        ("position>", "at", "event", "by", "what"),
        [
            (
                f"{each['position']:,}",
                instant(each["at_ns"], zone),
                each["topic"],
                _by(each),
                _what(each, zone),
            )
            for each in lines
        ],
        is_last_long=True,
    )
    if not chain:
        return
    context.output.table(
        ("position>", "at", "thing", "from", "to", "basis", "price>", "settlement"),
        [
            (
                f"{link['position']:,}",
                instant(link["at_ns"], zone),
                link["thing"],
                link["from_party"] or "-",
                link["to_party"],
                link["basis"],
                money(link["price_minor"]) if link["price_minor"] else "-",
                link["settlement"] or "-",
            )
            for link in chain
        ],
        title="\nChain of title",
    )


def _by(line: HistoryLine | Correction) -> str:
    """Who asked: unknown is not nobody."""
    if line["party"]:
        return f"{line['party']} {line['principal']}"
    return "not in the log" if line["command_sha256"] else "the venue"


def _what(line: HistoryLine, zone: str) -> str:
    """An event's own fields: its stamps stand in other columns, and no price is in steps.

    A hash of a paper or report is shown: it is what the paper in hand is held to.
    """
    left_out = {"at_ns", "cause", "args", "readings", *HASHES_OF_NO_PAPER}
    shown = [
        f"{name.removesuffix('_ns').removesuffix('_minor')}={member_text(name, value, zone)}"
        for name, value in line["event"].items()
        if name not in left_out and value not in ("", [], {}) and not name.endswith("_ticks")
    ]
    return " ".join(shown)


@click.command("who")
@click.argument("position", type=Position())
@from_a_log
@POLICY
@with_context("data")
def who_(
    context: VerbContext, position: int, place: str, key_file: Path | None, policy_file: Path | None
) -> None:
    """Print who caused POSITION: principal, key, the signed words, and whether the signature holds.

    With --policy also the outside clock: by when a quorum of witnesses had seen it in the log.

    \b
    Example:
      gpubourse audit who 184541
      gpubourse audit who 184541 --policy policy.txt
    """
    witnessed = _outside(context, position, place, key_file, policy_file)
    with whole_journal(context, place, key_file) as to:
        zone = zone_of(to)
        try:
            found = who(to.journal, to.folding, position, has_commands=to.has_commands)
        except NoSuchPosition as error:
            raise VerbFailed(NOT_FOUND, f"{error}.", "Name a position up to there.") from None
    context.output.document({**found, **witnessed.members})
    if not context.is_json:
        _show_authorship(context, found, zone)
    if policy_file is not None:
        context.output.write(
            "outside clock: "
            + (witnessed.clock or "no quorum of witnesses has cosigned a head over it that is kept")
        )
    if found["is_signed"] is False:
        raise SystemExit(CHECK_FAILED)


def _outside(
    context: VerbContext, position: int, place: str, key_file: Path | None, policy: Path | None
) -> Witnessed:
    """What the heads that a log's folder keeps say of a position; nothing without a policy."""
    if policy is None:
        return NOBODY
    where = place or str(own_log(context))
    source = log_source(where)
    if not isinstance(source, LogFolder):
        raise VerbFailed(
            USAGE,
            "Over an address nobody knows which heads are kept.",
            "Name the log's folder, or a copy of it: --log DIR.",
        )
    verifiers = log_verifiers(context, key_file)
    try:
        return first_witnessed(source, verifiers, position, policy)
    except LogFault as error:
        raise VerbFailed(CHECK_FAILED, f"NOT ok: {error}.") from None


def _show_authorship(context: VerbContext, found: Authorship, zone: str) -> None:
    """What is known of who asked, member by member; what is not there is left out."""
    for name, value in found.items():
        text = member_text(name, value, zone)
        if text != "-":
            context.output.write(f"{name.removesuffix('_ns')}: {text}")
    if not found["op"] and not found["command_sha256"]:
        context.output.write("by: the engine's own act")


@click.command("corrections")
@AS_OF
@from_a_log
@with_context("data")
def corrections_(context: VerbContext, moment: str, place: str, key_file: Path | None) -> None:
    """Print each fact that takes back or replaces an earlier one: which, and who asked for it.

    \b
    Example:
      gpubourse audit corrections
    """
    with whole_journal(context, place, key_file) as to:
        zone = zone_of(to)
        position = position_at(context, to, moment)
        with context.output.progress("reading", position) as steps:
            found = corrections(to.journal, to.folding, position, lambda at, _: steps.reach(at))
    context.output.document(found)
    rows = found["corrections"]
    if rows and not context.is_json:
        context.output.table(
            ("position>", "at", "event", "subject", "what", "corrects>", "which was", "by"),
            [
                (
                    f"{each['position']:,}",
                    instant(each["at_ns"], zone),
                    each["topic"],
                    each["subject"],
                    each["what"],
                    f"{each['corrects_position']:,}",
                    each["corrects_topic"],
                    _by(each),
                )
                for each in rows
            ],
        )
    context.output.write(f"position {position:,}: {counted(len(rows), 'correction')}")
