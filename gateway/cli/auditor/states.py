"""What was so at a position: `audit as-of` and `audit trial-balance`."""

import click

from gateway.cli.auditor.attached_journal import attached
from gateway.cli.auditor.audit import AS_OF, folded, position_at, zone_of
from gateway.cli.exit_codes import CHECK_FAILED
from gateway.cli.figures import instant, money
from gateway.cli.options import VerbContext, with_context
from gateway.cli.terminal import show_text
from ledger.audit.as_of import as_of
from ledger.audit.hledger import hledger
from ledger.audit.trial_balance import trial_balance


@click.command("as-of")
@click.argument("moment", metavar="POSITION|TIME")
@click.argument("party")
@with_context("data")
def as_of_(context: VerbContext, moment: str, party: str) -> None:
    """Print what PARTY had then: titles, leases, cash. By replay, not from a table.

    \b
    Example:
      gpubourse audit as-of {instant} p-0002
    """
    with attached(context) as to:
        position = position_at(to, moment)
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


@click.command("trial-balance")
@click.option("--format", "form", type=click.Choice(["table", "hledger"]), default="table")
@AS_OF
@with_context("data")
def trial_balance_(context: VerbContext, form: str, moment: str) -> None:
    """Print every account and the sum 0; as a journal that hledger checks with --format hledger.

    \b
    Example:
      gpubourse audit trial-balance
      gpubourse audit trial-balance --format hledger > cash.journal
      hledger -f cash.journal check --strict
    """
    with attached(context) as to:
        position = position_at(to, moment)
        with context.output.progress("adding up", position) as steps:
            if form == "hledger":
                for line in hledger(
                    to.journal, to.folding, position, lambda at, _: steps.reach(at)
                ):
                    show_text(line)
                return
            found = trial_balance(to.journal, to.folding, position, lambda at, _: steps.reach(at))
    context.output.document(found)
    if not context.is_json:
        context.output.table(
            ("account", "balance>"),
            [(row["account"], money(int(row["balance_minor"]))) for row in found["accounts"]],
        )
    context.output.write(f"position {found['position']:,}: sum {money(found['sum_minor'])}")
    if found["sum_minor"]:
        raise SystemExit(CHECK_FAILED)
