"""The command line's contents page: every verb, and the file that holds it."""

import os
import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

import click

from gateway.cli.exit_codes import USAGE, ExitHandler, VerbFailed
from gateway.cli.help_pages import no_such_verb, write_sections
from gateway.cli.terminal import noticing_closed_output, show_text
from gateway.interpreter import Optimised, must_keep_asserts
from gateway.release import release

# heading -> verb -> where it is written; a verb whose file is not there is not offered
SECTIONS: Final = {
    "Open a venue": {
        "demo": "gateway.cli.host.demo:demo",
        "run": "gateway.cli.host.run:run",
        "status": "gateway.cli.trader.status:status",
    },
    "Look at the market": {
        "markets": "gateway.cli.trader.market_lists:markets",
        "book": "gateway.cli.trader.watch:book",
        "trades": "gateway.cli.trader.market_lists:trades",
        "watch": "gateway.cli.trader.watch:watch",
    },
    "Trade": {
        "buy": "gateway.cli.trader.orders:buy",
        "sell": "gateway.cli.seller.offers:sell",
        "order": "gateway.cli.trader.orders:order",
        "amend": "gateway.cli.trader.orders:amend",
        "cancel": "gateway.cli.trader.orders:cancel",
        "orders": "gateway.cli.trader.own_lists:orders",
        "fills": "gateway.cli.trader.own_lists:fills",
    },
    "What you own, hire and have": {
        "inspect": "gateway.cli.seller.inspect_report:inspect",
        "import": "gateway.cli.seller.import_report:import_",
        "inventory": "gateway.cli.seller.inventory:inventory",
        "sites": "gateway.cli.trader.own_lists:sites",
        "holdings": "gateway.cli.trader.own_lists:holdings",
        "leases": "gateway.cli.trader.own_lists:leases",
        "cash": "gateway.cli.trader.own_lists:cash",
        "postings": "gateway.cli.trader.own_lists:postings",
        "withdrawals": "gateway.cli.trader.own_lists:withdrawals",
        "settle": "gateway.cli.offices.settlements:settle",
    },
    "Keys, offices, audit": {
        "keys": "gateway.cli.offices.keyring:key_files",
        "operator": "gateway.cli.offices.operator:operator",
        "audit": "gateway.cli.auditor.audit_verbs:audit",
        "log": "gateway.cli.auditor.log_publication:log",
    },
    "This program": {
        "completion": "gateway.cli.completion:completion",
    },
}
VERBS: Final = {verb: place for section in SECTIONS.values() for verb, place in section.items()}
# Where a verb's names and folders come from, beside its own words.
SETTINGS_FROM: Final = (
    *(
        "GPUBOURSE_VENUE",
        "GPUBOURSE_DATA",
        "GPUBOURSE_ME",
        "GPUBOURSE_DATABASE_URL",
        "GPUBOURSE_LANG",
    ),
    *("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"),
)


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

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The verbs in their groups."""
        found = {name: self.get_command(ctx, name) for name in self.list_commands(ctx)}
        write_sections(formatter, SECTIONS, {name: verb for name, verb in found.items() if verb})

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click's; a verb that is not there gets the nearest of all verbs."""
        word = args[0]
        if word not in self.list_commands(ctx) and not word.startswith("-"):
            paths = [" ".join(words) for words in every_verb(self)]
            raise no_such_verb(word, [*self.list_commands(ctx), *paths], ctx)
        return super().resolve_command(ctx, args)

    def make_context(self, *args: Any, **more: Any) -> click.Context:
        """As click's, which would end 1 where the reader of what it prints has left."""
        with noticing_closed_output():
            return super().make_context(*args, **more)

    def invoke(self, ctx: click.Context) -> Any:
        """The same of a verb and its help."""
        with noticing_closed_output():
            return super().invoke(ctx)

    def main(self, args: Any = None, *rest: Any, **more: Any) -> Any:
        """As click's, but an ending of any kind leaves with the exit codes of WIRE 9."""
        words = list(args) if args is not None else None
        more["standalone_mode"] = False
        more["obj"] = tuple(sys.argv[1:] if words is None else words)
        with ExitHandler(shows_traceback=_wants_tracebacks(words)):
            _must_keep_asserts()
            _must_be_text(sys.argv[1:] if words is None else words)
            code = super().main(words, *rest, **more)
        raise SystemExit(code if isinstance(code, int) else 0)


def every_verb(command: click.Command, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Each verb that can be said, as its words."""
    if not isinstance(command, click.Group):
        return [path]
    context = click.Context(command)
    found = [(name, command.get_command(context, name)) for name in command.list_commands(context)]
    return [words for name, verb in found if verb for words in every_verb(verb, (*path, name))]


def _must_keep_asserts() -> None:
    try:
        must_keep_asserts()
    except Optimised as error:
        raise VerbFailed(USAGE, str(error)) from None


def _must_be_text(words: list[str]) -> None:
    """Refuse what this machine's locale did not understand: no name and no path could hold it."""
    settings = [f"{name}={os.environ[name]}" for name in SETTINGS_FROM if name in os.environ]
    for word in (*words, *settings):
        if any("\ud800" <= sign <= "\udfff" for sign in word):
            raise VerbFailed(
                USAGE,
                f"{word} is no text in this machine's encoding, {sys.getfilesystemencoding()}.",
                "Set LC_ALL=C.UTF-8 and say it again, or use plain letters alone.",
            )


def _print_release(ctx: click.Context, _: click.Parameter, is_wanted: bool) -> None:
    if is_wanted:
        show_text(f"gpubourse, version {release()}")
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
    """A register of who owns and leases every GPU, and the exchange for surplus ones.

    \b
    Begin with one of these:
      gpubourse demo                      a venue with a living market
      gpubourse inspect dump.txt          what your own servers are: identity, grade, reasons
      gpubourse status --me NAME          whether a venue is open, who you are, what waits for you
      gpubourse VERB --help               any verb, with an example

    \b
    A venue of your own, from an empty folder to a delivered sale, in this order; each verb's
    --help has the line, and each step says the next:
      run, operator party, operator role, operator tier, keys invite, keys enrol, operator site,
      import, operator provenance file, operator title, sell, operator deposit, buy,
      settle instruct, settle deliver, settle accept, operator withdrawal ask
    """


def _wants_tracebacks(words: list[str] | None) -> bool:
    return "--debug" in (sys.argv[1:] if words is None else words)
