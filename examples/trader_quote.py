"""A trader: what would a bid hold, to the last fen? Then place it, for what stands now.

    python examples/trader_quote.py L.H100SXM8.CN-BJ.2026-12 1

Nothing is sent if no ask stands. What does not trade at once ends at once (`ioc`).
"""

import argparse
import asyncio
import sys

from gpubourse import Refused, VenueError, connect

BP = 10_000


async def main(market: str, lots: int) -> None:
    """The best ask, the cost at that price, the order."""
    async with connect(me="trader") as venue:
        book = await venue.book(market)
        if book.best_ask is None:
            print(f"{market}: nobody offers")
            return
        ticks = book.best_ask.price_ticks
        rule = await venue.instrument(market)
        assert rule.tick_minor is not None, "no rule is in force there"
        assert rule.fee_bp is not None, "no rule is in force there"
        notional = ticks * rule.tick_minor * rule.lot_size * lots
        rates = rule.fee_bp.bid
        fee = notional * max(0, rates.maker, rates.taker, rates.flat) // BP  # the dearest role
        deposit = notional * (rule.deposit_bp or 0) // BP
        print(
            f"{lots} lots at {ticks} ticks hold {notional + fee + deposit} fen: "
            f"rent or price {notional}, fee {fee}, deposit {deposit}"
        )

        try:
            order = await venue.place(
                market=market, side="bid", price_ticks=ticks, lots=lots, time_in_force="ioc"
            )
        except Refused as no:  # too little cash, the market is closed, …: `code` says which
            print(f"refused: {no.code}")
            return
        paid = sum(fill.notional_minor + fill.fee_minor for fill in order.fills)
        print(f"{order.order} is {order.state}: {order.filled_lots} lots for {paid} fen")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("market")
    parser.add_argument("lots", type=int)
    given = parser.parse_args()
    try:
        asyncio.run(main(given.market, given.lots))
    except VenueError as error:  # no such market, no venue, …
        sys.exit(str(error))
