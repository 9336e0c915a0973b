"""The client's socket: it reconnects, logs on anew, resumes its feeds and sends again what is out.

Per feed (WIRE 6): a `seq` not above what is held is old; a `prev` not above it is next (nothing
lies between the two); a snapshot replaces; anything else is a gap, mended for that feed alone.
Messages are as they came: whole documents in their wire form, `_ns` as decimal text.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

import aiohttp

from gpubourse import wire
from gpubourse.errors import (
    OtherHistory,
    RateLimited,
    VenueProblem,
    VenueUnavailable,
    raised,
)
from gpubourse.held_history import HeldHistory, Pair
from gpubourse.retry import pause_s

SILENCE_S: Final = 3.0
BACKOFF_S: Final = 0.1
BACKOFF_MOST_S: Final = 10.0
PROTOCOL: Final = "gpubourse.v1.json"
OTHER_HISTORY: Final = "other_history"


@dataclass(eq=False, slots=True)
class Watch:
    """One name that somebody watches; `ticker/*` is every market's."""

    name: str
    messages: deque[dict[str, Any]] = field(default_factory=deque)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    error: Exception | None = None

    def fits(self, feed: str) -> bool:
        """Whether a feed is among what is watched."""
        if self.name.endswith("/*"):
            return feed.startswith(self.name[:-1])
        return feed == self.name

    def put(self, message: dict[str, Any]) -> None:
        """One more message, for whoever reads them."""
        self.messages.append(message)
        self.changed.set()

    def fail(self, error: Exception) -> None:
        """Nothing more will come."""
        self.error = error
        self.changed.set()

    async def next(self) -> dict[str, Any]:
        """The next message, or the error that ended the feed."""
        while not self.messages:
            if self.error is not None:
                raise self.error
            self.changed.clear()
            await self.changed.wait()
        return self.messages.popleft()


class SocketConnection:
    """One venue's socket, kept open. `position` is that up to which all feeds are whole."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        url: str,
        log_on: Callable[[dict[str, Any]], dict[str, Any] | None],
        forget: Callable[[], None] = lambda: None,
    ) -> None:
        self._http = http
        self._url = url
        self._log_on = log_on  # from hello to the members of a logon; None: nobody
        self._forget = forget  # called when all that was held is of another history
        self._history = HeldHistory()
        self._untold: OtherHistory | None = None  # for the next request: nobody watched
        self._ids = count(1)
        self._ws: aiohttp.ClientWebSocketResponse | None = None
        self._task: asyncio.Task[None] | None = None
        self._later: set[asyncio.Task[None]] = set()
        self._is_up = asyncio.Event()
        self._watches: list[Watch] = []
        self._held: dict[str, int] = {}  # feed -> seq
        self._mending: set[str] = set()
        self._parts: dict[str, list[Any]] = {}
        self._out: dict[int, tuple[Callable[[], dict[str, Any]], asyncio.Future[Any]]] = {}
        self._subscribes: dict[int, tuple[list[str], int | None]] = {}  # names, since
        self._denied: dict[str, int] = {}  # feed -> how often it was not to be had for now
        self.position = 0
        self.gaps = 0
        self.cuts = 0
        self.failed: Exception | None = None

    @property
    def pair(self) -> Pair | None:
        """The last pair of position and chain that the venue told, all up to it being held."""
        return self._history.pair

    async def open(self) -> None:
        """Connect and log on; raises what the venue refuses."""
        self._task = asyncio.create_task(self._run())
        await self._until_up()

    async def close(self) -> None:
        """End it, and all that is still to be sent."""
        tasks = {*self._later, *({self._task} if self._task is not None else ())}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        if self._ws is not None:
            await self._ws.close()

    async def request(self, make: Callable[[], dict[str, Any]], timeout_s: float) -> dict[str, Any]:
        """Send what *make* makes (again, after a cut) until its reply comes; raises its problem."""
        if self.failed is not None:
            raise self.failed
        untold, self._untold = self._untold, None
        if untold is not None:
            raise untold
        number = next(self._ids)
        reply: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._out[number] = (make, reply)
        await self._send({**make(), "id": number})
        try:
            answer = await asyncio.wait_for(reply, timeout_s)
        except TimeoutError:
            raise VenueUnavailable("", "no answer in time") from None
        finally:
            self._out.pop(number, None)
        if not answer["ok"]:
            raise raised(answer["error"])
        return answer

    async def watch(self, name: str) -> Watch:
        """Begin to receive a feed."""
        if self.failed is not None:
            raise self.failed
        watch = Watch(name)
        if any(other.name == name for other in self._watches):
            self._drop(name)  # a snapshot for the newcomer, too
        self._watches.append(watch)
        await self._subscribe([name], None)
        return watch

    async def unwatch(self, watch: Watch) -> None:
        """Receive it no longer."""
        if watch not in self._watches:
            return  # it ended with a history
        self._watches.remove(watch)
        if not any(other.name == watch.name for other in self._watches):
            for feed in [feed for feed in self._held if watch.fits(feed)]:
                self._drop(feed)
            await self._send({"op": "unsubscribe", "id": next(self._ids), "feeds": [watch.name]})

    async def mend(self, feed: str, *, from_scratch: bool = False) -> None:
        """What is held of a feed has a gap, or is wrong: take it up again."""
        if feed in self._mending:
            return
        self.gaps += 1
        self._mending.add(feed)
        since = None if from_scratch else self._held.get(feed)
        if from_scratch:
            self._drop(feed)
        await self._subscribe([feed], since)

    async def cut(self) -> None:
        """Drop the connection, as a bad network would."""
        if self._ws is not None:
            await self._ws.close()

    # --- one connection after the other

    async def _until_up(self) -> None:
        assert self._task is not None, "it is opened first"
        waiting = asyncio.create_task(self._is_up.wait())
        await asyncio.wait({self._task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if self.failed is not None:
            raise self.failed

    async def _run(self) -> None:
        """Connect again after each cut; what the venue refuses for good ends it."""
        tries = 0
        while True:
            wait_ms = 0
            try:
                await self._live()
            except (aiohttp.ClientError, OSError, TimeoutError):
                pass
            except OtherHistory as other:
                self._begin_anew(other)
            except VenueProblem as no:
                if not no.is_passing and not isinstance(no, RateLimited):
                    self._fail(no)
                    return
                wait_ms = no.retry_after_ms
            tries = 1 if self._is_up.is_set() else tries + 1
            self._is_up.clear()
            self.cuts += 1
            await asyncio.sleep(wait_ms / 1_000 + pause_s(tries, BACKOFF_S, BACKOFF_MOST_S))

    async def _live(self) -> None:
        """One connection, from hello to its end, which is an error of aiohttp's."""
        address = self._url.replace("http", "ws", 1) + "/v1/ws"
        async with self._http.ws_connect(address, protocols=(PROTOCOL,), max_msg_size=0) as ws:
            self._ws = ws
            for unfinished in (self._mending, self._subscribes, self._denied):
                unfinished.clear()
            hello = await self._next(ws)
            self._history.met(hello)
            logon = self._log_on(hello)
            if logon is not None:
                await ws.send_json({"op": "logon", "id": 0, **logon})
                while (reply := await self._next(ws)).get("re") != "logon":
                    await self._take(reply)
                if not reply["ok"]:
                    raise raised(reply["error"])
            self._is_up.set()
            await self._resume()
            for number, (make, _) in list(self._out.items()):
                await ws.send_json({**make(), "id": number})
            while True:
                await self._take(await self._next(ws))

    async def _resume(self) -> None:
        """Take up all feeds: those begun with what was missed, the others from their start."""
        names = list(dict.fromkeys(watch.name for watch in self._watches))
        begun = [name for name in names if name in self._held or name.endswith("/*")]
        new = [name for name in names if name not in begun]
        since = self.position or min((self._held.get(name, 0) for name in begun), default=0)
        if begun:
            await self._subscribe(begun, since or None)
        if new:
            await self._subscribe(new, None)

    async def _next(self, ws: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
        message = await ws.receive(timeout=SILENCE_S)
        if message.type is not aiohttp.WSMsgType.TEXT:
            raise aiohttp.ClientConnectionError(f"the socket ended ({ws.close_code})")
        found = wire.decode(message.data)
        assert isinstance(found, dict)
        return found

    # --- what comes

    async def _take(self, message: dict[str, Any]) -> None:
        if "re" in message:
            self._history.reached(message.get("position", 0))
        if "feed" in message:
            await self._take_feed(message)
        elif message.get("control") == "heartbeat":
            await self._take_heartbeat(message)
        elif message.get("re") == "subscribe":
            self._subscribed(message)
        elif message.get("id") in self._out:
            _, reply = self._out[message["id"]]
            if not reply.done():
                reply.set_result(message)

    async def _take_feed(self, message: dict[str, Any]) -> None:
        feed = message["feed"]
        held = self._held.get(feed)
        if message["kind"] == "end":
            self._drop(feed)
            self._fail_feed(feed, raised(message["error"]))
            return
        if message["kind"] == "snapshot":
            if not self._is_whole(message):
                return
            self._history.begun(feed, message["seq"])
        elif held is not None and message["seq"] <= held:
            self._history.came_again(feed, message)
            return
        elif held is None or message["prev"] > held:
            await self.mend(feed)
            return
        if message["kind"] != "snapshot":
            self._history.taken(feed, message)
        self._mending.discard(feed)
        self._held[feed] = message["seq"]
        for watch in self._watches:
            if watch.fits(feed):
                watch.put(message)

    def _is_whole(self, message: dict[str, Any]) -> bool:
        """Parts of a large snapshot count once all came."""
        if "part" not in message:
            return True
        n, of = message["part"]
        if n == 1:
            self._parts[message["feed"]] = []
        self._parts[message["feed"]] += message["body"]
        if n < of:
            return False
        message["body"] = self._parts.pop(message["feed"])
        return True

    async def _take_heartbeat(self, message: dict[str, Any]) -> None:
        # Before the feeds are taken up on this line, a heartbeat tells of nothing that we held.
        is_unfinished = self._mending or self._subscribes or self._denied
        is_whole = self._is_up.is_set() and not is_unfinished
        self._history.heartbeat(message, is_whole=is_whole)
        if is_whole:
            self.position = max(self.position, message["position"])
        for feed, seq in message["seqs"].items():
            held = self._held.get(feed)
            if held is not None and held < seq:
                await self.mend(feed)

    # --- subscribing

    async def _subscribe(self, names: list[str], since: int | None) -> None:
        number = next(self._ids)
        self._subscribes[number] = names, since
        message: dict[str, Any] = {"op": "subscribe", "id": number, "feeds": names}
        if since is not None:
            message["since"] = since
            if self._history.pair is not None:
                message["seen"] = list(self._history.pair)
        await self._send(message)

    def _subscribed(self, reply: dict[str, Any]) -> None:
        names, since = self._subscribes.pop(reply["id"], ([], None))
        before = {name: self._denied.pop(name, 0) for name in names}
        if not reply["ok"]:
            for name in names:
                self._deny(name, since, raised(reply["error"]), before[name] + 1)
            return
        for answer in reply["result"]["feeds"]:
            feed = answer["feed"]
            if OTHER_HISTORY in (answer.get("reason"), answer.get("error", {}).get("code")):
                raise OtherHistory(f"{feed} was held of another")
            if not answer["ok"]:
                self._deny(feed, since, raised(answer["error"]), before.get(feed, 0) + 1)
            elif answer["mode"] == "live":
                self._history.begun(feed, answer["seq"])
                self._held[feed] = answer["seq"]
                self._mending.discard(feed)
            elif answer["mode"] == "resumed":
                self._history.resumed(feed, since or 0)
                self._held[feed] = max(self._held.get(feed, 0), since or 0)

    def _deny(self, feed: str, since: int | None, no: VenueProblem, tries: int) -> None:
        """A feed is not to be had: for good, or for now, and then it is asked for again."""
        if not no.is_passing and not isinstance(no, RateLimited):
            self._fail_feed(feed, no)
            return
        self._denied[feed] = tries
        wait_s = no.retry_after_ms / 1_000 + pause_s(tries, BACKOFF_S, BACKOFF_MOST_S)
        task = asyncio.create_task(self._subscribe_later(feed, since, wait_s, self._ws))
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def _subscribe_later(
        self, feed: str, since: int | None, wait_s: float, ws: object
    ) -> None:
        """Ask for a feed again after a pause, unless a new connection has asked meanwhile."""
        await asyncio.sleep(wait_s)
        if ws is not self._ws:
            return
        if any(watch.name == feed or watch.fits(feed) for watch in self._watches):
            await self._subscribe([feed], since)
        else:
            self._denied.pop(feed, None)

    def _drop(self, feed: str) -> None:
        """Hold no more of a feed: it comes from its start again, or not at all."""
        self._held.pop(feed, None)
        self._history.left(feed)

    def _begin_anew(self, other: OtherHistory) -> None:
        """All that is held is of another history: forget it, and tell who reads or asks next."""
        self.position, self._history = 0, HeldHistory()
        self._held.clear()
        self._parts.clear()
        self._forget()
        watches, self._watches = self._watches, []
        for watch in watches:
            watch.messages.clear()
            watch.fail(other)
        self._untold = None if watches else other

    def _fail_feed(self, feed: str, error: Exception) -> None:
        self._mending.discard(feed)
        self._denied.pop(feed, None)
        for watch in self._watches:
            if watch.fits(feed) or watch.name == feed:
                watch.fail(error)

    def _fail(self, error: Exception) -> None:
        self.failed = error
        for watch in self._watches:
            watch.fail(error)
        for _, reply in self._out.values():
            if not reply.done():
                reply.set_exception(error)

    async def _send(self, message: dict[str, Any]) -> None:
        """Send, if the socket is up: what must not be lost is sent again when it is.

        A `subscribe` that a broken line did not take stays unanswered: what still comes on that
        line makes nothing whole.
        """
        if self._ws is None or not self._is_up.is_set():
            self._subscribes.pop(message["id"], None)
            return
        with suppress(aiohttp.ClientError, OSError):
            await self._ws.send_json(message)
