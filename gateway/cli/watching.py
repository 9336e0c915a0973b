"""Looking at a market: its ladder once."""

from typing import Any

import click

from gateway.cli.caller import Caller, path_of
from gateway.cli.figures import age
from gateway.cli.markets import Market, find_market
from gateway.cli.settings import Frame, framed


@click.command()
@click.argument("market")
@click.option("--depth", type=click.IntRange(1, 50), default=10, show_default=True)
@framed("venue")
def book(frame: Frame, market: str, depth: int) -> None:
    """Print the ladder of MARKET once: asks above, bids below, best in the middle.

    \b
    Example:
      gpubourse book T.H100SXM8.A1.CN-BJ
    """
    caller = Caller(frame)
    found = find_market(caller, market)
    reply = caller.get(path_of("markets", market, "book"), depth=depth)
    frame.voice.document(reply)
    if frame.is_json:
        return
    levels = reply["result"]
    frame.voice.table(
        ("", "price>", "lots>", "orders>"),
        [
            *(_level("ask", found, level) for level in reversed(levels["asks"])),
            *([] if levels["asks"] else [("ask", "no asks", "", "")]),
            *(_level("bid", found, level) for level in levels["bids"]),
            *([] if levels["bids"] else [("bid", "no bids", "", "")]),
        ],
    )
    frame.voice.say(_in_words(caller, found, levels["phase"]))


def _level(side: str, market: Market, level: list[int]) -> tuple[str, str, str, str]:
    price_ticks, lots, orders, _ = level
    return side, market.price(price_ticks), f"{lots:,}", f"{orders:,}"


def _in_words(caller: Caller, market: Market, phase: str) -> str:
    stands: dict[str, Any] = caller.get(path_of("markets", market.symbol))["result"]
    last = "never traded"
    if stands["last_ticks"] is not None:
        when = age(stands["last_trade_ns"], caller.venue["at_ns"])
        last = f"last {market.price(stands['last_ticks'])}, {when}"
    return (
        f"{market.symbol} is {phase}: {stands['ask_lots']:,} lots asked, "
        f"{stands['bid_lots']:,} bid; {last}."
    )
