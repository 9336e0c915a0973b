"""No caller's slow reads keep another from his: at the routes, and over all of them."""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway import wire
from gateway.routes.request import Route
from gateway.routes.system import ROUTES
from gateway.settings import Limits
from ledger.journal.memory import MemoryJournal
from ledger.views.view_pool import ViewPool
from ledger.views.view_reader import ViewReader
from tests.gateway.read_walks import PLACES, SELLER, TRADER, StandingViews
from tests.gateway.routes.test_query import address
from tests.gateway.town import Town, town_of
from tests.waiting import soon, until

READS = [route for route in ROUTES if route.method == "GET" and route.path.startswith("/v1/")]
SOCKET = "/v1/ws"
BESIDE = {"/v1/audit/state", "/v1/audit/diff"}  # by a process of their own, with turns of its own
# What reads the journal without a turn: nothing that a caller may ask for, but its own progress.
OWN = {"SELECT position, at_ns FROM views.progress"}


async def test_one_callers_reads_keep_no_other_from_his(tmp_path: Path) -> None:
    views = StandingViews(TRADER)
    async with town_of(tmp_path, reader=views) as town:  # type: ignore[arg-type]
        town.lift_rates()
        slow, other = await town.log_on("trader"), await town.log_on("seller")
        asked = [asyncio.create_task(town.ask("GET", "/v1/orders", token=slow)) for _ in range(90)]
        await until(lambda: town.parts.in_flight.count("127.0.0.1") == len(asked))
        await until(lambda: views.under_way[TRADER] >= 1)
        for token in (other, ""):
            path = "/v1/orders" if token else "/v1/rules"
            status, _, _ = await soon(town.ask("GET", path, token=token))
            assert status == 200
        assert not any(each.done() for each in asked)
        views.let_go.set()
        assert Counter([(await each)[0] for each in asked]) == {200: 90}
    assert views.most[TRADER] == Limits().database_reads_per_caller < PLACES
    assert views.most[SELLER] == 1


@pytest.mark.postgres
async def test_every_read_of_the_database_waits_its_turn(
    viewed: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over the routes: none reads views or journal while its caller has no turn."""
    viewed.lift_rates()
    turns, met, untimely = viewed.parts.read_turns, Counter[str](), set[str]()
    asked = {"route": "", "caller": ""}

    def notes(step: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*terms: Any, **others: Any) -> Any:
            if not OWN & {term for term in terms if isinstance(term, str)}:
                met[asked["route"]] += 1
                if not turns.under_way(asked["caller"]):
                    untimely.add(asked["route"])
            return step(*terms, **others)

        return noted

    monkeypatch.setattr(ViewPool, "fetch", notes(ViewPool.fetch))
    for name in ("read", "read_stream", "command_at", "commands", "kept", "commits_around"):
        monkeypatch.setattr(MemoryJournal, name, notes(getattr(MemoryJournal, name)))
    assert isinstance(viewed.parts.reader, ViewReader)
    for who, party in (("auditor", "p-0001"), ("trader", TRADER)):
        token = await viewed.log_on(who)
        for route in READS:
            if route.path != SOCKET:
                asked |= {"route": route.path, "caller": party}
                await viewed.ask("GET", address(route), token=token)
    filled = {"/v1/markets/{market}/candles", "/v1/markets/{market}/worth"}
    assert untimely <= filled | BESIDE, "read once for all, by the venue itself"
    assert set(met) >= {route.path for route in READS if _reads_the_database(route)}


def _reads_the_database(route: Route) -> bool:
    is_live = not route.needs_views or route.path in {"/v1/auth/session", SOCKET, *BESIDE}
    return not is_live and route.path != "/v1/commands/{key}"


@pytest.mark.postgres
async def test_no_read_makes_the_journals_rows_on_the_loop(
    viewed: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """1,000 rows took 40 ms: meanwhile the loop answers others."""
    viewed.lift_rates()
    threads: dict[str, set[int]] = {}
    asked = {"route": ""}
    decoded = wire.decode_stored

    def noted(state: bytes) -> Any:
        threads.setdefault(asked["route"], set()).add(threading.get_ident())
        return decoded(state)

    monkeypatch.setattr(wire, "decode_stored", noted)
    token = await viewed.log_on("auditor")
    for route in READS:
        if route.path != SOCKET:
            asked["route"] = route.path
            await viewed.ask("GET", address(route), token=token)
    assert {"/v1/audit/events", "/v1/audit/streams/{stream}"} <= set(threads)
    assert not [path for path, found in threads.items() if threading.get_ident() in found]
