"""The client itself: `async with connect(me="trader") as venue`. Integers only (WIRE 6).

    async with connect("http://127.0.0.1:8470", me="trader") as venue:
        book = await venue.book("L.H100SXM8.CN-BJ.2026-12")
        best = book.asks[0]
        order = await venue.place(
            market=book.market, side="bid", price_ticks=best.price_ticks, lots=1
        )
        print(order.state, order.filled_lots)

Each intent has one key, kept until an answer came and asked for again under: after a cut, a timeout
or a 503 nothing is ever done twice. What has a verb of its own (gpubourse/verbs.py) is typed; what
a newer venue serves besides is reached by `command`, `send`, `get`, `rows` and `watch`.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final, Self

from gpubourse import wire
from gpubourse.book_copy import BookCopy, HeldBook
from gpubourse.errors import BadChecksum, BadReply
from gpubourse.held_history import Pair
from gpubourse.kept_leaves import KeptLeaves, Leaf
from gpubourse.key_files import KeyFile, new_command_key
from gpubourse.places import find_key_file, find_venue
from gpubourse.records import Candle, PrincipalReply, VenueTerms, WaitingProposal
from gpubourse.replies import read, waiting
from gpubourse.rest import Reply, RestConnection
from gpubourse.retry import Patience, until_known
from gpubourse.signer import Signer
from gpubourse.socket_connection import SocketConnection, Watch
from gpubourse.verbs import COMMANDS, Interval, VenueVerbs
from gpubourse.wire import filled

PATIENCE: Final = Patience()


def connect(
    url: str = "",
    *,
    me: str = "",
    key: KeyFile | Path | str | None = None,
    data: Path | str = "",
    scopes: list[str] | None = None,
    cancel_on_disconnect: bool = False,
    grace_ms: int = 0,
    patience: Patience = PATIENCE,
) -> "Client":
    """A venue by its address (else GPUBOURSE_VENUE, else this machine's), as a key's holder.

    `me` names a key in the data folder; `key` is one, or its file. Without either only what is
    public can be read. With `cancel_on_disconnect` all orders placed here end when the socket has
    been cut for `grace_ms`. Use it with `async with`. Raises KeyFileError for a key that cannot be
    used.
    """
    signer = Signer(find_key_file(me, key, data), scopes)
    rest = RestConnection(find_venue(url, data), signer, patience)
    return Client(rest, {"cancel_on_disconnect": cancel_on_disconnect, "grace_ms": grace_ms})


class Client(VenueVerbs):
    """One venue, as one principal or nobody. Whatever is not a result is raised: VenueError."""

    venue: VenueTerms
    """what the venue is, as of when it was entered"""

    def __init__(self, rest: RestConnection, logon_terms: Mapping[str, Any]) -> None:
        self._rest = rest
        self._logon_terms = logon_terms
        self._socket: SocketConnection | None = None
        self._opening = asyncio.Lock()
        self._leaves = KeptLeaves()

    async def __aenter__(self) -> Self:
        await self._rest.__aenter__()
        try:
            self.venue = read(VenueTerms, await self.get("/v1/venue"))
        except BaseException:
            await self._rest.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._socket is not None:
            await self._socket.close()
        await self._rest.__aexit__()

    @property
    def url(self) -> str:
        """The venue's address."""
        return self._rest.url

    @property
    def party(self) -> str:
        """Whom this client acts for; Unauthorised if it is nobody."""
        return self._rest.signer.must_have_key_file().party

    @property
    def position(self) -> int:
        """What was seen so far, a position of the journal: reads are at least as new."""
        return self._rest.position

    @position.setter
    def position(self, position: int) -> None:
        self._rest.position = position

    @property
    def gaps(self) -> int:
        """How often a feed had to be mended."""
        return self._socket.gaps if self._socket is not None else 0

    @property
    def pair(self) -> Pair | None:
        """The last pair of position and chain: it names the history that this client follows.

        Whoever keeps it can prove it later: `gpubourse audit verify --expect POSITION:CHAIN`.
        """
        return self._socket.pair if self._socket is not None else None

    # --- any command, any read, any feed: plain values, `_ns` as ints

    async def command(
        self, op: str, args: dict[str, Any], *, key: str = "", report: bytes | None = None
    ) -> dict[str, Any]:
        """A command by its op, signed, asked again under one key until its outcome is known."""
        route = COMMANDS[op]
        if route.by_socket and report is None:
            return await self._by_socket(op, args, key)
        named = {name: str(args[name]) for name in route.path_args}
        path = filled(route.path, named)
        members = {name: value for name, value in args.items() if name not in named}
        if report is None:
            return await self.send(route.method, path, op, members, key=key, **named)
        return await self.upload(path, op, report, members, key=key, **named)

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
        """A command by REST, one that this release has no verb for: `path_args` stand in *path*."""
        name = key or new_command_key()
        reply = await self._rest.command(method, path, op, args, path_args, name)
        self._leaves.note(name, reply)
        return _result(reply)

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
        name = key or new_command_key()
        reply = await self._rest.upload(path, op, raw, args, path_args, name)
        self._leaves.note(name, reply)
        return _result(reply)

    async def post(self, path: str, members: dict[str, Any]) -> dict[str, Any]:
        """A request that is no command: a challenge, an enrolment."""
        return _result(await self._rest.post(path, members))

    async def get(self, path: str, **terms: Any) -> dict[str, Any]:
        """The `result` of one record, at least as new as what this client has seen."""
        return _result(await self._rest.read(path, terms))

    async def rows(self, path: str, **terms: Any) -> AsyncIterator[dict[str, Any]]:
        """Every row of a list, page after page. Raises BadReply for a path that is no list."""
        page = await self._rest.read(path, terms)
        if "rows" not in page:
            raise BadReply(f"{path} is one record and no list: read it with get", page)
        while True:
            for row in page["rows"]:
                yield _inward(row)
            if not page["next"]:
                return
            page = await self._rest.read(path, {**terms, "cursor": page["next"]})

    async def watch(self, feed: str) -> AsyncIterator[dict[str, Any]]:
        """Every message of a feed, in order, without a gap: `fills` means the own party's."""
        name = feed if "/" in feed else f"{feed}/{self.party}"
        async with _Watching(self._open_socket, name) as (_, watch):
            while True:
                yield _inward(await watch.next())

    # --- proofs by the venue's log

    @property
    def leaves(self) -> Mapping[str, Leaf]:
        """Command key -> what the venue's log must hold of it: of the newest 1,000 commands."""
        return self._leaves.all

    async def receipt(self, key: str) -> bytes:
        """The proof that the log holds a command of `leaves`: for `gpubourse audit check FILE`.

        The log covers what was stored 5 s ago: until then this waits. Raises OtherHistory where the
        log has something else there; KeyError for a key that is none of them.
        """
        kept = self._leaves.all.get(key)
        if kept is None:
            raise KeyError(f"{key!r} is no key of leaves; receipt_at takes a position")
        found = await self.receipt_at(kept.position)
        kept.must_be_of(found)
        return found

    async def receipt_at(self, position: int) -> bytes:
        """The receipt of a position: an auditor's of any, others' of where their commands begin."""
        return await self._rest.file(f"/v1/proofs/inclusion/{position}")

    # --- a market's book

    async def book(self, market: str, depth: int | str = 10) -> BookCopy:
        """The levels of a market now; `depth` is a number of levels, or "full"."""
        path = filled("/v1/markets/{market}/book", {"market": market})
        reply = await self._rest.read(path, {"depth": depth})
        found = reply["result"]
        message = {"kind": "snapshot", "at_ns": reply["at_ns"], "body": found, **found}
        return HeldBook(market).take(_inward(message))

    async def watch_book(
        self, market: str, depth: int | str = 10, every_ms: int = 0, *, latest_only: bool = False
    ) -> AsyncIterator[BookCopy]:
        """A market's book after each change: consistent ones only, checked by their checksum."""
        name = f"book.{depth}.{every_ms}/{market}"
        held = HeldBook(market)
        async with _Watching(self._open_socket, name) as (socket, watch):
            while True:
                message = await watch.next()
                try:
                    book = held.take(_inward(message))
                except BadChecksum:
                    await socket.mend(name, from_scratch=True)
                    continue
                if not latest_only or not watch.messages:
                    yield book

    # --- what has a form of its own

    async def watch_candles(self, market: str, interval: Interval) -> AsyncIterator[list[Candle]]:
        """The kept candles, oldest first; then those that changed, at most once a second."""
        async for message in self.watch(f"candles.{interval}/{market}"):
            yield [read(Candle, row, strict=False) for row in message["body"]]

    async def enrol(self, code: str, *, public_key: str) -> PrincipalReply | WaitingProposal:
        """Turn an invitation's code and a public key (base64url) into a principal, once."""
        members = {"code": code, "public_key": public_key}
        result = await self.post("/v1/principals/enrol", members)
        return waiting(result) or read(PrincipalReply, result)

    # --- underneath

    async def _by_socket(self, op: str, args: dict[str, Any], key: str) -> dict[str, Any]:
        name = key or new_command_key()
        socket = await self._open_socket()
        wire_args = wire.outward(args)

        def message() -> dict[str, Any]:
            signed = self._rest.signer.command(op, wire_args, name)
            return {"op": op, "key": name, "args": wire_args, **signed}

        patience = self._rest.patience
        reply = await until_known(
            lambda: socket.request(message, patience.answer_s), patience, name
        )
        self.position = max(self.position, reply["position"])
        self._leaves.note(name, reply)
        return _result(reply)

    async def _open_socket(self) -> SocketConnection:
        async with self._opening:
            if self._socket is None:
                socket = SocketConnection(self._rest.http, self.url, self._logon_for, self._forget)
                try:
                    await socket.open()
                except BaseException:
                    await socket.close()
                    raise
                self._socket = socket
        return self._socket

    def _forget(self) -> None:
        self.position = 0

    def _logon_for(self, hello: dict[str, Any]) -> dict[str, Any] | None:
        signer = self._rest.signer
        if signer.key_file is None:
            return None
        return {**signer.logon(hello["challenge"]), **self._logon_terms}


class _Watching:
    """`async with`: a feed is watched.

    A class, for a generator in it would be a second one: a loop that ends closes all generators at
    once, and a `watch` that its user left open would find its inner one closing already.
    """

    def __init__(self, open_socket: Callable[[], Awaitable[SocketConnection]], name: str) -> None:
        self._open_socket = open_socket
        self._name = name

    async def __aenter__(self) -> tuple[SocketConnection, Watch]:
        self._socket = await self._open_socket()
        self._watch = await self._socket.watch(self._name)
        return self._socket, self._watch

    async def __aexit__(self, *_: object) -> None:
        await self._socket.unwatch(self._watch)


def _result(reply: Reply) -> dict[str, Any]:
    return _inward(reply["result"])


def _inward(value: dict[str, Any]) -> dict[str, Any]:
    try:
        found: dict[str, Any] = wire.inward(value)
    except ValueError as error:
        raise BadReply(str(error), value) from None
    return found
