"""The law of the candles: after every message a client's copy is what the trades make."""

import asyncio
import random
from typing import Any

from exchange.events import Traded
from gateway.feeds.channel import FeedName
from gateway.feeds.hub import Hub
from gateway.feeds.market_channels import CandleChannel
from gateway.feeds.outbox import Outbox
from gateway.market_picture.candle_builder import CANDLES_KEPT
from gateway.market_picture.market_views import MarketViews
from gateway.settings import Limits
from ledger.cash.months import month_ns
from ledger.durations import DAY_NS, HOUR_NS, MINUTE_NS
from tests.exchange.ground import LEASE, Floor
from tests.gateway.feeds.followed import candles_of
from tests.gateway.pipe import Pipe
from tests.reach import Reach

SPANS = {"1m": MINUTE_NS, "5m": 5 * MINUTE_NS, "1h": HOUR_NS, "1d": DAY_NS}
TRADES = 150
PAUSES_NS = (1, MINUTE_NS, 3 * MINUTE_NS, HOUR_NS)  # between two trades, at most
REACH = Reach(messages=100, of_one=60, of_two=30, of_more=10)


def copied(held: list[Any], message: dict[str, Any]) -> list[Any]:
    """What WIRE 5 says that a client does."""
    body = message["body"]
    if message["kind"] == "snapshot":
        return body
    kept = [row for row in held if int(row[0]) < int(body[0][0])]
    return [*kept, *body][-CANDLES_KEPT:]


async def _run(seed: int) -> None:
    draw, floor = random.Random(seed), Floor(owners=1, buyers=1, nodes=TRADES)
    seller, buyer = floor.owners[0], floor.buyers[0]
    views = MarketViews()
    hub = Hub(views, [CandleChannel(views)], Limits())
    hub._waiting.extend(floor.batches)
    hub.catch_up()
    reader = Pipe(lag=0)
    outbox = Outbox(reader, Limits())
    hub.outboxes[outbox] = None
    copies: dict[str, list[Any]] = {}
    for interval in SPANS:
        name = FeedName("candles", (interval,), LEASE)
        hub.attach(outbox, hub.feed(name))
        copies[name.text] = []
    trades: list[tuple[Traded, int]] = []
    now_s, heard, most_ns = 0.0, len(floor.batches), month_ns("Asia/Shanghai", 2024, 12)
    for _ in range(TRADES):
        until_ns = floor.writer.at_ns + draw.randrange(draw.choice(PAUSES_NS) + 1)
        floor.pass_time(min(until_ns, most_ns))
        price_ticks = draw.randint(1298, 1302)
        for place, party in ((floor.bid, buyer), (floor.ask, seller)):
            if floor.market(LEASE).phase == "continuous":
                place(party, 1, price_ticks)
        for order in list(floor.venue.orders.values()):
            floor.tell(order.party, "order.cancel", order=order.order)
        for batch in floor.batches[heard:]:
            trades += [(e, batch.at_ns) for e in batch.events if isinstance(e, Traded)]
        hub._waiting.extend(floor.batches[heard:])
        heard = len(floor.batches)
        hub.catch_up()
        now_s += draw.choice((0.05, 0.3, 1.1))
        hub.publish_due(now_s)
        told = reader.read()
        for message in told:
            copies[message["feed"]] = copied(copies[message["feed"]], message)
            REACH.met("messages")
            count = len(message["body"])
            REACH.met("of_one" if count == 1 else "of_two" if count == 2 else "of_more")
        for feed in {message["feed"] for message in told}:
            interval = feed.partition("/")[0].partition(".")[2]
            assert copies[feed] == candles_of(trades, SPANS[interval])[-CANDLES_KEPT:], feed


@REACH.demanded
def test_after_every_message_a_copy_is_what_the_trades_make() -> None:
    for seed in (1, 2, 3, 4):
        asyncio.run(_run(seed))
