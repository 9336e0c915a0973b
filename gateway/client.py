"""The Python client: `async with connect(me="trader") as venue`. Integers only (WIRE 6).

    async with connect("http://127.0.0.1:8470", me="trader") as venue:
        book = await venue.book("L.H100SXM8.CN-BJ.2026-12")
        order = await venue.place(
            market=book.market, side="bid", price_ticks=book.asks[0][0], lots=1
        )

Each intent has one key, kept until an answer came and asked for again under: after a cut, a timeout
or a 503 nothing is ever done twice.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, Final, Self

import aiohttp

from gateway import wire
from gateway.access.key_files import KeyFile, new_command_key
from gateway.client_book import BadChecksum, Book, HeldBook
from gateway.client_errors import (
    RateLimited,
    Refused,
    Unauthorised,
    Unavailable,
    VenueError,
    is_unknown,
    raised,
)
from gateway.client_line import Line, Watch, inward
from gateway.client_seat import Seat, find_key, find_venue
from ledger.base64url import sha256_text

__all__ = [
    "Book",
    "Client",
    "RateLimited",
    "Refused",
    "Unauthorised",
    "Unavailable",
    "VenueError",
    "connect",
]

ANSWER_S: Final = 10.0
TRIES: Final = 5
LET_WAIT_S: Final = 5.0  # the longest wait for one turn
FORGOTTEN: Final = ("session_expired", "no_session")  # the venue was opened anew, too


def connect(
    url: str = "",
    *,
    me: str = "",
    key: KeyFile | Path | str | None = None,
    data: Path | str = "",
    scopes: list[str] | None = None,
    cancel_on_disconnect: bool = False,
    grace_ms: int = 0,
) -> "Client":
    """A venue by its address (else GPUBOURSE_VENUE, else this machine's), as a key's holder.

    `me` names a key in the data folder; `key` is one, or its file. Without either only what is
    public can be read. Use it with `async with`. Raises KeyFileError for a key that cannot be used.
    """
    seat = Seat(find_key(me, key, data), scopes)
    return Client(find_venue(url, data), seat, cancel_on_disconnect, grace_ms)


class Client:
    """One venue, as one principal or nobody. Methods raise VenueError's kinds, or Unavailable."""

    def __init__(
        self,
        url: str,
        seat: Seat,
        cancel_on_disconnect: bool,
        grace_ms: int,
    ) -> None:
        self.url = url
        self.seat = seat
        self.position = 0  # what was seen so far: reads are at least as new
        self._logon_terms = {"cancel_on_disconnect": cancel_on_disconnect, "grace_ms": grace_ms}
        self._http: aiohttp.ClientSession | None = None
        self._line: Line | None = None
        self._opening = asyncio.Lock()
        self._token = ""
        self.venue: dict[str, Any] = {}  # GET /v1/venue

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_S))
        try:
            self.venue = await self.get("/v1/venue")
            if self.seat.key is not None:
                await self._log_on()
        except BaseException:
            await self._http.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._line is not None:
            await self._line.close()
        if self._http is not None:
            await self._http.close()

    @property
    def party(self) -> str:
        """Whom this client acts for."""
        return self.seat.must_have_key().party

    @property
    def gaps(self) -> int:
        """How often a feed had to be mended."""
        return self._line.gaps if self._line is not None else 0

    # --- orders

    async def place(self, *, key: str = "", **args: Any) -> dict[str, Any]:
        """Place an order (WIRE 3, order args); the order with its fills."""
        return await self.command("order.new", args, key=key)

    async def amend(self, order: str, **terms: Any) -> dict[str, Any]:
        """Change an order's price, lots (its new total) or expiry."""
        return await self.command("order.amend", {"order": order, **terms})

    async def cancel(self, order: str) -> dict[str, Any]:
        """Cancel one order."""
        return await self.command("order.cancel", {"order": order})

    async def cancel_all(self, **filters: Any) -> list[dict[str, Any]]:
        """Cancel every open order that fits: market, side, label, orders."""
        result = await self.command("order.cancel_all", filters)
        orders: list[dict[str, Any]] = result["orders"]
        return orders

    async def command(self, op: str, args: dict[str, Any], *, key: str = "") -> dict[str, Any]:
        """Any command that a socket takes, signed, asked again under one key until it is known."""
        name = key or new_command_key()
        line = await self._open_line()
        why = ""
        for turn in range(TRIES):
            try:
                reply = await line.ask(lambda: self._message(op, args, name), ANSWER_S)
            except Unavailable as no:
                why = str(no)
                continue
            if reply["ok"]:
                self.position = max(self.position, reply["position"])
                result: dict[str, Any] = inward(reply["result"])
                return result
            if not is_unknown(reply["error"]):
                raise raised(reply["error"])
            why = reply["error"]["code"]
            await asyncio.sleep(reply["error"].get("retry_after_ms", 500) / 1_000 * (turn + 1))
        raise Unavailable(name, why)

    async def send(
        self,
        method: str,
        path: str,
        op: str,
        args: dict[str, Any],
        *,
        key: str = "",
        **path_args: str,
    ) -> dict[str, Any]:
        """Any other command, by REST: `args` travel in the body, `path_args` in the path."""
        return await self._until_known(
            method, path, op, {**args, **path_args}, wire.encode(args), {}, {}, key
        )

    async def _until_known(
        self,
        method: str,
        path: str,
        op: str,
        signed: dict[str, Any],
        raw: bytes,
        more: dict[str, str],
        query: dict[str, str],
        key: str,
    ) -> dict[str, Any]:
        """Send one command under one key, until its outcome is known."""
        name = key or new_command_key()
        why = ""
        for turn in range(TRIES):
            headers = {**self.seat.headers(op, signed, name), **more}
            try:
                body = await self._request(method, path, raw, headers, query)
            except Refused as no:
                if not is_unknown(no.problem):
                    raise
                why = no.code
            except Unauthorised as no:
                if no.code not in FORGOTTEN or turn:
                    raise
                await self._renew()
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                why = str(error) or type(error).__name__
            else:
                result: dict[str, Any] = body["result"]
                return result
            await asyncio.sleep(0.5 * (turn + 1))
        raise Unavailable(name, why)

    async def upload(
        self,
        path: str,
        op: str,
        raw: bytes,
        args: dict[str, Any],
        *,
        key: str = "",
        **path_args: str,
    ) -> dict[str, Any]:
        """A report as it is: its digest is signed, *args* ride in the address."""
        signed = {**args, **path_args, "report_sha256": sha256_text(raw)}
        headers = {"Content-Type": "application/octet-stream"}
        query = {name: _term(value) for name, value in args.items()}
        return await self._until_known("POST", path, op, signed, raw, headers, query, key)

    async def post(self, path: str, members: dict[str, Any]) -> dict[str, Any]:
        """A request that is no command: a challenge, an enrolment."""
        result: dict[str, Any] = (await self._request("POST", path, wire.encode(members), {}))[
            "result"
        ]
        return result

    # --- reads

    async def get(self, path: str, **terms: Any) -> Any:
        """The `result` of one record, at least as new as what this client has seen."""
        return (await self._read(path, terms))["result"]

    async def rows(self, path: str, **terms: Any) -> AsyncIterator[dict[str, Any]]:
        """Every row of a list, page after page."""
        page = await self._read(path, terms)
        while True:
            for row in page["rows"]:
                yield row
            if not page["next"]:
                return
            page = await self._read(path, {**terms, "cursor": page["next"]})

    async def book(self, market: str, depth: int | str = 10) -> Book:
        """The levels of a market now."""
        body = await self._read(f"/v1/markets/{market}/book", {"depth": depth})
        found = body["result"]
        held = HeldBook(market)
        message = {**found, "kind": "snapshot", "at_ns": body["at_ns"], "body": found}
        return held.take(message)

    # --- feeds

    async def watch(self, feed: str) -> AsyncIterator[dict[str, Any]]:
        """Every message of a feed, in order, without a gap: `fills` means the own party's."""
        name = feed if "/" in feed else f"{feed}/{self.party}"
        line = await self._open_line()
        watch = await line.watch(name)
        try:
            async for message in _each(watch):
                yield message
        finally:
            await line.unwatch(watch)

    async def watch_book(
        self, market: str, depth: int | str = 10, every_ms: int = 0, *, latest_only: bool = False
    ) -> AsyncIterator[Book]:
        """A market's book after each change: consistent ones only, checked by their checksum."""
        name = f"book.{depth}.{every_ms}/{market}"
        line = await self._open_line()
        watch = await line.watch(name)
        held = HeldBook(market)
        try:
            async for message in _each(watch):
                try:
                    book = held.take(message)
                except BadChecksum:
                    await line.mend(name, from_scratch=True)
                    continue
                if not latest_only or not watch.messages:
                    yield book
        finally:
            await line.unwatch(watch)

    # --- underneath

    async def _open_line(self) -> Line:
        async with self._opening:
            if self._line is None:
                assert self._http is not None, "use it with `async with connect(…) as venue`"
                line = Line(self._http, self.url, self._answer_hello)
                await line.open()
                self._line = line
        return self._line

    def _answer_hello(self, hello: dict[str, Any]) -> dict[str, Any] | None:
        if self.seat.key is None:
            return None
        return {**self.seat.logon(hello["challenge"]), **self._logon_terms}

    async def _log_on(self) -> None:
        key = self.seat.must_have_key()
        named = {"principal": key.principal}
        asked = await self._when_let(lambda: self.post("/v1/auth/challenge", named))
        if self.seat.scopes is None:
            self.seat.scopes = asked["scopes"]
        logon = self.seat.logon(asked["challenge"])
        opened = await self._when_let(lambda: self.post("/v1/auth/session", logon))
        self._token = opened["token"]

    async def _when_let(self, ask: Callable[[], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
        """What is no command may wait for its turn: a log-on, a read."""
        for _ in range(TRIES):
            try:
                return await ask()
            except RateLimited as no:
                await asyncio.sleep(min(no.retry_after_ms / 1_000, LET_WAIT_S) + 0.01)
        return await ask()

    async def _renew(self) -> None:
        self._token = ""
        await self._log_on()

    def _message(self, op: str, args: dict[str, Any], name: str) -> dict[str, Any]:
        signed = self.seat.command(op, args, name)
        return {"op": op, "key": name, "args": wire.outward(args), **signed}

    async def _read(self, path: str, terms: dict[str, Any]) -> dict[str, Any]:
        """A read is asked again as often as it takes: it changes nothing."""
        query = {"min_position": self.position, **terms} if self.position else terms
        why: Exception = Unavailable("", "no answer")
        for turn in range(TRIES):
            try:
                return await self._when_let(lambda: self._request("GET", path, b"", {}, query))
            except Refused as no:
                if not is_unknown(no.problem):
                    raise
                why = no
            except Unauthorised as no:
                if no.code not in FORGOTTEN or turn or self.seat.key is None:
                    raise
                await self._renew()
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                why = error
            await asyncio.sleep(0.2 * (turn + 1))
        raise Unavailable("", str(why))

    async def _request(
        self,
        method: str,
        path: str,
        body: bytes,
        headers: dict[str, str],
        query: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        assert self._http is not None, "use it with `async with connect(…) as venue`"
        sent = {"Content-Type": "application/json", **headers} if body else dict(headers)
        if self._token:
            sent["Authorization"] = f"Bearer {self._token}"
        shown = {name: str(value) for name, value in (query or {}).items()}
        async with self._http.request(
            method, self.url + path, data=body or None, headers=sent, params=shown
        ) as response:
            found = await response.json(content_type=None)
            if not isinstance(found, dict):
                raise aiohttp.ClientPayloadError("what answers there is no venue")
            if response.status >= 400:
                raise raised({"status": response.status, **found})
        self.position = max(self.position, int(found.get("position", 0)))
        told: dict[str, Any] = inward(found)
        return told


def _term(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


async def _each(watch: Watch) -> AsyncIterator[dict[str, Any]]:
    while True:
        while watch.messages:
            yield watch.messages.popleft()
        if watch.error is not None:
            raise watch.error
        watch.changed.clear()
        if not watch.messages:
            await watch.changed.wait()
