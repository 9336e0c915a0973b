"""One HTTP request as a route has it: its caller, what for, how new the answer must be."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec
from aiohttp import web

from gateway import wire
from gateway.access.command_intake import must_be_granted
from gateway.access.limits import TokensLeft
from gateway.access.session import Session
from gateway.problems import ProblemRaised
from gateway.routes.parts import Parts
from gpubourse.wire import compact, outward
from ledger.durations import SECOND_NS
from ledger.journal.protocol import JournalUnavailable
from ledger.refusals import Reason, Refused
from ledger.views.lists.pages import Page, Paging, Record

COOKIE: Final = "gpubourse"
SECURE_COOKIE: Final = "__Host-gpubourse"
POLL_S: Final = 0.002
JSON: Final = "application/json"


class Route(NamedTuple):
    """One line of the contents page: what is requested, by whom, and what answers."""

    method: str
    path: str
    answer: Callable[["ApiRequest"], Awaitable[web.StreamResponse]]
    summary: str
    scopes: tuple[str, ...] = ()  # any of these; () with needs_session False: everyone
    needs_session: bool = False
    op: str = ""  # of a command
    query: tuple[str, ...] = ()
    is_page: bool = False
    body: type[Any] | None = None  # of a request that is no command


@dataclass(slots=True)
class ApiRequest:
    """A request with its caller."""

    http: web.Request
    parts: Parts
    address: str
    session: Session | None
    by_cookie: bool = False  # the session came with a browser's cookie
    left: TokensLeft | None = None

    @property
    def query(self) -> dict[str, str]:
        """Its query members, each at most once."""
        query = self.http.query
        if len(query) != len(set(query)):
            raise Refused(Reason.bad_shape, "A query member is given twice: send it once.")
        return dict(query)

    def path(self, name: str) -> str:
        """A part of the path."""
        return str(self.http.match_info[name])

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
        if scopes and not session.may(*scopes) and not session.may("audit"):
            raise Refused(
                Reason.scope_missing, f"This takes a session with the scope {' or '.join(scopes)}."
            )
        return session

    def party(self) -> str:
        """Whose rows may be shown: the own party's, or for oversight anyone's ("" = all)."""
        session = self.must_be_logged_on()
        caller = self.query.get("party", "")
        if session.may_read_all:
            return caller
        if caller and caller != session.party:
            raise Refused(
                Reason.not_your_party, f"You act for {session.party}, not for {caller[:32]}."
            )
        return session.party

    def whole(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number of the query."""
        text = self.query.get(name)
        if text is None:
            return default
        if not text.isascii() or not text.isdigit() or len(text) > 19:
            raise Refused(Reason.bad_field, f"{name} is a whole number.", field=f"/{name}")
        if not least <= int(text) <= most:
            raise Refused(Reason.bad_field, f"{name} is {least} to {most}.", field=f"/{name}")
        return int(text)

    def paging(self) -> Paging:
        """Which part of a list is wanted."""
        query = self.query
        return Paging(
            limit=self.paging_limit(),
            cursor=query.get("cursor", ""),
            from_ns=instant_ns(query["from"], "from") if "from" in query else 0,
            to_ns=instant_ns(query["to"], "to") if "to" in query else 0,
        )

    def paging_limit(self) -> int:
        """How many rows a page may have."""
        limits = self.parts.limits
        return self.whole("limit", limits.rows_by_default, 1, limits.rows_per_page)

    async def be_new_enough(self) -> None:
        """Wait for `min_position`; refuse `as_of`, which here the command line's audit serves."""
        query = self.query
        if "as_of" in query:
            raise Refused(
                Reason.bad_field,
                "This route tells the present. States of the past: gpubourse audit as-of.",
                field="/as_of",
            )
        if "min_position" not in query:
            return
        limits = self.parts.limits
        wanted = self.whole("min_position", 0, 0, wire.NUMBER_MOST)
        wait_s = (
            self.whole("wait_ms", limits.position_wait_ms, 0, limits.position_wait_ms_most) / 1_000
        )
        deadline = asyncio.get_running_loop().time() + wait_s
        while self.parts.hub.position < wanted:
            if asyncio.get_running_loop().time() >= deadline:
                raise ProblemRaised("not_yet", position=self.parts.hub.position)
            await asyncio.sleep(POLL_S)
        left_s = max(0.0, deadline - asyncio.get_running_loop().time())
        reader = self.parts.reader
        try:
            is_viewed = reader is None or await reader.wait_for(wanted, left_s)
        except JournalUnavailable as error:
            raise ProblemRaised("unavailable", str(error)) from error
        if not is_viewed:
            raise ProblemRaised("not_yet", position=self.parts.hub.position)
        if self.session is not None:  # it may have ended while this waited
            self.parts.auth.must_be_in_force(self.session)

    async def members(self) -> dict[str, Any]:
        """The body as one strict JSON object; `_ns` members as ints."""
        if self.http.can_read_body and self.http.content_type != JSON:
            raise Refused(Reason.bad_media_type, f"Send the body as {JSON}, in UTF-8.")
        limits = self.parts.limits
        body = await self.body(limits.body_bytes)
        return wire.decode_object(body, limits.json_depth, limits.text_characters)

    async def body(self, most: int) -> bytes:
        """The raw body; refuses `too_large` as soon as it is, and what comes too slowly."""
        length = self.http.content_length
        if length is not None and length > most:
            raise _too_large(most)
        try:
            async with asyncio.timeout(self.parts.limits.body_ms / 1_000):
                return await self._read(most)
        except TimeoutError:
            wrong = "The body did not come to its end in time: send it anew."
        except web.RequestPayloadError:
            wrong = "The body is not what its headers say: send it as it is."
        raise Refused(Reason.bad_shape, wrong)

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

    def reply_record(self, record: Record) -> web.Response:
        """One record of the views, which has its wire form already."""
        assert record.json is not None, "the route refuses a record that is not there"
        result = msgspec.Raw(record.json)
        return self.reply(result, position=record.position, at_ns=record.at_ns)

    def reply_page(self, page: Page) -> web.Response:
        """Rows, which have their wire form already, and where they go on."""
        body = {
            "position": page.position,
            "at_ns": str(page.at_ns),
            "rows": msgspec.Raw(page.json),
            "next": page.next,
        }
        headers = {}
        if page.next:
            link = self.http.rel_url.update_query(cursor=page.next)
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
    return Refused(Reason.too_large, f"The body is larger than {size}.")


def instant_ns(text: str, field: str) -> int:
    """An instant of the query: RFC 3339 with up to 9 decimals, or nanoseconds as text."""
    if text.isdigit():
        return wire.nanos(text, f"/{field}")
    head, _, rest = text.partition(".")
    digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
    try:
        at = datetime.fromisoformat((head + rest[len(digits) :]).replace("Z", "+00:00"))
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or len(digits) > 9:
        raise Refused(
            Reason.bad_field,
            f"{field} is an instant: 2026-11-30T16:00:00Z, or nanoseconds since 1970.",
            field=f"/{field}",
        )
    return round(at.timestamp()) * SECOND_NS + int(digits.ljust(9, "0"))


def take(request: ApiRequest, bucket: str, cost: int = 1) -> None:
    """Draw from the caller's bucket; refuses `rate_limited`."""
    parts = request.parts
    session = request.session
    if session is None:
        request.left = parts.buckets.take("anonymous", request.address, parts.wall_ns(), cost)
    else:
        request.left = parts.buckets.take(bucket, session.principal, parts.wall_ns(), cost)
    must_be_granted(request.left)
