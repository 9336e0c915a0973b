"""Reads from the views: a route for each list and record that declares its path (WIRE 3)."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import web

from exchange.views import market_listings
from exchange.views.reader import Reader
from gateway.problems import ProblemRaised
from gateway.routes.query import NEW_ENOUGH, PAGE, SPAN, QueryMember
from gateway.routes.request import ApiRequest, Route
from ledger.journal.protocol import JournalUnavailable
from ledger.refusals import Reason, Refused, sentence_of
from ledger.views.lists import (
    cash_listings,
    right_listings,
    settlement_listings,
    thing_listings,
    venue_listings,
)
from ledger.views.lists.declaration import Listing, ListPath, RecordPath
from ledger.views.lists.filter_values import PARTY
from ledger.views.lists.pages import BadCursor, Page, Record
from ledger.views.lists.right_listings import UNIT_WITH_CHAIN
from ledger.views.lists.thing_listings import NODES

LISTINGS: Final = (
    *venue_listings.LISTINGS,
    *thing_listings.LISTINGS,
    *cash_listings.LISTINGS,
    *market_listings.LISTINGS,
    *settlement_listings.LISTINGS,
    *right_listings.LISTINGS,
)


def must_have_views(request: ApiRequest) -> Reader:
    """The reader; refuses `not_yet` on a venue without views."""
    if request.parts.reader is None:
        raise ProblemRaised("not_yet", "This venue runs without views: only live reads are served.")
    return request.parts.reader


async def page_of(request: ApiRequest, listing: Listing, **values: Any) -> Page:
    """One page of a list; refuses `bad_cursor`."""
    return await read_page(request, lambda reader: reader.page(listing, request.paging(), **values))


async def read_page(request: ApiRequest, read: Callable[[Reader], Awaitable[Page]]) -> Page:
    """What *read* finds, in the caller's turn; refuses `bad_cursor`."""
    reader = must_have_views(request)
    try:
        async with request.read_turn():
            return await read(reader)
    except BadCursor as error:
        raise Refused(
            Reason.bad_cursor, sentence_of("{error}.", error=error), field="/cursor"
        ) from None
    except JournalUnavailable as error:
        raise ProblemRaised("unavailable", str(error)) from error


async def record_of(request: ApiRequest, read: Callable[[Reader], Awaitable[Record]]) -> Record:
    """What *read* finds, in the caller's turn."""
    reader = must_have_views(request)
    try:
        async with request.read_turn():
            return await read(reader)
    except JournalUnavailable as error:
        raise ProblemRaised("unavailable", str(error)) from error


async def visible(request: ApiRequest, listing: Listing) -> Record:
    """The record that the path names; refuses one that the caller may not see as unknown."""
    served = listing.record
    assert served is not None
    wanted = request.path(served.part)
    values = {"party": request.party(), **served.values(wanted)}
    found = await record_of(request, lambda reader: reader.record(listing, **values))
    if found.json is None:
        raise Refused(
            served.unknown,
            sentence_of("There is no {wanted!r} that you may see.", wanted=wanted[:64]),
        )
    return found


def _list_route(listing: Listing, served: ListPath) -> Route:
    is_public, is_own = served.rows == "public", served.rows == "own"

    async def answer(request: ApiRequest) -> web.StreamResponse:
        values = {name: request.query[name] for name in served.filters if name in request.query}
        if is_own:
            values["party"] = request.party()
        return request.reply_page(await page_of(request, listing, **values))

    return Route(
        "GET",
        served.path,
        answer,
        served.summary,
        scopes=() if is_public else served.scopes,
        needs_session=not is_public,
        query=(
            *(_member(listing, name) for name in served.filters),
            *((_party(listing),) if is_own else ()),
            *PAGE,
            *(SPAN if listing.at_ns else ()),
            *NEW_ENOUGH,
        ),
        is_page=True,
    )


def _party(listing: Listing) -> QueryMember:
    kind = listing.filters["party"].kind or PARTY
    return QueryMember("party", kind, "whose rows: the own party, or for oversight any")


def _member(listing: Listing, name: str) -> QueryMember:
    kind = listing.filters[name].kind
    assert kind is not None, f"{name}: a filter that is served says which values it takes"
    return QueryMember(name, kind, "rows of that alone")


def _record_route(listing: Listing, served: RecordPath) -> Route:
    async def answer(request: ApiRequest) -> web.StreamResponse:
        return request.reply_record(await visible(request, listing))

    return Route(
        "GET",
        served.path,
        answer,
        served.summary,
        scopes=served.scopes,
        needs_session=True,
        query=NEW_ENOUGH,
    )


def _history_route(listing: Listing, summary: str) -> Route:
    """Every event of a thing, for whoever may see its record."""
    served = listing.record
    assert served is not None

    async def answer(request: ApiRequest) -> web.StreamResponse:
        await visible(request, listing)
        subject = request.path(served.part)
        return request.reply_page(
            await read_page(request, lambda reader: reader.history(subject, request.paging()))
        )

    return Route(
        "GET",
        f"{served.path}/history",
        answer,
        summary,
        scopes=served.scopes,
        needs_session=True,
        query=(*PAGE, *NEW_ENOUGH),
        is_page=True,
    )


ROUTES: Final = [
    *(_list_route(listing, listing.served) for listing in LISTINGS if listing.served),
    *(_record_route(listing, listing.record) for listing in LISTINGS if listing.record),
    _history_route(UNIT_WITH_CHAIN, "Every event of a GPU"),
    _history_route(NODES, "Every event of a server"),
]
