"""`gpubourse import`: a report becomes registered servers, after a preview."""

from pathlib import Path
from typing import Any

import click

from gateway.cli.confirmed_act import QUESTION, write_approvals
from gateway.cli.exit_codes import SOME_REFUSED, USAGE, VerbFailed
from gateway.cli.figures import counted
from gateway.cli.options import VerbContext, with_context
from gateway.cli.seller.report_files import in_words, read_report_file
from gateway.cli.venue_caller import Problem, VenueCaller, path_of
from ledger.inventory import Unreadable, read_report

TEMPLATE = "vendor,model,serial,board_part_number,uuid,node,slot"


def _template(ctx: click.Context, _: click.Parameter, is_wanted: bool) -> None:
    if is_wanted:
        click.echo(TEMPLATE)
        ctx.exit()


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@click.option("--site", required=True, metavar="SITE", help="Where the servers stand: s-0001.")
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

    First the venue says what it would register, and why not the rest; then you are asked. Later
    reports on the same servers are new inspections of them.

    \b
    Example:
      nvidia-smi -q > dump.txt
      gpubourse import dump.txt --site s-0001 --me seller
    """
    caller = VenueCaller(context)
    caller.must_have_key_file()
    replies: list[dict[str, Any]] = []
    refused: list[VerbFailed] = []
    for path in files:
        try:
            replies.append(import_report(caller, path, site, claim))
        except Problem as no:
            if len(files) == 1:
                raise
            context.output.log(f"{path}: {no}")
            refused.append(no)
    context.output.document(replies[0] if len(files) == 1 else {"files": replies})
    if refused:
        raise SystemExit(SOME_REFUSED if replies else refused[0].code)


def import_report(caller: VenueCaller, path: Path, site: str, claim: bool | None) -> dict[str, Any]:
    """One file: the dry run, the question, the import. The last reply that came."""
    output, context = caller.context.output, caller.context
    try:
        raw = read_report_file(path)
        read_report(raw)  # what nobody can read need not travel
    except Unreadable as error:
        raise VerbFailed(USAGE, in_words(path, error)) from None
    args: dict[str, Any] = {"site": site, "claim": bool(claim), "dry_run": True}
    shown = caller.upload("import.new", "/v1/imports", raw, args)
    is_sure = set(_present(shown["result"]["identity"])) == {"strong"}
    wants_title = is_sure if claim is None else claim
    _log_preview(caller, path, site, shown["result"])
    if context.is_dry:
        return shown
    output.log(
        f"Importing registers these at {site}"
        + (f" and asks for title for {caller.party}." if wants_title else ", without title.")
    )
    output.confirm(QUESTION, is_yes=context.is_yes)
    args = {"site": site, "claim": wants_title, "dry_run": False}
    reply = caller.upload("import.new", "/v1/imports", raw, args)
    _write_result(caller, reply["result"])
    return reply


def _present(counts: dict[str, int]) -> list[str]:
    return [name for name, count in counts.items() if count]


def _log_preview(caller: VenueCaller, path: Path, site: str, shown: dict[str, Any]) -> None:
    identity = ", ".join(
        f"{shown['identity'][name]} {name}" for name in _present(shown["identity"])
    )
    grades = ", ".join(f"{shown['grades'][name]} {name}" for name in _present(shown["grades"]))
    caller.context.output.log(
        f"{path} at {site}: {counted(shown['nodes'], 'node')}, {counted(shown['units'], 'unit')}; "
        f"identity {identity or 'none'}; grade {grades or 'none'}."
    )
    _log_remarks(caller, shown)


def _log_remarks(caller: VenueCaller, result: dict[str, Any]) -> None:
    for left in result["rejected"]:
        caller.context.output.log("  left out: " + _remark(left))
    for warned in result["warnings"]:
        caller.context.output.log("  remark: " + _remark(warned))


def _remark(remark: dict[str, Any]) -> str:
    order = ("where", "line", "code", "value", "why", "detail")
    shown = [f"line {remark[n]}" if n == "line" else str(remark[n]) for n in order if remark.get(n)]
    return " ".join(shown)


def _write_result(caller: VenueCaller, result: dict[str, Any]) -> None:
    output = caller.context.output
    if not result["units"]:  # what stood already brings none
        output.write("This very report was imported before: nothing changed.")
        return
    new = len(result["new_units"])
    again = len(result["units"]) - new
    if new:
        output.write(f"Registered {', '.join(result['nodes'])}: {counted(new, 'new unit')}.")
    if again:
        output.write(f"Inspected again: {counted(again, 'unit')}.")
    if proposal := result.get("proposal"):
        found = caller.get(path_of("proposals", proposal))["result"]
        due = found["needs"]
        these = (
            "a clerk; this line completes it" if len(due) == 1 else "two; these lines complete it"
        )
        output.write(f"Title waits as {proposal} for {these}:")
        write_approvals(caller, proposal, due)
        missing = ", ".join(result["missing_for_p1"])
        output.write(f"Still missing for provenance P1: {missing}.")
