"""Reads from the views: one table of lists and records (WIRE 3); the own party's, or all."""

from typing import Any, Final, NamedTuple

from aiohttp import web

from exchange.views.reader import Reader
from gateway.problems import ProblemRaised
from gateway.routes.request import ApiRequest, Route
from ledger.journal.protocol import JournalUnavailable
from ledger.refusals import Reason, Refused
from ledger.views.pages import BadCursor, Found, Page


class ListRoute(NamedTuple):
    """A list: its path, the reader's method, and the query members that narrow it."""

    path: str
    method: str
    summary: str
    filters: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ("read",)
    is_own: bool = True  # rows of the own party alone, but for oversight
    is_public: bool = False
    thing: str = ""  # a part of the path that is handed on


class RecordRoute(NamedTuple):
    """A record: its path, the reader's method, and the refusal when there is none."""

    path: str
    method: str
    summary: str
    unknown: Reason
    scopes: tuple[str, ...] = ("read",)


LISTS: Final = [
    ListRoute("/v1/rules", "rules", "Dated rules", ("rule",), is_public=True, is_own=False),
    ListRoute("/v1/models", "models", "GPU models", is_public=True, is_own=False),
    ListRoute("/v1/parties", "parties", "Parties"),
    ListRoute("/v1/principals", "principals", "Signing keys", scopes=("admin",)),
    ListRoute("/v1/proposals", "proposals", "What waits for a second signature", ("state",)),
    ListRoute("/v1/sites", "sites", "Sites", ("state",)),
    ListRoute("/v1/units", "units", "GPUs", ("site", "node", "state", "model")),
    ListRoute("/v1/nodes", "nodes", "Servers", ("site", "model")),
    ListRoute("/v1/holdings", "holdings", "Titled things and where they stand", ("site",)),
    ListRoute("/v1/leases", "leases", "Leases", ("state", "site")),
    ListRoute("/v1/cash", "cash", "Accounts with a balance", ("kind",)),
    ListRoute("/v1/cash/postings", "postings", "Postings, newest first", ("account", "kind")),
    ListRoute("/v1/withdrawals", "withdrawals", "Withdrawals", ("state",)),
    ListRoute("/v1/orders", "orders", "Orders, newest first", ("market", "state", "side", "label")),
    ListRoute("/v1/fills", "fills", "Fills, newest first", ("order", "market")),
    ListRoute("/v1/settlements", "settlements", "Settlements", ("market", "state")),
    ListRoute("/v1/holds", "holds", "Bars", ("subject",), scopes=("audit", "comply"), is_own=False),
    ListRoute("/v1/audit/holdings", "holdings", "Who owns what", ("site",), scopes=("audit",)),
]

ONES: Final = [
    RecordRoute("/v1/parties/{party}", "parties", "A party", Reason.unknown_party),
    RecordRoute("/v1/proposals/{proposal}", "proposal", "A proposal", Reason.unknown_proposal),
    RecordRoute("/v1/sites/{site}", "sites", "A site", Reason.unknown_site),
    RecordRoute("/v1/imports/{report}", "report", "An inventory report", Reason.unknown_document),
    RecordRoute("/v1/nodes/{node}", "node", "A server", Reason.unknown_node),
    RecordRoute("/v1/leases/{lease}", "lease", "A lease", Reason.unknown_lease),
    RecordRoute("/v1/orders/{order}", "order", "An order with its fills", Reason.unknown_order),
    RecordRoute(
        "/v1/settlements/{settlement}", "settlement", "A settlement", Reason.unknown_settlement
    ),
]


async def reader_of(reader: Reader | None) -> Reader:
    """The reader; refuses `not_yet` on a venue without views."""
    if reader is None:
        raise ProblemRaised("not_yet", "This venue runs without views: only live reads are served.")
    return reader


async def page_of(request: ApiRequest, method: str, **terms: Any) -> Page:
    """One page of a list; refuses `bad_cursor`."""
    await request.be_new_enough()
    reader = await reader_of(request.parts.reader)
    try:
        page = await getattr(reader, method)(**terms, paging=request.paging())
    except BadCursor as error:
        raise Refused(Reason.bad_cursor, f"{error}.", field="/cursor") from None
    except JournalUnavailable as error:
        raise ProblemRaised("unavailable", str(error)) from error
    assert isinstance(page, Page)
    return page


async def record_of(request: ApiRequest, method: str, *names: str, **terms: Any) -> Found:
    """One record, if the caller may read it."""
    await request.be_new_enough()
    reader = await reader_of(request.parts.reader)
    try:
        found = await getattr(reader, method)(*names, **terms)
    except JournalUnavailable as error:
        raise ProblemRaised("unavailable", str(error)) from error
    if isinstance(found, Page):  # a list narrowed to one
        return Found(found.position, found.at_ns, found.rows[0] if found.rows else None)
    assert isinstance(found, Found)
    return found


def _list(line: ListRoute) -> Route:
    async def answer(request: ApiRequest) -> web.StreamResponse:
        if not line.is_public:
            request.must_have(*line.scopes)
        query = request.query
        terms = {name: query[name] for name in line.filters if name in query}
        if line.is_own:
            terms["party"] = request.party()
        return request.reply_page(await page_of(request, line.method, **terms))

    return Route(
        "GET",
        line.path,
        answer,
        line.summary,
        scopes=() if line.is_public else line.scopes,
        needs_session=not line.is_public,
        query=(*line.filters, *(("party",) if line.is_own else ())),
        is_page=True,
    )


def _one(line: RecordRoute) -> Route:
    name = line.path.rpartition("{")[2].rstrip("}")

    async def answer(request: ApiRequest) -> web.StreamResponse:
        request.must_have(*line.scopes)
        wanted = request.path(name)
        own = request.party()
        if line.method == "parties":
            if own not in {"", wanted}:
                raise unknown(line.unknown, wanted)
            found = await record_of(request, line.method, party=wanted)
        elif line.method == "sites":
            found = await record_of(request, line.method, site=wanted, party=own)
        else:
            found = await record_of(request, line.method, wanted, party=own)
        if found.row is None:
            raise unknown(line.unknown, wanted)
        return request.reply(found.row, position=found.position, at_ns=found.at_ns)

    return Route("GET", line.path, answer, line.summary, scopes=line.scopes, needs_session=True)


async def unit(request: ApiRequest) -> web.Response:
    """A GPU with its chain of title; to who may not read it there is none."""
    request.must_have("read")
    wanted = request.path("unit")
    found = await record_of(request, "unit", wanted, party=request.party())
    if found.row is None:
        raise unknown(Reason.unknown_unit, wanted)
    chain = await page_of(request, "chain", thing=wanted)
    return request.reply(
        {**found.row, "chain": chain.rows}, position=found.position, at_ns=found.at_ns
    )


async def unit_history(request: ApiRequest) -> web.Response:
    return await _history(request, "unit", Reason.unknown_unit)


async def node_history(request: ApiRequest) -> web.Response:
    return await _history(request, "node", Reason.unknown_node)


async def _history(request: ApiRequest, kind: str, none: Reason) -> web.Response:
    request.must_have("read")
    wanted = request.path(kind)
    found = await record_of(request, kind, wanted, party=request.party())
    if found.row is None:
        raise unknown(none, wanted)
    return request.reply_page(await page_of(request, "history", subject=wanted))


def unknown(reason: Reason, wanted: str) -> Refused:
    """A thing that is not there, or not for the caller to read."""
    return Refused(reason, f"There is no {wanted[:64]!r} that you may see.")


ROUTES: Final = [
    *(_list(line) for line in LISTS),
    *(_one(line) for line in ONES),
    Route("GET", "/v1/units/{unit}", unit, "A GPU, with its chain of title",
          scopes=("read",), needs_session=True),
    Route("GET", "/v1/units/{unit}/history", unit_history, "Every event of a GPU",
          scopes=("read",), needs_session=True, is_page=True),
    Route("GET", "/v1/nodes/{node}/history", node_history, "Every event of a server",
          scopes=("read",), needs_session=True, is_page=True),
]  # fmt: skip
