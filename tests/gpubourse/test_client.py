"""The client against a real gateway: a trade, whole feeds, a cut that loses nothing."""

import asyncio
import subprocess
import sys
from typing import Any

import pytest

import gpubourse
from gpubourse import Client, Refused, Unauthorised, connect
from tests.exchange.ground import LEASE
from tests.gateway.town import Town
from tests.waiting import patience, until


async def followed(town: Town, *feeds: str) -> None:
    """Wait until somebody is sent each of these feeds."""

    def is_so() -> bool:
        held = {feed for outbox in town.parts.hub.outboxes for feed in outbox.held}
        return held.issuperset(feeds)

    await until(is_so, f"nobody follows {feeds}")


def of(town: Town, name: str, **more: Any) -> Client:
    return connect(town.url, key=town.keys[name], **more)


async def test_a_fill_in_few_lines(town: Town) -> None:
    async with of(town, "seller") as seller, of(town, "trader") as trader:
        await seller.place(market=LEASE, side="ask", price_ticks=1302, lots=2)
        book = await trader.book(LEASE)
        assert book.best_ask == (1302, 2, 1, 0)
        assert book.best_bid is None
        order = await trader.place(market=LEASE, side="bid", price_ticks=1302, lots=1)
        assert order.state == "filled"
        assert (await trader.book(LEASE)).best_ask == (1302, 1, 1, 0)


async def test_without_a_key_the_public_half_is_there(town: Town) -> None:
    async with connect(town.url) as visitor:
        assert [row["market"] async for row in visitor.rows("/v1/instruments", kind="lease")]
        assert (await visitor.book(LEASE)).bids == []
        with pytest.raises(Unauthorised):
            await visitor.place(market=LEASE, side="bid", price_ticks=1, lots=1)
        with pytest.raises(Unauthorised):
            await anext(visitor.watch("fills/p-0002"))


async def test_reads_and_log_ons_wait_for_their_turn(town: Town) -> None:
    async with connect(town.url) as visitor:
        for _ in range(60):  # more than an anonymous address has at once
            assert (await visitor.book(LEASE)).bids == []
        async with of(town, "trader") as trader:
            assert trader.party


async def test_a_no_comes_as_a_typed_error(town: Town) -> None:
    async with of(town, "reader") as reader, of(town, "trader") as trader:
        with pytest.raises(Refused) as refused:
            await reader.place(market=LEASE, side="bid", price_ticks=1302, lots=1)
        assert (refused.value.code, refused.value.is_retryable) == ("scope_missing", False)
        with pytest.raises(Refused) as refused:
            await trader.cancel("o-999999")
        assert refused.value.code == "unknown_order"


async def test_a_book_is_followed_level_by_level(town: Town) -> None:
    async with of(town, "seller") as seller, of(town, "trader") as trader:
        books = trader.watch_book(LEASE)
        assert (await anext(books)).asks == []
        first = await seller.place(market=LEASE, side="ask", price_ticks=1302, lots=2)
        assert (await anext(books)).asks == [(1302, 2, 1, 0)]
        await seller.place(market=LEASE, side="ask", price_ticks=1300, lots=1)
        assert (await anext(books)).asks == [(1300, 1, 1, 0), (1302, 2, 1, 0)]
        await seller.cancel(first.order)
        assert (await anext(books)).asks == [(1300, 1, 1, 0)]
        await trader.place(market=LEASE, side="bid", price_ticks=1300, lots=2)
        book = await anext(books)
        assert (book.asks, book.bids) == ([], [(1300, 1, 1, 0)])
        assert trader.gaps == 0


async def test_own_orders_and_fills_are_told_once_each(town: Town) -> None:
    async with of(town, "seller") as seller, of(town, "trader") as trader:
        orders, fills = trader.watch("orders"), trader.watch("fills")
        assert (await anext(orders))["body"] == []
        waiting = asyncio.ensure_future(anext(fills))
        await followed(town, f"fills/{town.keys['trader'].party}")
        await seller.place(market=LEASE, side="ask", price_ticks=1302, lots=3)
        placed = await trader.place(market=LEASE, side="bid", price_ticks=1302, lots=5)

        told = (await waiting)["body"]
        assert [(fill["lots"], fill["role"]) for fill in told] == [(3, "taker")]
        assert told[0]["fill"] == placed.fills[0].fill
        state = (await anext(orders))["body"]
        assert [(row["state"], row["open_lots"], row["filled_lots"]) for row in state] == [
            ("open", 2, 3)
        ]
        await trader.cancel_all(market=LEASE)
        ended = (await anext(orders))["body"][0]
        assert (ended["state"], ended["cause"], ended["open_lots"]) == ("cancelled", "user", 0)


async def test_a_client_that_was_cut_off_misses_nothing(town: Town) -> None:
    async with of(town, "seller") as seller, of(town, "auditor") as auditor:
        trades, ledger = auditor.watch(f"trades/{LEASE}"), auditor.watch("ledger/*")
        tape: list[str] = []
        positions: list[int] = []

        async def listen_to_trades() -> None:
            async for message in trades:
                tape.extend(row["trade"] for row in message["body"])

        async def listen_to_ledger() -> None:
            async for message in ledger:
                positions.extend(row["position"] for row in message["body"])

        tasks = [asyncio.create_task(listen_to_trades()), asyncio.create_task(listen_to_ledger())]
        await followed(town, f"trades/{LEASE}", "ledger/*")
        before = town.engine.head
        socket = auditor._socket
        assert socket is not None
        async with of(town, "trader") as trader:
            for turn in range(12):
                if turn % 3 == 0:
                    await seller.place(market=LEASE, side="ask", price_ticks=1302, lots=1)
                    await trader.place(market=LEASE, side="bid", price_ticks=1302, lots=1)
                await trader.place(market=LEASE, side="bid", price_ticks=1000, lots=1)
                if turn in {2, 6, 9}:
                    await socket._is_up.wait()
                    await socket.cut()
            upto = town.engine.head
        await until(lambda: positions and positions[-1] >= upto, "the ledger is heard to its end")
        for task in tasks:
            task.cancel()
        assert socket.cuts >= 2
        stored = list(town.parts.journal.read(before, upto))
        assert positions == [row.position for row in stored]
        assert len(tape) == len([row for row in stored if row.topic == "traded"])
        assert len(set(tape)) == len(tape)


async def test_an_unknown_outcome_is_asked_again_under_its_key(town: Town) -> None:
    async with of(town, "seller") as seller:
        socket = await seller._open_socket()
        placing = asyncio.create_task(
            seller.place(market=LEASE, side="ask", price_ticks=1302, lots=1, key="only-once")
        )
        await asyncio.sleep(0)  # one turn: the order leaves
        await socket.cut()
        order = await placing
        assert order.open_lots == 1
        again = await seller.place(
            market=LEASE, side="ask", price_ticks=1302, lots=1, key="only-once"
        )
        assert again.order == order.order
        assert (await seller.book(LEASE)).asks == [(1302, 1, 1, 0)]


async def test_orders_end_with_their_socket_if_they_are_told_to(town: Town) -> None:
    async with of(town, "trader") as trader:
        async with of(town, "seller", cancel_on_disconnect=True) as maker:
            await maker.place(market=LEASE, side="ask", price_ticks=1302, lots=1)
            assert (await trader.book(LEASE)).asks
        async with patience():
            async for book in trader.watch_book(LEASE):
                if not book.asks:
                    break


async def test_within_its_grace_a_maker_comes_back_to_its_orders(town: Town) -> None:
    async with of(town, "seller", cancel_on_disconnect=True, grace_ms=10_000) as maker:
        await maker.place(market=LEASE, side="ask", price_ticks=1302, lots=1)
        socket, disconnects = maker._socket, town.parts.sockets.disconnects
        assert socket is not None
        await socket.cut()
        await until(lambda: socket.cuts and socket._is_up.is_set(), "the maker is back")
        assert not disconnects._pending, "nothing is to be cancelled any more"
        assert (await maker.book(LEASE)).asks == [(1302, 1, 1, 0)]
    async with connect(town.url) as visitor:
        assert (await visitor.book(LEASE)).asks == [(1302, 1, 1, 0)]  # its grace is running


async def test_a_revoked_key_is_put_out_at_once(town: Town) -> None:
    clerk = await town.log_on("clerk")
    async with of(town, "trader") as trader:
        fills = asyncio.ensure_future(anext(trader.watch("fills")))
        await followed(town, f"fills/{town.keys['trader'].party}")
        principal = town.keys["trader"].principal
        headers = town.signed("clerk", "principal.revoke", {"principal": principal})
        status, told, _ = await town.ask(
            "POST", f"/v1/principals/{principal}/revoke", token=clerk, body={}, **headers
        )
        assert status == 200, told
        async with patience():
            with pytest.raises(Unauthorised):
                await fills


def test_every_public_name_is_there_and_only_the_client_itself_brings_http() -> None:
    program = (
        "import sys, gpubourse, gateway.wire\n"
        "assert 'aiohttp' not in sys.modules\n"
        "print([name for name in gpubourse.__all__ if not hasattr(gpubourse, name)])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert done.stdout == b"[]\n"
    with pytest.raises(AttributeError, match="nonsense"):
        gpubourse.nonsense  # noqa: B018
