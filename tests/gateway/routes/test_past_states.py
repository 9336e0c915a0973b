"""States of the past by REST: folded beside the gateway, and the same as a replay gives."""

import asyncio
import os
import signal
from typing import Any

import msgspec
import pytest

from gateway.problems import ProblemRaised
from gateway.routes.query import cursor_of
from gateway.server.audit_rules import venue_folding
from gateway.server.history_process import HistoryProcess
from gateway.server.server import VenueServer
from gpubourse import Client, Refused, VenueProblem, connect
from gpubourse.key_files import KeyFile
from gpubourse.wire import inward
from ledger.audit.as_of import position_of
from ledger.audit.state_at import state_at
from ledger.base64url import text64
from ledger.journal.protocol import Journal
from ledger.questions.state_difference import difference
from ledger.questions.state_history import Question
from tests.exchange.ground import LEASE
from tests.waiting import soon, until

pytestmark = pytest.mark.postgres
Opened = tuple[VenueServer, dict[str, KeyFile]]
FOLDING = venue_folding()


def expected_at(journal: Journal, position: int) -> dict[str, Any]:
    state, _ = state_at(journal, FOLDING, position_of(journal, FOLDING, str(position)))
    return {name: inward(msgspec.json.decode(row)) for name, row in FOLDING.rows(state)}


async def told_at(client: Client, **query: Any) -> dict[str, Any]:
    rows = [row async for row in client.rows("/v1/audit/state", **query)]
    assert len({row["subject"] for row in rows}) == len(rows)
    return {row["subject"]: row["state"] for row in rows}


def history_of(server: VenueServer) -> HistoryProcess:
    found = server.parts.past_states
    assert isinstance(found, HistoryProcess)
    return found


async def test_the_state_at_a_position_is_the_replays(opened: Opened) -> None:
    server, keys = opened
    journal, head = server.parts.journal, server.engine.head
    async with connect(server.url, key=keys["auditor"]) as auditor:
        for query in ({"limit": 1_000}, {"limit": 40}):
            for position in (head, 1, head // 2):
                told = await told_at(auditor, position=position, **query)
                assert told == await asyncio.to_thread(expected_at, journal, position)
        assert await told_at(auditor, limit=1_000) == await told_at(
            auditor, limit=1_000, position=server.engine.head
        )
        parties = await told_at(auditor, kind="party")
        assert parties
        assert all(name.startswith("p-") for name in parties)
        one = await told_at(auditor, subject="n-0001")
        assert list(one) == ["n-0001"]
        typed = [row async for row in auditor.past_state(position=head, subject="n-0001")]
        assert [(row.subject, row.kind, row.state) for row in typed] == [
            ("n-0001", "node", one["n-0001"])
        ]


async def test_the_pages_of_the_head_are_of_one_position(opened: Opened) -> None:
    """What happens between two pages is not on the second one."""
    server, keys = opened
    async with connect(server.url, key=keys["auditor"]) as auditor:
        async with connect(server.url, key=keys["seller"]) as seller:
            rows = auditor.rows("/v1/audit/state", limit=20)
            told = [await anext(rows)]
            head = server.engine.head
            terms = {"market": LEASE, "side": "ask", "lots": 1, "price_ticks": 1302}
            placed = await seller.place(**terms)
            assert server.engine.head > head
            told += [row async for row in rows]
        subjects = {row["subject"] for row in told}
        assert placed.order not in subjects
        assert subjects == set(await told_at(auditor, position=head))
        changed = {"from": head, "limit": 1}
        assert placed.order in {
            row["subject"] async for row in auditor.rows("/v1/audit/diff", **changed)
        }


async def test_a_difference_is_the_command_lines(opened: Opened) -> None:
    server, keys = opened
    journal, head = server.parts.journal, server.engine.head
    first, last = (position_of(journal, FOLDING, str(each)) for each in (head // 2, head))
    expected = difference(journal, FOLDING, first, last)["subjects"]
    async with connect(server.url, key=keys["auditor"]) as auditor:
        query = {"from": head // 2, "to": head, "limit": 5}
        rows = [row async for row in auditor.rows("/v1/audit/diff", **query)]
        assert rows == inward(msgspec.json.decode(msgspec.json.encode(expected)))
        assert len(rows) > 5
        typed = [row async for row in auditor.state_changes(from_=first, to=last)]
        assert [row.subject for row in typed] == [row["subject"] for row in rows]
        assert all(row.fields for row in typed)
        assert [row async for row in auditor.state_changes(from_=last, to=last)] == []


def behind(place: str) -> str:
    return cursor_of("cn-1 /v1/audit/state", text64(place.encode()))


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/v1/audit/state?position=1000000", "as_of_ahead"),
        ("/v1/audit/state?position=0", "bad_field"),
        ("/v1/audit/state?kind=server", "bad_field"),
        ("/v1/audit/state?subject=n-1", "bad_field"),
        ("/v1/audit/state?cursor=!", "bad_cursor"),
        (f"/v1/audit/state?cursor={text64(b'30 venue')}", "bad_cursor"),
        (f"/v1/audit/state?cursor={behind('30 nobody')}", "bad_cursor"),
        (f"/v1/audit/state?cursor={behind('30 venue')}&position=31", "bad_cursor"),
        (f"/v1/audit/state?cursor={behind('999999 venue')}", "as_of_ahead"),
        ("/v1/audit/state?as_of=3", "bad_field"),
        ("/v1/audit/diff?from=0", "bad_field"),
        ("/v1/audit/diff?from=9&to=8", "bad_combination"),
        ("/v1/audit/diff?from=1&to=1000000", "as_of_ahead"),
    ],
)
async def test_what_cannot_be_asked_is_refused_with_what_to_do(
    opened: Opened, path: str, code: str
) -> None:
    server, keys = opened
    async with connect(server.url, key=keys["auditor"]) as auditor:
        with pytest.raises(VenueProblem) as refused:
            await auditor.get(path)
    assert refused.value.code == code
    if "n-1" in path:
        assert "n-0001" in refused.value.problem["detail"]


async def test_only_who_audits_sees_the_past(opened: Opened) -> None:
    server, keys = opened
    async with connect(server.url, key=keys["seller"]) as seller:
        for path in ("/v1/audit/state", "/v1/audit/diff?from=1"):
            with pytest.raises(Refused, match="scope_missing"):
                await seller.get(path)


async def test_a_process_that_died_is_said_and_the_next_question_begins_another(
    opened: Opened,
) -> None:
    server, _ = opened
    history, head = history_of(server), server.engine.head
    assert (await history.query("p-0001", Question(head))).position == head
    child = history._child
    assert child is not None
    process = child._child
    assert process is not None
    process.kill()
    await until(lambda: not child.is_alive)
    assert (await history.query("p-0001", Question(head))).position == head
    assert history._child is not child


async def test_a_process_that_dies_over_a_question_leaves_nobody_waiting(opened: Opened) -> None:
    server, _ = opened
    history, head = history_of(server), server.engine.head
    await history.query("p-0001", Question(1))
    process = history._child._child if history._child else None
    assert process is not None
    os.kill(process.pid, signal.SIGSTOP)
    waiting = asyncio.ensure_future(history.query("p-0001", Question(head)))
    await until(lambda: history._number == 2)
    process.kill()
    with pytest.raises(ProblemRaised) as refused:
        await soon(waiting)
    assert refused.value.trouble.code == "unavailable"


async def test_who_leaves_keeps_his_turn_until_he_is_answered_and_no_longer(
    opened: Opened,
) -> None:
    server, _ = opened
    history, head = history_of(server), server.engine.head
    await history.query("p-0001", Question(1))
    left = [asyncio.ensure_future(history.query("p-0001", Question(head))) for _ in range(20)]
    other = asyncio.ensure_future(history.query("p-0002", Question(head)))
    await asyncio.sleep(0)
    for each in left:
        each.cancel()
    assert (await other).position == head
    ended = await asyncio.gather(*left, return_exceptions=True)
    assert all(isinstance(each, asyncio.CancelledError) for each in ended)
    assert history._number == 3, "who left before his turn was never asked for"


async def test_a_state_that_takes_long_is_not_yet_there(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, keys = opened
    asked = 0

    async def query(caller: str, question: Question) -> Any:
        nonlocal asked
        asked += 1
        answer = await HistoryProcess.query(history_of(server), caller, question)
        return answer if asked > 1 else msgspec.structs.replace(answer, folded=17)

    monkeypatch.setattr(history_of(server), "query", query, raising=False)
    async with connect(server.url, key=keys["auditor"]) as auditor:
        rows = [row async for row in auditor.rows("/v1/audit/state", position=30)]
    assert asked == 2, "the client asks again by itself"
    assert rows
