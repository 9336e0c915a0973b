"""An engine that stopped for good: what everybody hears of it, and how its house is closed."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from exchange.engine import engine as engine_module
from exchange.engine.group_decider import Unavailable
from gateway.demo import live_demo
from gateway.demo.live_demo import DemoOptions, StoppedForGood
from gateway.routes.system import ROUTES
from gateway.server.server import VenueServer
from ledger.journal.protocol import Commit
from tests.exchange.ground import LEASE
from tests.gateway.routes.test_query import address
from tests.gateway.town import Town
from tests.waiting import until

KEY = "a-key-of-the-traders-own"
LOT = {"market": LEASE, "side": "bid", "type": "limit", "lots": 1, "price_ticks": 1}


async def stop_for_good(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The trader's command meets our fault, more often than the engine bears."""

    def fail(*_: Any) -> Any:
        raise ZeroDivisionError(f"{KEY} of {town.keys['trader'].party}")

    token = await town.log_on("trader")
    monkeypatch.setattr(engine_module, "REBUILDS_MOST", 1)
    monkeypatch.setattr(engine_module.Engine, "_answer", fail)  # a fault of no command's own
    for number in range(3):
        body = {**LOT, "label": str(number)}
        headers = town.signed("trader", "order.new", body, key=KEY)
        await town.ask("POST", "/v1/orders", token=token, body=body, **headers)
        if town.engine.stop_reason:
            break
    await until(lambda: town.engine.stop_reason, "the engine stops for good")


async def test_nobody_hears_whose_command_it_was(
    town: Town, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Over all routes, asked by a visitor and by another party."""
    town.lift_rates()
    other = await town.log_on("seller")
    await stop_for_good(town, monkeypatch)
    assert KEY in caplog.text, "the log tells it"
    status, ready, _ = await town.ask("GET", "/readyz")
    assert (status, ready["reason"]) == (503, "the engine has stopped for good")
    asked = 0
    for route in ROUTES:
        for token in ("", other):
            if route.is_console or route.is_socket or route.path == "/v1/auth/session":
                continue
            headers = town.signed("seller", route.op, {}) if route.op else {}
            _, told, _ = await town.ask(route.method, address(route), token=token, **headers)
            assert KEY not in str(told), route.path
            if not token:
                assert town.keys["trader"].party not in str(told), route.path
            asked += 1
    assert asked > 100


class LostEngine:
    """An engine without a state: stopped for good, or just being rebuilt."""

    commits = SimpleNamespace(last=Commit.none())

    def __init__(self, stop_reason: str) -> None:
        self.stop_reason = stop_reason

    @property
    def venue(self) -> Any:
        raise Unavailable("recovering", "there is none")


@pytest.mark.parametrize("stop_reason", ["it failed too often", ""])
async def test_a_demo_closes_its_house_whatever_its_engine_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop_reason: str
) -> None:
    closed = []

    async def close() -> None:
        closed.append(True)

    async def opened(*_: Any, **__: Any) -> Any:
        return SimpleNamespace(engine=LostEngine(stop_reason), close=close)

    async def nothing(*_: Any) -> dict[str, str]:
        return {}

    monkeypatch.setattr(live_demo, "open_server", opened)
    for name in ("_views_caught_up", "_links", "_market"):
        monkeypatch.setattr(live_demo, name, nothing)
    terms = DemoOptions(tmp_path, "", 1, 1, 1, 0)
    made: Any = SimpleNamespace(at_ns=0)
    steps: Any = SimpleNamespace(log=None)
    opening = live_demo._open(terms, made, steps, lambda *_: None, asyncio.Event())
    if stop_reason:
        with pytest.raises(StoppedForGood, match=stop_reason):
            await opening
    else:
        assert (await opening).trades is None
    assert closed == [True]


async def test_the_house_stands_until_it_is_told_or_its_engine_has_stopped(town: Town) -> None:
    server = VenueServer(town.url, 0, town.parts, town.engine, "", AsyncExitStack())
    ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    waiting = asyncio.create_task(server.until_over(ended))
    await asyncio.sleep(0)
    assert not waiting.done()
    ended.set_result(None)
    await waiting
    town.engine.stop_reason = "it failed too often"
    await server.until_over(asyncio.get_running_loop().create_future())
