"""`gpubourse audit trial-balance` and `period`: the books, by recorded or by effective time."""

from pathlib import Path

import click

from gateway.cli.auditor.audit import (
    AS_OF,
    opened_of,
    position_at,
    whole_journal,
    zone_of,
)
from gateway.cli.auditor.exports import show_hledger
from gateway.cli.evidence.attached_journal import AttachedJournal
from gateway.cli.evidence.journal_source import from_a_log
from gateway.cli.exit_codes import CHECK_FAILED, NOT_FOUND, USAGE, VerbFailed
from gateway.cli.figures import counted, instant, money
from gateway.cli.options import VerbContext, with_context
from ledger.audit.as_of import BadAsOf, nanos
from ledger.audit.trial_balance import EFFECTIVE, RECORDED, TrialBalance, stamp_ns, trial_balance
from ledger.cash.months import NoMonth, month_named
from ledger.questions.period_totals import KindTotals, period_totals
from ledger.shapes import whole_number


@click.command("trial-balance")
@click.option("--format", "form", type=click.Choice(["table", "hledger"]), default="table")
@click.option(
    "--by",
    type=click.Choice([RECORDED, EFFECTIVE]),
    default=RECORDED,
    help="Which time --as-of is of: when it was recorded, or when it took effect.",
)
@AS_OF
@from_a_log
@with_context("data")
def trial_balance_(
    context: VerbContext, form: str, by: str, moment: str, place: str, key_file: Path | None
) -> None:
    """Print every account and the sum 0; as a journal that hledger checks with --format hledger.

    By effective time an entry counts from the time of its cause: the rent of a month's last hours
    belongs to that month, though it is posted up to two days later.

    \b
    Example:
      gpubourse audit trial-balance
      gpubourse audit trial-balance --by effective --as-of {instant}
      gpubourse audit trial-balance --format hledger > cash.journal
      hledger -f cash.journal check --strict
    """
    if form == "hledger" and by == EFFECTIVE:
        raise VerbFailed(
            USAGE, "An hledger journal is by recorded time.", "Leave out one of the two."
        )
    if form == "hledger" and context.is_json:
        raise VerbFailed(USAGE, "--format hledger and --json are two forms.", "Leave out one.")
    with whole_journal(context, place, key_file) as to:
        if not to.journal.head():
            zone, position, upto_ns = "UTC", 0, 0
        elif by == EFFECTIVE:
            zone, position = zone_of(to), to.journal.head()
            upto_ns = _effective_upto(context, to, moment)
        else:
            zone, position, upto_ns = zone_of(to), position_at(context, to, moment), 0
        with context.output.progress("adding up", position) as steps:
            if form == "hledger":
                show_hledger(to, position, lambda at, _: steps.reach(at))
                return
            found = trial_balance(
                to.journal,
                to.folding,
                position,
                lambda at, _: steps.reach(at),
                by=by,
                effective_upto_ns=upto_ns,
            )
    context.output.document(found)
    if not context.is_json:
        context.output.table(
            ("account", "balance>"),
            [(row["account"], money(int(row["balance_minor"]))) for row in found["accounts"]],
        )
    context.output.write(_balance_sentence(found, zone))
    if found["sum_minor"]:
        raise SystemExit(CHECK_FAILED)


def _effective_upto(context: VerbContext, to: AttachedJournal, moment: str) -> int:
    """The instant up to which effects count: of a position its event's, of a text its own."""
    position = position_at(context, to, moment)
    if not moment or whole_number(moment.strip(), to.journal.head()) is not None:
        return stamp_ns(to.journal, to.folding, position)
    try:
        return nanos(moment)
    except BadAsOf as error:
        raise VerbFailed(USAGE, f"{error}.") from None


def _balance_sentence(found: TrialBalance, zone: str) -> str:
    """By which time it is, and that it sums to 0."""
    total = f"sum {money(found['sum_minor'])}"
    if not found["position"]:
        return f"The journal is empty: {total}"
    upto, position = instant(found["upto_ns"], zone), f"position {found['position']:,}"
    if found["by"] == RECORDED:
        return f"by recorded time, {position} ({upto}): {total}"
    later = counted(found["later_entries"], "later entry").replace("entrys", "entries")
    return f"by effective time, {upto}, as known at {position} ({later} left out): {total}"


@click.command("period")
@click.argument("month", metavar="YYYY-MM")
@from_a_log
@with_context("data")
def period_(context: VerbContext, month: str, place: str, key_file: Path | None) -> None:
    """Print a month's books by effective time: opening, turnover both ways, closing, their hash.

    Fees are those earned: of trades that were settled. A month closes 5 days after its end (rule
    period_close), and the journal says so with the figures, which are compared with these. What is
    recorded later stands in the month in which it was recorded: a closed month never changes.

    \b
    Example:
      gpubourse audit period {past_month}
    """
    with whole_journal(context, place, key_file) as to:
        venue = opened_of(to)
        _must_have_begun(to, month)
        with context.output.progress("adding up", to.journal.head()) as steps:
            found = period_totals(
                to.journal,
                to.folding,
                venue.venue,
                venue.zone,
                month,
                lambda at, _: steps.reach(at),
            )
    context.output.document(found)
    if not context.is_json:
        names = ("opening", "debit", "credit", "closing")
        context.output.table(
            ("kind of account", *(f"{name}>" for name in names)),
            [(row["kind"], *_amounts(row)) for row in found["kinds"]],
        )
    closes = instant(found["closes_ns"], venue.zone)
    stands = f"OPEN: it closes at {closes}"
    if found["closed_position"]:
        stands = f"closed by position {found['closed_position']:,} at {closes}"
    elif found["is_closed"]:
        stands = f"closed since {closes}, and the journal does not say so"
    late = counted(found["late_entries"], "posting")
    context.output.write(
        f"{month} of {venue.venue}, {stands}; {late} of closed months stand in it; "
        f"sum {money(found['sum_minor'])}; {found['sha256']}"
    )
    if not found["is_as_closed"]:
        context.output.write(
            f"BROKEN: position {found['closed_position']:,} closed it with other figures than its "
            "events give."
        )
    if found["sum_minor"] or not found["is_as_closed"]:
        raise SystemExit(CHECK_FAILED)


def _must_have_begun(to: AttachedJournal, month: str) -> None:
    """VerbFailed for a month before the venue or ahead of its journal, before all of it is read."""
    venue = opened_of(to)
    try:
        span = month_named(venue.zone, month)
    except NoMonth as error:
        raise VerbFailed(USAGE, f"{error}.", "Write it like 2024-11.") from None
    if span.to_ns <= venue.at_ns:
        began = instant(venue.at_ns, venue.zone)
        raise VerbFailed(NOT_FOUND, f"There was no venue in {month}: it opened at {began}.")
    if span.from_ns > stamp_ns(to.journal, to.folding, to.journal.head()):
        raise VerbFailed(USAGE, f"{month} is ahead of the journal.", "Name an earlier month.")


def _amounts(row: KindTotals) -> list[str]:
    amounts = (row["opening_minor"], row["debit_minor"], row["credit_minor"], row["closing_minor"])
    return [money(each) for each in amounts]
