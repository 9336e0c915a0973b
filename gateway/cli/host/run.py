"""`gpubourse run`: an own venue in this process, until Ctrl-C."""

import asyncio
import signal
import sys
from pathlib import Path
from typing import Any

import click

from gateway.cli.evidence.attached_journal import database_url
from gateway.cli.evidence.policy_files import WITNESSES, policy_with_addresses
from gateway.cli.exit_codes import (
    INTERRUPTED,
    NOT_ALLOWED,
    UNAVAILABLE,
    USAGE,
    VerbFailed,
    another_folder,
    machine_fault_code,
)
from gateway.cli.options import VerbContext, with_context
from gateway.cli.output import Output
from gateway.cli.terminal import show_text
from gateway.server.server import CannotOpen, VenueServer, open_server
from gateway.settings import Limits, Settings
from gateway.wire import NUMBER_MOST
from gpubourse.key_files import KeyFileError
from gpubourse.places import default_folder
from ledger.shapes import whole_number


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--port", type=click.IntRange(0, 65_535), default=8470, show_default=True)
@click.option("--metrics-port", type=click.IntRange(0, 65_535), default=8471, show_default=True)
@click.option("--tls-cert", default="", metavar="FILE", help="PEM with certificate and key.")
@click.option(
    "--behind-proxy",
    "proxies",
    multiple=True,
    metavar="ADDRESS",
    help="The IP address of a proxy that speaks TLS and names the callers; may be repeated.",
)
@click.option(
    "--limit",
    "limits",
    multiple=True,
    metavar="NAME=NUMBER",
    help="Set a limit, by its name in GET /v1/venue; may be repeated.",
)
@click.option("--holders", default="", metavar="NAME,NAME", help="Who hold the first two keys.")
@click.option("--accept-jump", is_flag=True, help="The clock is right, though far ahead.")
@click.option("--no-log", "is_without_log", is_flag=True, help="Publish no transparency log.")
@WITNESSES
@with_context("data")
def run(
    context: VerbContext,
    host: str,
    port: int,
    metrics_port: int,
    tls_cert: str,
    proxies: tuple[str, ...],
    limits: tuple[str, ...],
    holders: str,
    accept_jump: bool,
    is_without_log: bool,
    witnesses: Path | None,
) -> None:
    """Open a venue of your own on this machine, with a PostgreSQL of its own in DATA.

    The first start makes the keys of two clerks, clerk-1 and clerk-2, and asks whose they are.
    GPUBOURSE_DATABASE_URL uses a database server instead.

    \b
    Example:
      gpubourse run --holders "Chen Jing,Zhao Lei"
    """
    folder = context.data or default_folder("run")
    settings = Settings(
        data_folder=folder,
        database_url=database_url(),
        host=host,
        port=port,
        metrics_port=metrics_port,
        tls_cert=tls_cert,
        proxies=proxies,
        holders=_holders(holders, folder),
        accept_jump=accept_jump,
        publishes_log=not is_without_log,
        witness_policy=_witness_policy(witnesses, is_without_log=is_without_log),
    )
    try:
        asyncio.run(_serve(settings, _limits(limits), context.output))
    except CannotOpen as error:
        raise VerbFailed(code_of(error), str(error), other_folder(error)) from error


def _witness_policy(path: Path | None, *, is_without_log: bool) -> bytes:
    """The policy's bytes, once they are read; VerbFailed for none, and beside --no-log."""
    if path is None:
        return b""
    if is_without_log:
        raise VerbFailed(USAGE, "--witnesses cosign a log.", "Leave out --no-log, or --witnesses.")
    policy_with_addresses(path)
    return path.read_bytes()


def _holders(text: str, folder: Path) -> tuple[str, str]:
    """Two names; asked for where a person sits there and no keys have been made yet."""
    if not text and sys.stdin.isatty() and not (folder / "keys").is_dir():
        show_text("Two people hold this venue's first two keys: what matters here takes both.")
        return click.prompt("Name of the first clerk"), click.prompt("Name of the second clerk")
    names = [name.strip() for name in text.split(",")] if text else ["", ""]
    if len(names) != 2 or (text and not all(names)):
        raise VerbFailed(USAGE, f"--holders {text!r} is not two names.", "Say --holders NAME,NAME.")
    return names[0], names[1]


def _limits(texts: tuple[str, ...]) -> Limits:
    """The limits, with those that were set."""
    given = {}
    for text in texts:
        name, _, number = text.partition("=")
        limit = whole_number(number, NUMBER_MOST)
        if name not in Limits.__struct_fields__ or limit is None:
            raise VerbFailed(
                USAGE, f"--limit {text!r} sets no limit.", "Say NAME=NUMBER: WIRE 7 has the names."
            )
        given[name] = limit
    try:
        return Limits(**given)
    except ValueError as error:
        raise VerbFailed(USAGE, f"--limit: {error}.") from None


def code_of(error: CannotOpen) -> int:
    """A wrong flag, a place that cannot be used, a key likewise, or a world that is not there."""
    if error.__cause__ is None:
        return USAGE
    if isinstance(error.__cause__, OSError):
        return machine_fault_code(error.__cause__)
    return NOT_ALLOWED if isinstance(error.__cause__, KeyFileError) else UNAVAILABLE


def other_folder(error: CannotOpen) -> str:
    """How another data folder is named, where the usual one cannot be used; "" otherwise."""
    below = error.__cause__
    return another_folder(below).strip() if isinstance(below, OSError) else ""


async def _serve(settings: Settings, limits: Limits, output: Output) -> None:
    """Open the venue, write its address, and close it in order when a signal comes."""
    ended: asyncio.Future[signal.Signals] = asyncio.get_running_loop().create_future()
    for wanted in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(wanted, _keep_signal, ended, wanted)
    opening = asyncio.create_task(open_server(settings, log=output.server_log, limits=limits))
    both: set[asyncio.Future[Any]] = {opening, ended}
    await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    if not opening.done():
        opening.cancel()
        await asyncio.wait({opening})
        raise VerbFailed(INTERRUPTED, "Interrupted before the venue was open; nothing was lost.")
    server = await opening
    try:
        _write_address(server, settings, output)
        await server.until_over(ended)
    finally:
        await server.close()
    if server.engine.stop_reason:
        raise VerbFailed(UNAVAILABLE, server.engine.stop_reason)
    output.log(
        f"Closed at position {server.engine.head:,}. To prove the books: gpubourse audit verify "
        f"--data {settings.data_folder} --expect {server.engine.commits.last.pair}"
    )
    if ended.result() is signal.SIGINT:
        raise SystemExit(INTERRUPTED)


def _keep_signal(ended: "asyncio.Future[signal.Signals]", which: signal.Signals) -> None:
    if not ended.done():
        ended.set_result(which)


def _write_address(server: VenueServer, settings: Settings, output: Output) -> None:
    register = server.engine.venue.register
    output.document(
        {
            "url": server.url,
            "venue": register.venue,
            "position": server.engine.head,
            "metrics_port": server.metrics_port,
            "data": str(settings.data_folder),
        }
    )
    output.write(f"{register.venue} is open at {server.url} (Ctrl-C closes it)")
