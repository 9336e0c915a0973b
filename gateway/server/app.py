"""The gateway as an aiohttp application: every route wrapped alike, each error a problem."""

import secrets
from collections.abc import Awaitable, Callable
from itertools import count
from time import perf_counter
from typing import Final

from aiohttp import web

from exchange.engine.group_decider import Unavailable
from gateway import problems
from gateway.access.limits import TokensLeft
from gateway.access.session import Session
from gateway.faults import Fault
from gateway.problems import ProblemRaised
from gateway.routes.parts import PARTS, Parts
from gateway.routes.query import read_query
from gateway.routes.request import COOKIE, SECURE_COOKIE, ApiRequest, Route, take
from gateway.routes.request_checks import (
    must_be_open,
    must_be_readable,
    must_bring_nothing,
    must_take_json,
)
from gateway.routes.system import ROUTES
from gpubourse.wire import encode
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
        if route.method == "GET":  # aiohttp leaves the body out of the reply
            app.router.add_route("HEAD", route.path, handler)
    return app


def _handler(route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(http: web.Request) -> web.StreamResponse:
        parts = http.app[PARTS]
        request = ApiRequest(http, parts, address_of(http, parts), None)
        started_s = perf_counter()
        instance = _instance()
        response: web.StreamResponse
        with Fault(f"{instance}, {route.method} {route.path}") as fault:
            try:
                response = await _answer(route, request)
            except (Refused, ProblemRaised) as error:
                response = problem_response(error, parts, instance)
            except (Unavailable, JournalUnavailable) as error:
                response = problem_response(problems.troubled(error), parts, instance)
        if fault.error is not None:
            response = problem_response(ProblemRaised("internal"), parts, instance)
        _add_rate_headers(response, request)
        parts.metrics.request(route, response.status, perf_counter() - started_s)
        if request.session is None and http.method == "GET" and not response.prepared:
            response.headers["Access-Control-Allow-Origin"] = "*"
        return response

    return handle


async def _answer(route: Route, request: ApiRequest) -> web.StreamResponse:
    """Shape, session, rate, scope (WIRE 4), then the route itself."""
    is_ours = route.path not in UNCOUNTED
    must_be_readable(request)
    if is_ours:
        must_take_json(request)
    request.query = read_query(route.query, request.http.query, request.parts.limits)
    request.session = _session(request, is_public=not route.needs_session)
    if is_ours and not route.op:
        take(request, "reads")
    must_be_open(route, request)
    if route.body is None and not route.op:
        await must_bring_nothing(request)
    await request.be_new_enough()
    return await route.answer(request)


def problem_response(error: Refused | ProblemRaised, parts: Parts, instance: str) -> web.Response:
    """A refusal or a failure as problem+json."""
    body = problems.problem(error, instance=instance, position=parts.hub.position)
    response = web.Response(
        body=encode(body), status=body["status"], content_type=problems.MEDIA_TYPE
    )
    response.headers["Ledger-Position"] = str(parts.hub.position)
    response.headers["Cache-Control"] = "no-store"
    if "retry_after_ms" in body:
        response.headers["Retry-After"] = str(-(-body["retry_after_ms"] // 1_000))
    return response


def _instance() -> str:
    """A name for one request, sent with its problem and logged with our fault."""
    return f"/requests/{_PROCESS}{next(_numbers):x}"


def address_of(http: web.Request, parts: Parts) -> str:
    """Where a request comes from: behind a proxy, what the proxy named last."""
    if parts.settings.behind_proxy:
        forwarded = http.headers.get("X-Forwarded-For", "")
        last = forwarded.rpartition(",")[2].strip()
        if last:
            return last
    return http.remote or ""


def _session(request: ApiRequest, *, is_public: bool) -> Session | None:
    """The caller's session: a bearer's must hold; an old cookie does not bar public reading."""
    scheme, _, token = request.http.headers.get("Authorization", "").partition(" ")
    if scheme:
        if scheme.lower() != "bearer" or not token:
            raise Refused(Reason.no_session, "Authorization is 'Bearer' and a token.")
        return request.parts.auth.session(token.strip(), request.address)
    cookie = request.http.cookies.get(SECURE_COOKIE) or request.http.cookies.get(COOKIE)
    if not cookie:
        return None
    try:
        session = request.parts.auth.session(cookie, request.address)
    except Refused:
        if is_public:
            return None
        raise
    request.by_cookie = True
    return session


def _add_rate_headers(response: web.StreamResponse, request: ApiRequest) -> None:
    left: TokensLeft | None = request.left
    if left is not None and not response.prepared:
        policy = request.parts.buckets.policy(left.bucket)
        response.headers["RateLimit-Policy"] = policy
        response.headers["RateLimit"] = f'"{left.bucket}";r={left.tokens};t={left.refill_s}'


@web.middleware
async def _unknown_routes(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """What aiohttp itself refuses, as a problem of ours."""
    try:
        return await handler(request)
    except web.HTTPNotFound:
        text = f"There is no route {request.path[:200]}."
    except web.HTTPMethodNotAllowed as error:
        allowed = ", ".join(sorted(error.allowed_methods))
        text = f"{request.path[:200]} takes {allowed}, not {request.method[:16]}."
    return problem_response(Refused(Reason.unknown_route, text), request.app[PARTS], _instance())
