"""`gpubourse import`: a report becomes registered servers, after a preview."""

from pathlib import Path
from typing import Any

import click

from gateway.cli.confirmed_act import QUESTION, write_approvals, write_ended_orders
from gateway.cli.exit_codes import USAGE, VerbFailed
from gateway.cli.figures import counted, some
from gateway.cli.options import VerbContext, with_context
from gateway.cli.provenance_gaps import gaps_in_words
from gateway.cli.seller.report_files import NamedReport, named_reports, readable, remark
from gateway.cli.venue_caller import VenueCaller, path_of
from gateway.contract.page_words import in_page_words
from ledger.inspection.inspection_text import unclaimed_reason
from ledger.inspection.report_notes import UNCLAIMED

NAMED_MOST = 8  # things named in one line
TEMPLATE = "vendor,model,serial,board_part_number,uuid,node,slot"


def _template(ctx: click.Context, _: click.Parameter, is_wanted: bool) -> None:
    if is_wanted:
        click.echo(TEMPLATE)
        ctx.exit()


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@click.option("--site", default="", metavar="SITE", help="Where the servers stand: s-0001.")
@click.option(
    "--claim/--no-claim", default=None, help="Ask for title; by default where it is sure."
)
@click.option(
    "--template",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_template,
    help="Print the header of a plain CSV, and end.",
)
@with_context("venue", "me", "data", "acts")
def import_(context: VerbContext, files: tuple[Path, ...], site: str, claim: bool | None) -> None:
    """Register the servers that FILE shows at SITE, and ask for title to them.

    FILE is a report, a file that collects those of several servers, a folder of them, or a pattern
    such as '*.txt': a whole fleet goes in at once, also a plain CSV of it beside the reports that
    prove it. First the venue says what it would register, and
    why not the rest; then you are asked. With --yes a fleet is registered at once. Later reports on
    the same servers are new inspections of them, and a line that was cut off is said again: what
    stands is not registered twice. Every report is tried, and a refusal that several
    share is told once; if any is refused, or a server of it, a line of several reports ends 7.

    A line takes at most 10,000 files, each of 64 MiB at most; a report has 16 MiB and 1,024 GPUs
    at most. At most 1,000 servers of yours wait for the word of one site's operator.

    \b
    Example:
      nvidia-smi -q > dump.txt
      gpubourse import dump.txt --site s-0001 --me seller
      gpubourse import reports/ --site s-0001 --me seller --yes
      gpubourse import fleet.csv reports/ --site s-0001 --me seller --yes
    """
    if not site:
        raise VerbFailed(
            USAGE,
            "Where do the servers stand?",
            f"Say --site SITE: `{context.line('sites')}` lists yours, with --all everybody's.",
        )
    caller = VenueCaller(context)
    caller.must_have_key_file()
    reports = list(named_reports(files, context.lang))
    if len(reports) == 1:
        context.output.document(import_report(caller, reports[0], site, claim))
        return
    from gateway.cli.seller.fleet_import import FleetImport  # noqa: PLC0415 # the other road

    FleetImport(caller, reports, site, claim).run()


def import_report(
    caller: VenueCaller, report: NamedReport, site: str, claim: bool | None
) -> dict[str, Any]:
    """One report: the dry run, the question, the import. The last reply that came."""
    output, context = caller.context.output, caller.context
    raw = readable(report, context.lang)
    args: dict[str, Any] = {"site": site, "claim": bool(claim), "dry_run": True}
    shown = caller.upload("import.new", "/v1/imports", raw, args)
    is_sure = "strong" in _present(shown["result"]["identity"])
    wants_title = is_sure if claim is None else claim  # each thing by itself: the rest is told
    _log_preview(caller, report.name, site, shown["result"])
    log_foreign_site(caller, site, shown["result"]["waits_for"])
    if context.is_dry:
        return shown
    output.log(_intent(caller, site, shown["result"], wants_title))
    output.confirm(QUESTION, is_yes=context.is_yes)
    args = {"site": site, "claim": wants_title, "dry_run": False}
    reply = caller.upload("import.new", "/v1/imports", raw, args)
    _write_result(caller, report.name, reply["result"])
    return reply


def log_foreign_site(caller: VenueCaller, site: str, operator: str | None) -> None:
    """Say before anything is sent that a site is another party's, and which are one's own."""
    if not operator:
        return
    own = [row["site"] for row in caller.rows("/v1/sites") if row["operator"] == caller.party]
    yours = f" Your own: {some(own)}." if own else ""
    caller.context.output.log(
        f"{site} is run by {operator}: until they agree that these stand there, within a day, "
        f"they have no site, no title, and cannot be offered.{yours}"
    )


def _intent(caller: VenueCaller, site: str, shown: dict[str, Any], wants_title: bool) -> str:
    """What the import will do, by the dry run of it."""
    if not shown["new_units"]:
        return (
            "All of these are registered already: importing inspects them again, and a report "
            "that was imported before changes nothing."
        )
    title = ", without title."
    if wants_title:
        title = f", and asks for title for {caller.party} where they can have one."
    return f"Importing registers these at {site}{title}"


def write_operators_word(caller: VenueCaller, proposals: list[str], operator: str) -> None:
    """Who answers, and how: a demo's operators do so by themselves."""
    if caller.venue["kind"] == "demo":
        caller.context.output.write(
            "The demo's operators answer it by themselves within an hour of the demo's time."
        )
    else:
        write_approvals(caller, proposals, [f"party:{operator}"])


def _write_unclaimed(caller: VenueCaller, warnings: list[dict[str, Any]]) -> None:
    """The things for which no title was asked, alike ones in one line, and why."""
    alike: dict[str, list[str]] = {}
    for warned in warnings:
        if warned["code"] == UNCLAIMED:
            thing, _, reason = str(warned["value"]).partition(" ")
            alike.setdefault(reason, []).append(thing)
    for reason, things in alike.items():
        more = f" and {len(things) - NAMED_MOST} more" if len(things) > NAMED_MOST else ""
        named = ", ".join(things[:NAMED_MOST]) + more
        words = caller.context.own_lines(unclaimed_reason(reason))
        caller.context.output.write(f"No title asked for {named}: {words}.")


def _present(counts: dict[str, int]) -> list[str]:
    return [name for name, count in counts.items() if count]


def _log_preview(caller: VenueCaller, name: str, site: str, shown: dict[str, Any]) -> None:
    identity = ", ".join(
        f"{shown['identity'][name]} {name}" for name in _present(shown["identity"])
    )
    grades = ", ".join(_grade(shown, letter) for letter in _present(shown["grades"]))
    caller.context.output.log(
        f"{name} at {site}: {counted(shown['nodes'], 'node')}, {counted(shown['units'], 'unit')}; "
        f"identity {identity or 'none'}; grade {grades or 'none'}."
    )
    _log_remarks(caller, shown)


def _grade(shown: dict[str, Any], letter: str) -> str:
    """How many have a grade, and what keeps them from a better one: `8 U (report_undated)`."""
    units = [unit for unit in shown["seen"] if unit["grade"] == letter]
    reasons = dict.fromkeys(reason for unit in units for reason in unit["reasons"])
    in_brackets = (
        f" ({'; '.join(in_page_words('reason', code) for code in reasons)})" if reasons else ""
    )
    return f"{shown['grades'][letter]} {letter}{in_brackets}"


def _log_remarks(caller: VenueCaller, result: dict[str, Any]) -> None:
    for left in result["rejected"]:
        caller.context.output.log("  left out: " + remark(left))
    for warned in result["warnings"]:
        caller.context.output.log("  remark: " + remark(warned))


def _write_result(caller: VenueCaller, name: str, result: dict[str, Any]) -> None:
    output = caller.context.output
    if not result["units"]:  # what stood already brings none
        output.write(
            "This very report was imported before: nothing changed. "
            f"`{caller.context.line('inventory')}` says what each thing waits for."
        )
        return
    new = len(result["new_units"])
    again = len(result["units"]) - new
    if new:
        nodes = ", ".join(result["nodes"])
        output.write(f"Registered {nodes} of {name}: {counted(new, 'new unit')}.")
    if again:
        output.write(f"Inspected again: {counted(again, 'unit')}.")
    write_ended_orders(caller, result)
    _write_unclaimed(caller, result["warnings"])
    if proposal := result.get("site_proposal"):
        operator = result["waits_for"]
        output.write(f"{operator}, who runs {result['site']}, has to agree: {proposal} waits.")
        write_operators_word(caller, [proposal], operator)
    if proposal := result.get("proposal"):
        found = caller.get(path_of("proposals", proposal))["result"]
        due = found["needs"]
        clerks = "a clerk" if len(due) == 1 else "two clerks"
        output.write(f"Title waits as {proposal} for {clerks}.")
        write_approvals(caller, [proposal], due)
        thing = found["args"]["things"][0]
        context = caller.context
        missing = gaps_in_words(context, thing, result["missing_for_p1"], context.me)
        output.write(f"Still missing for provenance P1: {missing}.")
