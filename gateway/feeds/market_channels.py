"""The public feeds of each market: ticker, book, trades, candles, instruments (WIRE 5)."""

from collections.abc import Iterator
from typing import Any, Final

from exchange.books.open_orders import MOVES_ORDERS
from exchange.events import InstrumentListed, PhaseChanged, Traded
from exchange.market.calendar import day_end_ns
from gateway.feeds.channel import (
    ALL,
    READ,
    Channel,
    FeedMessage,
    FeedName,
    FeedSnapshot,
    ItemChannel,
    no_such_feed,
)
from gateway.market_picture.candle_builder import INTERVALS
from gateway.market_picture.market_view import Level, MarketView, changed, trade_row
from gateway.market_picture.market_views import MarketViews
from gateway.settings import BOOK_DEPTH_MOST
from gpubourse.book_copy import checksum
from ledger.events import Event, RuleSet, TimeAdvanced
from ledger.journal.protocol import JournalRow

DEPTHS: Final = {"1": 1, "10": 10, str(BOOK_DEPTH_MOST): BOOK_DEPTH_MOST, "full": None}
PACES_S: Final = {"0": 0.0, "100": 0.1, "1000": 1.0}
TICKER_PACE_S: Final = 0.1
CANDLE_PACE_S: Final = 1.0


class MarketChannel(Channel):
    """A channel keyed by market."""

    def __init__(self, market_views: MarketViews) -> None:
        self.market_views = market_views

    def check(self, name: FeedName) -> None:
        super().check(name)
        self.market_view(name)

    def market_view(self, name: FeedName) -> MarketView:
        """The market behind a name; refuses `unknown_market`."""
        return self.market_views.market_view(name.key)

    def is_there(self, name: FeedName) -> bool:
        """Whether its market is still in the picture: one whose window is over leaves it."""
        return name.key in self.market_views.by_market

    def keys(self) -> list[str]:
        return list(self.market_views.by_market)


class BookChannel(MarketChannel):
    """Levels, best first, and the phase: at once, or at most each 100 or 1,000 ms."""

    name = "book"
    event_types = (*MOVES_ORDERS, PhaseChanged)
    is_lossless = False

    def __init__(self, market_views: MarketViews) -> None:
        super().__init__(market_views)
        self._open: dict[str, list[_BookFeed]] = {}  # by market
        self._moved: dict[str, None] = {}  # markets that this batch touched

    def check(self, name: FeedName) -> None:
        if (
            len(name.options) != 2
            or name.options[0] not in DEPTHS
            or name.options[1] not in PACES_S
        ):
            raise no_such_feed(name.text)
        self.market_view(name)

    def right_of(self, name: FeedName) -> str:
        """The whole book is for who may read; so many levels are for everybody."""
        return READ if DEPTHS[name.options[0]] is None else ALL

    def opened(self, name: FeedName) -> None:
        feed = _BookFeed(name, self.market_view(name))
        self._open.setdefault(name.key, []).append(feed)

    def closed(self, name: FeedName) -> None:
        self._open[name.key] = [feed for feed in self._open[name.key] if feed.name != name.text]

    def apply(self, event: Event, row: JournalRow, at_ns: int) -> None:
        assert isinstance(event, self.event_types)
        if event.market in self._open:
            self._moved[event.market] = None

    def take_messages(self) -> Iterator[FeedMessage]:
        moved, self._moved = self._moved, {}
        for market in moved:
            for feed in self._open[market]:
                if feed.pace_s:
                    feed.has_moved = True
                elif message := feed.delta():
                    yield message

    def waits(self, feed: str) -> bool:
        feeds = self._open.get(feed.partition("/")[2], ())
        return any(each.has_moved for each in feeds if each.name == feed)

    def due(self, now_s: float) -> Iterator[FeedMessage]:
        for feeds in self._open.values():
            for feed in feeds:
                if feed.has_moved and now_s >= feed.not_before_s:
                    feed.has_moved = False
                    feed.not_before_s = now_s + feed.pace_s
                    if message := feed.delta():
                        yield message

    def snapshot(self, name: FeedName) -> FeedSnapshot:
        feed = next(feed for feed in self._open[name.key] if feed.name == name.text)
        levels = feed.shown
        return FeedSnapshot(
            {"phase": feed.phase, **levels}, checksum(levels["bids"], levels["asks"])
        )


class _BookFeed:
    """One depth and pace of one book, and what its readers hold."""

    def __init__(self, name: FeedName, market_view: MarketView) -> None:
        self.name = name.text
        self.market_view = market_view
        self.depth = DEPTHS[name.options[0]]
        self.pace_s = PACES_S[name.options[1]]
        self.not_before_s = 0.0
        self.has_moved = False
        self.shown: dict[str, list[Level]] = market_view.levels(self.depth)
        self.phase = market_view.phase

    def delta(self) -> FeedMessage | None:
        """What differs from what the readers hold; None if nothing does."""
        levels = self.market_view.levels(self.depth)
        body: dict[str, Any] = changed(self.shown, levels)
        if self.market_view.phase != self.phase:
            self.phase = self.market_view.phase
            body = {"phase": self.phase, **body}
        elif not body["bids"] and not body["asks"]:
            return None
        self.shown = levels
        return FeedMessage(self.name, body, checksum(levels["bids"], levels["asks"]))


class PacedChannel(MarketChannel):
    """A channel that publishes its whole state again, at most so often."""

    is_lossless = False
    pace_s = TICKER_PACE_S

    def __init__(self, market_views: MarketViews) -> None:
        super().__init__(market_views)
        self._moved: dict[str, None] = {}  # feeds
        self._not_before_s: dict[str, float] = {}
        self._open: dict[str, dict[str, FeedName]] = {}  # market -> feed -> its name

    def opened(self, name: FeedName) -> None:
        self._open.setdefault(name.key, {})[name.text] = name

    def closed(self, name: FeedName) -> None:
        del self._open[name.key][name.text]
        self._moved.pop(name.text, None)
        self._not_before_s.pop(name.text, None)

    def apply(self, event: Event, row: JournalRow, at_ns: int) -> None:
        market = event.market  # type: ignore[attr-defined]
        self._moved.update(dict.fromkeys(self._open.get(market, ())))

    def waits(self, feed: str) -> bool:
        return feed in self._moved

    def due(self, now_s: float) -> Iterator[FeedMessage]:
        for feed in list(self._moved):
            if now_s >= self._not_before_s.get(feed, 0.0):
                del self._moved[feed]
                self._not_before_s[feed] = now_s + self.pace_s
                name = self._open[feed.partition("/")[2]][feed]
                if self.is_there(name):
                    yield FeedMessage(feed, self.body(name))

    def body(self, name: FeedName) -> Any:
        """The feed's body now."""
        raise NotImplementedError


class TickerChannel(PacedChannel):
    """Each market in a line; all of them once the day is over, for its figures begin anew."""

    name = "ticker"
    event_types = (*MOVES_ORDERS, PhaseChanged, TimeAdvanced)

    def __init__(self, market_views: MarketViews) -> None:
        super().__init__(market_views)
        self._day_ends_ns = 0

    def apply(self, event: Event, row: JournalRow, at_ns: int) -> None:
        if not isinstance(event, TimeAdvanced):
            super().apply(event, row, at_ns)
        elif at_ns >= self._day_ends_ns:
            self._day_ends_ns = day_end_ns(self.market_views.identity.zone, at_ns)
            for feeds in self._open.values():
                self._moved.update(dict.fromkeys(feeds))

    def body(self, name: FeedName) -> Any:
        return self.market_views.ticker(name.key)

    def snapshot(self, name: FeedName) -> FeedSnapshot | None:
        return FeedSnapshot(self.body(name)) if self.is_there(name) else None


class CandleChannel(PacedChannel):
    """The candles that trades changed, at most once a second.

    There may be several: one that was open at the last message may have closed behind a trade
    that was not told yet.
    """

    name = "candles"
    event_types = (Traded,)
    pace_s = CANDLE_PACE_S

    def __init__(self, market_views: MarketViews) -> None:
        super().__init__(market_views)
        self._changed_from: dict[str, int] = {}  # feed -> open_ns of the oldest untold change

    def closed(self, name: FeedName) -> None:
        super().closed(name)
        self._changed_from.pop(name.text, None)

    def apply(self, event: Event, row: JournalRow, at_ns: int) -> None:
        super().apply(event, row, at_ns)
        assert isinstance(event, Traded)
        for feed, name in self._open.get(event.market, {}).items():
            open_ns = self.market_view(name).candles.last_open_ns(name.options[0])
            self._changed_from.setdefault(feed, open_ns)

    def check(self, name: FeedName) -> None:
        if len(name.options) != 1 or name.options[0] not in INTERVALS:
            raise no_such_feed(name.text)
        self.market_view(name)

    def body(self, name: FeedName) -> Any:
        open_ns = self._changed_from.pop(name.text)
        return self.market_view(name).candles.rows_from(name.options[0], open_ns)

    def snapshot(self, name: FeedName) -> FeedSnapshot | None:
        if not self.is_there(name):
            return None
        return FeedSnapshot(self.market_view(name).candles.rows(name.options[0]))


class TradeChannel(ItemChannel):
    """The tape: every trade, without its parties."""

    name = "trades"
    event_types = (Traded,)
    is_replayable = True

    def __init__(self, market_views: MarketViews) -> None:
        super().__init__()
        self._market_views = market_views

    def check(self, name: FeedName) -> None:
        super().check(name)
        self.market_view(name)

    def market_view(self, name: FeedName) -> MarketView:
        """The market behind a name; refuses `unknown_market`."""
        return self._market_views.market_view(name.key)

    def apply(self, event: Event, row: JournalRow, at_ns: int) -> None:
        assert isinstance(event, Traded)
        self.add_item(f"trades/{event.market}", trade_row(event, at_ns))

    def snapshot(self, name: FeedName) -> FeedSnapshot:
        return FeedSnapshot(list(self.market_view(name).trades))

    def keys(self) -> list[str]:
        return list(self._market_views.by_market)


class InstrumentChannel(ItemChannel):
    """Every market there is, each that is listed, and each whose rule is another now."""

    name = "instruments"
    event_types = (InstrumentListed, PhaseChanged, RuleSet)
    is_replayable = True

    def __init__(self, market_views: MarketViews) -> None:
        super().__init__()
        self._market_views = market_views

    def check(self, name: FeedName) -> None:
        super().check(name)
        if name.key != "venue":
            raise no_such_feed(name.text)

    def apply(self, event: Event, row: JournalRow, at_ns: int) -> None:
        for market in self._changed(event, row.position):
            self.add_item("instruments/venue", self._market_views.instrument(market))

    def _changed(self, event: Event, position: int) -> list[str]:
        """The markets whose row an event may have changed: a rule takes hold at an opening."""
        views = self._market_views.by_market
        if isinstance(event, RuleSet):
            return [market for market, each in list(views.items()) if not each.rule_position]
        assert isinstance(event, InstrumentListed | PhaseChanged)
        market_view = views.get(event.market)
        if market_view is None:
            return []  # told again from the journal, and over since
        is_new = isinstance(event, InstrumentListed) or market_view.ruled_at == position
        return [event.market] if is_new else []

    def snapshot(self, name: FeedName) -> FeedSnapshot:
        views = self._market_views
        return FeedSnapshot(
            [views.instrument(market) for market in views.by_market],
            valid_to_ns=views.rules.next_from_ns(views.at_ns),
        )
