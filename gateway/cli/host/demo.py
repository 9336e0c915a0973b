"""`gpubourse demo`: a venue with a made history and a living market, to look at and to try."""

import asyncio
import os
import shlex
import threading
from datetime import datetime
from pathlib import Path
from typing import Final

import click
from click.core import ParameterSource

from gateway.cli.exit_codes import INTERRUPTED, UNAVAILABLE, USAGE, VerbFailed
from gateway.cli.figures import counted, money
from gateway.cli.host.run import code_of, other_folder
from gateway.cli.options import VerbContext, setting, with_context
from gateway.cli.output import Output
from gateway.cli.seller.import_report import import_report
from gateway.cli.seller.report_files import NamedReport, inspected, left_out, named_reports
from gateway.cli.venue_caller import VenueCaller
from gateway.demo.folder import DemoOrigin, NotADemo
from gateway.demo.headless import START_NS, headless
from gateway.demo.live_demo import DemoOptions, StoppedForGood, live
from gateway.demo.past import local_midnight_ns
from gateway.demo.preparation import Interrupted, PreparationProgress, PreparedDemo
from gateway.machine_faults import must_be_writable
from gateway.server.server import CannotOpen, VenueServer
from gpubourse.places import default_folder
from ledger.durations import SECOND_NS
from ledger.ids import PartyId
from ledger.journal.protocol import Deposed, JournalUnavailable
from ledger.records import Node
from ledger.register import Register

SEED: Final = 8470
DAYS: Final = 180
DAYS_MOST: Final = 2_000
LOG_EVERY_DAYS: Final = 20
SHOWN: Final = "L.H100SXM8.CN-BJ"  # the market that README and this verb show
# What one half of the verb takes, and the other would not heed.
LIVE_ALONE: Final = {"speed": "--speed", "port": "--port", "dump": "--dump"}
HEADLESS_ALONE: Final = {"start": "--start", "is_resumed": "--resume"}


@click.command()
@click.option("--headless", "is_headless", is_flag=True, help="Make days, print figures, end.")
@click.option("--days", type=click.IntRange(1, DAYS_MOST), default=DAYS, show_default=True)
@click.option("--seed", type=click.IntRange(0, 2**53 - 1), default=SEED, show_default=True)
@click.option("--start", default="", metavar="TIME", help="Midnight of the first day, RFC 3339.")
@click.option("--resume", "is_resumed", is_flag=True, help="Headless: go on with what is there.")
@click.option("--speed", type=click.IntRange(0, 3_600), default=60, show_default=True)
@click.option("--port", type=click.IntRange(0, 65_535), default=8470, show_default=True)
@click.option(
    "--dump",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Import this report as the seller's, and open on its node.",
)
@with_context("data", "lang")
def demo(
    context: VerbContext,
    is_headless: bool,
    days: int,
    seed: int,
    start: str,
    is_resumed: bool,
    speed: int,
    port: int,
    dump: Path | None,
) -> None:
    """A venue with half a year behind it and a market that goes on.

    \b
    Example:
      gpubourse demo
      gpubourse demo --headless --days 90 --seed 7 --json
    """
    _must_have_an_effect(is_headless)
    reports = _brought_along(context, dump)
    folder = context.data or default_folder("demo")
    database_url = setting_url()
    must_be_writable(folder)
    try:
        if is_headless:
            _headless(
                context, folder, database_url, days, DemoOrigin(seed, _start_ns(start)), is_resumed
            )
        else:
            _live(context, folder, database_url, days, seed, speed, port, reports)
    except NotADemo as error:
        raise VerbFailed(USAGE, str(error)) from None
    except CannotOpen as error:
        raise VerbFailed(code_of(error), str(error), other_folder(error)) from None
    except (JournalUnavailable, Deposed) as error:
        raise VerbFailed(UNAVAILABLE, f"The journal is not to be had: {error}.") from None


def _must_have_an_effect(is_headless: bool) -> None:
    """Refuse an option that the other half of this verb takes."""
    context = click.get_current_context()
    strangers = [
        option
        for name, option in (LIVE_ALONE if is_headless else HEADLESS_ALONE).items()
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE
    ]
    if strangers:
        other = "with" if is_headless else "without"
        raise VerbFailed(
            USAGE, f"{strangers[0]} means nothing {other} --headless.", "Leave it out."
        )


def _live(
    context: VerbContext,
    folder: Path,
    database_url: str,
    days: int,
    seed: int,
    speed: int,
    port: int,
    reports: list[NamedReport],
) -> None:
    """Say each step, the address when it is ready, three links, and at the end one line."""
    output = context.output
    days_logged = 0

    def begin(total: int) -> None:
        output.log(f"history: making {total} days")

    def reach(stand: int) -> None:
        nonlocal days_logged
        if stand >= days_logged + LOG_EVERY_DAYS:
            days_logged = stand
            output.log(f"history: {stand} days")

    def ready(server: VenueServer, made: PreparedDemo, links: dict[str, str]) -> None:
        if made.origin.seed != seed:
            output.log(f"This demo goes on with its own seed, {made.origin.seed}")
        output.write(f"gpubourse is open at {server.url}")
        output.document({"url": server.url, "data": str(folder), "links": links})
        parties = {seat.name: PartyId(seat.key_file.party) for seat in made.seats}
        for name, link in links.items():
            seat = seat_in_words(server.engine.venue.register, name, parties[name])
            output.log(f"  {seat}: {link}")
        output.log(
            "  The demo's market acts for everybody: its offices grant titles and answer papers. "
            "What a seat has sold it delivers, with that seat's key."
        )
        if line := _line_to_try(server, folder):
            output.log(f"  a month that is open: {line}")
        if reports:
            threading.Thread(target=_brought, args=(output, folder, server.url, reports)).start()

    try:
        terms = DemoOptions(folder, database_url, days, seed, speed, port)
        ended = asyncio.run(
            live(terms, PreparationProgress(output.server_log, begin, reach), ready)
        )
    except Interrupted:
        raise VerbFailed(
            INTERRUPTED, "Interrupted: the days made so far stand.", "`gpubourse demo` goes on."
        ) from None
    except StoppedForGood as error:
        raise VerbFailed(UNAVAILABLE, str(error)) from None
    figures = "; its engine was being rebuilt"
    if ended.trades is not None:
        proof = (
            "books sum to 0"
            if not ended.sum_minor
            else f"books sum to {money(ended.sum_minor)}: a bug"
        )
        figures = f" after {ended.trades:,} trades; {proof}"
    output.write(
        f"Ended at position {ended.commit.last_position:,}{figures}. "
        f"Proof: gpubourse audit verify --data {shlex.quote(str(folder))} "
        f"--expect {ended.commit.pair}"
    )


def seat_in_words(register: Register, name: str, party: PartyId) -> str:
    """A seat with what is its party's now: earlier visitors may have traded, and registered."""
    match name:
        case "trader":
            available = money(register.available_minor(party), digits=register.minor_digits)
            return f"the trader's seat, with {available} available"
        case "seller":
            stand = sum(register.sites[node.site].operator == party for node in _placed(register))
            hall = f"a hall in Beijing and {counted(stand, 'node')} in it" if stand else ""
            return f"the seller's seat, with {hall or 'an empty hall in Beijing'}"
    return "the auditor's seat, which reads everything"


def _placed(register: Register) -> list[Node]:
    """The nodes that stand somewhere."""
    return [node for node in register.nodes.values() if node.site]


def _line_to_try(server: VenueServer, folder: Path) -> str:
    """Hires eight H100 in Beijing in the first month that still trades, at today's price.

    "" if nothing of it was ever offered or let. It names the folder with its keys and its address,
    so that it can be pasted into any terminal.
    """
    venue, now_ns = server.engine.venue, server.engine.at_ns
    open_months = [
        symbol
        for symbol, market in venue.markets.items()
        if symbol.startswith(f"{SHOWN}.")
        and market.spec.last_trade_ns is not None
        and now_ns < market.spec.last_trade_ns
    ]
    for symbol in sorted(open_months):
        market = venue.markets[symbol]
        ticks = market.book.asks.best_ticks or market.last_ticks
        if not ticks or market.rule is None:
            continue
        yuan = -(-market.notional_minor(ticks, 1) // 10**venue.register.minor_digits)
        terms = ["8", SHOWN.split(".")[1], symbol.rpartition(".")[2], "CN-BJ"]
        given = ["--limit", str(yuan), "--me", "trader", "--data", str(folder.absolute())]
        return shlex.join(["gpubourse", "buy", *terms, *given])
    return ""


def _brought_along(context: VerbContext, dump: Path | None) -> list[NamedReport]:
    """The reports of the visitor's file, read before a venue is made; [] without a file.

    Raises: VerbFailed with its reason for a file of which nothing could be registered.
    """
    if dump is None:
        return []
    good: list[NamedReport] = []
    refused: list[VerbFailed] = []
    for report in named_reports((dump,), context.lang):
        try:
            found = inspected(report, context.lang)
            if not found.units:
                left = left_out(found.rejected, context.lang)
                raise VerbFailed(
                    USAGE, f"{report.name} holds no unit that could be registered:", left
                )
        except VerbFailed as no:
            refused.append(no)
        else:
            good.append(report)
            context.output.log(f"{report.name}: {' '.join(found.sentences)}")
    if not good:
        words = "\n".join(map(str, refused))
        raise VerbFailed(USAGE, f"{words}\nThe demo was not begun.")
    for bad in refused:
        context.output.log(str(bad))
    return good


def _brought(output: Output, folder: Path, url: str, reports: list[NamedReport]) -> None:
    """The visitor's own reports, registered at the seller's site as the seller would."""
    context = VerbContext(output=output, venue=url, me="seller", data=folder, is_yes=True)
    try:
        caller = VenueCaller(context)
        sites = [site["site"] for site in caller.rows("/v1/sites", party=caller.party)]
    except VerbFailed as no:
        output.log(f"Your reports were not imported: {no}")
        return
    for report in reports:
        try:
            reply = import_report(caller, report, sites[0], None)
        except VerbFailed as no:
            output.log(str(no))
            continue
        for node in reply["result"].get("nodes", []):
            output.write(f"Your node: {url}#/thing/{node}")


def _headless(
    context: VerbContext,
    folder: Path,
    database_url: str,
    days: int,
    origin: DemoOrigin,
    is_resumed: bool,
) -> None:
    with context.output.progress("days", days) as steps:
        made = headless(
            folder,
            database_url,
            days,
            origin,
            is_resumed=is_resumed,
            log=context.output.log,
            reach=steps.reach,
        )
    context.output.document(made)
    if not context.is_json:
        context.output.write(
            f"{made['days']} days: {made['positions']:,} positions, {made['orders']:,} orders, "
            f"{made['trades']:,} trades, {made['settled']:,} settled; state {made['state_hash']}"
        )


def _start_ns(text: str) -> int:
    if not text:
        return START_NS
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise VerbFailed(
            USAGE, f"--start {text!r} is no time.", "Write it as 2024-11-15T00:00+08:00."
        ) from None
    if instant.tzinfo is None:
        raise VerbFailed(USAGE, "--start has no zone.", "Write it as 2024-11-15T00:00+08:00.")
    start_ns = int(instant.timestamp()) * SECOND_NS
    if start_ns != local_midnight_ns(start_ns):
        raise VerbFailed(USAGE, "--start is not a midnight in Asia/Shanghai.", "Name one.")
    return start_ns


def setting_url() -> str:
    """The database of GPUBOURSE_DATABASE_URL or the settings file; "" means the embedded one."""
    return os.environ.get("GPUBOURSE_DATABASE_URL") or setting("database_url")
