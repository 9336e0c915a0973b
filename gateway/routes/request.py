"""One HTTP request as a route has it: its caller, what for, how new the answer must be."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, ExitStack
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, NamedTuple, TypeVar

import msgspec
from aiohttp import web

from gateway import wire
from gateway.access.command_intake import must_be_granted
from gateway.access.limits import TokensLeft
from gateway.access.session import Session
from gateway.addresses import share_of
from gateway.problems import ProblemRaised
from gateway.routes.http_rules import let_come, media_type
from gateway.routes.parts import Parts
from gateway.routes.query import QueryMember, cursor_of, place_of
from gateway.turns.read_turns import reads_as
from gpubourse.wire import compact, outward
from ledger.journal.protocol import JournalUnavailable
from ledger.refusals import Reason, Refused, either, sentence_of
from ledger.views.lists.pages import Page, Paging, Record

COOKIE: Final = "gpubourse"
SECURE_COOKIE: Final = "__Host-gpubourse"
Result = TypeVar("Result")
JSON: Final = "application/json"
LARGE_BYTES: Final = 256 << 10  # of a body: each whole one of these draws a token before it is read
READS: Final = "reads"
VISITS: Final = "visits"


class Origins(Enum):
    """Which Host and Origin a browser's request may name (WIRE 1)."""

    ANY = "any Host, any Origin: whoever asks after our health"
    PUBLIC = "our own Host; any Origin, as long as no session comes along"
    OWN = "our own Host, and no Origin but our own"


class Route(NamedTuple):
    """One line of the contents page: what is requested, by whom, and what answers."""

    method: str
    path: str
    answer: Callable[["ApiRequest"], Awaitable[web.StreamResponse]]
    summary: str
    scopes: tuple[str, ...] = ()  # any of these; () with needs_session False: everyone
    needs_session: bool = False
    op: str = ""  # of a command
    query: tuple[QueryMember, ...] = ()  # all that its address may bear behind the `?`
    is_page: bool = False
    is_console: bool = False  # a browser's page or file: a link to it may bear others' words
    is_socket: bool = False
    is_health: bool = False  # asked by whoever watches over us, by whatever name
    bucket: str = READS  # that it draws on; a visitor's reads draw on `anonymous`; "": on none
    body: type[Any] | None = None  # of a request that is no command
    needs_views: bool = True  # False: answered from memory, also while the database is away
    media: str = ""  # of an answer that is a file, and no JSON

    @property
    def opened_by(self) -> tuple[str, ...]:
        """The scopes that open it, any of them: `audit` reads whatever others may, no more."""
        is_read = self.method == "GET" and bool(self.scopes)
        return tuple(dict.fromkeys((*self.scopes, "audit"))) if is_read else self.scopes

    @property
    def origins(self) -> Origins:
        """Whom it answers: a read for everybody is for every page, all else for our own."""
        if self.is_health:
            return Origins.ANY
        is_public = self.method == "GET" and not self.needs_session and not self.is_socket
        return Origins.PUBLIC if is_public else Origins.OWN


@dataclass(slots=True)
class ApiRequest:
    """A request with its caller."""

    http: web.Request
    parts: Parts
    address: str
    session: Session | None
    route: Route | None = None  # None: it is to nowhere
    by_cookie: bool = False  # the session came with a browser's cookie
    is_foreign: bool = False  # a page of another origin asks
    left: TokensLeft | None = None
    query: dict[str, Any] = field(default_factory=dict)  # the route's members, read
    ends: ExitStack = field(default_factory=ExitStack)  # what is let go once it is answered

    def path(self, name: str) -> str:
        """A part of the path."""
        return str(self.http.match_info[name])

    async def in_pool(self, work: str, call: Callable[..., Result], *args: object) -> Result:
        """What a call that blocks returns: it runs in the pool of its class, in this caller's turn.

        A principal waits behind its own; who has not logged on, behind its address.
        """
        caller = self.session.principal if self.session else share_of(self.address)
        return await self.parts.pools.run(work, caller, call, *args)

    def must_be_logged_on(self) -> Session:
        """The session; refuses `no_session`."""
        if self.session is None:
            raise Refused(
                Reason.no_session, "Log on: POST /v1/auth/challenge, then /v1/auth/session."
            )
        return self.session

    def must_have(self, *scopes: str) -> Session:
        """The session, if any of *scopes* is its own; refuses `scope_missing`."""
        session = self.must_be_logged_on()
        if not session.may(*scopes):
            raise Refused(
                Reason.scope_missing,
                sentence_of("This takes a session with the scope {scopes}.", scopes=either(scopes)),
            )
        return session

    def party(self) -> str:
        """Whose rows may be shown: the own party's, or for oversight anyone's ("" = all)."""
        session = self.must_be_logged_on()
        caller = str(self.query.get("party", ""))
        if session.may_read_all:
            return caller
        if caller and caller != session.party:
            raise Refused(
                Reason.not_your_party,
                sentence_of(
                    "You act for {party}, not for {caller}.",
                    party=session.party,
                    caller=caller[:32],
                ),
            )
        return session.party

    @property
    def limit(self) -> int:
        """How many rows are wanted at most."""
        return int(self.query.get("limit", self.parts.limits.rows_by_default))

    @property
    def place(self) -> str:
        """Where in its list the page before ended; "": this is the first. Refuses `bad_cursor`."""
        return place_of(self._lists, self.query["cursor"]) if "cursor" in self.query else ""

    @property
    def _lists(self) -> str:
        """What a cursor is bound to: this list, of this venue."""
        return f"{self.parts.intake.venue} {self.http.path}"

    def paging(self) -> Paging:
        """Which part of a list of the views is wanted."""
        return Paging(
            limit=self.limit,
            cursor=self.place,
            from_ns=self.query.get("from", 0),
            to_ns=self.query.get("to", 0),
        )

    def read_turn(self) -> AbstractAsyncContextManager[None]:
        """The caller's turn to read the database, for as long as the block lasts."""
        return self.parts.read_turns.one(reads_as(self.session, self.address))

    async def be_new_enough(self, *, needs_views: bool) -> None:
        """Wait until the reply can be true at `min_position`, where that is wanted."""
        if "min_position" not in self.query:
            return
        wanted: int = self.query["min_position"]
        wait_s = self.query.get("wait_ms", self.parts.limits.position_wait_ms) / 1_000
        deadline = asyncio.get_running_loop().time() + wait_s
        hub = self.parts.hub
        if hub.position < wanted and not await hub.waits.one(wanted, wait_s):
            raise ProblemRaised(
                "not_yet",
                sentence_of(
                    "The venue has come to position {position:,}, and not to {wanted:,} yet. Ask "
                    "again.",
                    position=hub.position,
                    wanted=wanted,
                ),
            )
        left_s = max(0.0, deadline - asyncio.get_running_loop().time())
        reader = self.parts.reader if needs_views else None
        try:
            is_viewed = reader is None or await reader.wait_for(wanted, left_s)
        except JournalUnavailable as error:
            raise ProblemRaised("unavailable", str(error)) from error
        if not is_viewed:
            raise ProblemRaised("not_yet", position=hub.position)
        if self.session is not None:  # it may have ended while this waited
            self.parts.auth.must_be_in_force(self.session)

    async def members(self) -> dict[str, Any]:
        """The body as one strict JSON object; `_ns` members as ints."""
        if self.http.can_read_body and media_type(self.http) != JSON:
            raise Refused(
                Reason.bad_media_type, sentence_of("Send the body as {json}, in UTF-8.", json=JSON)
            )
        limits = self.parts.limits
        most = limits.body_bytes
        if self.session is None:
            most = min(most, limits.body_bytes_anonymous)
        body = await self.body(most)
        return wire.decode_object(body, limits.body_bounds)

    async def body(self, most: int) -> bytes:
        """The raw body; refuses `too_large` as soon as it is, and what comes too slowly."""
        length = self.http.content_length or 0
        if length > most:
            raise _too_large(most)
        if length >= LARGE_BYTES:
            self._must_be_due_a_large_one(length)
        caller = reads_as(self.session, self.address)
        self.ends.enter_context(self.parts.bodies_in_flight.one(caller, length))
        await let_come(self.http)
        try:
            async with asyncio.timeout(self.parts.limits.body_ms / 1_000):
                return await self._read(most)
        except TimeoutError:
            wrong = "The body did not come to its end in time: send it anew."
        raise Refused(Reason.bad_shape, wrong)

    def _must_be_due_a_large_one(self, length: int) -> None:
        """Refuse from the head alone whom the op is not open to, and who is beyond his rate."""
        route = self.route
        if route is not None and route.op and route.scopes:
            self.must_have(*route.scopes)
        left = _drawn(self, READS, length // LARGE_BYTES)
        if left.retry_after_ms:
            self.left = left  # its reply says so; else the request itself is still to be paid
        must_be_granted(left)

    async def _read(self, most: int) -> bytes:
        parts: list[bytes] = []
        size = 0
        async for chunk in self.http.content.iter_any():
            size += len(chunk)
            if size > most:
                raise _too_large(most)
            parts.append(chunk)
        return b"".join(parts)

    def reply(
        self,
        result: Any,
        *,
        position: int | None = None,
        at_ns: int | None = None,
        status: int = 200,
        headers: dict[str, str] | None = None,
    ) -> web.Response:
        """One result, true at a position (by default: all that is published)."""
        hub = self.parts.hub
        where = hub.position if position is None else position
        at = hub.at_ns if at_ns is None else at_ns
        body = {"position": where, "at_ns": str(at), "result": outward(result)}
        return self.respond(body, where, status, headers)

    def charged(self, response: web.Response) -> web.Response:
        """A command's reply, whose size is charged to the bucket that its request drew on."""
        if self.left is not None and isinstance(response.body, bytes):
            self.left = self.parts.intake.charge(self.left, len(response.body))
        return response

    def reply_record(self, record: Record) -> web.Response:
        """One record of the views, which has its wire form already."""
        assert record.json is not None, "the route refuses a record that is not there"
        result = msgspec.Raw(record.json)
        return self.reply(result, position=record.position, at_ns=record.at_ns)

    def reply_page(self, page: Page, **more: int) -> web.Response:
        """Rows, which have their wire form already, and where they go on."""
        following = cursor_of(self._lists, page.next) if page.next else None
        body = {
            "position": page.position,
            "at_ns": str(page.at_ns),
            "rows": msgspec.Raw(page.json),
            "next": following,
            **more,
        }
        headers = {}
        if following:
            link = self.http.rel_url.update_query(cursor=following)
            headers["Link"] = f'<{link}>; rel="next"'
        return self.respond(body, page.position, 200, headers)

    def respond(
        self, body: dict[str, Any], position: int, status: int, headers: dict[str, str] | None
    ) -> web.Response:
        """A JSON reply with the headers of WIRE 1; `body` is in its wire form."""
        raw = compact(body)
        response = web.Response(body=raw, status=status, content_type=JSON, charset="utf-8")
        response.headers["Ledger-Position"] = str(position)
        response.headers.update(headers or {})
        if self.session is not None:
            response.headers["Cache-Control"] = "no-store"
        return response


def _too_large(most: int) -> Refused:
    mib, rest = divmod(most, 1 << 20)
    size = f"{most:,} bytes" if rest else f"{mib} MiB"
    return Refused(Reason.too_large, sentence_of("The body is larger than {size}.", size=size))


def take(request: ApiRequest, bucket: str) -> None:
    """Draw one from the caller's bucket: the request is paid. Refuses `rate_limited`."""
    request.left = _drawn(request, bucket, 1)
    must_be_granted(request.left)


def pay(request: ApiRequest) -> None:
    """Draw one of `reads` for what ends before it came to its bucket; refuses `rate_limited`."""
    if request.left is None and request.address:
        take(request, READS)


def _drawn(request: ApiRequest, bucket: str, cost: int) -> TokensLeft:
    parts = request.parts
    session = request.session
    if bucket == VISITS or session is None:
        caller = share_of(request.address)
        of_visitors = bucket if bucket == VISITS else "anonymous"
        return parts.buckets.take(of_visitors, caller, parts.wall_ns(), cost)
    return parts.buckets.take(bucket, session.principal, parts.wall_ns(), cost)
