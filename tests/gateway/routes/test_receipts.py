"""A command's reply bears its leaf before the log is published; its receipt comes by the venue."""

from typing import Any

import pytest

from gateway.access.leaves import NO_LEAVES, Leaves
from gateway.notary.log_extent import LogExtent, LostEntries
from gateway.notary.opened_notary import salt_source_of
from gpubourse import OtherHistory, connect
from gpubourse.kept_leaves import LEAVES_MOST, KeptLeaves, Leaf
from gpubourse.places import LOG
from gpubourse.records import OrderReply
from ledger.base64url import text64
from ledger.ids import PrincipalId
from ledger.journal.memory import MemoryJournal
from ledger.log.merkle import leaf_hash
from ledger.log.receipt import ProvenEntry, proven, read_receipt
from tests.exchange.ground import LEASE
from tests.gateway.bare_client import bare_client
from tests.gateway.town import Town
from tests.ledger.log.published import Log

ASK = {"market": LEASE, "side": "ask", "price_ticks": 1302, "lots": 1}


@pytest.fixture
def log(town: Town) -> Log:
    """The town's own log, of which nothing is published yet; its replies bear leaves."""
    log = Log(town.parts.settings.data_folder)
    town.parts.intake.leaves = Leaves(salt_source_of(journal_of(town), log.own, log.out))
    return log


def journal_of(town: Town) -> MemoryJournal:
    return MemoryJournal(town.store)


async def place(town: Town, key: str = "once", name: str = "seller") -> dict[str, Any]:
    headers = town.signed(name, "order.new", ASK, key=key)
    token = await town.log_on(name)
    status, told, _ = await town.ask("POST", "/v1/orders", token=token, body=ASK, **headers)
    assert status in (200, 201), told
    return told


async def receipt(town: Town, position: int, name: str) -> tuple[int, bytes]:
    headers = {"Authorization": f"Bearer {await town.log_on(name)}"} if name else {}
    path = f"{town.url}/v1/proofs/inclusion/{position}"
    async with town.http.get(path, headers=headers) as response:
        return response.status, await response.read()


def judged(raw: bytes, log: Log) -> ProvenEntry:
    return proven(read_receipt(raw), log.verifiers)


async def test_the_leaf_of_a_reply_is_that_of_the_published_entry(town: Town, log: Log) -> None:
    """By REST and by socket, and the same when the key comes again."""
    by_rest = await place(town)
    async with bare_client(town) as line:
        assert (await line.ask(op="logon", token=await town.log_on("maker")))["ok"]
        by_socket = await line.ask(op="order.new", id=2, key="twice", args=ASK)
        again = await line.ask(op="order.new", id=3, key="twice", args=ASK)
    log.publish(journal_of(town))

    for told in (by_rest, by_socket):
        found = log.receipt(told["leaf_position"])
        assert text64(leaf_hash(found.entry)) == told["leaf"]
        assert judged(found.raw, log).entry.row.topic == "order_accepted"
        assert told["leaf_position"] <= told["position"]
    assert by_rest["leaf"] != by_socket["leaf"]
    repeated = await place(town)
    assert repeated["replayed"] is True
    for name in ("leaf", "leaf_position"):
        assert repeated[name] == by_rest[name]
        assert again[name] == by_socket[name]


async def test_a_reply_without_a_batch_or_a_log_bears_no_leaf(town: Town, log: Log) -> None:
    args = ASK | {"dry_run": True}
    headers = town.signed("seller", "order.new", args)
    token = await town.log_on("seller")
    status, verdict, _ = await town.ask("POST", "/v1/orders", token=token, body=args, **headers)
    assert status == 200
    assert "leaf" not in verdict

    town.parts.intake.leaves = NO_LEAVES
    assert not {"leaf", "leaf_position"} & (await place(town)).keys()


async def test_the_venue_makes_the_receipt_of_ones_own_command(town: Town, log: Log) -> None:
    told = await place(town)
    log.publish(journal_of(town))

    for name in ("seller", "auditor"):
        status, raw = await receipt(town, told["leaf_position"], name)
        found = judged(raw, log)
        assert status == 200
        assert (found.entry.row.position, found.entry.row.topic) == (
            told["leaf_position"],
            "order_accepted",
        )
        assert text64(leaf_hash(read_receipt(raw).entry)) == told["leaf"]


async def test_a_receipt_holds_an_entry_so_others_get_none(town: Town, log: Log) -> None:
    """Nor does the sender get the rest of his batch: it may name who stands opposite."""
    told = await place(town)
    traded = {"market": LEASE, "side": "bid", "price_ticks": 1302, "lots": 1}
    headers = town.signed("trader", "order.new", traded)
    token = await town.log_on("trader")
    _, bought, _ = await town.ask("POST", "/v1/orders", token=token, body=traded, **headers)
    log.publish(journal_of(town))
    first, last = bought["leaf_position"], bought["position"]
    assert last > first, "the trade follows in the same batch"

    assert (await receipt(town, told["leaf_position"], ""))[0] == 401
    assert (await receipt(town, told["leaf_position"], "trader"))[0] == 403
    assert (await receipt(town, first, "trader"))[0] == 200
    for position in range(first + 1, last + 1):
        assert (await receipt(town, position, "trader"))[0] == 403
        assert (await receipt(town, position, "auditor"))[0] == 200
    assert (await receipt(town, 1, "seller"))[0] == 403


async def test_why_there_is_no_receipt_is_said(town: Town, log: Log) -> None:
    token = await town.log_on("auditor")
    told = await place(town)

    async def code(position: object) -> tuple[int, str]:
        status, said, _ = await town.ask("GET", f"/v1/proofs/inclusion/{position}", token=token)
        return status, said["code"]

    assert await code(1) == (404, "not_published")
    log.publish(journal_of(town))
    later = await place(town, "later", "maker")
    assert await code(later["leaf_position"]) == (503, "not_yet")
    assert await code(told["leaf_position"] + 10_000) == (400, "as_of_ahead")
    for position in ("0", "x", "1.0", "-1"):
        assert await code(position) == (400, "bad_field"), position
    (log.out / "tile/entries").rename(log.out / "gone")
    assert await code(1) == (503, "unavailable")


async def test_readiness_tells_how_far_the_log_reaches(town: Town, log: Log) -> None:
    async def told() -> Any:
        return (await town.ask("GET", "/readyz"))[1]["log"]

    assert await told() is None
    refused = [False]
    extent = LogExtent(town.parts.settings.data_folder / LOG, lambda: refused[0])
    object.__setattr__(town.parts, "log", extent)
    nothing = {"entries": None, "refused": False, "origin": None, "lost": None}
    assert await told() == nothing
    published = log.publish(journal_of(town))
    refused[0] = True
    origin = log.head().head.origin
    assert await told() == nothing | {
        "entries": published.size,
        "refused": True,
        "origin": origin,
    }
    lost = LostEntries(origin, published.size + 7, "A" * 43, published.size)
    object.__setattr__(town.parts, "log", extent._replace(lost=lambda: lost))
    assert (await told())["lost"] == lost._asdict()


async def test_the_client_keeps_the_leaves_of_its_commands_and_asks_for_proof(
    town: Town, log: Log
) -> None:
    async with connect(town.url, key=town.keys["maker"]) as venue:
        order = await venue.place(**ASK, key="by-socket")
        assert isinstance(order, OrderReply)
        await venue.send(
            "DELETE",
            f"/v1/orders/{order.order}",
            "order.cancel",
            {},
            key="by-rest",
            order=order.order,
        )
        log.publish(journal_of(town))

        assert list(venue.leaves) == ["by-socket", "by-rest"]
        topics = [judged(await venue.receipt(key), log).entry.row.topic for key in venue.leaves]
        assert topics == ["order_accepted", "order_cancelled"]
        with pytest.raises(KeyError):
            await venue.receipt("never-sent")
        first, second = venue.leaves.values()
        with pytest.raises(OtherHistory):
            first.must_be_of(await venue.receipt_at(second.position))
        with pytest.raises(OtherHistory):
            first.must_be_of(b"no receipt at all")


async def test_a_session_that_the_venue_has_forgotten_is_renewed_for_a_receipt_too(
    town: Town, log: Log
) -> None:
    async with connect(town.url, key=town.keys["maker"]) as venue:
        await venue.place(**ASK, key="once")
        log.publish(journal_of(town))
        own = PrincipalId(town.keys["maker"].principal)
        town.parts.auth.sessions.end_unless([own], lambda session: False)
        assert judged(await venue.receipt("once"), log)


def test_the_newest_leaves_are_kept_and_no_more() -> None:
    kept = KeptLeaves()
    for number in range(LEAVES_MOST + 1):
        kept.note(f"k{number}", {"leaf": "x", "leaf_position": number + 1})
    kept.note("none", {"position": 7})
    kept.note("k1", {"leaf": "x", "leaf_position": 2})  # asked again: it is the newest now
    assert [*kept.all][-1] == "k1"

    assert len(kept.all) == LEAVES_MOST
    assert "k0" not in kept.all
    assert kept.all[f"k{LEAVES_MOST}"] == Leaf(LEAVES_MOST + 1, "x")
