"""A floor that trades at random, the public picture that follows it, and a client's copy of that.

What the engine's state does not bear (when a phase began, which batch moved a book last, the day's
trades) is noted here from the batches themselves, in another way than the product's.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from exchange.books.book import Half
from exchange.books.open_orders import MOVES_ORDERS
from exchange.books.state import Market, Venue
from exchange.engine.batch_writer import Batch
from exchange.events import InstrumentListed, PhaseChanged, Traded
from exchange.instruments.kinds import KINDS
from exchange.market.market_rule import MarketRule
from exchange.market.rules import in_force
from gateway.feeds.channel import FeedName
from gateway.feeds.hub import Hub
from gateway.feeds.market_channels import (
    BookChannel,
    CandleChannel,
    InstrumentChannel,
    TickerChannel,
    TradeChannel,
)
from gateway.feeds.outbox import Outbox
from gateway.feeds.party_channels import OrderChannel
from gateway.market_picture.market_views import MarketViews
from gateway.settings import Limits
from gpubourse.book_copy import BookCopy, HeldBook, checksum
from gpubourse.wire import inward
from ledger.durations import DAY_NS, HOUR_NS
from ledger.events import RuleSet
from ledger.refusals import Refused
from tests.exchange.ground import LEASE, TITLE, Floor
from tests.gateway.pipe import Pipe

MARKETS = (LEASE, TITLE)
COMMANDS = 250
BOOKS = {"book.1.0": 1, "book.10.100": 10, "book.full.0": None}  # feed -> depth
CANDLES = "candles.1h"
TAPE = 50
PAST = 1_000.0  # loop seconds between two batches: nothing is held back by a rate for so long


class Copy:
    """What a client holds of every public feed of the market: snapshots, and deltas upon them."""

    def __init__(self) -> None:
        self.held: dict[str, HeldBook] = {}
        self.books: dict[str, BookCopy] = {}
        self.tickers: dict[str, dict[str, Any]] = {}
        self.tapes: dict[str, list[dict[str, Any]]] = {}
        self.candles: dict[str, list[list[Any]]] = {}
        self.instruments: dict[str, dict[str, Any]] = {}
        self.seqs: dict[str, int] = {}

    def take(self, message: dict[str, Any]) -> None:
        """Fold one message; a delta ties to what is held."""
        feed, body = message["feed"], message["body"]
        name, market = feed.split("/")
        if message["kind"] == "delta":
            assert message["prev"] <= self.seqs[feed] < message["seq"], feed
        self.seqs[feed] = message["seq"]
        if name in BOOKS:
            self.books[feed] = self.held.setdefault(feed, HeldBook(market)).take(message)
        elif name == "ticker":
            self.tickers[market] = body
        elif name == "trades":
            begun = [] if message["kind"] == "snapshot" else self.tapes[market]
            self.tapes[market] = [*begun, *body][-TAPE:]
        elif name == CANDLES:
            self._take_candles(market, message["kind"], body)
        else:
            self.instruments |= {row["market"]: row for row in body}

    def _take_candles(self, market: str, kind: str, body: list[Any]) -> None:
        held = {} if kind == "snapshot" else {row[0]: row for row in self.candles[market]}
        self.candles[market] = list((held | {row[0]: row for row in body}).values())


class Followed:
    """A floor, the hub that hears its batches as they are written, and a client behind it."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.floor = Floor(owners=4, buyers=4, nodes=20)
        self.views = MarketViews()
        self.orders = OrderChannel(self.views.orders)
        channels = [
            BookChannel(self.views),
            TickerChannel(self.views),
            TradeChannel(self.views),
            CandleChannel(self.views),
            InstrumentChannel(self.views),
            self.orders,
        ]
        self.hub = Hub(self.views, channels, Limits())
        self.met: Counter[str] = Counter()
        self.trades: list[tuple[Traded, int]] = []
        self.touched_at: dict[str, int] = {}  # market -> last position of the batch
        self.phases: dict[str, tuple[str, int]] = {}  # market -> phase, since when
        self.ear, self.copy = Pipe(lag=0), Copy()
        self.now_s = 0.0
        for batch in self.floor.batches:
            self._note(batch)
            self.hub._waiting.append(batch)
        self.hub.catch_up()
        self._join()

    def _join(self) -> None:
        """Follow every public feed of every market there is and will be."""
        outbox = Outbox(self.ear, Limits())
        self.hub.outboxes[outbox] = None
        for text in (*(f"{name}/*" for name in (*BOOKS, "ticker", "trades", CANDLES)),
                     "instruments/venue"):  # fmt: skip
            names = self.hub.names(text)
            for name in names:
                feed = self.hub.feed(name)
                made = self.hub.snapshot(name)
                for frame in made.frames() if made else ():
                    outbox.add(frame, feed.is_lossless)
                self.hub.attach(outbox, feed)
            if text.endswith("/*"):
                self.hub.follow_all(outbox, _of_all(names[0]))
        outbox.flush()
        self._read()

    def run(self, check: Callable[[], None]) -> None:
        """Trade at random, then let six weeks pass; *check* after each batch has been heard."""
        keep = self.floor.keep

        def keep_and_check(batch: Batch) -> Batch:
            self._hear(keep(batch))
            check()
            return batch

        self.floor.keep = keep_and_check  # type: ignore[method-assign]
        check()
        for number in range(COMMANDS):
            if self.draw.random() < 0.1:
                self.floor.pass_time(self.floor.writer.at_ns + self.draw.randint(1, 9 * HOUR_NS))
            if number % 50 == 25:
                self._new_rule()
            try:
                self._command()
            except Refused:
                self.met["refused"] += 1
        self.floor.pass_time(self.floor.writer.at_ns + 45 * DAY_NS)

    def _new_rule(self) -> None:
        """Another number of lots, in force from the next opening."""
        plain = msgspec.json.decode(msgspec.json.encode(self.floor.market(LEASE).rule))
        value = plain | {"max_lots": self.draw.randint(200, 300)}
        self.floor.happen(RuleSet("market:L.*", value, self.floor.writer.at_ns, ""))

    def _command(self) -> None:
        draw, floor = self.draw, self.floor
        orders = list(floor.venue.orders.values())
        kind = draw.random()
        if orders and kind < 0.15:
            order = draw.choice(orders)
            floor.tell(order.party, "order.cancel", order=order.order)
        elif orders and kind < 0.2:
            floor.tell(draw.choice(orders).party, "order.cancel_all")
        elif orders and kind < 0.24:
            order = draw.choice(orders)
            floor.tell(order.party, "order.amend", order=order.order, lots=order.lots)
        elif orders and kind < 0.42:
            order = draw.choice(orders)
            terms = {"lots": draw.randint(0, 4), "price_ticks": draw.randint(1298, 1302)}
            floor.tell(order.party, "order.amend", order=order.order, **terms)
        else:
            place, parties = draw.choice(((floor.bid, floor.buyers), (floor.ask, floor.owners)))
            tif = draw.choice(("gtc", "gtc", "day", "ioc", "fok", "gtd"))
            expires_ns = floor.writer.at_ns + draw.randint(HOUR_NS, DAY_NS) if tif == "gtd" else 0
            more: dict[str, Any] = {"time_in_force": tif, "expires_ns": expires_ns}
            lots, price_ticks = draw.randint(1, 3), draw.randint(1298, 1302)
            market = draw.choice(MARKETS)
            place(draw.choice(parties), lots, price_ticks, market=market, **more)

    def _hear(self, batch: Batch) -> None:
        self._note(batch)
        self.hub._waiting.append(batch)
        self.hub.catch_up()
        self.now_s += PAST
        self.hub.publish_due(self.now_s)
        self._read()

    def _read(self) -> None:
        for message in self.ear.read():
            body = message["body"]
            if message["kind"] == "delta" and "phase" in body and "bids" in body:
                self.met["phases_in_a_delta"] += 1
            self.copy.take(inward(message))

    def _note(self, batch: Batch) -> None:
        for event in batch.events:
            self.met[type(event).__name__] += 1
            if isinstance(event, (*MOVES_ORDERS, PhaseChanged, InstrumentListed)):
                self.touched_at[event.market] = batch.last_position
            if isinstance(event, Traded):
                self.trades.append((event, batch.at_ns))
            if isinstance(event, InstrumentListed):
                self.phases[event.market] = "closed", batch.at_ns
            if isinstance(event, PhaseChanged):
                if self.phases[event.market][0] == event.to_phase:
                    self.met["the_same_phase_again"] += 1
                else:
                    self.phases[event.market] = event.to_phase, batch.at_ns

    def day(self, symbol: str) -> dict[str, int | None]:
        """Today's first, highest and lowest price and all lots, from the trades themselves."""
        starts_ns = self.floor.venue.day_ends_ns - DAY_NS
        today = [e for e, at_ns in self.trades if e.market == symbol and at_ns >= starts_ns]
        prices = [event.price_ticks for event in today]
        return {
            "open_ticks": prices[0] if prices else None,
            "high_ticks": max(prices, default=None),
            "low_ticks": min(prices, default=None),
            "lots": sum(event.lots for event in today),
        }

    def tape(self, symbol: str) -> list[dict[str, Any]]:
        """The last trades, as everyone may read them."""
        names = ("trade", "price_ticks", "lots", "taker", "mode")
        made = [(e, at_ns) for e, at_ns in self.trades if e.market == symbol][-TAPE:]
        return [{name: getattr(e, name) for name in names} | {"at_ns": at_ns} for e, at_ns in made]

    def hours(self, symbol: str) -> list[list[Any]]:
        """The candles of an hour, from the trades themselves."""
        return candles_of([each for each in self.trades if each[0].market == symbol], HOUR_NS)


def candles_of(trades: list[tuple[Traded, int]], length_ns: int) -> list[list[Any]]:
    """Trades summed up by spans of so long; a day of China's begins at 16:00 of the day before."""
    shift_ns = DAY_NS // 3 if length_ns == DAY_NS else 0
    spans: dict[int, list[Traded]] = {}
    for event, at_ns in trades:
        spans.setdefault(at_ns - (at_ns + shift_ns) % length_ns, []).append(event)
    return [_candle(open_ns, made) for open_ns, made in spans.items()]


def _of_all(name: FeedName) -> FeedName:
    return name._replace(key="*")


def _candle(open_ns: int, made: list[Traded]) -> list[Any]:
    prices = [event.price_ticks for event in made]
    lots = sum(event.lots for event in made)
    turnover = sum(event.price_ticks * event.lots for event in made)
    sums = [lots, len(made), turnover]
    return [str(open_ns), prices[0], max(prices), min(prices), prices[-1], *sums]


def levels_of(half: Half) -> list[list[int]]:
    """The sums of what rests, best price first."""
    sums: dict[int, list[int]] = {}
    for order in half.orders():
        level = sums.setdefault(order.price_ticks, [order.price_ticks, 0, 0, 0])
        level[1] += order.open_lots
        level[2] += 1
    return list(sums.values())


def rule_of(venue: Venue, market: Market, at_ns: int) -> MarketRule:
    """The rule in force there, or the one that its first opening would take."""
    if market.rule is not None:
        return market.rule
    found = in_force(venue.register.rules, market.spec.market, at_ns)
    assert found is not None
    return found.rule


def reference_of(venue: Venue, market: Market, at_ns: int) -> dict[str, int | None]:
    """What the bands lie around, since when and until when, as EXCHANGE 4 tells it."""
    rule = rule_of(venue, market, at_ns)
    price, made_ns = market.last_ticks, market.last_trade_ns
    if not price:
        price, made_ns = market.spec.first_reference_ticks or 0, market.listed_ns
    until_ns = made_ns + rule.reference_max_age_h * 3_600 * 10**9
    return {
        "reference_ticks": price or None,
        "reference_at_ns": made_ns if price else None,
        "reference_until_ns": until_ns if price and until_ns > made_ns else None,
    }


def ticker_of(
    venue: Venue, market: Market, day: dict[str, int | None], at_ns: int
) -> dict[str, Any]:
    """The line of a market as the engine's own state gives it."""
    bids, asks = levels_of(market.book.bids), levels_of(market.book.asks)
    bid_lots, ask_lots = (sum(level[1] for level in side) for side in (bids, asks))
    depth = bid_lots + ask_lots
    return {
        "market": market.spec.market,
        "phase": market.phase,
        "best_bid_ticks": market.book.bids.best_ticks,
        "best_bid_lots": bids[0][1] if bids else None,
        "best_ask_ticks": market.book.asks.best_ticks,
        "best_ask_lots": asks[0][1] if asks else None,
        "bid_lots": bid_lots,
        "ask_lots": ask_lots,
        "bid_orders": sum(level[2] for level in bids),
        "ask_orders": sum(level[2] for level in asks),
        "imbalance_bp": (bid_lots - ask_lots) * 10_000 // depth if depth else 0,
        "last_ticks": market.last_ticks or None,
        "last_trade_ns": market.last_trade_ns or None,
        **reference_of(venue, market, at_ns),
        **day,
    }


def book_of(market: Market, seq: int, depth: int | None) -> dict[str, Any]:
    """The book of a market as the engine's own state gives it."""
    bids = levels_of(market.book.bids)[:depth]
    asks = levels_of(market.book.asks)[:depth]
    told = {"market": market.spec.market, "seq": seq, "phase": market.phase}
    return told | {"bids": bids, "asks": asks, "crc": checksum(bids, asks)}


def instrument_of(venue: Venue, market: Market, at_ns: int, names: Iterator[str]) -> dict[str, Any]:
    """What is traded there, by the engine's own state: the members that are named."""
    rule = rule_of(venue, market, at_ns)
    known = msgspec.to_builtins(rule) | msgspec.to_builtins(market.spec)
    known |= {"asset_class": KINDS[market.spec.kind].asset_class(market.spec)}
    return {name: known[name] for name in names}
