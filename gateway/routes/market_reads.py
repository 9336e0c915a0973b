"""Public reads of the market, live: instruments, markets, book, trades, candles (WIRE 3)."""

from typing import Any, Final

from aiohttp import web

from exchange.views.market_listings import TRADES
from exchange.words import InstrumentKindName
from gateway.market_picture.candle_builder import CANDLES_KEPT, INTERVALS
from gateway.market_picture.class_worth import classes_compared, symbol_of, title_symbol, worth_of
from gateway.market_picture.market_view import MarketView
from gateway.problems import ProblemRaised
from gateway.routes.constant_reply import pack
from gateway.routes.query import NEW_ENOUGH, PAGE, SPAN, QueryMember, Whole, bad_cursor
from gateway.routes.request import ApiRequest, Route
from gateway.routes.view_reads import page_of
from gateway.settings import BOOK_DEPTH_MOST
from gpubourse.wire import encode
from ledger.inventory import GPUS_MOST
from ledger.journal.protocol import JournalUnavailable
from ledger.views.lists.filter_values import one_of, words
from ledger.views.lists.pages import Page

DEPTH_BY_DEFAULT: Final = 10
FULL: Final = "full"


async def instruments(request: ApiRequest) -> web.Response:
    return await _each(request, "instrument")


async def markets(request: ApiRequest) -> web.Response:
    return await _each(request, "market")


async def _each(request: ApiRequest, method: str) -> web.Response:
    """The markets in the order of their listing, all in memory; a cursor is the last one shown."""
    market_views, hub = request.parts.market_views, request.parts.hub
    markets = list(market_views.by_market)
    cursor = request.place
    if cursor and cursor not in market_views.by_market:
        raise bad_cursor()
    behind = markets[markets.index(cursor) + 1 :] if cursor else markets
    kind = request.query.get("kind")
    wanted = [
        market for market in behind if kind in (None, market_views.by_market[market].spec.kind)
    ]
    shown = wanted[: request.limit]
    rows = [getattr(market_views, method)(market) for market in shown]
    following = shown[-1] if len(wanted) > len(shown) else None
    response = request.reply_page(Page(hub.position, hub.at_ns, encode(rows), following))
    pack(response, request.http)  # 100 kB on a slow line, and 4 kB packed
    return response


async def instrument(request: ApiRequest) -> web.Response:
    return request.reply(request.parts.market_views.instrument(request.path("market")))


async def market(request: ApiRequest) -> web.Response:
    return request.reply(request.parts.market_views.market(request.path("market")))


async def book(request: ApiRequest) -> web.Response:
    """The levels, best first: depth 1 to 50, or `full` with a session that may read."""
    market = request.path("market")
    request.parts.market_views.market_view(market)
    depth = request.query.get("depth", DEPTH_BY_DEFAULT)
    if depth == FULL:
        request.must_have("read", "audit")
        depth = None
    return request.reply(request.parts.market_views.book(market, depth))


async def trades(request: ApiRequest) -> web.Response:
    """The tape, newest first, without parties."""
    market_view = request.parts.market_views.market_view(request.path("market"))
    if request.parts.reader is not None:
        return request.reply_page(await page_of(request, TRADES, market=market_view.spec.market))
    if "cursor" in request.query:
        raise bad_cursor()  # without views there is one page
    paging = request.paging()
    rows = [
        row
        for row in reversed(market_view.trades)
        if paging.from_ns <= row["at_ns"] and (not paging.to_ns or row["at_ns"] < paging.to_ns)
    ]
    return request.reply_page(
        Page(request.parts.hub.position, request.parts.hub.at_ns, encode(rows[: paging.limit]))
    )


async def candles(request: ApiRequest) -> web.Response:
    """The newest spans in which a trade was made, oldest first, each as the feed shows it."""
    market_view = request.parts.market_views.market_view(request.path("market"))
    interval = request.query.get("interval", "1h")
    await _fill(request, market_view)
    rows: list[Any] = market_view.candles.rows(interval)[-request.limit :]
    return request.reply({"market": market_view.spec.market, "interval": interval, "candles": rows})


async def worth(request: ApiRequest) -> web.Response:
    """What lots of a class are worth today; the class need not be listed here."""
    views = request.parts.market_views
    own = title_symbol(request.path("market"))
    for each in (own, *(other for _, other in classes_compared(own))):
        market_view = views.by_market.get(symbol_of(each))
        if market_view is not None:
            await _fill(request, market_view)
    return request.reply(worth_of(views, own, request.query.get("lots", 1)))


async def _fill(request: ApiRequest, market_view: MarketView) -> None:
    try:
        await request.parts.backfill.fill(market_view)
    except JournalUnavailable as error:
        raise ProblemRaised("unavailable", str(error)) from error


_KIND: Final = QueryMember("kind", words(InstrumentKindName), "markets of that alone")
_DEPTH: Final = QueryMember(
    "depth", Whole(1, BOOK_DEPTH_MOST, (FULL,)), "how many levels of a side; full to who may read"
)
_LOTS: Final = QueryMember("lots", Whole(1, GPUS_MOST), "how many lots; 1")
_CANDLES: Final = (
    QueryMember("interval", one_of(INTERVALS), "how long a span is"),
    QueryMember("limit", Whole(1, CANDLES_KEPT), "how many spans at most, the newest"),
)
_ROUTES: Final = (
    ("/v1/instruments", instruments, "What can be traded", (_KIND, *PAGE), True),
    ("/v1/instruments/{market}", instrument, "One instrument and its rule", (), False),
    ("/v1/markets", markets, "How each market stands", (_KIND, *PAGE), True),
    ("/v1/markets/{market}", market, "How one market stands", (), False),
    ("/v1/markets/{market}/book", book, "Its levels, best first", (_DEPTH,), False),
    ("/v1/markets/{market}/trades", trades, "Its tape", (*PAGE, *SPAN), True),
    ("/v1/markets/{market}/worth", worth, "What lots of a class are worth", (_LOTS,), False),
    ("/v1/markets/{market}/candles", candles, "Its candles", _CANDLES, False),
)
ROUTES: Final = [
    Route(
        "GET",
        path,
        handler,
        summary,
        query=(*query, *NEW_ENOUGH),
        is_page=is_page,
        needs_views=handler is trades,  # all others are told from memory
    )
    for path, handler, summary, query, is_page in _ROUTES
]
