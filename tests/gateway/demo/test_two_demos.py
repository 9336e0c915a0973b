"""Two demos of one seed that differ by one order: one history up to that commit, two from there.

Told by the auditor's question, by the gateway's answer, and by the client to its user.
"""

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from exchange.engine.replay import recover
from exchange.simulation.intents import Intent
from gateway.demo.headless import START_NS
from gateway.demo.past import PastWriter
from gateway.server.audit_rules import venue_folding
from gpubourse import OtherHistory, connect, socket_connection
from ledger.audit.commit_checks import Expected, NoSuchCommit
from ledger.audit.verify import verify
from ledger.base64url import text64
from ledger.journal.memory import MemoryJournal, MemoryStore
from ledger.journal.protocol import Commit
from tests.gateway.bare_client import bare_client
from tests.gateway.test_one_history import ends
from tests.gateway.town import town_of
from tests.ledger.audit.test_verify import failed
from tests.waiting import patience, until

SEED, DAYS, DIFFERENT = 7, 5, 3
Change = Callable[[Intent], Intent | None]

pytestmark = pytest.mark.xdist_group("history")


def the_same(intent: Intent) -> Intent:
    return intent


def never_sent(intent: Intent) -> None:
    return None


def another_price(intent: Intent) -> Intent:
    return replace(intent, args=intent.args | {"price_ticks": intent.args["price_ticks"] + 1})


def demo(change: Change = the_same) -> MemoryStore:
    """Days of a demo, one commit each; the first order of one day is changed."""
    store = MemoryStore()
    journal = MemoryJournal(store)
    journal.take_fence()
    past = PastWriter.of(journal, recover(journal), SEED, START_NS)
    send, changed = past._send, []

    def sent(intent: Intent, key: str, at_ns: int) -> None:
        is_it = intent.op == "order.new" and past_day == DIFFERENT and not changed
        found = change(intent) if is_it else intent
        changed.extend([intent] if is_it else [])
        if found is not None:
            send(found, key, at_ns)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PastWriter, "_send", lambda _, *asked: sent(*asked))
        for past_day in range(DAYS):
            past.day(past_day)
    assert len(changed) == 1
    return store


@pytest.fixture(scope="module")
def ours() -> MemoryStore:
    return demo()


@pytest.fixture(scope="module", params=[never_sent, another_price])
def theirs(request: pytest.FixtureRequest) -> MemoryStore:
    return demo(request.param)


def chains(store: MemoryStore) -> list[bytes]:
    return [commit.chain for commit in store.commits]


def test_the_same_seed_and_the_same_orders_are_one_history(ours: MemoryStore) -> None:
    assert chains(demo()) == chains(ours)


def test_they_are_one_history_before_that_commit_and_never_after(
    ours: MemoryStore, theirs: MemoryStore
) -> None:
    agree = [one == two for one, two in zip(chains(ours), chains(theirs), strict=True)]
    assert agree == [day < DIFFERENT for day in range(DAYS)]


def test_the_auditor_is_told_from_that_commit_on(ours: MemoryStore, theirs: MemoryStore) -> None:
    journal = MemoryJournal(theirs)
    last = {commit.last_position for commit in theirs.commits}
    for day, commit in enumerate(ours.commits):
        pair = Expected(commit.last_position, commit.chain)
        if commit.last_position not in last:
            with pytest.raises(NoSuchCommit):  # it differs by more events than one: told at once
                verify(journal, venue_folding(), expected=[pair])
            pair = Expected(theirs.commits[day].last_position, commit.chain)
        broken = failed(verify(journal, venue_folding(), expected=[pair]))
        assert list(broken) == ([] if day < DIFFERENT else ["expected"])


async def test_the_gateway_tells_who_brings_a_pair_of_the_other(
    ours: MemoryStore, theirs: MemoryStore, tmp_path: Path
) -> None:
    async with patience(), town_of(tmp_path, store=_copy(theirs)) as town:
        for day, commit in enumerate(ours.commits):
            async with bare_client(town) as line:
                row = await _asked(line, commit)
            is_told = row.get("reason") == "other_history"
            assert is_told == (day >= DIFFERENT), row


async def test_the_client_tells_its_user_who_has_changed(
    ours: MemoryStore,
    theirs: MemoryStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(socket_connection, "BACKOFF_S", 0.001)
    async with patience(), AsyncExitStack() as stack:
        async with town_of(tmp_path / "ours", store=_copy(ours)) as town:
            client = await stack.enter_async_context(connect(town.url))
            instruments = client.watch("instruments/venue")
            assert (await anext(instruments))["kind"] == "snapshot"
            await until(lambda: client.pair)
        await stack.enter_async_context(
            town_of(tmp_path / "theirs", store=_copy(theirs), port=town.port)
        )
        with pytest.raises(OtherHistory):
            await ends(instruments)


async def _asked(line: Any, commit: Commit) -> dict[str, Any]:
    seen = [commit.last_position, text64(commit.chain)]
    reply = await line.ask(op="subscribe", feeds=["instruments/venue"], since=seen[0], seen=seen)
    row: dict[str, Any] = reply["result"]["feeds"][0]
    return row


def _copy(store: MemoryStore) -> MemoryStore:
    """A venue that opens goes on writing: what others compare stays as it is."""
    kept = MemoryStore()
    journal = MemoryJournal(kept)
    for name in vars(kept):
        value = getattr(store, name)
        setattr(kept, name, value.copy() if hasattr(value, "copy") else value)
    assert journal.head() == store.commits[-1].last_position
    return kept
