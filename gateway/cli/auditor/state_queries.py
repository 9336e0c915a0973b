"""What was so at a position: `audit as-of`, `unsettled`, `orphans`, `diff`."""

import json
from collections import Counter
from pathlib import Path
from typing import Any, Literal

import click

from gateway.cli.auditor.audit import (
    AS_OF,
    audit_subject,
    folded,
    position_at,
    whole_journal,
    zone_of,
)
from gateway.cli.evidence.journal_source import from_a_log
from gateway.cli.exit_codes import CHECK_FAILED, USAGE, VerbFailed
from gateway.cli.figures import counted, instant, member_text, money
from gateway.cli.options import VerbContext, with_context
from ledger.audit.as_of import as_of
from ledger.durations import DAY_NS, span_text
from ledger.journal.protocol import POSITION_MOST
from ledger.questions.open_settlements import unsettled
from ledger.questions.orphans import orphans
from ledger.questions.state_difference import ChangedField, StateDifference, difference
from ledger.shapes import whole_number
from ledger.state_map.subjects import kind_of


def _no_party(_: click.Context, __: click.Parameter, moment: str) -> str:
    """The moment, before the next word is read as a party: the two are easily swapped."""
    if kind_of(moment) == "party":
        raise VerbFailed(
            USAGE,
            f"{moment} is a party, and stands where the moment does.",
            f"The moment comes first: `gpubourse audit as-of POSITION {moment}`.",
        )
    return moment


@click.command("as-of")
@click.argument("moment", metavar="POSITION|TIME", callback=_no_party)
@click.argument("party")
@from_a_log
@with_context("data")
def as_of_(
    context: VerbContext, moment: str, party: str, place: str, key_file: Path | None
) -> None:
    """Print what PARTY had then: titles, leases, cash. By replay, not from a table.

    \b
    Example:
      gpubourse audit as-of {instant} p-0002
    """
    with whole_journal(context, place, key_file) as to:
        position = position_at(context, to, moment)
        zone = zone_of(to)
        with context.output.progress("replaying", position) as steps:
            found = folded(
                lambda: as_of(
                    to.journal, to.folding, position, party, lambda at, _: steps.reach(at)
                )
            )
    context.output.document(found)
    if context.is_json:
        return
    context.output.write(f"{party} at position {position:,}, {instant(found['at_ns'], zone)}:")
    for title in found["titles"]:
        context.output.write(f"  title  {title['thing']}  {title['asset_class']}  {title['site']}")
    for lease in found["leases"]:
        context.output.write(
            f"  lease  {lease['lease']}  {lease['lessor']} to {lease['lessee']}  {lease['state']}  "
            f"{instant(lease['from_ns'], zone)} to {instant(lease['to_ns'], zone)}"
        )
    for account in found["cash"]:
        context.output.write(f"  cash   {account['account']}  {money(account['balance_minor'])}")
    if not (found["titles"] or found["leases"] or found["cash"]):
        context.output.write("  nothing")


@click.command("unsettled")
@click.option(
    "--older-than",
    "older_days",
    type=click.IntRange(0, 36_500),
    default=0,
    metavar="DAYS",
    help="Only trades of at least that age.",
)
@AS_OF
@from_a_log
@with_context("data")
def unsettled_(
    context: VerbContext, older_days: int, moment: str, place: str, key_file: Path | None
) -> None:
    """Print each trade whose title and cash had not changed hands, its age, and what it waits for.

    \b
    Example:
      gpubourse audit unsettled
      gpubourse audit unsettled --older-than 7 --as-of {instant}
    """
    with whole_journal(context, place, key_file) as to:
        zone = zone_of(to)
        position = position_at(context, to, moment)
        with context.output.progress("replaying", position) as steps:
            found = folded(
                lambda: unsettled(
                    to.journal,
                    to.folding,
                    position,
                    older_days * DAY_NS,
                    lambda at, _: steps.reach(at),
                )
            )
    context.output.document(found)
    rows = found["settlements"]
    if rows and not context.is_json:
        context.output.table(
            (
                "settlement",
                "state",
                "age>",
                "price>",
                "seller",
                "buyer",
                "waits for",
                "next",
                "until",
            ),
            [
                (
                    each["settlement"],
                    each["state"],
                    span_text(each["age_ns"]),
                    money(each["notional_minor"]),
                    each["seller"],
                    each["buyer"],
                    each["waits_for"],
                    each["next_party"] or "-",
                    instant(each["until_ns"], zone) + (" OVERDUE" if each["is_overdue"] else ""),
                )
                for each in rows
            ],
        )
    older = f", {older_days} days old or more" if older_days else ""
    context.output.write(
        f"position {found['position']:,}, {instant(found['at_ns'], zone)}: "
        f"{counted(len(rows), 'open settlement')}{older}"
    )


@click.command("orphans")
@AS_OF
@with_context("data")
def orphans_(context: VerbContext, moment: str) -> None:
    """Print what stands without the thing, person or act that it rests on.

    What is broken names something that is not there, which no rule could have left: the verb ends
    6. What is loose is lawful, and wants looking after: no title, no agreed site, no key.

    \b
    Example:
      gpubourse audit orphans
    """
    with whole_journal(context) as to:
        zone = zone_of(to)
        position = position_at(context, to, moment)
        with context.output.progress("replaying", position) as steps:
            found = folded(
                lambda: orphans(
                    to.journal,
                    to.folding,
                    position,
                    lambda at, _: steps.reach(at),
                    with_files=not moment,
                )
            )
    context.output.document(found)
    rows = found["orphans"]
    if rows and not context.is_json:
        context.output.table(
            ("", "rule", "subject", "lacks"),
            [
                (
                    "BROKEN" if row["is_broken"] else "loose",
                    row["rule"],
                    row["subject"],
                    row["lacks"],
                )
                for row in rows
            ],
        )
    broken = sum(row["is_broken"] for row in rows)
    context.output.write(
        f"position {found['position']:,}, {instant(found['at_ns'], zone)}: {broken:,} broken, "
        f"{len(rows) - broken:,} loose, of {len(found['rules'])} rules"
    )
    if broken:
        raise SystemExit(CHECK_FAILED)


@click.command("diff")
@click.argument("earlier", metavar="POSITION|TIME")
@click.argument("later", metavar="POSITION|TIME")
@click.argument("subject", default="")
@from_a_log
@with_context("data")
def diff_(
    context: VerbContext, earlier: str, later: str, subject: str, place: str, key_file: Path | None
) -> None:
    """Print what changed between two moments, subject by subject; of one SUBJECT if it is named.

    \b
    Example:
      gpubourse audit diff 90000 91000
      gpubourse audit diff 90000 91000 n-0003
    """
    if subject:
        subject = audit_subject(subject)
    with whole_journal(context, place, key_file) as to:
        zone = zone_of(to)
        first, last = position_at(context, to, earlier), position_at(context, to, later)
        if first > last:
            raise VerbFailed(
                USAGE,
                f"{earlier} is position {first:,}, behind {later}, position {last:,}.",
                "Name the earlier moment first.",
            )
        with context.output.progress("replaying", last) as steps:
            found = folded(
                lambda: difference(
                    to.journal, to.folding, first, last, subject, lambda at, _: steps.reach(at)
                )
            )
    context.output.document(found)
    if not context.is_json:
        _show_difference(context, found, zone)
    kinds = Counter(each["kind"] for each in found["subjects"])
    summed = ", ".join(f"{kind} {count:,}" for kind, count in sorted(kinds.items()))
    context.output.write(
        f"positions {found['from_position']:,} to {found['to_position']:,}, "
        f"{instant(found['from_ns'], zone)} to {instant(found['to_ns'], zone)}: "
        f"{counted(len(found['subjects']), 'subject')} changed" + (f" ({summed})" if summed else "")
    )


def _show_difference(context: VerbContext, found: StateDifference, zone: str) -> None:
    rows = []
    for each in found["subjects"]:
        if each["change"] != "changed":
            side: Literal["before", "after"] = "after" if each["change"] == "new" else "before"
            shown = {
                field["field"]: _value(field["field"], field[side], zone)
                for field in each["fields"]
            }
            text = ", ".join(f"{name} {one}" for name, one in shown.items() if one != "-")
            both = ("", text) if side == "after" else (text, "")
            rows.append((each["subject"], each["change"], *both))
            continue
        for field in each["fields"]:
            rows.append((each["subject"], field["field"], *_both(field, zone)))
    if rows:
        context.output.table(("subject", "what", "before", "after"), rows)


def _both(field: ChangedField, zone: str) -> tuple[str, str]:
    """What a field was and is; of a list what went and what came."""
    name = field["field"]
    if field["added"] or field["removed"]:
        went, came = (_value(name, field[each], zone) for each in ("removed", "added"))
        return (f"- {went}" if field["removed"] else ""), (f"+ {came}" if field["added"] else "")
    return _value(name, field["before"], zone), _value(name, field["after"], zone)


def _value(name: str, value: Any, zone: str) -> str:
    member = name.rpartition(".")[2]
    if isinstance(value, list) and any(isinstance(each, list) for each in value):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and member.endswith("_ns"):
        value = whole_number(value, POSITION_MOST)  # rows of form 2 write instants as text
    return member_text(member, value, zone)
