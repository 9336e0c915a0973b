"""Public reads of the market, live: instruments, markets, book, trades, candles (WIRE 3)."""

from typing import Any, Final

from aiohttp import web

from exchange.views.market_listings import TRADES
from gateway.feeds.candle_builder import INTERVALS
from gateway.problems import ProblemRaised
from gateway.routes.request import ApiRequest, Route
from gateway.routes.view_reads import page_of
from gateway.settings import BOOK_DEPTH_MOST
from gpubourse.wire import encode
from ledger.journal.protocol import JournalUnavailable
from ledger.refusals import Reason, Refused
from ledger.views.lists.pages import Page


async def instruments(request: ApiRequest) -> web.Response:
    return await _each(request, "instrument")


async def markets(request: ApiRequest) -> web.Response:
    return await _each(request, "market")


async def _each(request: ApiRequest, method: str) -> web.Response:
    """Every market in one page: they are few, and all in memory."""
    await request.be_new_enough()
    market_views, hub = request.parts.market_views, request.parts.hub
    kind = request.query.get("kind")
    wanted = [
        market
        for market, market_view in market_views.by_market.items()
        if kind is None or market_view.spec.kind == kind
    ]
    rows = [getattr(market_views, method)(market) for market in wanted]
    return request.reply_page(Page(hub.position, hub.at_ns, encode(rows)))


async def instrument(request: ApiRequest) -> web.Response:
    await request.be_new_enough()
    return request.reply(request.parts.market_views.instrument(request.path("market")))


async def market(request: ApiRequest) -> web.Response:
    await request.be_new_enough()
    return request.reply(request.parts.market_views.market(request.path("market")))


async def book(request: ApiRequest) -> web.Response:
    """The levels, best first: depth 1 to 50, or `full` with a session that may read."""
    await request.be_new_enough()
    market = request.path("market")
    request.parts.market_views.market_view(market)
    depth: int | None
    if request.query.get("depth") == "full":
        request.must_have("read")
        depth = None
    else:
        depth = request.whole("depth", 10, 1, BOOK_DEPTH_MOST)
    return request.reply(request.parts.market_views.book(market, depth))


async def trades(request: ApiRequest) -> web.Response:
    """The tape, newest first, without parties."""
    market_view = request.parts.market_views.market_view(request.path("market"))
    if request.parts.reader is not None:
        return request.reply_page(await page_of(request, TRADES, market=market_view.spec.market))
    await request.be_new_enough()
    limit = request.paging().limit
    rows = list(market_view.trades)[::-1][:limit]
    return request.reply_page(
        Page(request.parts.hub.position, request.parts.hub.at_ns, encode(rows))
    )


async def candles(request: ApiRequest) -> web.Response:
    """The newest spans in which a trade was made, oldest first, each as the feed shows it."""
    await request.be_new_enough()
    market_view = request.parts.market_views.market_view(request.path("market"))
    interval = request.query.get("interval", "1h")
    if interval not in INTERVALS:
        raise Refused(
            Reason.bad_field, f"interval is one of {', '.join(INTERVALS)}.", field="/interval"
        )
    try:
        await request.parts.backfill.fill(market_view)
    except JournalUnavailable as error:
        raise ProblemRaised("unavailable", str(error)) from error
    rows: list[Any] = market_view.candles.rows(interval)[-request.paging().limit :]
    return request.reply({"market": market_view.spec.market, "interval": interval, "candles": rows})


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
