"""Health and readiness, the texts of routes and codes, the console's files (WIRE 3, 8)."""

import json
from functools import cache
from typing import Any, Final

from aiohttp import web

from gateway.contract.languages import HEADER_MOST, LANGUAGES, chinese, preferred
from gateway.contract.problem_codes import every_code
from gateway.contract.problem_words import described, page_of
from gateway.problems import ProblemRaised
from gateway.release import release
from gateway.routes import (
    access,
    audit_reads,
    command_routes,
    log_files,
    market_reads,
    openapi,
    view_reads,
)
from gateway.routes.asyncapi import document as socket_document
from gateway.routes.console_files import PAGE, PAGE_HEADERS, console_files
from gateway.routes.constant_reply import ConstantReply
from gateway.routes.parts import EngineState, Parts
from gateway.routes.request import VISITS, ApiRequest, Route
from gateway.settings import Limits
from ledger.journal.protocol import JournalUnavailable
from ledger.refusals import Reason, Refused, sentence_of

VIEWS_LAG_MOST: Final = 10_000  # positions
CLIENTS: Final = "v1"  # the first part of every address that a client asks
READY_WAIT_S: Final = 0.5  # for the database: whoever asks for readiness is not kept waiting


async def livez(request: ApiRequest) -> web.Response:
    """The loop lives: it answered."""
    return web.json_response({"alive": True})


async def readyz(request: ApiRequest) -> web.Response:
    """200 only while the engine holds the fence and the views are within their lag limit.

    Anybody may ask: what the database or the engine said in its own words stands in the log.
    """
    parts = request.parts
    lag: int | None = 0
    reason = ""
    if parts.reader is not None:
        try:
            progress = await parts.reader.progress_within(READY_WAIT_S)
            lag = max(0, parts.hub.position - progress.position)
        except JournalUnavailable:
            lag, reason = None, "the database does not answer"
    if lag is not None and lag > VIEWS_LAG_MOST:
        reason = f"the views lag by {lag:,} positions"
    if not parts.engine.is_ready:
        reason = _reason_not_ready(parts.engine)
    body = {
        "ready": not reason,
        "reason": reason,
        "engine": parts.engine.is_ready,
        "views_lag": lag,
        "position": parts.hub.position,
        "log": await _log_readiness(request),
    }
    return web.json_response(body, status=503 if reason else 200)


async def _log_readiness(request: ApiRequest) -> dict[str, Any] | None:
    extent = request.parts.log
    if extent is None:
        return None
    head = await request.in_pool("log", extent.newest)
    lost = extent.lost()
    return {
        "entries": head.size if head is not None else None,
        "refused": extent.has_refused(),
        "origin": head.origin if head is not None else None,
        "lost": lost._asdict() if lost is not None else None,
    }


def _reason_not_ready(engine: EngineState) -> str:
    if engine.stop_reason:
        return "the engine has stopped for good"
    if engine.waits_for:
        return "the engine waits for its database"
    return "the engine is rebuilding its state"


async def describe(request: ApiRequest) -> web.Response:
    """This description."""
    return description(request.parts.limits).to(request.http)


async def problem_page(request: ApiRequest) -> web.Response:
    """One problem in words."""
    code = request.path("code")
    language = preferred(request.http.headers.get("Accept-Language", ""))
    pages = problem_pages().get((code, language))
    if pages is None:
        raise Refused(
            Reason.unknown_route, sentence_of("There is no problem {code!r}.", code=code[:64])
        )
    accepted = request.http.headers.get("Accept", "")[:HEADER_MOST].lower()
    is_browser = "text/html" in accepted and "application/json" not in accepted
    return (pages[1] if is_browser else pages[0]).to(request.http)


async def socket(request: ApiRequest) -> web.StreamResponse:
    """/v1/ws: the socket itself."""
    if not request.parts.engine.is_ready and request.parts.hub.position == 0:
        raise ProblemRaised("recovering")
    return await request.parts.sockets.serve(request.http, request.address)


async def page(request: ApiRequest) -> web.StreamResponse:
    """The console's page."""
    return _console_file(request, PAGE)


async def file(request: ApiRequest) -> web.StreamResponse:
    """A file of the console; any other name is no route, which a visitor is told by the page."""
    name = request.path("name")
    if name not in console_files(request.parts.console) and _is_visit(request.http, name):
        return _console_file(request, PAGE, status=404)
    return _console_file(request, name)


def _is_visit(http: web.Request, name: str) -> bool:
    """Whether a browser goes to an address that is none of the wire's: people read pages."""
    is_of_wire = name == CLIENTS or name.startswith(f"{CLIENTS}/")
    return not is_of_wire and "text/html" in ",".join(http.headers.getall("Accept", [])).lower()


def _console_file(request: ApiRequest, name: str, status: int = 200) -> web.Response:
    found = console_files(request.parts.console).get(name)
    if found is None:
        raise Refused(
            Reason.unknown_route, sentence_of("There is no route /{name}.", name=name[:200])
        )
    return found.to(request.http, status)


def make_constant_replies(parts: Parts) -> None:
    """Read and build what is the same for everybody, before anybody can ask for it."""
    description(parts.limits)
    socket_description(parts.limits)
    problem_pages()
    chinese()
    console_files(parts.console)


@cache
def description(limits: Limits) -> ConstantReply:
    """All routes in OpenAPI's form; what it says of limits is what is in force."""
    body = json.dumps(openapi.document(DESCRIBED, release(), limits)).encode()
    return ConstantReply.of(body, "application/json; charset=utf-8")


@cache
def socket_description(limits: Limits) -> ConstantReply:
    """The socket's messages in AsyncAPI's form; what it says of limits is what is in force."""
    body = json.dumps(socket_document(release(), limits)).encode()
    return ConstantReply.of(body, "application/json; charset=utf-8")


async def describe_socket(request: ApiRequest) -> web.Response:
    """The socket's description."""
    return socket_description(request.parts.limits).to(request.http)


@cache
def problem_pages() -> dict[tuple[str, str], tuple[ConstantReply, ConstantReply]]:
    """Each code in each language, as JSON and as a page, by code and language."""
    return {
        (code, language): (
            ConstantReply.of(
                json.dumps(described(code, language), ensure_ascii=False).encode(),
                "application/json; charset=utf-8",
                {"Content-Language": language, "Vary": "Accept, Accept-Language"},
            ),
            ConstantReply.of(
                page_of(code, language),
                "text/html; charset=utf-8",
                PAGE_HEADERS | {"Content-Language": language, "Vary": "Accept, Accept-Language"},
            ),
        )
        for code in every_code()
        for language in LANGUAGES
    }


DESCRIBED: Final = [
    *access.ROUTES,
    *command_routes.ROUTES,
    *view_reads.ROUTES,
    *market_reads.ROUTES,
    *audit_reads.ROUTES,
    *log_files.ROUTES,
    Route("GET", "/livez", livez, "Is it alive", is_health=True, bucket=""),
    Route("GET", "/readyz", readyz, "Is it ready", is_health=True, bucket=""),
    Route("GET", "/problems/{code}", problem_page, "A problem in words", bucket=VISITS),
]
ROUTES: Final = [
    *DESCRIBED,
    Route("GET", "/openapi.json", describe, "This description", bucket=VISITS),
    Route("GET", "/asyncapi.json", describe_socket, "The socket's description", bucket=VISITS),
    Route("GET", "/v1/ws", socket, "The socket", is_socket=True, bucket=VISITS),
    Route("GET", "/", page, "The console", is_console=True, bucket=VISITS),
    Route("GET", "/{name:.+}", file, "A file of the console", is_console=True, bucket=VISITS),
]
