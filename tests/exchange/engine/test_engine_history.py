"""The engine and its journal's history: it goes on from what it confirmed, or not at all."""

from collections.abc import AsyncIterator

import pytest

from exchange.engine import recent_commits
from exchange.engine.checkpoint_codec import CODEC_VERSION
from exchange.engine.group_decider import Unavailable
from exchange.engine.recent_commits import HistoryLost, RecentCommits
from exchange.engine.replay import recover
from ledger.base64url import text64
from ledger.durations import HOUR_NS
from ledger.events import JournalUpgraded, VenueResumed
from ledger.journal.protocol import Commit
from tests.exchange.engine.test_engine import House, Torn, ask
from tests.exchange.ground import Floor
from tests.ledger.journal.rows import cut_store
from tests.waiting import until


@pytest.fixture
async def house() -> AsyncIterator[House]:
    house = House(Floor())
    await house.engine.start()
    yield house
    await house.engine.stop()


def commit(position: int, chain: bytes = bytes(32)) -> Commit:
    return Commit(position, position, 1, chain)


async def test_the_engine_knows_the_commit_that_it_wrote_last(house: House) -> None:
    for _ in range(3):
        answer = await ask(house, house.bid())
        last = house.journal.store.commits[-1]
        assert house.engine.commits.last == last
        assert (last.last_position, house.engine.head) == (answer.position, answer.position)
    assert house.engine.commits.upto(answer.position - 1) == house.journal.store.commits[-2]


async def test_a_journal_that_lost_what_it_confirmed_is_not_gone_on_with(house: House) -> None:
    await ask(house, house.bid())
    await ask(house, house.bid())
    assert isinstance(house.journal, Torn)
    cut_store(house.journal.store, len(house.journal.store.commits) - 1)
    house.journal.fail_before = 1
    with pytest.raises(Unavailable):
        await ask(house, house.bid())

    await until(lambda: house.engine.stop_reason, "the engine stops")
    assert "no longer holds what it confirmed" in house.engine.stop_reason


async def test_a_saved_state_of_another_history_is_passed_over(house: House) -> None:
    await ask(house, house.bid())
    await house.engine.stop()
    saved = house.checkpoints.newest_valid(house.journal.head(), CODEC_VERSION)
    assert saved is not None
    warnings: list[str] = []
    whole = recover(house.journal, saved, warnings.append)
    assert whole.moment.position == house.journal.head()
    assert warnings == []
    foreign = saved._replace(chain=b"\x01" * 32)
    found = recover(house.journal, foreign, warnings.append)

    assert ["another history" in each for each in warnings] == [True]
    assert found.venue == whole.venue


async def test_an_older_releases_journal_is_marked_before_anything_else(house: House) -> None:
    await house.engine.stop()
    house.journal.store.commits.clear()
    left, at_ns = house.journal.head(), house.engine.at_ns
    house.clock.at_ns = at_ns + HOUR_NS
    house.heard.clear()
    await house.restart()
    await ask(house, house.bid())

    marked, resumed = (batch.events[0] for batch in house.heard[:2])
    assert isinstance(marked, JournalUpgraded)
    first = house.journal.store.commits[0]
    assert (marked.upto_position, marked.chain) == (left, text64(first.chain))
    assert house.heard[0].at_ns == at_ns + 1
    assert isinstance(resumed, VenueResumed)
    assert resumed.silent_from_ns == at_ns + 1, "the silence is as long as it was, but for 1 ns"
    await house.engine.stop()
    house.heard.clear()
    await house.restart()
    assert not any(isinstance(batch.events[0], JournalUpgraded) for batch in house.heard), "once"


def test_recent_commits_answer_for_what_they_keep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent_commits, "COMMITS_KEPT", 2)
    recent = RecentCommits()
    assert recent.upto(9) is None
    for position in (10, 20, 30, 40):
        recent.add(commit(position))

    assert recent.last == commit(40)
    assert [recent.upto(position) for position in (29, 30, 39, 40, 99)] == [
        None,
        commit(30),
        commit(30),
        commit(40),
        commit(40),
    ]


def test_what_was_confirmed_must_stand() -> None:
    recent = RecentCommits()
    recent.must_stand(None)
    recent.add(commit(10))
    recent.must_stand(commit(10))
    for found in (None, commit(9), commit(10, b"\x01" * 32)):
        with pytest.raises(HistoryLost):
            recent.must_stand(found)
