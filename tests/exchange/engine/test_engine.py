"""The engine on a journal in memory: one writer, exactly once, nothing before its append."""

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator, Iterable, Sequence
from functools import partial
from typing import Any

import pytest

from exchange.engine.batch_writer import Batch, Request
from exchange.engine.checkpoint_codec import CODEC_VERSION
from exchange.engine.engine import COLLECT_AT, REBUILDS_MOST, Engine
from exchange.engine.group_decider import Answer, ClockJumped, Unavailable
from exchange.engine.replay import replayed
from exchange.state_form import state_sha256
from ledger.caller import Caller
from ledger.durations import DAY_NS, HOUR_NS, MINUTE_NS, SECOND_NS
from ledger.events import NothingToDo, StateAttested, TimeAdvanced, VenueResumed
from ledger.journal.checkpoint import MemoryCheckpoints
from ledger.journal.memory import MemoryJournal, MemoryStore
from ledger.journal.protocol import CommandRow, Commit, JournalRow, JournalUnavailable
from ledger.refusals import Reason, Refused
from tests.exchange.ground import LEASE, NOON_NS, Floor
from tests.waiting import soon, until


class Hands:
    """A clock moved by hand."""

    def __init__(self, at_ns: int) -> None:
        self.at_ns = at_ns

    def now_ns(self) -> int:
        return self.at_ns

    def wall_ns(self) -> int:
        return self.at_ns


class Torn(MemoryJournal):
    """A journal whose next appends fail, before or after they are stored."""

    fail_before = 0
    fail_after = 0

    def append(self, rows: Sequence[JournalRow], commands: Sequence[CommandRow] = ()) -> Commit:
        if self.fail_before:
            self.fail_before -= 1
            raise JournalUnavailable("the disk is gone")
        commit = super().append(rows, commands)
        if self.fail_after:
            self.fail_after -= 1
            raise JournalUnavailable("no answer")
        return commit


class House:
    """An engine on a floor's journal."""

    def __init__(self, floor: Floor, journal: MemoryJournal | None = None) -> None:
        self.floor = floor
        self.journal = journal or Torn(floor.journal().store)
        self.clock = Hands(floor.writer.at_ns + 1_000_000)
        self.checkpoints = MemoryCheckpoints()
        self.heard: list[Batch] = []
        self.engine = self.new_engine()

    def new_engine(self, *, accept_jump: bool = False) -> Engine:
        engine = Engine(
            self.journal,
            clock=self.clock,
            checkpoints=self.checkpoints,
            accept_jump=accept_jump,
        )
        engine.listen(self.heard.extend)
        return engine

    async def restart(self, *, accept_jump: bool = False) -> None:
        self.journal = Torn(self.journal.store)
        self.engine = self.new_engine(accept_jump=accept_jump)
        await self.engine.start()

    def bid(self, key: str = "", price_ticks: int = 1300, lots: int = 1) -> Request:
        buyer = self.floor.buyers[0]
        args = {"market": LEASE, "side": "bid", "lots": lots, "price_ticks": price_ticks}
        return self.floor.request(buyer, "order.new", key, **args)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    house = House(Floor())
    await house.engine.start()
    yield house
    await house.engine.stop()


async def ask(house: House, request: Request) -> Answer:
    return await soon(house.engine.submit(request))


async def test_an_order_is_accepted_stored_and_told(house: House) -> None:
    answer = await ask(house, house.bid())

    assert answer.status == 201
    assert answer.result["state"] == "open"
    assert answer.position == house.journal.head() == house.engine.head
    assert [batch.last_position for batch in house.heard] == [answer.position]


async def test_a_refusal_changes_nothing_and_journals_nothing(house: House) -> None:
    before, head = state_sha256(house.engine.venue), house.journal.head()

    with pytest.raises(Refused) as refused:
        await ask(house, house.bid(lots=10_000))

    assert refused.value.reason is Reason.too_many_lots
    assert (state_sha256(house.engine.venue), house.journal.head()) == (before, head)


async def test_the_same_key_and_body_get_the_first_answer(house: House) -> None:
    request = house.bid("k-1")
    first, twin = await asyncio.gather(ask(house, request), ask(house, request))
    later = await ask(house, request)

    assert not first.is_replayed
    assert twin.is_replayed
    assert (twin.result, later.result) == (first.result, first.result)
    assert later.position == first.position
    assert len(house.engine.venue.orders) == 1


async def test_circles_go_by_what_is_made_also_while_the_engine_has_no_rest(house: House) -> None:
    class Knot:
        def __init__(self) -> None:
            self.own = self

    first = weakref.ref(Knot())
    for _ in range(COLLECT_AT[0] + 1):  # nothing is awaited: the engine has no turn
        Knot()

    assert first() is None


async def test_the_collector_is_left_as_it_was_found() -> None:
    found = gc.isenabled(), gc.get_threshold()
    house = House(Floor())
    await house.engine.start()
    assert (gc.isenabled(), gc.get_threshold()) == (True, COLLECT_AT)
    await house.engine.stop()

    assert (gc.isenabled(), gc.get_threshold()) == found


async def test_a_key_answers_across_restarts(house: House) -> None:
    request = house.bid("k-1")
    first = await ask(house, request)
    await house.engine.stop()
    await house.restart()
    again = await ask(house, request)

    assert again.is_replayed
    assert again.result == first.result
    assert len(house.engine.venue.orders) == 1


async def test_another_body_under_a_used_key_is_refused_with_the_first_position(
    house: House,
) -> None:
    first = await ask(house, house.bid("k-1"))

    with pytest.raises(Refused) as refused:
        await ask(house, house.bid("k-1", price_ticks=1200))

    assert refused.value.reason is Reason.key_reused
    assert refused.value.context["position"] == first.position


async def test_what_is_out_of_shape_is_said_before_a_reused_key(house: House) -> None:
    await ask(house, house.bid("k-1"))

    with pytest.raises(Refused) as refused:
        await ask(house, house.bid("k-1", lots=0))

    assert refused.value.reason is Reason.bad_field


async def test_a_lost_append_is_not_known_yet_and_the_same_key_settles_it(house: House) -> None:
    assert isinstance(house.journal, Torn)
    house.journal.fail_before = 1
    request = house.bid("k-1")

    with pytest.raises(Unavailable):
        await ask(house, request)
    again = await ask(house, request)

    assert not again.is_replayed
    assert len(house.engine.venue.orders) == 1


async def test_an_append_that_came_through_unheard_is_found_by_its_key(house: House) -> None:
    assert isinstance(house.journal, Torn)
    house.journal.fail_after = 1
    request = house.bid("k-1")

    with pytest.raises(Unavailable):
        await ask(house, request)
    again = await ask(house, request)

    assert again.is_replayed
    assert len(house.engine.venue.orders) == 1


async def test_the_engine_stops_for_good_when_it_fails_too_often(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ArithmeticError("we were wrong")

    monkeypatch.setattr("exchange.engine.engine.REBUILD_WAIT_S", (0.0, 0.0, 0.0))
    monkeypatch.setattr(house.journal, "append", broken)
    for number in range(4):
        with pytest.raises(Unavailable):
            await ask(house, house.bid(f"k-{number}"))

    await until(lambda: house.engine.stop_reason, "the engine stops")
    assert not house.engine.is_ready
    with pytest.raises(Unavailable):
        await ask(house, house.bid("k-9"))


async def test_a_database_that_is_lost_again_and_again_is_no_fault_of_ours(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the database lacks is not counted, and does not count towards our own faults."""
    assert isinstance(house.journal, Torn)
    monkeypatch.setattr("exchange.engine.engine.REBUILD_WAIT_S", (0.0, 0.0, 0.0))
    for at in range(2 * REBUILDS_MOST):
        house.journal.fail_before = 1
        with pytest.raises(Unavailable):
            await ask(house, house.bid(f"k-{at}"))
        await until(lambda: house.engine.is_ready or house.engine.stop_reason, "it serves again")
    assert not house.engine.stop_reason

    def broken(*_: object) -> None:
        raise ArithmeticError("we were wrong")

    with monkeypatch.context() as patched:
        patched.setattr(house.journal, "append", broken)
        with pytest.raises(Unavailable):
            await ask(house, house.bid("k-8"))
    await until(lambda: house.engine.is_ready or house.engine.stop_reason, "it serves again")
    assert (await ask(house, house.bid("k-9"))).status == 201


async def test_another_engine_that_takes_the_fence_ends_this_one(house: House) -> None:
    MemoryJournal(house.journal.store).take_fence()

    with pytest.raises(Unavailable):
        await ask(house, house.bid())

    await until(lambda: house.engine.stop_reason, "the engine stops")


async def test_a_command_that_fails_an_assert_is_put_aside(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Iterable[object]:
        raise AssertionError("we were wrong")

    request = house.bid("k-1")
    with monkeypatch.context() as patched:
        patched.setattr("exchange.venue.commit", broken)
        with pytest.raises(Unavailable) as first:
            await ask(house, request)
    with pytest.raises(Unavailable) as again:
        await ask(house, request)

    assert (first.value.code, again.value.code) == ("internal", "internal")
    assert (await ask(house, house.bid("k-2"))).status == 201


async def test_the_faults_of_one_party_do_not_end_the_venue(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each new body is a new fault: after two its party waits, and the others trade on."""

    def broken(*_: object) -> Iterable[object]:
        raise AssertionError("we were wrong")

    codes = []
    for at in range(2 * REBUILDS_MOST):
        with monkeypatch.context() as patched:
            patched.setattr("exchange.venue.commit", broken)
            with pytest.raises(Unavailable) as failed:
                await ask(house, house.bid(f"k-{at}"))
        codes.append(failed.value.code)
        await until(lambda: house.engine.is_ready or house.engine.stop_reason, "it serves again")

    assert codes == ["internal"] * (2 * REBUILDS_MOST)
    assert not house.engine.stop_reason
    cancel = house.floor.request(house.floor.buyers[0], "order.cancel_all", "k-8")
    assert (await ask(house, cancel)).status == 200, "its other ops are served"
    other = house.floor.buyers[1]
    terms = {"market": LEASE, "side": "bid", "lots": 1, "price_ticks": 1300}
    assert (await ask(house, house.floor.request(other, "order.new", "k-9", **terms))).status == 201


async def test_a_full_inbox_takes_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchange.engine.engine.INBOX_MOST", 2)
    futures = [house.engine.submit(house.bid()) for _ in range(3)]
    outcomes = await asyncio.gather(*futures, return_exceptions=True)

    assert isinstance(outcomes[2], Unavailable)
    assert outcomes[2].code == "overloaded"
    assert len(house.engine.venue.orders) == 2


async def test_a_stopped_engine_left_its_hash_and_its_state(house: House) -> None:
    await ask(house, house.bid())
    await house.engine.stop()

    last = house.heard[-1].events[-1]
    assert isinstance(last, StateAttested)
    again = replayed(house.journal, last.upto_position)
    assert state_sha256(again) == last.state_sha256
    saved = house.checkpoints.newest_valid(house.journal.head(), CODEC_VERSION)
    assert saved is not None
    assert saved.position == last.upto_position == house.journal.head() - 1


async def test_a_start_from_a_checkpoint_is_the_same_as_from_the_first_event(
    house: House,
) -> None:
    await ask(house, house.bid())
    await house.engine.stop()
    await house.restart()

    assert house.engine.venue == replayed(house.journal)


@pytest.mark.parametrize("wrong", ["hash", "bytes"])
async def test_a_checkpoint_that_does_not_hold_is_passed_over(
    house: House, wrong: str, caplog: pytest.LogCaptureFixture
) -> None:
    await ask(house, house.bid())
    await house.engine.stop()
    saved = house.checkpoints.newest_valid(house.journal.head(), CODEC_VERSION)
    assert saved is not None
    if wrong == "hash":
        house.checkpoints.store(saved._replace(state_sha256=bytes(32)))
    else:
        house.checkpoints.store(saved._replace(blob=saved.blob[:-9]))
    await house.restart()

    assert house.engine.venue == replayed(house.journal)
    assert "passed over" in caplog.text


async def test_timers_run_before_the_command_that_comes_after_them(house: House) -> None:
    args = {"time_in_force": "gtd", "expires_ns": house.clock.at_ns + HOUR_NS}
    request = house.bid("k-1")
    request.args.update(args)
    await ask(house, request)
    house.clock.at_ns += 2 * HOUR_NS
    answer = await ask(house, house.bid("k-2"))

    topics = [row.topic for row in house.journal.read()]
    assert topics.index("order_expired") < len(topics) - 1
    assert answer.result["order"] in house.engine.venue.orders
    assert len(house.engine.venue.orders) == 1
    stamps = [batch.at_ns for batch in house.heard]
    assert stamps == sorted(set(stamps))


async def test_a_quiet_venue_says_every_five_minutes_that_it_is_there(house: House) -> None:
    house.clock.at_ns += 6 * 60 * 10**9
    await until(lambda: house.heard, "the engine says something")

    assert isinstance(house.heard[-1].events[0], TimeAdvanced)


async def test_after_a_silence_the_first_fact_says_so(house: House) -> None:
    await ask(house, house.bid())
    await house.engine.stop()
    house.heard.clear()
    house.clock.at_ns += HOUR_NS
    await house.restart()
    await ask(house, house.bid())

    assert isinstance(house.heard[0].events[0], VenueResumed)


async def test_a_clock_a_day_ahead_waits_for_a_word(house: House) -> None:
    await house.engine.stop()
    house.clock.at_ns += DAY_NS + HOUR_NS
    with pytest.raises(ClockJumped):
        await house.restart()

    await house.restart(accept_jump=True)
    await ask(house, house.bid())
    assert house.engine.is_ready


async def test_a_clock_that_jumps_while_the_venue_runs_ends_it_unless_that_was_said(
    house: House,
) -> None:
    house.clock.at_ns = house.heard[-1].at_ns if house.heard else house.floor.writer.at_ns
    house.clock.at_ns += DAY_NS  # the last that passes
    await ask(house, house.bid())
    head = house.engine.head
    house.clock.at_ns = house.heard[-1].at_ns + DAY_NS + 1
    with pytest.raises(Unavailable):
        await ask(house, house.bid())
    await until(lambda: house.engine.stop_reason, "the engine ends for good")

    assert "--accept-jump" in house.engine.stop_reason
    assert house.engine.head == head, "nothing is written under such a clock"
    await house.engine.stop()
    await house.restart(accept_jump=True)
    house.clock.at_ns = house.clock.at_ns + DAY_NS + HOUR_NS
    await ask(house, house.bid())


async def test_an_accepted_command_with_nothing_to_do_is_remembered(house: House) -> None:
    request = house.floor.request(house.floor.buyers[0], "order.cancel_all")
    answer = await ask(house, request)

    assert (answer.status, answer.result) == (200, {"orders": []})
    assert isinstance(house.heard[-1].events[0], NothingToDo)


async def test_every_key_is_answered_as_at_first_also_after_a_restart(house: House) -> None:
    """An order placed, amended, amended to what it is, filled in part, and ended in each way."""
    floor = house.floor
    seller, buyer = floor.owners[0], floor.buyers[0]
    terms = {"market": LEASE, "price_ticks": 1300}
    ask_of = partial(floor.request, seller)
    requests = [
        house.bid("placed", lots=3),
        ask_of("order.new", "met", side="ask", lots=1, **terms),
        floor.request(buyer, "order.amend", "amended", order="o-000001", lots=4),
        floor.request(buyer, "order.amend", "as-it-was", order="o-000001", lots=4),
        floor.request(buyer, "order.cancel", "ended", order="o-000001"),
        ask_of("order.new", "offered", side="ask", lots=2, **terms),
        ask_of("order.amend", "offered-as-it-was", order="o-000003", price_ticks=1300),
        ask_of("order.amend", "to-nothing", order="o-000003", lots=0),
        ask_of("order.new", "again", side="ask", lots=1, **terms),
        ask_of("order.cancel_all", "all"),
        ask_of("order.cancel_all", "none"),
    ]
    first = [await ask(house, request) for request in requests]
    await house.engine.stop()
    await house.restart()
    again = [await ask(house, request) for request in requests]

    pairs = zip(requests, first, strict=True)
    by_key: dict[str, dict[str, Any]] = {
        request.caller.key: answer.result for request, answer in pairs
    }
    assert by_key["as-it-was"] == by_key["amended"]
    assert by_key["amended"]["filled_lots"] == 1
    ended = by_key["ended"]
    assert (ended["market"], ended["side"], ended["price_ticks"]) == (LEASE, "bid", 1300)
    assert (ended["lots"], ended["filled_lots"], ended["lots_ended"]) == (4, 1, 3)
    assert by_key["offered-as-it-was"] == {
        name: value for name, value in by_key["offered"].items() if name != "key"
    }
    assert set(by_key["to-nothing"]) == {*ended, "nodes"}, "the members of a cancel, of an ask"
    assert all(answer.is_replayed for answer in again)
    for one, other in zip(first, again, strict=True):
        assert list(one.result.items()) == list(other.result.items())
        assert (one.position, one.at_ns) == (other.position, other.at_ns)


async def test_the_rate_gate_counts_orders_by_the_doors_clock(house: House) -> None:
    outcomes = await asyncio.gather(
        *(house.engine.submit(house.bid(price_ticks=1 + n)) for n in range(401)),
        return_exceptions=True,
    )

    assert sum(isinstance(outcome, Answer) for outcome in outcomes) == 400
    assert isinstance(outcomes[-1], Refused)
    assert outcomes[-1].reason is Reason.rate_limited
    cancel = house.floor.request(house.floor.buyers[0], "order.cancel_all")
    assert (await ask(house, cancel)).status == 200


async def test_an_empty_journal_opens_with_the_engines_own_word() -> None:
    floor = Floor()
    journal = MemoryJournal(MemoryStore())
    engine = Engine(journal, clock=Hands(NOON_NS))
    await engine.start()
    opening = Request("venue.open", floor.opening, Caller())
    answer = await soon(engine.submit(opening))
    await engine.stop()

    assert answer.result["venue"] == "cn-1"
    assert journal.head() > answer.position


DATED_FROM_NOW_NS = [
    *(-HOUR_NS, -SECOND_NS, 0, SECOND_NS // 2, SECOND_NS, 2 * SECOND_NS, MINUTE_NS, HOUR_NS),
    1_000 * DAY_NS,
]


@pytest.mark.parametrize("is_restarted", [True, False])
async def test_a_key_of_any_date_is_answered_as_at_first(
    house: House, monkeypatch: pytest.MonkeyPatch, is_restarted: bool
) -> None:
    """Memory has lost it, by a restart or to newer ones, and the clock has come to its date."""
    monkeypatch.setattr("exchange.engine.keys.KEYS_MOST", 4)
    began_ns, buyer = house.clock.at_ns, house.floor.buyers[0]
    dated = {away: uuid7(began_ns + away) for away in DATED_FROM_NOW_NS}
    requests = {
        away: house.floor.request(buyer, "order.cancel_all", key) for away, key in dated.items()
    }
    first = {away: await ask(house, request) for away, request in requests.items()}
    if is_restarted:
        await house.engine.stop()
        await house.restart()
    else:
        for _ in range(5):
            await ask(house, house.floor.request(buyer, "order.cancel_all"))
    for away, request in requests.items():
        house.clock.at_ns = max(house.clock.at_ns, began_ns + min(away, HOUR_NS))
        again = await ask(house, request)
        assert (again.is_replayed, again.position) == (True, first[away].position), away


def uuid7(at_ns: int) -> str:
    """A key that says to be made at an instant."""
    head = f"{at_ns // 1_000_000:012x}"
    return f"{head[:8]}-{head[8:]}-7a10-8000-000000000001"
