"""The client's line is cut again and again while others trade: each message once, and no gap."""

import asyncio
from pathlib import Path
from random import Random
from typing import Any

import pytest

from gpubourse import Client, connect, socket_connection
from ledger.ids import PartyId
from tests.exchange.ground import LEASE, Floor, server
from tests.gateway.town import Town, town_of
from tests.waiting import patience, until

CUTS, SLICE = 56, 6
SEED = 8470
TRADES_A_CUT = 3
FIRST_SERVER = 100


def with_servers(floor: Floor) -> None:
    """Enough to sell a lot whenever the line is cut."""
    owner = PartyId(floor.owners[0])
    for number in range(FIRST_SERVER, FIRST_SERVER + CUTS * TRADES_A_CUT + 1):
        floor.happen(*server(number, owner))


async def _cut_again_and_again(folder: Path, cuts: int) -> str:
    dice = Random(SEED)
    async with town_of(folder, before=with_servers) as town:
        town.lift_rates()
        tokens = {name: await town.log_on(name) for name in ("seller", "trader")}
        async with connect(town.url, key=town.keys["trader"]) as client:
            fills: list[str] = []
            prints: list[str] = []
            following = [
                asyncio.create_task(_follow(client, "fills", "fill", fills)),
                asyncio.create_task(_follow(client, f"trades/{LEASE}", "trade", prints)),
            ]
            await until(lambda: client.pair)
            expected: list[str] = []
            for _ in range(cuts):
                at = dice.randrange(TRADES_A_CUT)
                for number in range(TRADES_A_CUT):
                    if number == at:
                        assert client._socket is not None
                        await client._socket.cut()
                    expected.append(await _trade(town, tokens))
                    await asyncio.sleep(0)
            await until(lambda: len(fills) >= len(expected) and len(prints) >= len(expected))
            pair = town.engine.head
            await until(lambda: client.pair is not None and client.pair.position >= pair)
            assert prints == expected
            assert fills == [f"{trade}.bid" for trade in expected]
            assert client.gaps == 0
            assert client._socket is not None
            assert client._socket.cuts >= cuts // 2, "some fall into a line that is not up yet"
            for task in following:
                task.cancel()
            return f"{cuts} cuts, {len(fills)} fills and {len(prints)} prints, 0 doubled, 0 gaps"


async def _follow(client: Client, feed: str, name: str, told: list[str]) -> None:
    async for message in client.watch(feed):
        told += [item[name] for item in message["body"]]


async def _trade(town: Town, tokens: dict[str, str]) -> str:
    """One lot changes hands; the trade's name."""
    for name, side in (("seller", "ask"), ("trader", "bid")):
        placed: dict[str, Any] = await town.order(
            name, tokens[name], side=side, price_ticks=1302, lots=1
        )
    (fill,) = placed["fills"]
    return str(fill["fill"]).partition(".")[0]


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses are short: what is tested is what comes after them."""
    monkeypatch.setattr(socket_connection, "BACKOFF_S", 0.001)


async def test_a_few_cuts_double_nothing_and_leave_no_gap(tmp_path: Path) -> None:
    async with patience():
        await _cut_again_and_again(tmp_path, SLICE)


@pytest.mark.storm
async def test_fifty_six_cuts_double_nothing_and_leave_no_gap(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = await _cut_again_and_again(tmp_path, CUTS)
    with capsys.disabled():
        print(f"\n{told}")
