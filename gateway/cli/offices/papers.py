"""Papers and title: what proves where a card comes from, and whose it is."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from gateway.cli.confirmed_act import CLERKS, act, digest_of, path_to
from gateway.cli.figures import counted
from gateway.cli.options import VerbContext, with_context
from gateway.cli.provenance_gaps import gaps_in_words
from gateway.cli.venue_caller import VenueCaller

PAPERS = click.Choice(["invoice", "customs", "origin", "court", "donation"])


@click.command()
@click.argument("things", nargs=-1, required=True, metavar="NODE…")
@click.option("--holder", default="", metavar="PARTY", help="By default whoever signs.")
@click.option("--document", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--basis", type=click.Choice(["opening", "invoice", "court"]), default="opening")
@with_context("venue", "me", "data", "acts")
def title(
    context: VerbContext, things: tuple[str, ...], holder: str, document: Path | None, basis: str
) -> None:
    """Ask for title to NODE (or single units): the registrant asks, a clerk grants.

    Things without papers take two clerks.

    \b
    Example:
      gpubourse operator title n-0001 --me seller
    """
    caller = VenueCaller(context)
    args: dict[str, Any] = {"things": list(things), "basis": basis}
    if holder:
        args["holder"] = holder
    if document:
        args["document_sha256"] = digest_of(document)
    act(
        caller,
        "title.issue",
        "/v1/titles/issue",
        args,
        lambda _: f"{holder or caller.party} has title to {', '.join(things)}.",
        before=f"{holder or caller.party} asks for title to {', '.join(things)} ({basis}).",
    )


@click.group()
def provenance() -> None:
    """Papers that say where a card comes from: filed by its owner, verified by compliance."""


@provenance.command("file")
@click.argument("thing", metavar="NODE")
@click.option("--kind", type=PAPERS, required=True)
@click.option("--document", type=click.Path(path_type=Path), required=True, metavar="FILE")
@click.option(
    "--names-serial/--no-serial", default=False, help="Say it if the paper names the serial."
)
@click.option("--from", "from_name", default="", metavar="NAME", help="Who issued or sold.")
@with_context("venue", "me", "data", "acts")
def file_(
    context: VerbContext, thing: str, kind: str, document: Path, names_serial: bool, from_name: str
) -> None:
    """File a paper for NODE (each of its units) or one unit. Only its digest is sent.

    A purchase counts towards P1 if its paper names the serial number: say --names-serial then.

    \b
    Example:
      gpubourse operator provenance file n-0001 --kind invoice --document inv.pdf --me seller
    """
    args = {
        "kind": kind,
        "document_sha256": digest_of(document),
        "names_serial": names_serial,
        "from_name": from_name,
    }
    act(
        VenueCaller(context),
        "unit.file_provenance",
        path_to("units", thing, "file_provenance"),
        args,
        lambda done: (
            f"Filed for {counted(len(done.get('units', [thing])), 'unit')}: it waits to be "
            "verified."
        ),
        before=lambda preview: _replacing(kind, preview["replaces"]),
        turn=lambda _: (
            "It is a clerk's turn, with the paper itself at hand: "
            + context.line(
                *("operator", "provenance", "verify", thing, "--document", str(document)),
                me=CLERKS[0],
            )
        ),
        unit=thing,
    )


def _replacing(kind: str, stood: Sequence[dict[str, Any]]) -> str:
    """That this very file is on record otherwise; "": it is not, and nothing is asked."""
    if not stood:
        return ""
    before = ", ".join(dict.fromkeys(each["kind"] for each in stood))
    return (
        f"this file is on record for {counted(len(stood), 'unit')} already, as {before}. A file is "
        f"one paper: {kind}, with what is said of the serial now, replaces that."
    )


@provenance.command()
@click.argument("thing", metavar="NODE")
@click.option("--document", type=click.Path(path_type=Path), required=True, metavar="FILE")
@with_context("venue", "me", "data", "acts")
def verify(context: VerbContext, thing: str, document: Path) -> None:
    """Verify a filed paper of NODE: compliance or an inspector has seen the paper itself.

    \b
    Example:
      gpubourse operator provenance verify n-0001 --document inv.pdf --me clerk-1
    """
    act(
        VenueCaller(context),
        "unit.verify_provenance",
        path_to("units", thing, "verify_provenance"),
        {"document_sha256": digest_of(document)},
        lambda done: _provenances(context, thing, done),
        unit=thing,
    )


def _provenances(context: VerbContext, thing: str, done: dict[str, Any]) -> str:
    graded = done.get("provenance", {})
    gaps = sorted({gap for missing in done.get("gaps", {}).values() for gap in missing})
    levels = ", ".join(f"{unit} {level}" for unit, level in graded.items()) or "nothing new"
    return f"Verified: {levels}." + (
        f" Missing for P1: {gaps_in_words(context, thing, gaps, 'HOLDER')}." if gaps else ""
    )
