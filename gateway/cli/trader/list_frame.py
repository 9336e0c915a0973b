"""What the lists of a terminal have in common: their options, their rows, their table."""

from collections.abc import Callable
from typing import Any, Final, TypeVar, get_args

import click

from gateway.cli.figures import counted, moment
from gateway.cli.market_search import FoundMarket
from gateway.cli.options import VerbContext, with_context
from gateway.cli.trader.empty_lists import EmptyList, none_in_words
from gateway.cli.venue_caller import Rows, VenueCaller

MOST: Final = 10_000  # rows, unless --most says otherwise
NONE: Final = "-"
Cells = Callable[[dict[str, Any]], tuple[Any, ...]]
Verb = TypeVar("Verb", bound=Callable[..., Any])

ROWS_MOST = click.option(
    "--most",
    type=click.IntRange(1, 1_000_000),
    default=MOST,
    show_default=True,
    help="Rows at most; that there are more is said.",
)
FROM = click.option("--from", "from_", default="", metavar="TIME", help="Rows from then on.")
TO = click.option("--to", "to", default="", metavar="TIME", help="Rows before then.")
MARKET = click.option("--market", default="", metavar="MARKET", help="Of that market alone.")
SITE = click.option("--site", default="", metavar="SITE", help="At that site alone.")
PARTY = click.option("--party", default="", metavar="PARTY", help="For oversight: whose.")


def choice(words: Any) -> click.Choice[str]:
    """The words of a closed set, as an option takes them."""
    return click.Choice(get_args(words))


def own_list(*, is_dated: bool = True) -> Callable[[Verb], Verb]:
    """The options of every list of one's own: from when to when, whose, how many, which key."""

    def decorate(verb: Verb) -> Verb:
        verb = with_context("venue", "me", "data")(verb)
        for option in (ROWS_MOST, PARTY, *((TO, FROM) if is_dated else ())):
            verb = option(verb)
        return verb

    return decorate


def own_rows(
    context: VerbContext, path: str, most: int, terms: dict[str, Any]
) -> tuple[VenueCaller, Rows]:
    """The rows of a list that needs a signer."""
    caller = VenueCaller(context)
    caller.must_have_key_file()
    return caller, caller.rows_upto(path, most, **spans(caller, terms))


def spans(caller: VenueCaller, terms: dict[str, Any]) -> dict[str, Any]:
    """The terms of a list as the route takes them: times in nanoseconds."""
    found = dict(terms)
    zone = caller.venue["zone"] if found.get("from_") or found.get("to") else ""
    for name in ("from_", "to"):
        text = found.pop(name, "")
        if text:
            found[name.rstrip("_")] = str(moment(text, zone))
    return found


def write_list(
    caller: VenueCaller,
    found: Rows,
    headings: tuple[str, ...],
    cells: Cells,
    none: EmptyList,
    terms: dict[str, Any],
) -> None:
    """The document, or the table; where the bound cut the list, that is said.

    *terms* are what narrows it. VerbFailed where nothing is listed because they name what the
    venue does not know.
    """
    output = caller.context.output
    empty = "" if found.rows else none_in_words(caller, none, terms)
    output.document({"position": found.position, "rows": found.rows, "next": found.next})
    if not output.is_json:
        if found.rows:
            output.table(headings, [cells(row) for row in found.rows])
        else:
            output.write(empty)
    if found.next is not None:
        shown = counted(len(found.rows), "row")
        output.log(f"Shown: {shown}; there are more: narrow the list, or say --most.")


def specs_by_market(caller: VenueCaller) -> dict[str, dict[str, Any]]:
    """What is traded in each market, by its symbol."""
    return {row["market"]: row for row in caller.rows("/v1/instruments")}


def price_text(caller: VenueCaller, spec: dict[str, Any]) -> Callable[[int], str]:
    """How a price of a market is said; one without a rule yet has no tick."""
    if spec["tick_minor"] is None:
        return lambda _: NONE
    market = FoundMarket(caller, spec)
    return lambda ticks: f"{market.each(ticks)} {market.unit}"


def price(caller: VenueCaller, specs: dict[str, dict[str, Any]], row: dict[str, Any]) -> str:
    """The price of a row of some market, as a person reads it."""
    spec = specs.get(row["market"])
    return NONE if spec is None else price_text(caller, spec)(row["price_ticks"])


def account_of(payment: dict[str, Any]) -> str:
    """The accounts at a bank that a withdrawal goes to; "" where its owner named none."""
    return ", ".join(account for account, _ in payment["legs"] if account)
