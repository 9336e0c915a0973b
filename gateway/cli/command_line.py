"""The command line's contents page: every verb, and the file that holds it."""

import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

import click

from gateway.cli.exit_codes import USAGE, ExitHandler, VerbFailed
from gateway.interpreter import Optimised, must_keep_asserts
from gateway.release import release

# verb -> where it is written; a verb whose file is not there is not offered
VERBS: Final = {
    "run": "gateway.cli.host.run:run",
    "demo": "gateway.cli.host.demo:demo",
    "inspect": "gateway.cli.seller.inspect_report:inspect",
    "import": "gateway.cli.seller.import_report:import_",
    "inventory": "gateway.cli.seller.offers:inventory",
    "sell": "gateway.cli.seller.offers:sell",
    "buy": "gateway.cli.trader.orders:buy",
    "order": "gateway.cli.trader.orders:order",
    "cancel": "gateway.cli.trader.orders:cancel",
    "book": "gateway.cli.trader.watch:book",
    "watch": "gateway.cli.trader.watch:watch",
    "settle": "gateway.cli.offices.settlements:settle",
    "keys": "gateway.cli.offices.keyring:key_files",
    "operator": "gateway.cli.offices.operator:operator",
    "audit": "gateway.cli.auditor.audit:audit",
}


class LazyVerbs(click.Group):
    """A group that imports a verb only when it is called: `inspect` needs no server's parts."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [verb for verb, place in VERBS.items() if find_spec(place.partition(":")[0])]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module, _, name = VERBS.get(cmd_name, "").partition(":")
        if not module or find_spec(module) is None:
            return None
        command = getattr(import_module(module), name)
        assert isinstance(command, click.Command)
        return command

    def main(self, args: Any = None, *rest: Any, **more: Any) -> Any:
        """As click's, but an ending of any kind leaves with the exit codes of WIRE 9."""
        words = list(args) if args is not None else None
        more["standalone_mode"] = False
        with ExitHandler(shows_traceback=_wants_tracebacks(words)):
            _must_keep_asserts()
            code = super().main(words, *rest, **more)
        raise SystemExit(code if isinstance(code, int) else 0)


def _must_keep_asserts() -> None:
    try:
        must_keep_asserts()
    except Optimised as error:
        raise VerbFailed(USAGE, str(error)) from None


def _print_release(ctx: click.Context, _: click.Parameter, is_wanted: bool) -> None:
    if is_wanted:
        click.echo(f"gpubourse, version {release()}")
        ctx.exit()


@click.group(cls=LazyVerbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_release,
    help="Show the version and exit.",
)
def gpubourse() -> None:
    """A register of who owns, leases and pledges every GPU, and the exchange for surplus ones.

    \b
    Begin with one of these:
      gpubourse demo                      a venue with a living market
      gpubourse inspect dump.txt          what your own servers are: identity, grade, reasons
      gpubourse VERB --help               any verb, with an example
    """


def _wants_tracebacks(words: list[str] | None) -> bool:
    return "--debug" in (sys.argv[1:] if words is None else words)
