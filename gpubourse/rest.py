"""One venue by REST: requests signed by one signer, asked again until their outcome is known.

Replies are as they came: whole documents in their wire form, `_ns` as decimal text.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final, Self, TypeVar
from urllib.parse import urlsplit

import aiohttp

from gpubourse import wire
from gpubourse.errors import BadAddress, NotAVenue, Unauthorised, VenueUnavailable, raised
from gpubourse.key_files import new_command_key
from gpubourse.places import HERE
from gpubourse.retry import Patience, in_turn, until_known
from gpubourse.signer import Signer

FORGOTTEN: Final = ("session_expired", "no_session")  # the venue was opened anew, too
JSON: Final = "application/json"
RAW: Final = "application/octet-stream"

Reply = dict[str, Any]
Headers = dict[str, str]
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What is sent: the path behind the venue's address, `query` as Python has its terms."""

    method: str
    path: str
    body: bytes = b""
    headers: Headers = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)

    def with_headers(self, more: Headers) -> Self:
        """The same with more headers; one that is there already is written over."""
        return replace(self, headers={**self.headers, **more})


class RestConnection:
    """One venue's requests, while it is entered. Logs on by itself, and anew where it must.

    `position` is how far it has read: reads are at least as new.
    """

    def __init__(self, url: str, signer: Signer, patience: Patience, language: str = "") -> None:
        """*language*: in which refusals are told, `en` or `zh`; "": as the venue has it."""
        self.url = url
        self._language = language
        self.signer = signer
        self.patience = patience
        self.position = 0
        self._token = ""
        self._logging_on = asyncio.Lock()
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=self.patience.answer_s)
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        http, self._http = self._http, None
        if http is not None:
            await http.close()

    @property
    def http(self) -> aiohttp.ClientSession:
        """What requests go through; the socket goes through it, too."""
        assert self._http is not None, "use it with `async with connect(…) as venue`"
        return self._http

    async def read(self, path: str, terms: dict[str, Any] | None = None) -> Reply:
        """A read, at least as new as the last one; it changes nothing, so it waits its turn."""
        query = {"min_position": self.position} if self.position else {}
        request = HttpRequest("GET", path, query=query | (terms or {}))
        return await until_known(
            lambda: in_turn(lambda: self._in_session(lambda: self._reply(request))), self.patience
        )

    async def file(self, path: str) -> bytes:
        """The bytes of a file that is no JSON: a receipt. Asked for again while it is not there."""
        request = HttpRequest("GET", path)
        return await until_known(
            lambda: in_turn(lambda: self._in_session(lambda: self._raw(request))), self.patience
        )

    async def command(
        self,
        method: str,
        path: str,
        op: str,
        args: dict[str, Any],
        path_args: dict[str, str],
        key: str = "",
    ) -> Reply:
        """One command: *args* travel in the body, *path_args* stand in the path."""
        request = HttpRequest(method, path, wire.encode(args), {"Content-Type": JSON})
        return await self._signed(request, op, {**args, **path_args}, key)

    async def upload(
        self,
        path: str,
        op: str,
        raw: bytes,
        args: dict[str, Any],
        path_args: dict[str, str],
        key: str = "",
    ) -> Reply:
        """A command that carries a report: its digest is signed, *args* ride in the address."""
        request = HttpRequest("POST", path, raw, {"Content-Type": RAW}, args)
        signed = {**args, **path_args, "report_sha256": wire.sha256_text(raw)}
        return await self._signed(request, op, signed, key)

    async def post(self, path: str, members: dict[str, Any]) -> Reply:
        """A request that is no command and serves once: a challenge, an enrolment."""
        request = HttpRequest("POST", path, wire.encode(members), {"Content-Type": JSON})
        return await in_turn(lambda: self._reply(request))

    async def probe(self, path: str) -> Reply:
        """A route's own state, be it yes or no: `/readyz`."""
        return _decoded(*await self._fetch(HttpRequest("GET", path)))

    async def log_on(self) -> None:
        """Open a session for the signer's key, with the signer's scopes."""
        principal = self.signer.must_have_key_file().principal
        given = (await self.post("/v1/auth/challenge", {"principal": principal}))["result"]
        logon = self.signer.logon(given["challenge"])
        self._token = (await self.post("/v1/auth/session", logon))["result"]["token"]

    # --- underneath

    async def _signed(
        self, request: HttpRequest, op: str, signed: dict[str, Any], key: str
    ) -> Reply:
        """Send one command under one key until its outcome is known, signed anew each time."""
        name = key or new_command_key()

        def send() -> Awaitable[Reply]:
            ready = request.with_headers(self.signer.headers(op, signed, name))
            return self._in_session(lambda: self._reply(ready))

        return await until_known(send, self.patience, name)

    async def _in_session(self, request: Callable[[], Awaitable[Found]]) -> Found:
        """What is asked for in a session; one that the venue has forgotten is renewed."""
        if self.signer.key_file is not None and not self._token:
            await self._renew("")
        token = self._token
        try:
            return await request()
        except Unauthorised as no:
            if no.code not in FORGOTTEN or not token:
                raise
        await self._renew(token)
        return await request()

    async def _renew(self, spent: str) -> None:
        """Log on in place of a token that is spent, once for all who find it so."""
        async with self._logging_on:
            if self._token == spent:
                self._token = ""
                await self.log_on()

    async def _reply(self, request: HttpRequest) -> Reply:
        """The reply to one request; raises the problem that it is."""
        status, raw = await self._fetch(self._in_name(request))
        found = _decoded(status, raw)
        if status >= 400:
            raise raised({"status": status, **found})
        self.position = max(self.position, int(found.get("position", 0)))
        return found

    async def _raw(self, request: HttpRequest) -> bytes:
        """The bytes that one request fetches; raises the problem that they are."""
        status, raw = await self._fetch(self._in_name(request))
        if status >= 400:
            raise raised({"status": status, **_decoded(status, raw)})
        return raw

    def _in_name(self, request: HttpRequest) -> HttpRequest:
        """The request with the token of the session that is open, if one is."""
        token = self._token
        return request.with_headers({"Authorization": f"Bearer {token}"}) if token else request

    async def _fetch(self, request: HttpRequest) -> tuple[int, bytes]:
        must_be_an_address(self.url)
        terms = {name: _term(value) for name, value in request.query.items()}
        if self._language:
            request = request.with_headers({"Accept-Language": self._language})
        try:
            async with self.http.request(
                request.method,
                self.url + request.path,
                data=request.body or None,
                headers=request.headers,
                params=terms,
            ) as response:
                return response.status, await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise VenueUnavailable("", in_words(error)) from error


def _decoded(status: int, raw: bytes) -> Reply:
    try:
        found = wire.decode(raw)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise NotAVenue(status)
    return found


def must_be_an_address(url: str) -> None:
    """Raise BadAddress for what no request can be sent to."""
    place = urlsplit(url)
    if place.scheme not in ("http", "https") or not place.hostname:
        raise BadAddress(f"{url!r} is no venue's address: say it like {HERE}.")


def in_words(error: BaseException) -> str:
    """Why nothing came, in the system's own words: `[Errno 111] Connection refused`."""
    origin = getattr(error, "os_error", error)  # aiohttp wraps it, and a resolver's once more
    if isinstance(origin, OSError) and isinstance(origin.__cause__, OSError):
        origin = origin.__cause__
    if isinstance(origin, OSError) and origin.errno:
        plain = os.strerror(origin.errno) if origin.errno > 0 else origin.strerror
        return f"[Errno {origin.errno}] {plain}"
    if isinstance(error, TimeoutError):
        return "timed out"
    return str(error) or type(error).__name__


def _term(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
