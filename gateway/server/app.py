"""The gateway as an aiohttp application: every route wrapped alike, each error a problem."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from itertools import count
from time import perf_counter
from typing import Final

from aiohttp import web

from exchange.engine.group_decider import Unavailable
from gateway import problems
from gateway.access.addresses import FORWARDED, caller_address, plain_address, share_of
from gateway.access.limits import TokensLeft
from gateway.access.session import Session
from gateway.faults import Fault
from gateway.problems import ProblemRaised
from gateway.routes.http_rules import let_wait, must_be_plain
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
from gateway.server.http_connection import HttpConnection
from gpubourse.wire import encode
from ledger.journal.protocol import JournalUnavailable
from ledger.refusals import Reason, Refused

SOCKET: Final = "/v1/ws"
HEALTH: Final = ("/livez", "/readyz")
UNCOUNTED: Final = (*HEALTH, "/openapi.json", "/", "/{name:.+}", SOCKET)
_PROCESS: Final = secrets.token_hex(3)
_numbers = count(1)


def build(parts: Parts) -> web.Application:
    """The application of these parts; it opens nothing and closes nothing."""
    app = web.Application(middlewares=[_each], client_max_size=parts.limits.import_bytes)
    app[PARTS] = parts
    app.on_response_prepare.append(_sign)
    for route in ROUTES:
        handler = _handler(route)
        app.router.add_route(route.method, route.path, handler, expect_handler=let_wait)
        if route.method == "GET":  # aiohttp leaves the body out of the reply
            app.router.add_route("HEAD", route.path, handler, expect_handler=let_wait)
    return app


def _handler(route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(http: web.Request) -> web.StreamResponse:
        parts = http.app[PARTS]
        request = ApiRequest(http, parts, "", None)
        started_s = perf_counter()
        instance = _instance()
        response: web.StreamResponse
        with Fault(f"{instance}, {route.method} {route.path}") as fault:
            try:
                response = await _answer(route, request)
            except (Refused, ProblemRaised) as error:
                no = error if route.path in UNCOUNTED else _counted(request, error)
                response = problem_response(no, parts, instance)
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
    """Address, shape, session, rate, scope (WIRE 4), then the route itself."""
    request.address = address_of(route.path, request.http, request.parts)
    if route.path == SOCKET:  # it stays in flight as long as it is open
        return await _judge(route, request)
    with request.parts.in_flight.one(share_of(request.address)):
        return await _judge(route, request)


async def _judge(route: Route, request: ApiRequest) -> web.StreamResponse:
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
    await request.be_new_enough(needs_views=route.needs_views)
    return await route.answer(request)


def _counted(request: ApiRequest, no: Refused | ProblemRaised) -> Refused | ProblemRaised:
    """A no that was given before its request had drawn on a bucket: it draws now (WIRE 2)."""
    is_over = isinstance(no, Refused) and no.reason is Reason.rate_limited
    if request.left is None and request.address and not is_over:
        try:
            take(request, "reads")
        except Refused as empty:
            return empty
    return no


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


def address_of(path: str, http: web.Request, parts: Parts) -> str:
    """Where a request comes from; a proxy's own question for our health needs no caller."""
    peer = plain_address(http.remote or "")
    if path in HEALTH or not parts.settings.proxies:
        return peer
    lines = http.headers.getall(FORWARDED, [])
    return caller_address(peer, parts.settings.proxies, lines)


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
async def _each(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """What is the same for each request, one to nowhere, too: its HTTP, and how it is answered."""
    try:
        must_be_plain(request, request.app[PARTS].limits.head_bytes)
        response = await handler(request)
    except Refused as error:
        response = _refused(request, error)
        if error.reason is Reason.bad_media_type:
            response.headers["Accept-Encoding"] = "identity"
    except web.HTTPNotFound:
        response = _refused(request, _no_route(f"There is no route {request.path[:200]}."))
    except web.HTTPMethodNotAllowed as error:
        allowed = ", ".join(sorted(error.allowed_methods))
        text = f"{request.path[:200]} takes {allowed}, not {request.method[:16]}."
        response = _refused(request, _no_route(text))
    except ConnectionError:
        response = web.Response()  # the caller left: nobody will read it
    if not response.prepared:
        await _send(request, response)
    return response


def _no_route(text: str) -> Refused:
    return Refused(Reason.unknown_route, text)


def _refused(http: web.Request, no: Refused) -> web.Response:
    """The reply to a request that no route of ours has had."""
    parts = http.app[PARTS]
    request = ApiRequest(http, parts, "", None)
    counted: Refused | ProblemRaised = no
    try:
        request.address = address_of("", http, parts)
        counted = _counted(request, no)
    except Refused as error:
        counted = error
    response = problem_response(counted, parts, _instance())
    _add_rate_headers(response, request)
    return response


async def _send(http: web.Request, response: web.StreamResponse) -> None:
    """Send a reply, within its time. A body that nobody read ends the connection with it."""
    connection = http.protocol
    assert isinstance(connection, HttpConnection), "the listener makes no other"
    is_read = http.content.is_eof()
    if connection.count_reply() or not is_read:
        response.force_close()
    try:
        async with asyncio.timeout(http.app[PARTS].limits.reply_ms / 1_000):
            await response.prepare(http)
            await response.write_eof()
        if not is_read:
            await connection.drop_rest()
    except TimeoutError:
        connection.abort()
    except ConnectionError:
        pass  # the caller left


async def _sign(_: web.Request, response: web.StreamResponse) -> None:
    """Name no library and no release of one."""
    response.headers["Server"] = "gpubourse"
