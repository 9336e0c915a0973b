"""The door as an aiohttp application: every route wrapped alike, every no told as a problem."""

import secrets
from collections.abc import Awaitable, Callable
from itertools import count
from time import perf_counter
from typing import Final

from aiohttp import web

from exchange.engine.engine import Unavailable
from gateway import problems, wire
from gateway.access.limits import TokensLeft
from gateway.access.session import Session
from gateway.faults import Fault
from gateway.problems import ProblemRaised
from gateway.routes.parts import PARTS, Parts
from gateway.routes.request import COOKIE, SECURE_COOKIE, ApiRequest, Route, take
from gateway.routes.request_checks import must_be_known, must_be_readable, must_take_json
from gateway.routes.system import ROUTES
from ledger.journal.protocol import JournalUnavailable
from ledger.refusals import Reason, Refused

UNCOUNTED: Final = ("/livez", "/readyz", "/openapi.json", "/", "/{name:.+}", "/v1/ws")
_PROCESS: Final = secrets.token_hex(3)
_numbers = count(1)


def build(parts: Parts) -> web.Application:
    """The application of these parts; it opens nothing and closes nothing."""
    app = web.Application(middlewares=[_unknown_routes], client_max_size=parts.limits.import_bytes)
    app[PARTS] = parts
    for route in ROUTES:
        handler = _handler(route)
        app.router.add_route(route.method, route.path, handler)
        if route.method == "GET":  # who asks for the head alone is told it alone
            app.router.add_route("HEAD", route.path, handler)
    return app


def _handler(route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        parts = request.app[PARTS]
        ask = ApiRequest(request, parts, address_of(request, parts), None)
        started_s = perf_counter()
        instance = _instance()
        response: web.StreamResponse
        with Fault(f"{instance}, {route.method} {route.path}") as fault:
            try:
                response = await _answer(route, ask)
            except (Refused, ProblemRaised) as no:
                response = told_no(no, parts, instance)
            except (Unavailable, JournalUnavailable) as error:
                response = told_no(problems.troubled(error), parts, instance)
        if fault.error is not None:
            response = told_no(ProblemRaised("internal"), parts, instance)
        _tell_limits(response, ask)
        parts.metrics.request(route, response.status, perf_counter() - started_s)
        if ask.session is None and request.method == "GET" and not response.prepared:
            response.headers["Access-Control-Allow-Origin"] = "*"
        return response

    return handle


async def _answer(route: Route, ask: ApiRequest) -> web.StreamResponse:
    """Shape, session, rate (WIRE 4), then the route itself."""
    is_ours = route.path not in UNCOUNTED
    must_be_readable(ask)
    if is_ours:
        must_take_json(ask)
    if is_ours and not route.op:
        must_be_known(route, ask)
    ask.session = _session(ask, is_public=not route.needs_session)
    if is_ours and not route.op:
        take(ask, "reads")
    return await route.answer(ask)


def told_no(no: Refused | ProblemRaised, parts: Parts, instance: str) -> web.Response:
    """A refusal or a failure as problem+json."""
    told = problems.problem(no, instance=instance, position=parts.hub.position)
    response = web.Response(
        body=wire.encode(told), status=told["status"], content_type=problems.MEDIA_TYPE
    )
    response.headers["Ledger-Position"] = str(parts.hub.position)
    response.headers["Cache-Control"] = "no-store"
    if "retry_after_ms" in told:
        response.headers["Retry-After"] = str(-(-told["retry_after_ms"] // 1_000))
    return response


def _instance() -> str:
    """A name for one request, told with its problem and kept with our fault."""
    return f"/requests/{_PROCESS}{next(_numbers):x}"


def address_of(request: web.Request, parts: Parts) -> str:
    """Where a request comes from: behind a proxy, what the proxy says last."""
    if parts.settings.behind_proxy:
        forwarded = request.headers.get("X-Forwarded-For", "")
        last = forwarded.rpartition(",")[2].strip()
        if last:
            return last
    return request.remote or ""


def _session(ask: ApiRequest, *, is_public: bool) -> Session | None:
    """The caller's session: a bearer's must hold; an old cookie does not bar public reading."""
    scheme, _, token = ask.request.headers.get("Authorization", "").partition(" ")
    if scheme:
        if scheme.lower() != "bearer" or not token:
            raise Refused(Reason.no_session, "Authorization is 'Bearer' and a token.")
        return ask.parts.auth.session(token.strip(), ask.address)
    cookie = ask.request.cookies.get(SECURE_COOKIE) or ask.request.cookies.get(COOKIE)
    if not cookie:
        return None
    try:
        session = ask.parts.auth.session(cookie, ask.address)
    except Refused:
        if is_public:
            return None
        raise
    ask.by_cookie = True
    return session


def _tell_limits(response: web.StreamResponse, ask: ApiRequest) -> None:
    left: TokensLeft | None = ask.left
    if left is not None and not response.prepared:
        policy = ask.parts.buckets.policy(left.bucket)
        response.headers["RateLimit-Policy"] = policy
        response.headers["RateLimit"] = f'"{left.bucket}";r={left.tokens};t={left.refill_s}'


@web.middleware
async def _unknown_routes(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """What aiohttp itself refuses, told in our words."""
    try:
        return await handler(request)
    except web.HTTPNotFound:
        text = f"There is no route {request.path[:200]}."
    except web.HTTPMethodNotAllowed as no:
        allowed = ", ".join(sorted(no.allowed_methods))
        text = f"{request.path[:200]} takes {allowed}, not {request.method[:16]}."
    return told_no(Refused(Reason.unknown_route, text), request.app[PARTS], _instance())
