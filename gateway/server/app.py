"""The gateway as an aiohttp application: every route wrapped alike, each error a problem."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import count
from time import perf_counter
from typing import Final, cast

from aiohttp import web

from exchange.engine.group_decider import Unavailable
from gateway import problems
from gateway.access.limits import TokensLeft
from gateway.access.session import Session
from gateway.addresses import (
    FORWARDED,
    caller_address,
    plain_address,
    prober_address,
    share_of,
)
from gateway.contract.languages import preferred
from gateway.contract.problem_words import WORDS
from gateway.faults import Fault
from gateway.problems import ProblemRaised
from gateway.routes.http_rules import cookie, let_wait, must_be_plain
from gateway.routes.parts import PARTS, Parts
from gateway.routes.query import read_query
from gateway.routes.request import (
    COOKIE,
    READS,
    SECURE_COOKIE,
    ApiRequest,
    Origins,
    Route,
    pay,
    take,
)
from gateway.routes.request_checks import (
    must_be_open,
    must_be_readable,
    must_bring_nothing,
    must_come_from_here,
    must_take_json,
)
from gateway.routes.system import ROUTES, make_constant_replies
from gateway.server.http_connection import HttpConnection
from gateway.turns.request_turns import Line
from gpubourse.wire import encode
from ledger.durations import SECOND_NS
from ledger.journal.protocol import JournalUnavailable
from ledger.refusals import Reason, Refused, sentence_of

NAME: Final = "gpubourse"  # all that a reply tells of what serves it
PARTS_OF_ADDRESS_MOST: Final = 32  # our longest have 16
NOWHERE: Final = "/no/route"
_PROCESS: Final = secrets.token_hex(3)
_numbers = count(1)


def build(parts: Parts) -> web.Application:
    """The application of these parts; it opens nothing and closes nothing."""
    app = web.Application(middlewares=[_each], client_max_size=parts.limits.import_bytes)
    app[PARTS] = parts
    make_constant_replies(parts)
    app.on_response_prepare.append(_sign)
    _bound(app.router)
    for route in ROUTES:
        handler = _handler(route)
        app.router.add_route(route.method, route.path, handler, expect_handler=let_wait)
        if route.method == "GET" and not route.is_socket:  # aiohttp leaves the body out
            app.router.add_route("HEAD", route.path, handler, expect_handler=let_wait)
    return app


def _bound(router: web.UrlDispatcher) -> None:
    """Let an address of very many parts be none: aiohttp looks up each of its beginnings."""
    find = router.resolve

    async def resolve(request: web.Request) -> web.UrlMappingMatchInfo:
        is_long = request.rel_url.raw_path.count("/") > PARTS_OF_ADDRESS_MOST
        return await find(request.clone(rel_url=NOWHERE) if is_long else request)

    router.resolve = resolve  # type: ignore[method-assign]


def _handler(route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(http: web.Request) -> web.StreamResponse:
        parts = http.app[PARTS]
        request = ApiRequest(http, parts, "", None, route)
        started_s = perf_counter()
        instance = _instance()
        response: web.StreamResponse
        no: Refused | ProblemRaised | None = None
        with Fault(f"{instance}, {route.method} {route.path}") as fault:
            try:
                response = await _answer(route, request)
            except (Refused, ProblemRaised) as error:
                no = _counted(request, error).anew()  # else it would hold this frame
                response = problem_response(no, parts, instance, http)
            except (Unavailable, JournalUnavailable) as error:
                response = problem_response(problems.troubled(error), parts, instance, http)
            except ConnectionError:  # it was cut: its body, which never came, costs no less
                with suppress(Refused):
                    pay(request)
                raise
        if fault.error is not None:
            response = problem_response(ProblemRaised("internal"), parts, instance, http)
        _add_rate_headers(response, request)
        parts.metrics.request(route, response.status, perf_counter() - started_s)
        is_open = route.origins is not Origins.OWN and request.session is None
        if is_open and not response.prepared:
            response.headers["Access-Control-Allow-Origin"] = "*"
        await _slow_down(request, response, no)
        return response

    return handle


async def _answer(route: Route, request: ApiRequest) -> web.StreamResponse:
    """Address, shape, session, rate, scope (WIRE 4), then the route itself.

    Whose session it is is known before anything is refused: so each pays for its own (WIRE 2).
    """
    request.address = address_of(route, request.http, request.parts)
    no_session = _find_session(request, is_public=not route.needs_session)
    with request.ends:
        if not route.is_socket:  # which stays in flight as long as it is open
            request.ends.enter_context(request.parts.in_flight.one(share_of(request.address)))
        return await _judge(route, request, no_session)


async def _judge(
    route: Route, request: ApiRequest, no_session: Refused | None
) -> web.StreamResponse:
    must_be_readable(request)
    if route.bucket == READS:
        must_take_json(request)
    if not route.is_console:
        request.query = read_query(route.query, request.http.query, request.parts.limits)
    if no_session is not None:
        raise no_session.anew()  # else this frame would hold what holds it
    must_come_from_here(route, request)
    if route.bucket and not route.op:
        take(request, route.bucket)
    must_be_open(route, request)
    if route.body is None and not route.op:
        await must_bring_nothing(request)
    await request.be_new_enough(needs_views=route.needs_views)
    return await route.answer(request)


def _counted(request: ApiRequest, no: Refused | ProblemRaised) -> Refused | ProblemRaised:
    """A no that was given before its request had drawn on a bucket: it draws now (WIRE 2)."""
    is_drawn = isinstance(no, Refused) and "bucket" in no.context  # and its bucket was empty
    if not is_drawn:
        try:
            pay(request)
        except Refused as empty:
            return empty
    return no


async def _slow_down(
    request: ApiRequest, response: web.StreamResponse, no: Refused | ProblemRaised | None
) -> None:
    """Nothing paid for the word that a bucket is empty: it goes out at a pace of its own.

    A caller that goes on asking is slowed so, on each of its connections. Who has more of them than
    may be held loses them.
    """
    if not isinstance(no, Refused) or "bucket" not in no.context:
        return
    parts, session = request.parts, request.session
    caller = share_of(request.address) if session is None else session.principal
    most = parts.limits.connections_per_address
    wait_ns = parts.buckets.owe("refusals", caller, parts.wall_ns(), most)
    if wait_ns is None:
        response.force_close()
    elif wait_ns:
        await asyncio.sleep(wait_ns / SECOND_NS)


def problem_response(
    error: Refused | ProblemRaised, parts: Parts, instance: str, http: web.BaseRequest
) -> web.Response:
    """A refusal or a failure as problem+json, in the language that the caller prefers."""
    language = preferred(http.headers.get("Accept-Language", ""))
    body = problems.problem(
        error, instance=instance, position=parts.hub.position, words=WORDS[language]
    )
    response = web.Response(
        body=encode(body), status=body["status"], content_type=problems.MEDIA_TYPE
    )
    response.headers["Ledger-Position"] = str(parts.hub.position)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Language"] = language
    if "retry_after_ms" in body:
        response.headers["Retry-After"] = str(-(-body["retry_after_ms"] // 1_000))
    return response


def _instance() -> str:
    """A name for one request, sent with its problem and logged with our fault."""
    return f"/requests/{_PROCESS}{next(_numbers):x}"


def address_of(route: Route | None, http: web.BaseRequest, parts: Parts) -> str:
    """Where a request comes from; a proxy's own question for our health needs no caller."""
    peer = plain_address(http.remote or "")
    if not parts.settings.proxies:
        return peer
    lines = http.headers.getall(FORWARDED, [])
    read = prober_address if route is not None and route.is_health else caller_address
    return read(peer, parts.settings.proxies, lines)


def _find_session(request: ApiRequest, *, is_public: bool) -> Refused | None:
    """Set the caller's session, if there is one; what is to be said of a token that opens none."""
    try:
        request.session = _session(request, is_public=is_public)
    except Refused as error:
        return error.anew()  # its frames lead back to who keeps it
    return None


def _session(request: ApiRequest, *, is_public: bool) -> Session | None:
    """The caller's session: a bearer's must hold; an old cookie does not bar public reading."""
    scheme, _, token = request.http.headers.get("Authorization", "").partition(" ")
    if scheme:
        if scheme.lower() != "bearer" or not token:
            raise Refused(Reason.no_session, "Authorization is 'Bearer' and a token.")
        return request.parts.auth.session(token.strip(), request.address)
    token = cookie(request.http, SECURE_COOKIE, COOKIE)
    if not token:
        return None
    try:
        session = request.parts.auth.session(token, request.address)
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
        response.headers["RateLimit"] = f'"{left.bucket}";r={left.tokens};t={left.full_s}'


@web.middleware
async def _each(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """What is the same for each request, one to nowhere, too: its HTTP, and how it is answered."""
    parts = request.app[PARTS]
    try:
        await parts.request_turns.one(_whose_turn(request, parts), _line_of(request))
        must_be_plain(request, parts.limits.head_bytes)
        response = await handler(request)
    except Refused as error:
        response = await _refused(request, error)
        if error.reason is Reason.bad_media_type:
            response.headers["Accept-Encoding"] = "identity"
    except web.HTTPNotFound:
        response = await _refused(request, _no_route(f"There is no route {request.path[:200]}."))
    except web.HTTPMethodNotAllowed as error:
        allowed = ", ".join(sorted(error.allowed_methods))
        text = sentence_of(
            "{path} takes {allowed}, not {method}.",
            path=request.path[:200],
            allowed=allowed,
            method=request.method[:16],
        )
        response = await _refused(request, _no_route(text))
    except ConnectionError as left:
        left.__traceback__ = None  # its frames hold what came of the body, and the body holds it
        response = web.Response()  # the caller left: nobody will read it
    if not response.prepared:
        await _send(request, response)
    return response


def _line_of(request: web.Request) -> Line | None:
    line = request.protocol
    return line if isinstance(line, HttpConnection) else None


def _no_route(text: str) -> Refused:
    return Refused(Reason.unknown_route, text)


async def _refused(http: web.Request, no: Refused) -> web.Response:
    """The reply to a request that no route of ours has had."""
    parts = http.app[PARTS]
    request = ApiRequest(http, parts, "", None)
    counted: Refused | ProblemRaised = no
    try:
        request.address = address_of(None, http, parts)
        _find_session(
            request, is_public=True
        )  # who pays: a token that opens none bars nothing here
        counted = _counted(request, no)
    except Refused as error:
        counted = error
    return await _reply_to_nowhere(request, counted)


async def refuse_unreadable(parts: Parts, http: web.BaseRequest) -> web.Response:
    """The reply to bytes that are no request: nothing is known but who sent them."""
    request = ApiRequest(cast(web.Request, http), parts, plain_address(http.remote or ""), None)
    text = (
        "This cannot be read as HTTP/1.1: a method in capital letters, an address, the version, "
        "and no line of the head too long."
    )
    response = await _reply_to_nowhere(request, _counted(request, Refused(Reason.bad_shape, text)))
    response.headers["Server"] = NAME
    response.force_close()
    return response


async def _reply_to_nowhere(request: ApiRequest, no: Refused | ProblemRaised) -> web.Response:
    response = problem_response(no, request.parts, _instance(), request.http)
    _add_rate_headers(response, request)
    await _slow_down(request, response, no)
    return response


def _whose_turn(http: web.Request, parts: Parts) -> str:
    """The caller whose requests take turns; of a proxy that names none, the proxy."""
    try:
        return share_of(address_of(None, http, parts))
    except Refused:
        return http.remote or ""


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
    response.headers["Server"] = NAME
