"""A seller: what does a dump show? Register it, ask for title, offer the server at a price.

    python examples/seller_offer.py dump.txt 98000

The price is in yuan a GPU. Title is granted by the venue's clerks: in a demo within a minute.
"""

import argparse
import asyncio
import sys
from pathlib import Path

from gpubourse import Refused, VenueError, connect


async def main(dump: Path, yuan: int) -> None:
    """Look first (a dry run writes nothing), then do it."""
    raw = dump.read_bytes()
    async with connect(me="seller") as venue:
        (site,) = [row.site async for row in venue.sites(party=venue.party)]
        preview = await venue.preview_import(raw, site=site)
        print(f"{preview.nodes} servers, {preview.units} cards, grades {preview.grades}")

        done = await venue.import_inventory(raw, site=site, claim=True)
        assert done is not None, "this very report was imported before"
        node = done.nodes[0]
        print(f"{node} is registered; title is asked for in {done.proposal}")

        held = None
        while held is None:
            await asyncio.sleep(0.5)
            rows = [row async for row in venue.holdings(party=venue.party)]
            held = next((row for row in rows if row.thing == node), None)
        market = f"T.{held.asset_class}.{held.delivery_point}"
        print(f"{node} is titled; it is sold in {market}")

        tick_minor = (await venue.instrument(market)).tick_minor
        assert tick_minor is not None, "no rule is in force there"
        ticks, rest = divmod(yuan * 100, tick_minor)
        assert rest == 0, f"a price is a multiple of {tick_minor / 100} yuan"
        while True:
            try:
                order = await venue.place(
                    market=market, side="ask", price_ticks=ticks, lots=1, nodes=[node]
                )
                break
            except Refused as no:
                if no.code != "phase_forbids":  # the market opens a little after midnight
                    raise
                await asyncio.sleep(0.5)
        print(f"{order.order} is {order.state} at {yuan} yuan a GPU")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("dump", type=Path)
    parser.add_argument("yuan", type=int)
    given = parser.parse_args()
    try:
        asyncio.run(main(given.dump, given.yuan))
    except (OSError, VenueError) as error:  # no such file, no venue, …
        sys.exit(str(error))
