"""One history: a journal that was cut, restored or replaced is seen by gateway and client alike.

A venue is closed, its journal changed beneath it, and the venue opened again at the same address.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gpubourse import Client, OtherHistory, connect, socket_connection
from ledger.base64url import text64
from ledger.journal.memory import MemoryStore
from ledger.journal.protocol import Commit
from tests.exchange.ground import LEASE
from tests.gateway.bare_client import BareClient, bare_client
from tests.gateway.town import Town, town_of
from tests.ledger.journal.rows import cut_store
from tests.waiting import patience, until

FEED = f"trades/{LEASE}"
BOOK = f"book.10.0/{LEASE}"
Change = Callable[[MemoryStore, int], None]  # a store, and how many commits it had at the pair


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses are short: what is tested is what comes after them."""
    monkeypatch.setattr(socket_connection, "BACKOFF_S", 0.001)


async def trade(town: Town, price_ticks: int, lots: int = 1) -> None:
    """One lot changes hands."""
    for name, side in (("seller", "ask"), ("trader", "bid")):
        token = await town.log_on(name)
        await town.order(name, token, side=side, price_ticks=price_ticks, lots=lots)


def pair_of(town: Town) -> list[Any]:
    last = town.engine.commits.last
    return [last.last_position, text64(last.chain)]


# --- the gateway, by a bare client


@pytest.fixture
async def traded(town: Town) -> tuple[Town, list[Any], int]:
    """A town, the pair before its last trade, and the position after it."""
    await trade(town, 1302)
    seen = pair_of(town)
    await trade(town, 1303)
    return town, seen, town.engine.head


async def test_hello_heartbeat_and_venue_tell_the_same_pair(town: Town) -> None:
    await trade(town, 1302)
    async with bare_client(town) as line:
        hello = await line.hear()
        beat = await line.hear(control="heartbeat")
    _, venue, _ = await town.ask("GET", "/v1/venue")
    for told in (hello, beat, venue["result"]):
        assert [told["position"], told["chain"]] == pair_of(town)


async def test_a_resume_is_served_from_what_was_seen(traded: tuple[Town, list[Any], int]) -> None:
    town, seen, since = traded
    async with bare_client(town) as line:
        reply = await line.ask(op="subscribe", feeds=[FEED], since=since, seen=seen)
        assert reply["result"]["feeds"][0]["mode"] == "resumed"
        again = await line.hear(feed=FEED)
    assert (again["kind"], again["seq"]) == ("delta", since), "sent once more, to be compared"


async def feeds_of(line: BareClient, **terms: Any) -> dict[str, dict[str, Any]]:
    reply = await line.ask(op="subscribe", feeds=[BOOK, FEED, "ledger/*"], **terms)
    return {row["feed"]: row for row in reply["result"]["feeds"]}


@pytest.mark.parametrize(
    "terms",
    [
        pytest.param(lambda seen, since: (since + 1_000, None), id="since beyond the head"),
        pytest.param(lambda seen, since: (since, [seen[0], "A" * 43]), id="another chain"),
        pytest.param(lambda seen, since: (since, [since - 1, seen[1]]), id="no commit's end"),
        pytest.param(lambda seen, since: (since, [since + 9, seen[1]]), id="seen beyond the head"),
        pytest.param(lambda seen, since: (since, [0, seen[1]]), id="a chain of nothing"),
    ],
)
async def test_a_pair_that_is_not_ours_is_another_history(
    traded: tuple[Town, list[Any], int], terms: Callable[[list[Any], int], tuple[int, Any]]
) -> None:
    town, seen, head = traded
    since, pair = terms(seen, head)
    asked = {"since": since} | ({"seen": pair} if pair else {})
    async with bare_client(town) as line:
        await line.ask(op="logon", token=await town.log_on("auditor"))
        rows = await feeds_of(line, **asked)
        whole = await line.hear(feed=BOOK)
        assert (await line.hear(feed=FEED))["reason"] == "other_history"
    for feed in (BOOK, FEED):
        assert (rows[feed]["mode"], rows[feed]["reason"]) == ("snapshot", "other_history")
    assert (whole["kind"], whole["reason"]) == ("snapshot", "other_history")
    assert rows["ledger/*"]["error"]["code"] == "other_history"


async def test_who_has_seen_nothing_yet_may_say_so(traded: tuple[Town, list[Any], int]) -> None:
    town, _, head = traded
    async with bare_client(town) as line:
        rows = await feeds_of(line, since=head, seen=[0, text64(Commit.none().chain)])
    assert rows[BOOK]["mode"] == "snapshot"
    assert "reason" not in rows[BOOK]


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"since": 1, "seen": [1]}, "bad_field"),
        ({"since": 1, "seen": "1:AAAA"}, "bad_field"),
        ({"since": 1, "seen": [-1, "A" * 43]}, "bad_field"),
        ({"since": 1, "seen": [True, "A" * 43]}, "bad_field"),
        ({"since": 1, "seen": [1, "A" * 42]}, "bad_field"),
        ({"since": 1, "seen": [1, "A" * 42 + "B"]}, "bad_field"),
        ({"seen": [1, "A" * 43]}, "bad_combination"),
    ],
)
async def test_a_pair_out_of_form_is_refused(
    town: Town, members: dict[str, Any], code: str
) -> None:
    async with bare_client(town) as line:
        refused = await line.ask(op="subscribe", feeds=[BOOK], **members)
    assert (refused["ok"], refused["error"]["code"]) == (False, code)


# --- the client, whose venue comes back


def restored(store: MemoryStore, at_pair: int) -> None:
    """An older backup: it ends before what was seen."""
    cut_store(store, at_pair - 2)


def restored_and_gone_on(store: MemoryStore, at_pair: int) -> None:
    """An older backup, and much happened since; an order of the same kind, at another price."""
    cut_store(store, at_pair - 2)


def tail_cut(store: MemoryStore, at_pair: int) -> None:
    """What came after the last heartbeat is gone, and nothing came in its place."""
    cut_store(store, at_pair)


def untouched(store: MemoryStore, at_pair: int) -> None:
    """The venue was down, and no more."""


@asynccontextmanager
async def followed(
    folder: Path, change: Change, *later: int
) -> AsyncIterator[tuple[Client, AsyncIterator[dict[str, Any]]]]:
    """A client that follows the trades of a venue through its change; *later* are trades after.

    The last trade before it comes after the last heartbeat.
    """
    async with AsyncExitStack() as stack:
        async with town_of(folder) as town:
            client = await stack.enter_async_context(connect(town.url, key=town.keys["auditor"]))
            trades = client.watch(FEED)
            assert (await anext(trades))["kind"] == "snapshot"
            await trade(town, 1302)
            assert (await anext(trades))["kind"] == "delta"
            await until(lambda: client.pair and client.pair.position == town.engine.head)
            at_pair = len(town.store.commits)
            town.parts.heartbeat._next_s = float("inf")  # no heartbeat follows
            await trade(town, 1303)
            assert (await anext(trades))["body"][0]["price_ticks"] == 1303
        change(town.store, at_pair)
        again = await stack.enter_async_context(town_of(folder, store=town.store, port=town.port))
        for price_ticks in later:
            await trade(again, price_ticks)
        yield client, trades


async def ends(messages: AsyncIterator[dict[str, Any]]) -> None:
    """Take them until no more come."""
    async for _ in messages:
        pass


@pytest.mark.parametrize(
    ("change", "later"),
    [
        pytest.param(restored, [], id="a restored backup"),
        pytest.param(restored_and_gone_on, [1302, 1303, 1304, 1305], id="and gone on"),
        pytest.param(tail_cut, [], id="a tail that was cut"),
        pytest.param(tail_cut, [1304], id="a tail that was cut and replaced"),
        pytest.param(tail_cut, [1303, 1304], id="and replaced by the like"),
    ],
)
async def test_the_client_tells_its_user_of_another_history(
    tmp_path: Path, change: Change, later: list[int]
) -> None:
    async with patience(), followed(tmp_path, change, *later) as (client, trades):
        with pytest.raises(OtherHistory):
            await ends(trades)
        assert client.position == 0, "what it held is forgotten"
        anew = client.watch(FEED)
        assert (await anext(anew))["kind"] == "snapshot", "and it begins anew"


async def test_a_venue_that_was_only_down_is_followed_on(tmp_path: Path) -> None:
    async with patience(), followed(tmp_path, untouched, 1304) as (_, trades):
        message = await anext(trades)
        assert (message["kind"], message["body"][0]["price_ticks"]) == ("delta", 1304)
