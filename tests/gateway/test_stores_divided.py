"""What one caller fills, another does not feel: every store of the gateway is walked.

The stores are found in the code: each attribute that holds a dict, list, set, deque, or one of our
own stores. A new one stands here, or the first test fails.
"""

import ast
import asyncio
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from exchange.engine.group_decider import Answer
from gateway.access.command_intake import CommandIntake, CommandRequest
from gateway.access.connection_room import ConnectionRoom
from gateway.access.in_flight import BodiesInFlight, RequestsInFlight
from gateway.access.invitations import INVITATIONS_MOST, Invitations, Invite
from gateway.access.limits import CALLERS_MOST, TokenBuckets
from gateway.access.session import ONE_TIME_MOST, SESSIONS_MOST, Session
from gateway.settings import Limits
from gateway.socket.admission import Admission
from gateway.socket.cancel_on_disconnect import CancelOnDisconnect
from gateway.turns.fair_turns import FairTurns
from gateway.turns.read_turns import ReadTurns
from gateway.turns.request_turns import RequestTurns
from tests.exchange.ground import LEASE
from tests.gateway.bare_client import bare_client
from tests.gateway.callers import is_granted, log_on, session_of
from tests.gateway.town import town_of
from tests.house.sources import sources

ROOMS = tuple(
    f"gateway/{room}"
    for room in ("access", "feeds", "market_picture", "routes", "server", "socket", "turns")
)
CONTAINERS = {"dict", "list", "set", "deque", "Counter", "defaultdict", "OrderedDict"}
STORES = {"Shares", "OneTimeCodes", "Sessions", "TokenBuckets", "Directory"}

BY_THE_VENUE = "filled from what is on record, whoever asks"
OF_A_SOCKET = "ends with its socket, and is bounded by the limits of one"
OF_A_REQUEST = "ends with its request, and is bounded by the limits of one"
OF_OURSELVES = "filled by this process alone"

# class, or class.attribute -> why no caller fills it for another
NOT_SHARED = {
    **dict.fromkeys(
        (
            "Side",
            "MarketView",
            "MarketViews",
            "Candles",
            "Backfill",
            "OrderChannel",
            "SettlementChannel",
            "CashChannel",
            "UnitChannel",
            "UnitParties",
            "ItemChannel",
        ),
        BY_THE_VENUE,
    ),
    **dict.fromkeys(
        (
            "Outbox",
            "SocketProtocol",
            "Connection",
            "PendingCommands",
            "Session",
            "FrameReader",
            "Incoming",
        ),
        OF_A_SOCKET,
    ),
    "ApiRequest": OF_A_REQUEST,
    **dict.fromkeys(
        (
            "Listener._sockets",
            "Heartbeat._tasks",
            "Hub.channels",
            "WorkPools._pools",
            "Hub._channels_by_type",
            "Hub._waiting",
            "Parts.offered",
            "DayAttester.roots",
        ),
        OF_OURSELVES,
    ),
}
Walk = Callable[[Path], Awaitable[None]]
WALKS: dict[str, Walk] = {}


def walk(*names: str) -> Callable[[Walk], Walk]:
    """This walk fills these stores as one caller, and looks at them as another."""

    def keep(step: Walk) -> Walk:
        WALKS.update(dict.fromkeys(names, step))
        return step

    return keep


def found_stores() -> Iterator[tuple[str, str]]:
    """Class and attribute of each store in the gateway's code."""
    for source in sources("gateway"):
        if not source.path.startswith(ROOMS):
            continue
        for defined in ast.walk(source.tree):
            if isinstance(defined, ast.ClassDef):
                for name in _stores_of(defined):
                    yield defined.name, name


def _stores_of(defined: ast.ClassDef) -> Iterator[str]:
    for node in ast.walk(defined):
        if isinstance(node, ast.AnnAssign) and node in defined.body:
            if isinstance(node.value, ast.Call) and "default_factory" in ast.unparse(node.value):
                yield ast.unparse(node.target)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            [target, *_] = node.targets if isinstance(node, ast.Assign) else [node.target]
            text = ast.unparse(target)
            is_own = text.startswith("self.") and text.removeprefix("self.").isidentifier()
            if is_own and _is_store(node.value):
                yield text.removeprefix("self.")


def _is_store(value: ast.expr) -> bool:
    if isinstance(value, ast.Call):
        return ast.unparse(value.func).rpartition(".")[2] in CONTAINERS | STORES
    return isinstance(value, ast.Dict | ast.List | ast.Set | ast.DictComp | ast.ListComp)


def test_every_store_is_walked_or_filled_by_no_caller() -> None:
    found = set(found_stores())
    known = {f"{owner}.{name}" for owner, name in found} | {owner for owner, _ in found}

    unknown = {
        f"{owner}.{name}"
        for owner, name in found
        if owner not in NOT_SHARED
        and f"{owner}.{name}" not in NOT_SHARED
        and f"{owner}.{name}" not in WALKS
    }
    assert not unknown, "a store that a caller can fill wants a walk here"
    assert set(NOT_SHARED) | set(WALKS) <= known, "these are no stores any more"


A, B = "203.0.113.7", "198.51.100.1"


def crowd(each: int) -> list[str]:
    """Addresses of one caller, enough to fill a store of 10,000 with *each* of them."""
    return [f"2001:db8:0:{number:x}::1" for number in range(ONE_TIME_MOST // each + 2)]


@walk("Auth._challenges", "OneTimeCodes._out", "Shares._entries", "Shares._keys", "Shares._by_size")
async def challenges(tmp_path: Path) -> None:
    async with town_of(tmp_path) as town:
        auth, share = town.parts.auth, Limits().challenges_per_address
        own, _ = auth.challenge(B)
        for _ in range(ONE_TIME_MOST + 1):
            auth.challenge(A)
        assert is_granted(partial(log_on, town, "trader", own))
        own, _ = auth.challenge(B)
        for address in crowd(share):
            for _ in range(share):
                auth.challenge(address)
        assert is_granted(partial(log_on, town, "trader", own))


@walk("Auth._tickets")
async def tickets(tmp_path: Path) -> None:
    async with town_of(tmp_path) as town:
        auth = town.parts.auth
        filler, other = (log_on(town, name).session for name in ("trader", "reader"))
        own, _ = auth.ticket(other)
        for _ in range(ONE_TIME_MOST + 1):
            auth.ticket(filler)
        assert auth.redeem(own, B) is other


@walk("Auth.sessions", "Sessions._by_token")
async def sessions(tmp_path: Path) -> None:
    async with town_of(tmp_path) as town:
        own = log_on(town, "reader")
        store = town.parts.auth.sessions
        principals = SESSIONS_MOST // Limits().sessions_per_principal + 2
        for number in range(principals * Limits().sessions_per_principal):
            store.add(f"token {number}", session_of(f"k-{9_000 + number % principals}"))
        assert town.parts.auth.session(own.token, B) is own.session


@walk("Invitations._out")
async def invitations(_: Path) -> None:
    store = Invitations(Limits(), lambda: 0)
    invite = Invite(holder="somebody", scopes=["read"])
    own, _ = store.make(invite, session_of("k-0001"))
    for number in range(INVITATIONS_MOST + 1):
        store.make(invite, session_of(f"k-{2 + number % 20}"))
    assert store.is_out(own)


@walk("Invitations._answered")
async def enrolments_answered(_: Path) -> None:
    store = Invitations(Limits(), lambda: 0)
    invite = Invite(holder="somebody", scopes=["read"])
    own, _expires = store.make(invite, session_of("k-0001"))
    first = store.spend(own, "a key")
    for number in range(INVITATIONS_MOST + 1):
        code, _expires = store.make(invite, session_of(f"k-{2 + number % 20}"))
        store.spend(code, "another key")
    assert store.spend(own, "a key") == first


@walk("TokenBuckets._levels")
async def rates(_: Path) -> None:
    buckets = TokenBuckets()
    left = buckets.take("reads", "k-0001", 0).tokens
    spent = buckets.take("anonymous", B, 0).tokens
    for _ in range(1_000):
        buckets.take("anonymous", A, 0)
        buckets.take("reads", "k-0002", 0)
    assert buckets.take("reads", "k-0001", 0, 0).tokens == left
    assert buckets.take("anonymous", B, 0, 0).tokens == spent
    for number in range(CALLERS_MOST + 1):
        buckets.take("anonymous", number, 0)
    assert buckets.take("reads", "k-0001", 0, 0).tokens == left, "addresses push out no principal"
    assert not buckets.take("anonymous", B, 0).retry_after_ms


@walk("RequestsInFlight._by_caller")
async def in_flight(_: Path) -> None:
    requests = RequestsInFlight(2)
    with requests.one(A), requests.one(A), requests.one(B):
        assert not is_granted(requests.one(A).__enter__)
        assert (requests.count(A), requests.count(B)) == (2, 1)
    assert (requests.count(A), requests.count(B)) == (0, 0)


@walk("BodiesInFlight._by_caller")
async def bodies_in_flight(_: Path) -> None:
    bodies = BodiesInFlight(100)
    with bodies.one(A, 60), bodies.one(B, 100):
        assert not is_granted(bodies.one(A, 41).__enter__)
        assert (bodies.count(A), bodies.count(B)) == (60, 100)
    assert (bodies.count(A), bodies.count(B)) == (0, 0)


@walk("RequestTurns._waiting")
async def turns_of_requests(_: Path) -> None:
    turns, came = RequestTurns(), list[str]()

    async def ask(caller: str) -> None:
        await turns.one(caller)
        came.append(caller)

    await asyncio.gather(*(ask(caller) for caller in [A] * 100 + [B] * 2))
    assert len(came) - came[::-1].index(B) < 10, "B's last is among the first"


@walk("ReadTurns._under_way", "ReadTurns._waiting", "ReadTurns._next")
async def turns_to_read(_: Path) -> None:
    turns = ReadTurns(4, 2, 60_000)
    asked = [turns.one(A) for _ in range(100)]
    waiting = [asyncio.create_task(turn.__aenter__()) for turn in asked]
    await asyncio.sleep(0)
    async with turns.one(B):
        assert (turns.under_way(A), turns.under_way(B)) == (2, 1)
    for each in waiting:
        each.cancel()
    await asyncio.wait(waiting)


@walk("CommandIntake._out")
async def commands_with_the_engine(_: Path) -> None:
    def submit(_: Any) -> "asyncio.Future[Answer]":
        return asyncio.get_running_loop().create_future()

    intake = CommandIntake(
        submit, TokenBuckets(), Limits(), venue=lambda: "cn-1", wall_ns=lambda: 0
    )

    def send(session: Session, key: str) -> None:
        command = CommandRequest("order.cancel", {"order": "o-000001"}, key)
        intake.submit(intake.prove(command, session)[0])

    for number in range(1_000):
        send(session_of("k-0003", "p-0003"), f"key-{number}")
    assert not is_granted(partial(send, session_of("k-0003", "p-0003"), "key"))
    send(session_of("k-0004", "p-0004"), "key-1")
    assert intake.is_out("p-0004", "key-1")
    assert not intake.is_out("p-0004", "key-2")


@walk("Admission._places", "Admission._by_address", "Admission._by_principal")
async def sockets(_: Path) -> None:
    limits = Limits()
    admission = Admission(limits)
    admitted = [admission.admit(number, A) for number in range(limits.sockets)]
    assert admitted.count(True) == limits.sockets_per_address
    assert admission.admit("other", B)
    adopted = [admission.adopt(number, "k-0001") for number in range(30)]
    assert adopted.count(True) == limits.sockets_per_principal
    assert admission.adopt("other", "k-0002")


@walk("ConnectionRoom._room", "Listener._tasks")
async def connections(_: Path) -> None:
    room: ConnectionRoom[object] = ConnectionRoom(Limits(), ())
    own = object()
    assert room.admit(own, B).is_in
    for address in (A, *crowd(Limits().connections_per_address)):
        for _ in range(Limits().connections_per_address + 1):
            assert room.admit(object(), address).pushed_out is not own
    assert len(room) == Limits().connections


@walk(
    "Hub.feeds", "Hub.outboxes", "Hub._names", "Hub._wildcards", "Heartbeat._heartbeats",
    "Feed.readers", "Feed._ring", "BookChannel._open", "BookChannel._moved",
    "PacedChannel._moved", "PacedChannel._not_before_s", "PacedChannel._open",
    "CandleChannel._changed_from",
    "ConsistentReads._waiting",
)  # fmt: skip
async def feeds(tmp_path: Path) -> None:
    async with town_of(tmp_path, Limits(sockets_per_principal=2)) as town:
        names = [f"{kind}/{LEASE}" for kind in ("ticker", "trades", "book.10.0", "book.50.0")]
        async with bare_client(town) as one, bare_client(town) as other:
            for line, wanted in ((one, names), (other, names[:1])):
                told = await line.ask(op="subscribe", feeds=wanted)
                assert all(each["ok"] for each in told["result"]["feeds"]), told
            assert (await one.ask(op="unsubscribe", feeds=names))["ok"]
            assert (await other.ask(op="unsubscribe", feeds=names[:1]))["ok"]


@walk("FairTurns._waiting")
async def turns(_: Path) -> None:
    turns, order = FairTurns(), list[str]()

    async def take(caller: str) -> None:
        async with turns.one(caller):
            order.append(caller)
            await asyncio.sleep(0)

    await asyncio.gather(*(take(caller) for caller in [A] * 1_000 + [B]))
    assert B in order[:3]


@walk("CancelOnDisconnect._pending")
async def cut_orders(_: Path) -> None:
    cancelled: list[list[str]] = []
    disconnects = CancelOnDisconnect(lambda _, orders: cancelled.append(orders))
    disconnects.disconnected(session_of("k-0002"), ["o-1"], 10_000)
    for number in range(1_000):
        disconnects.disconnected(session_of("k-0001"), [f"o-{number}"], 10_000)
    assert disconnects.returned("k-0002") == ["o-1"]
    assert len(disconnects.returned("k-0001")) == 1_000
    assert not cancelled


@pytest.mark.parametrize("step", dict.fromkeys(WALKS.values()), ids=lambda step: step.__name__)
async def test_what_one_fills_another_does_not_feel(step: Walk, tmp_path: Path) -> None:
    await step(tmp_path)
