"""Health and readiness, the texts of routes and codes, the console's files (WIRE 3, 8)."""

from functools import cache
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from gateway.problems import ProblemRaised, described
from gateway.release import release
from gateway.routes import access, audit_reads, command_routes, market_reads, openapi, view_reads
from gateway.routes.request import ApiRequest, Route
from gateway.settings import Limits
from ledger.journal.protocol import JournalUnavailable
from ledger.refusals import Reason, Refused

VIEWS_LAG_MOST: Final = 10_000  # positions
READY_WAIT_S: Final = 0.5  # for the database: whoever asks for readiness is not kept waiting
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
PAGE_HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
KINDS: Final = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".mjs": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".woff2": "font/woff2",
}


async def livez(request: ApiRequest) -> web.Response:
    """The loop lives: it answered."""
    return web.json_response({"alive": True})


async def readyz(request: ApiRequest) -> web.Response:
    """200 only while the engine holds the fence and the views are within their lag limit."""
    parts = request.parts
    lag: int | None = 0
    reason = ""
    if parts.reader is not None:
        try:
            progress = await parts.reader.progress_within(READY_WAIT_S)
            lag = max(0, parts.hub.position - progress.position)
        except JournalUnavailable as error:
            lag, reason = None, str(error)
    if lag is not None and lag > VIEWS_LAG_MOST:
        reason = f"the views lag by {lag:,} positions"
    if not parts.engine.is_ready:
        engine_reason = parts.engine.stop_reason or parts.engine.waits_for
        reason = engine_reason or reason or "the engine is rebuilding its state"
    body = {
        "ready": not reason,
        "reason": reason,
        "engine": parts.engine.is_ready,
        "views_lag": lag,
        "position": parts.hub.position,
    }
    return web.json_response(body, status=503 if reason else 200)


async def describe(request: ApiRequest) -> web.Response:
    return web.json_response(_description(request.parts.limits))


async def problem_page(request: ApiRequest) -> web.Response:
    """One problem in words."""
    code = request.path("code")
    body = described(code)
    if body is None:
        raise Refused(Reason.unknown_route, f"There is no problem {code[:64]!r}.")
    return web.json_response(body)


async def socket(request: ApiRequest) -> web.StreamResponse:
    """/v1/ws: the socket itself."""
    command_routes.must_be_same_origin(request)
    if not request.parts.engine.is_ready and request.parts.hub.position == 0:
        raise ProblemRaised("recovering")
    return await request.parts.sockets.serve(request.http, request.address)


async def page(request: ApiRequest) -> web.StreamResponse:
    """The console's page."""
    return console_file(request.parts.console, "index.html")


async def file(request: ApiRequest) -> web.StreamResponse:
    """A file of the console; any other name is no route."""
    return console_file(request.parts.console, request.path("name"))


def console_file(folder: Path, name: str) -> web.StreamResponse:
    """A file inside the console's folder, with the strict policy; refuses `unknown_route`."""
    try:
        path = (folder / name).resolve()
        is_there = path.is_relative_to(folder.resolve()) and path.is_file()
    except OSError:  # a name longer than any file's
        is_there = False
    if not is_there or path.suffix not in KINDS:
        raise Refused(Reason.unknown_route, f"There is no route /{name[:200]}.")
    return web.FileResponse(path, headers={**PAGE_HEADERS, "Content-Type": KINDS[path.suffix]})


@cache
def _description(limits: Limits) -> dict[str, Any]:
    return openapi.document(DESCRIBED, release(), limits)


DESCRIBED: Final = [
    *access.ROUTES,
    *command_routes.ROUTES,
    *view_reads.ROUTES,
    *market_reads.ROUTES,
    *audit_reads.ROUTES,
    Route("GET", "/livez", livez, "Is it alive"),
    Route("GET", "/readyz", readyz, "Is it ready"),
    Route("GET", "/problems/{code}", problem_page, "A problem in words"),
]
ROUTES: Final = [
    *DESCRIBED,
    Route("GET", "/openapi.json", describe, "This description"),
    Route("GET", "/v1/ws", socket, "The socket"),
    Route("GET", "/", page, "The console"),
    Route("GET", "/{name:.+}", file, "A file of the console"),
]
