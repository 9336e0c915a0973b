"""Which of a seller's free things are offered at which price: by class, or by a price list."""

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from gateway.cli.exit_codes import NOT_FOUND, VerbFailed
from gateway.cli.figures import amount_minor, counted
from gateway.cli.market_search import FoundMarket, find_market, lot_codes, model_and_grade
from gateway.cli.seller.fleet_stock import FreeThing, Stock, stock_of
from gateway.cli.seller.price_list import (
    BAD_SHOWN,
    THING,
    BadLine,
    PriceLine,
    PriceList,
    must_be_good,
    read_price_list,
)
from gateway.cli.venue_caller import Problem, VenueCaller, path_of


class FleetTerms(NamedTuple):
    """What `sell` was told of a fleet."""

    site: str
    asset_class: str
    price: str
    prices: Path | None
    month: str
    tif: str
    label: str


class FleetOffer(NamedTuple):
    """One ask for one thing."""

    thing: FreeThing
    market: FoundMarket
    ticks: int

    @property
    def notional_minor(self) -> int:
        return self.market.notional(self.ticks, 1)


class LeftOut(NamedTuple):
    """A thing that is not offered, and why; `code` is the exit code of that."""

    thing: str
    reason: str
    code: int


def offers_of(caller: VenueCaller, terms: FleetTerms, left_out: list[LeftOut]) -> list[FleetOffer]:
    """An ask for each free thing that has a price; none if all that is meant is taken already.

    Raises: VerbFailed for a class that is not there, and a price list that cannot be used.
    """
    stock = stock_of(caller, terms.site, terms.month)
    if terms.prices is None:
        price_minor = amount_minor(terms.price, caller.venue["minor_digits"])
        things = [thing for thing in stock.free if _is_of(thing, terms.asset_class)]
        taken = (each.thing for each in stock.taken.values())
        if not things and not any(_is_of(thing, terms.asset_class) for thing in taken):
            raise VerbFailed(NOT_FOUND, *_none_free(terms, stock))
        return _priced(caller, [(thing, price_minor) for thing in things], terms.month, left_out)
    digits, lang = caller.venue["minor_digits"], caller.context.lang
    prices = read_price_list(terms.prices, digits, lang)
    _must_all_be_known(caller, prices, stock)
    chosen = [
        (thing, line)
        for thing in stock.free
        if (line := prices.price_of(thing.id, thing.asset_class)) is not None
        and (not terms.asset_class or _is_of(thing, terms.asset_class))
    ]
    _must_be_on_tick(caller, prices, chosen, terms.month)
    _log_idle_lines(caller, prices, chosen, stock)
    pairs = [(thing, line.price_minor) for thing, line in chosen]
    return _priced(caller, pairs, terms.month, left_out)


def _is_of(thing: FreeThing, asset_class: str) -> bool:
    """Whether it is of a class or model as people say one: `H100SXM8.A0`, `H100SXM8`, `H100`."""
    model, grade = model_and_grade(asset_class.strip().upper())
    is_of_model = thing.model == model or thing.model in lot_codes(model)
    return is_of_model and (not grade or thing.asset_class.endswith(f".{grade}"))


def _none_free(terms: FleetTerms, stock: Stock) -> tuple[str, str]:
    where = f" at {terms.site}" if terms.site else ""
    counts = Counter(thing.asset_class for thing in stock.free)
    there = ", ".join(f"{number} {name}" for name, number in sorted(counts.items()))
    taken = f", and {counted(len(stock.taken), 'thing')} offered or sold" if stock.taken else ""
    advice = f"Free{where}: {there or 'nothing'}{taken}."
    return f"No {terms.asset_class} of yours is free{where}.", advice


def _priced(
    caller: VenueCaller,
    pairs: Iterable[tuple[FreeThing, int]],
    month: str,
    left_out: list[LeftOut],
) -> list[FleetOffer]:
    """The asks; what has no market is left out."""
    offers = []
    missing: dict[str, Problem] = {}
    for thing, price_minor in pairs:
        symbol = thing.symbol(month)
        if symbol not in missing:
            try:
                market = find_market(caller, symbol)
            except Problem as no:
                missing[symbol] = no
            else:
                offers.append(FleetOffer(thing, market, market.ticks(price_minor, "ask")))
                continue
        left_out.append(LeftOut(thing.id, str(missing[symbol]), missing[symbol].code))
    return offers


def _must_all_be_known(caller: VenueCaller, prices: PriceList, stock: Stock) -> None:
    """Refuse lines that name nothing of the seller's; a slip in a class would price nothing."""
    things = {thing.id for thing in stock.free} | stock.taken.keys()
    models = {name.partition(".")[0] for name in stock.classes}
    known = things | stock.classes | models
    yours = ", ".join(sorted(stock.classes)) or "nothing yet"
    bad: list[BadLine] = []
    for line in prices.lines.values():
        if line.name in known:
            continue
        if THING.fullmatch(line.name):
            wrong = _obstacle_to_sale(caller, line.name, things, len(bad) < BAD_SHOWN)
        elif lot_codes(line.name.partition(".")[0]):
            continue  # a model that is traded, or a grade of it: it prices nothing today
        else:
            wrong = f"you own no {line.name} here; your classes are {yours}"
        bad.append(BadLine(line.line, wrong))
    must_be_good(prices.path, bad)


def _obstacle_to_sale(caller: VenueCaller, thing: str, things: set[str], is_shown: bool) -> str:
    """Why a line may not price *thing*: the card of a board that is sold whole, or not one's own.

    Who is not *told* of it is spared the question.
    """
    if is_shown and thing.startswith("u-"):
        with suppress(Problem):
            node = caller.get(path_of("units", thing))["result"]["node"]
            if node in things:
                return f"{thing} is a card of {node}, whose board is sold whole: name {node}"
    return f"{thing} is not yours here, or has no title yet"


def _must_be_on_tick(
    caller: VenueCaller,
    prices: PriceList,
    chosen: Sequence[tuple[FreeThing, PriceLine]],
    month: str,
) -> None:
    """Refuse prices between two ticks, by line, before anything is sent."""
    bad: dict[int, str] = {}
    for thing, line in chosen:
        if line.line in bad:
            continue
        try:
            find_market(caller, thing.symbol(month)).ticks(line.price_minor, "ask")
        except Problem:
            continue  # no market: it is told beside the thing
        except VerbFailed as no:
            bad[line.line] = f"{line.name}: {str(no).rstrip('.')}"
    must_be_good(prices.path, [BadLine(*each) for each in sorted(bad.items())])


def _log_idle_lines(
    caller: VenueCaller,
    prices: PriceList,
    chosen: Sequence[tuple[FreeThing, PriceLine]],
    stock: Stock,
) -> None:
    """Say which lines price nothing now, and why."""
    used = {line.line for _, line in chosen}
    for line in prices.lines.values():
        if line.line in used:
            continue
        if not line.price_minor:
            caller.context.output.log(
                f"line {line.line}: {line.name} has no price: it is not offered"
            )
            continue
        taken = stock.taken.get(line.name)
        reason = taken.reason if taken else "prices nothing that is free"
        caller.context.output.log(f"line {line.line}: {line.name} {reason}")
