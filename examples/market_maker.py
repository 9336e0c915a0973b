"""A market maker: one bid and one ask around a price, moved when somebody takes one of them.

    python examples/market_maker.py L.H100SXM8.CN-BJ.2026-12 1300 20 100 --me seller

A middle price and half a spread in ticks, and how many trades to make. It takes a party with cash
for the bid and a free server for the ask. Its orders end with its line, should it die.
"""

import argparse
import asyncio
import sys

from gpubourse import Client, VenueError, connect


async def quote(venue: Client, market: str, middle: int, half: int) -> None:
    """Both sides anew, each for one lot and never taking what stands."""
    await venue.cancel_all(market=market)
    bid = await venue.place(
        market=market, side="bid", price_ticks=middle - half, lots=1, post_only="reject"
    )
    ask = await venue.place(
        market=market, side="ask", price_ticks=middle + half, lots=1, post_only="reject"
    )
    for order in (bid, ask):
        print(f"{order.order}: {order.side} at {order.price_ticks}", flush=True)


async def main(me: str, market: str, middle: int, half: int, trades: int) -> None:
    """Lean away from what was just done: sold, so ask more; bought, so bid less."""
    async with connect(me=me, cancel_on_disconnect=True, grace_ms=3_000) as venue:
        done = 0
        async for update in venue.watch_orders():
            taken = [
                order for order in update.body if order.market == market and order.state == "filled"
            ]
            for order in taken:
                print(f"{order.order} is filled at {order.price_ticks}", flush=True)
                middle += half if order.side == "ask" else -half
            done += len(taken)
            if done >= trades:
                break
            if taken or update.kind == "snapshot":  # the first message: begin
                await quote(venue, market, middle, half)
        await venue.cancel_all(market=market)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("market")
    parser.add_argument("middle", type=int)
    parser.add_argument("half", type=int)
    parser.add_argument("trades", type=int)
    parser.add_argument("--me", default="seller")
    given = parser.parse_args()
    try:
        asyncio.run(main(given.me, given.market, given.middle, given.half, given.trades))
    except VenueError as error:  # no such market, no venue, …
        sys.exit(str(error))
