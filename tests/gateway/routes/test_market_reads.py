"""The market's rows over REST: after a start they are what they were before it."""

from pathlib import Path
from typing import Any

from exchange.engine.engine import Engine
from gateway.server.assembly import assemble
from gateway.settings import Limits, Settings
from ledger.journal.memory import MemoryJournal
from ledger.journal.personal_names import MemoryPersonal
from tests.exchange.ground import LEASE
from tests.gateway.town import Town, town_of

READS = (f"/v1/markets/{LEASE}", f"/v1/markets/{LEASE}/book", f"/v1/instruments/{LEASE}")


async def test_the_rows_of_a_market_outlive_a_start(tmp_path: Path) -> None:
    async with town_of(tmp_path) as town:
        maker, trader = await town.log_on("maker"), await town.log_on("trader")
        await town.order("maker", maker, side="ask", price_ticks=1302, lots=2)
        bid = await town.order("trader", trader, side="bid", price_ticks=1302, lots=1)
        position = town.engine.head
        before = [await result(town, f"{path}?min_position={position}") for path in READS]
        market, book, instrument = before
        assert (market["high_ticks"], market["low_ticks"], market["lots"]) == (1302, 1302, 1)
        assert (market["reference_ticks"], bid["state"]) == (1302, "filled")
        assert int(market["phase_since_ns"]) > 0
        assert book["seq"] == position
        assert instrument["market"] == LEASE

        store = town.parts.journal.store  # type: ignore[attr-defined]
        await town.engine.stop()
        views = (await begun_again(town, MemoryJournal(store), tmp_path)).market_views
        market_row = views.market(LEASE) | {"phase_since_ns": int(market["phase_since_ns"])}
        assert views.market(LEASE) == market_row
        shown = {name: value for name, value in market.items() if not name.endswith("_ns")}
        assert {name: views.market(LEASE)[name] for name in shown} == shown
        assert views.book(LEASE, 10) == book


async def result(town: Town, path: str) -> dict[str, Any]:
    status, told, _ = await town.ask("GET", path)
    assert status == 200, told
    found: dict[str, Any] = told["result"]
    return found


async def begun_again(town: Town, journal: MemoryJournal, folder: Path) -> Any:
    """Another gateway, on another engine, that starts from the same journal."""
    engine = Engine(journal, clock=town.clock)
    await engine.start()
    parts = await assemble(
        Settings(data_folder=folder),
        Limits(),
        engine,
        journal=MemoryJournal(journal.store),
        keep=journal.keep,
        personal=MemoryPersonal(),
        reader=None,
        clock=town.clock,
        speed=lambda: 1,
    )
    await engine.stop()
    return parts
