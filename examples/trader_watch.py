"""A trader: every trade of a market as it comes, and none missed after a cut of the line.

    python examples/trader_watch.py L.H100SXM8.CN-BJ.2026-12 10

The client reconnects by itself and asks for what it missed; `seq` is a position of the journal.
"""

import argparse
import asyncio
import sys

from gpubourse import VenueError, connect


async def main(market: str, count: int) -> None:
    """Print *count* trades made from now on, then end."""
    async with connect(me="trader") as venue:
        printed = 0
        async for update in venue.watch_trades(market):
            if update.kind == "snapshot":  # what was before: the last 50
                print(f"watching {market} from position {update.seq}", flush=True)
                continue
            for trade in update.body:
                print(trade.trade, trade.lots, "at", trade.price_ticks, flush=True)
                printed += 1
            if printed >= count:
                return


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("market")
    parser.add_argument("trades", type=int)
    given = parser.parse_args()
    try:
        asyncio.run(main(given.market, given.trades))
    except VenueError as error:  # no such market, no venue, …
        sys.exit(str(error))
