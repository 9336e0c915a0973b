"""From a title's trade to its passing: delivery ordered, confirmed, and looked at before a yes."""

from pathlib import Path
from typing import Any, NamedTuple

import click

from gateway.cli.confirmed_act import act, digest_of, path_to, when, yuan
from gateway.cli.exit_codes import REFUSED, USAGE, VerbFailed
from gateway.cli.figures import is_are
from gateway.cli.options import VerbContext, with_context
from gateway.cli.seller.report_files import in_words, read_report_file
from gateway.cli.venue_caller import VenueCaller
from gateway.contract.page_words import in_page_words
from ledger.inspection.report_inspection import InspectedUnit, inspect_report
from ledger.inventory import Unreadable
from ledger.settlement.acceptance import strong_key
from ledger.things.grade import worst

OVER = ("settled", "unwound")


@click.group()
def settle() -> None:
    """Bought or sold titles on their way: what is due, by whom, until when.

    What is delivered is accepted without a word from its buyer when the time to inspect is over: a
    buyer who finds something wrong tells a clerk of the venue before.
    """


@settle.command("list")
@click.option("--all", "is_all", is_flag=True, help="Those that are over, too.")
@with_context("venue", "me", "data")
def list_(context: VerbContext, is_all: bool) -> None:
    """List your trades that are not settled yet, what is next in each, and what happens else.

    Silence of the buyer accepts what was delivered: title passes, and the money is paid. If
    something is wrong, tell a clerk of the venue before: the clerk says `operator fail`.

    \b
    Example:
      gpubourse settle list --me trader
    """
    caller = VenueCaller(context)
    me = caller.party
    every = list(caller.rows("/v1/settlements"))
    rows = [row for row in every if is_all or row["state"] not in OVER]
    context.output.document({"position": caller.position, "rows": rows, "next": None})
    if not rows:
        over = f"those that are over: {context.line('settle', 'list', '--all')}"
        none = f"nothing was bought or sold for good yet. Next: {context.line('fills')}"
        context.output.write(f"No settlements are waiting; {over if every else none}")
        return
    context.output.table(
        ("settlement", "state", "things", "side", "amount>", "next"),
        [
            (
                row["settlement"],
                row["state"],
                ", ".join(row["nodes"] + row["units"]),
                "buy" if row["buyer"] == me else "sell",
                yuan(caller, row["notional_minor"]),
                _next(caller, row),
            )
            for row in rows
        ],
    )
    for words, names in _in_silence(rows, me).items():
        context.output.write(f"{', '.join(names)}: {words}")


def _in_silence(rows: list[dict[str, Any]], me: str) -> dict[str, list[str]]:
    """What its clock does where nobody acts in time, in words; and of which settlements."""
    found: dict[str, list[str]] = {}
    for row in rows:
        if row["state"] not in OVER:
            found.setdefault(in_silence(row["state"], row["buyer"] == me), []).append(
                row["settlement"]
            )
    return found


def in_silence(state: str, is_buyer: bool) -> str:
    """What befalls a settlement in this state when its time is over, in the page's words."""
    you = "_you" if state == "inspecting" and is_buyer else ""
    return in_page_words("settlement", f"then_{state}{you}")


def _next(caller: VenueCaller, row: dict[str, Any]) -> str:
    match row["state"]:
        case "open":
            return f"the seller instructs delivery until {when(caller, row['due_ns'])}"
        case "delivering":
            return f"the custodian confirms delivery until {when(caller, row['due_ns'])}"
        case "inspecting":
            return f"the buyer inspects until {when(caller, row['inspect_until_ns'])}"
        case "failed":
            return f"the seller cures it until {when(caller, row['cure_until_ns'])}"
    return ""


@settle.command()
@click.argument("settlement")
@click.option("--mode", type=click.Choice(["in_place", "carrier"]), default="in_place")
@click.option("--to-site", default="", metavar="SITE", help="Where a carrier takes it.")
@with_context("venue", "me", "data", "acts")
def instruct(context: VerbContext, settlement: str, mode: str, to_site: str) -> None:
    """Order the delivery of what was sold, as its seller. Also cures a failed one.

    \b
    Example:
      gpubourse settle instruct x-000031 --me seller
    """
    act(
        VenueCaller(context),
        "settlement.instruct",
        path_to("settlements", settlement, "instruct"),
        {"mode": mode, "to_site": to_site},
        lambda done: f"{settlement} is to be delivered ({mode}).",
        turn=lambda _: (
            "It is the turn of the custodian, who holds what was sold: "
            + context.line("settle", "deliver", settlement, me="CUSTODIAN")
        ),
        settlement=settlement,
    )


@settle.command()
@click.argument("settlement")
@click.option(
    "--receipt", type=click.Path(path_type=Path), metavar="FILE", help="Its digest is kept."
)
@with_context("venue", "me", "data", "acts")
def deliver(context: VerbContext, settlement: str, receipt: Path | None) -> None:
    """Confirm as the custodian that the buyer may inspect what he bought.

    \b
    Example:
      gpubourse settle deliver x-000031 --me seller
    """
    caller = VenueCaller(context)
    act(
        caller,
        "settlement.confirm",
        path_to("settlements", settlement, "confirm"),
        {"receipt_sha256": digest_of(receipt) if receipt else ""},
        lambda done: (
            f"{settlement} is delivered; the buyer inspects until "
            f"{when(caller, done['inspect_until_ns'])}."
        ),
        turn=lambda _: (
            "It is the buyer's turn, to accept what came: "
            + context.line("settle", "accept", settlement, "--report", "FILE", me="BUYER")
            + f"\n{in_silence('inspecting', is_buyer=False)}"
        ),
        settlement=settlement,
    )


@settle.command()
@click.argument("settlement")
@click.option("--report", type=click.Path(path_type=Path), metavar="FILE", help="Your own dump.")
@with_context("venue", "me", "data", "acts")
def accept(context: VerbContext, settlement: str, report: Path | None) -> None:
    """Accept what was delivered: title passes to you, and your money to the seller.

    Without a word from you it is accepted all the same when the time to inspect is over (`settle
    list` says when): if something is wrong, tell a clerk of the venue before.

    With --report the cards in your own dump are compared with those sold, first here and then by
    the venue; a strange one is named, and nothing is signed.

    \b
    Example:
      nvidia-smi -q > received.txt
      gpubourse settle accept x-000031 --report received.txt --me trader
    """
    caller = VenueCaller(context)
    caller.must_have_key_file()
    terms = caller.get(path_to("settlements", settlement))["result"]
    raw, check = (
        b"",
        "no card was compared (--report FILE compares your own dump with what was sold)",
    )
    if report:
        raw, shown = _shown(report, caller.context.lang)
        sight = _compare(_sold(caller, terms), shown)
        if sight.strange or sight.missing:
            raise VerbFailed(REFUSED, sight.in_words, "Nothing was signed.")
        check = sight.in_words
    sold = terms["nodes"] + terms["units"]
    things = ", ".join(sold)
    fee = terms["seller_fee_minor"]
    less = f", less a fee of {yuan(caller, fee)}" if fee else ""
    act(
        caller,
        "settlement.accept",
        path_to("settlements", settlement, "accept"),
        {},
        lambda _: f"{settlement} is settled: {things} {is_are(len(sold))} yours.",
        then=lambda _: (context.line("holdings"),),
        before=(
            f"{settlement}: {check}. Accepting passes title to {things} to {terms['buyer']}, and "
            f"{yuan(caller, terms['notional_minor'])} from escrow to {terms['seller']}{less}."
        ),
        raw=raw,
        settlement=settlement,
    )


class _ReportMatch(NamedTuple):
    """A buyer's report beside what was sold."""

    matching: list[str]
    missing: list[str]
    strange: list[str]
    grade_sold: str
    grade_found: str

    @property
    def in_words(self) -> str:
        count = len(self.matching) + len(self.missing)
        if self.missing or self.strange:
            sentence = f"units_differ: {len(self.matching)} of {count} match."
            if self.strange:
                sentence += f" Not sold to you: {', '.join(self.strange)}."
            return f"{sentence} Not in your report: {', '.join(self.missing) or 'none'}."
        grade = (
            "same grade"
            if self.grade_found == self.grade_sold
            else f"grade {self.grade_found} in your report, sold as {self.grade_sold}"
        )
        return f"{count} of {count} match, {grade}"


def _compare(sold: dict[str, str], shown: dict[str, InspectedUnit]) -> _ReportMatch:
    """Cards by their keys: sold ones with their grades, and those that the report shows."""
    matching = [card for card in sold if card in shown]
    return _ReportMatch(
        matching=matching,
        missing=[card for card in sold if card not in shown],
        strange=[card for card in shown if card not in sold],
        grade_sold=max(sold.values(), default=""),  # A < B < C < U
        grade_found=worst(shown[card].grade.letter for card in matching) if matching else "",
    )


def _sold(caller: VenueCaller, terms: dict[str, Any]) -> dict[str, str]:
    rows = [row for node in terms["nodes"] for row in caller.rows("/v1/units", node=node)]
    rows += [caller.get(path_to("units", unit))["result"] for unit in terms["units"]]
    return {
        _strong_key(row): row["grade"] for row in rows if row["state"] not in ("retired", "merged")
    }


def _strong_key(row: dict[str, Any]) -> str:
    if row["serial"] and row["board_part_number"]:
        return strong_key(row["vendor"], row["serial"], row["board_part_number"])
    return str(row["uuid"])


def _shown(path: Path, lang: str) -> tuple[bytes, dict[str, InspectedUnit]]:
    """The report as it is, and the cards in it by their keys. Raises: VerbFailed."""
    try:
        raw = read_report_file(path)
        found = inspect_report(raw)
    except Unreadable as error:
        raise VerbFailed(USAGE, in_words(str(path), error, lang)) from None
    return raw, {
        strong_key(*unit.identity.strong_key)
        if unit.identity.strong_key
        else unit.identity.uuid or "": unit
        for unit in found.units
    }
