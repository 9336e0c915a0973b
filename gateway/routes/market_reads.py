"""Public reads of the market, live: instruments, markets, book, trades, candles (WIRE 3)."""

from typing import Any, Final

from aiohttp import web

from exchange.views.market_listings import TRADES
from gateway import wire
from gateway.feeds.candle_builder import INTERVALS
from gateway.feeds.market_view import checksum
from gateway.problems import ProblemRaised
from gateway.routes.request import ApiRequest, Route
from gateway.routes.view_reads import page_of
from gateway.settings import BOOK_DEPTH_MOST
from ledger.journal.protocol import JournalUnavailable
from ledger.refusals import Reason, Refused
from ledger.views.lists.pages import Page


async def instruments(ask: ApiRequest) -> web.Response:
    return await _each(ask, "instrument")


async def markets(ask: ApiRequest) -> web.Response:
    return await _each(ask, "market")


async def _each(ask: ApiRequest, method: str) -> web.Response:
    """Every market in one page: they are few, and all in memory."""
    await ask.be_new_enough()
    market_views, hub = ask.parts.market_views, ask.parts.hub
    kind = ask.query.get("kind")
    wanted = [
        market
        for market, market_view in market_views.by_market.items()
        if kind is None or market_view.spec.kind == kind
    ]
    rows = [getattr(market_views, method)(market) for market in wanted]
    return ask.tell_page(Page(hub.position, hub.at_ns, wire.encode(rows)))


async def instrument(ask: ApiRequest) -> web.Response:
    await ask.be_new_enough()
    return ask.tell(ask.parts.market_views.instrument(ask.path("market")))


async def market(ask: ApiRequest) -> web.Response:
    await ask.be_new_enough()
    return ask.tell(ask.parts.market_views.market(ask.path("market")))


async def book(ask: ApiRequest) -> web.Response:
    """The levels, best first: depth 1 to 50, or `full` with a session that may read."""
    await ask.be_new_enough()
    market_view = ask.parts.market_views.market_view(ask.path("market"))
    depth: int | None
    if ask.query.get("depth") == "full":
        ask.must_have("read")
        depth = None
    else:
        depth = ask.whole("depth", 10, 1, BOOK_DEPTH_MOST)
    levels = market_view.levels(depth)
    return ask.tell(
        {
            "market": market_view.spec.market,
            "seq": market_view.seq,
            "phase": market_view.phase,
            **levels,
            "crc": checksum(levels["bids"], levels["asks"]),
        }
    )


async def trades(ask: ApiRequest) -> web.Response:
    """The tape, newest first, without parties."""
    market_view = ask.parts.market_views.market_view(ask.path("market"))
    if ask.parts.reader is not None:
        return ask.tell_page(await page_of(ask, TRADES, market=market_view.spec.market))
    await ask.be_new_enough()
    limit = ask.paging().limit
    rows = list(market_view.trades)[::-1][:limit]
    return ask.tell_page(Page(ask.parts.hub.position, ask.parts.hub.at_ns, wire.encode(rows)))


async def candles(ask: ApiRequest) -> web.Response:
    """The newest spans in which a trade was made, oldest first, each as the feed shows it."""
    await ask.be_new_enough()
    market_view = ask.parts.market_views.market_view(ask.path("market"))
    interval = ask.query.get("interval", "1h")
    if interval not in INTERVALS:
        raise Refused(
            Reason.bad_field, f"interval is one of {', '.join(INTERVALS)}.", field="/interval"
        )
    try:
        await ask.parts.history.fill(market_view)
    except JournalUnavailable as error:
        raise ProblemRaised("unavailable", str(error)) from error
    rows: list[Any] = market_view.candles.rows(interval)[-ask.paging().limit :]
    return ask.tell({"market": market_view.spec.market, "interval": interval, "candles": rows})


ROUTES: Final = [
    Route(
        "GET", "/v1/instruments", instruments, "What can be traded", query=("kind",), is_page=True
    ),
    Route("GET", "/v1/instruments/{market}", instrument, "One instrument and its rule"),
    Route("GET", "/v1/markets", markets, "How each market stands", query=("kind",), is_page=True),
    Route("GET", "/v1/markets/{market}", market, "How one market stands"),
    Route("GET", "/v1/markets/{market}/book", book, "Its levels, best first", query=("depth",)),
    Route("GET", "/v1/markets/{market}/trades", trades, "Its tape", is_page=True),
    Route(
        "GET", "/v1/markets/{market}/candles", candles, "Its candles", query=("interval", "limit")
    ),
]
