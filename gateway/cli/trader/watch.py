"""The market on a terminal: a ladder once, or any feed as it comes."""

import asyncio
import itertools
import json
from typing import Any, Final

import click

from gateway.cli.confirmed_act import yuan
from gateway.cli.exit_codes import UNAVAILABLE, USAGE, VerbFailed
from gateway.cli.figures import age, counted
from gateway.cli.market_search import FoundMarket, find_market
from gateway.cli.nearest import did_you_mean
from gateway.cli.options import VerbContext, with_context
from gateway.cli.terminal import show_text
from gateway.cli.venue_caller import Problem, VenueCaller, path_of
from gpubourse import wire
from gpubourse.client import Client, connect
from gpubourse.errors import VenueError, VenueProblem

OF_A_MARKET: Final = ("ticker", "book", "trades", "candles")
OF_THE_VENUE: Final = ("instruments",)
OF_A_PARTY: Final = ("orders", "fills", "settlements", "cash", "units")
OF_A_THING: Final = ("ledger",)


@click.command()
@click.argument("market")
@click.option("--depth", type=click.IntRange(1, 50), default=10, show_default=True)
@with_context("venue", "data")
def book(context: VerbContext, market: str, depth: int) -> None:
    """Print the ladder of MARKET once: asks above, bids below, best in the middle.

    \b
    Example:
      gpubourse book T.H100SXM8.A1.CN-BJ
    """
    caller = VenueCaller(context)
    found = find_market(caller, market)
    reply = caller.get(path_of("markets", market, "book"), depth=depth)
    context.output.document(reply)
    if context.is_json:
        return
    levels = reply["result"]
    context.output.table(
        ("", f"{found.unit}>", "a server-month>" if found.is_lease else "a lot>", "lots>"),
        [
            *(_level("ask", found, level, caller) for level in reversed(levels["asks"])),
            *([] if levels["asks"] else [("ask", "no asks", "", "")]),
            *(_level("bid", found, level, caller) for level in levels["bids"]),
            *([] if levels["bids"] else [("bid", "no bids", "", "")]),
        ],
    )
    context.output.write(_in_words(caller, found, levels["phase"]))


def _level(
    side: str, market: FoundMarket, level: list[int], caller: VenueCaller
) -> tuple[str, ...]:
    price_ticks, lots, _, _ = level
    whole = yuan(caller, market.notional(price_ticks, 1))
    return side, market.each(price_ticks), whole, f"{lots:,}"


def _in_words(caller: VenueCaller, market: FoundMarket, phase: str) -> str:
    stands: dict[str, Any] = caller.get(path_of("markets", market.symbol))["result"]
    last = "never traded"
    if stands["last_ticks"] is not None:
        when = age(stands["last_trade_ns"], caller.venue["at_ns"])
        last = f"last {market.price(stands['last_ticks'])}, {when}"
    offered = counted(stands["ask_lots"], "lot")
    return f"{market.symbol} is {phase}: {offered} asked, {stands['bid_lots']:,} bid; {last}."


@click.command()
@click.argument("feeds", nargs=-1, required=True, metavar="FEED…")
@click.option("--count", type=click.IntRange(0), default=0, help="End after so many messages.")
@with_context("venue", "me", "data")
def watch(context: VerbContext, feeds: tuple[str, ...], count: int) -> None:
    """Print every message of FEED as it comes, one JSON line each; resumes after a cut.

    FEED is a channel and its key: ticker/MARKET, book.10.0/MARKET, trades/MARKET,
    candles.1m/MARKET; with --me also orders, fills, settlements, cash of your own party. Ctrl-C
    ends it.

    \b
    Example:
      gpubourse watch book.10.0/T.H100SXM8.A1.CN-BJ
      gpubourse watch fills orders --me trader
    """
    caller = VenueCaller(context)
    wanted = [_full_name(caller, feed) for feed in feeds]
    asyncio.run(_watch(caller, wanted, count))


def _full_name(caller: VenueCaller, feed: str) -> str:
    """A feed with its key: one's own party where only that can be meant. VerbFailed for no feed."""
    channel = feed.partition("/")[0].partition(".")[0]
    if channel not in (*OF_A_PARTY, *OF_A_MARKET, *OF_THE_VENUE, *OF_A_THING):
        known = [*OF_A_MARKET, *OF_THE_VENUE, *OF_A_PARTY, *OF_A_THING]
        advice = f"{did_you_mean(channel, known)} There are: {', '.join(known)}.".strip()
        raise VerbFailed(USAGE, f"There is no feed {feed!r}.", advice)
    if "/" in feed:
        name, _, market = feed.partition("/")
        return f"{name}/{market.upper()}" if channel in OF_A_MARKET else feed
    if channel in OF_A_MARKET:
        raise VerbFailed(
            USAGE,
            f"{feed} is the feed of a market.",
            f"Say {feed}/T.H100SXM8.A1.CN-BJ, or '{feed}/*' for each.",
        )
    if channel in OF_THE_VENUE:
        return f"{feed}/venue"
    if channel in OF_A_THING:
        raise VerbFailed(USAGE, f"{feed} is the feed of one thing.", f"Say {feed}/STREAM.")
    return f"{feed}/{caller.party}"


async def _watch(caller: VenueCaller, feeds: list[str], count: int) -> None:
    """Every feed in a task of its own, until enough was printed or somebody stops it."""
    printed = itertools.count(1)
    enough = asyncio.Event()

    async def follow(client: Client, feed: str) -> None:
        async for message in client.watch(feed):
            if enough.is_set():
                return
            show_text(json.dumps(wire.outward(message), ensure_ascii=False))
            if next(printed) == count:
                enough.set()

    failed: VerbFailed | None = None  # raised outside: 3.11.2 would wrap it in a group of its own
    try:
        async with (
            connect(caller.address, key=caller.key_file) as client,
            asyncio.TaskGroup() as tasks,
        ):
            following = [tasks.create_task(follow(client, feed)) for feed in feeds]
            if count:
                await enough.wait()
                for task in following:
                    task.cancel()
    except* VenueError as errors:
        failed = _failed(errors)
    if failed is not None:
        raise failed


def _failed(errors: BaseExceptionGroup[VenueError]) -> VerbFailed:
    """The first thing that went wrong on one of the feeds."""
    first: BaseException = errors
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    if isinstance(first, VenueProblem):
        return Problem(first.problem)
    return VerbFailed(UNAVAILABLE, f"The venue does not answer ({first}).", "Say it again.")
