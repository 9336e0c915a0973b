"""A whole venue under faults, one seed a run: nothing acknowledged is lost or done twice."""

import asyncio
import gc
import logging
from collections.abc import Iterator

import pytest

from exchange.engine.replay import replayed
from ledger.durations import HOUR_NS
from ledger.journal.memory import MemoryJournal
from tests.reach import Reach
from tests.simulation.street import SECOND_NS, Street, same_store
from tests.simulation.verdict import must_be_whole, must_hold_each_once, must_tell_each_silence
from tests.simulation.virtual_time import VirtualLoop, run
from tests.simulation.weather import Dice

SEEDS = range(1, 11)
MANY_SEEDS = range(100, 300)
COMMANDS_EACH = 30
STORM_S = 150.0
OVERFLOW = 24  # requests that may wait, here
# What every storm must meet: rows of the journal by topic, and what was done and heard.
LEAST = {
    "traded": 15,
    "settlement_opened": 1,
    "lease_granted": 10,
    "order_cancelled": 6,
    "kills": 3,
    "appends_lost": 1,
    "appends_unheard": 1,
    "first_answers": 60,
    "answers_told_again": 5,
    "heard_unavailable": 30,
    "refusals": 15,
}


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The engine tells its failures to the log, tracebacks and all: there are many on purpose."""
    monkeypatch.setattr("exchange.engine.engine.INBOX_MOST", OVERFLOW)
    monkeypatch.setattr(gc, "collect", lambda generation=2: 0)  # the whole suite's heap, each time
    monkeypatch.setattr(gc, "freeze", lambda: None)
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_acknowledged_is_lost_or_done_twice(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    _a_storm(seed, monkeypatch)


@pytest.mark.storm
@pytest.mark.parametrize("seed", MANY_SEEDS)
def test_nor_on_any_other_seed(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    _a_storm(seed, monkeypatch)


def test_one_seed_is_one_story(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = _a_storm(7, monkeypatch), _a_storm(7, monkeypatch)

    assert first.store.rows == second.store.rows
    assert first.counts == second.counts


def _a_storm(seed: int, monkeypatch: pytest.MonkeyPatch) -> Street:
    """Run one; a failure prints its seed."""
    with monkeypatch.context() as patch:
        try:
            return run(lambda loop: _story(loop, seed, patch))
        except BaseException:
            print(f"\nthe storm of seed {seed} failed: it is the same on every run")
            raise


async def _story(loop: VirtualLoop, seed: int, patch: pytest.MonkeyPatch) -> Street:
    street = Street(loop, Dice(seed), patch)
    alive = asyncio.create_task(street.keep_alive())
    await asyncio.sleep(1)
    storm = asyncio.create_task(_storm(street))
    parties = street.floor.owners + street.floor.buyers
    await asyncio.gather(storm, *(_caller(street, party) for party in parties))
    await _calm(street)
    assert street.engine.venue == replayed(same_store(street)), "live and replay differ"
    street.over = True
    await alive
    _judge(street)
    return street


async def _caller(street: Street, party: str) -> None:
    """A party that places, cancels, sends twins and bursts, and asks again until it knows."""
    dice = street.dice
    side = "ask" if party in street.floor.owners else "bid"
    placed: list[str] = []
    for _ in range(COMMANDS_EACH):
        await asyncio.sleep(dice.seconds(6))
        key = street.new_key()
        drawn = dice.randrange(100)
        if drawn < 55 or not placed:
            answer = await street.ask(street.order(party, side, key))
            if answer is not None:
                placed.append(str(answer.result["order"]))
        elif drawn < 70:
            order = placed.pop(dice.randrange(len(placed)))
            await street.ask(street.signed(party, "order.cancel", key, order=order))
        elif drawn < 78:
            await street.ask(street.signed(party, "order.cancel_all", key))
            placed.clear()
        elif drawn < 86:
            twin = street.order(party, side, key)
            await asyncio.gather(street.ask(twin), street.ask(twin), street.ask(twin))
        elif drawn < 92:
            await street.ask(street.order(party, side, key, lots=1))
            await street.ask(street.order(party, side, key, lots=2))  # another body, the same key
        elif drawn < 97:
            burst = [street.order(party, side, street.new_key()) for _ in range(OVERFLOW)]
            await asyncio.gather(*map(street.ask, burst))
        else:
            street.poisoned.add(key)
            await street.ask(street.order(party, side, key))


async def _storm(street: Street) -> None:
    """Every few seconds something falls over."""
    dice = street.dice
    while street.loop.time() < STORM_S:
        await asyncio.sleep(dice.seconds(9))
        drawn = dice.randrange(100)
        if drawn < 25:
            street.count("appends lost")
            street.journal.lost = dice.randrange(1, 3)
        elif drawn < 50:
            street.count("appends unheard")
            street.journal.unheard = 1
        elif drawn < 62:
            street.count("databases away")
            street.journal.back_s = street.loop.time() + dice.seconds(40)
        elif drawn < 70:
            street.count("writers deposed")
            MemoryJournal(street.store).take_fence()
        elif drawn < 90:
            back_ns = dice.randrange(2 * SECOND_NS) if dice.happens(20) else 0
            await street.kill(down_s=dice.seconds(4), step_ns=-back_ns)
        elif drawn < 97:
            street.count("silences")
            await street.kill(down_s=2, step_ns=dice.randrange(1, 20) * HOUR_NS)
        else:
            await street.kill(down_s=2, step_ns=30 * HOUR_NS)


async def _calm(street: Street) -> None:
    """The storm is over: the engine stands again, and all is said and done."""
    street.journal.lost = street.journal.unheard = 0
    street.journal.back_s = 0.0
    while not street.engine.is_ready or street.engine.head != street.engine.position:
        await asyncio.sleep(1)


def _judge(street: Street) -> None:
    assert not street.faults
    journal = same_store(street)
    must_be_whole(journal, street.floor)
    must_hold_each_once(journal, street.answers)
    silences = must_tell_each_silence(journal)  # two may become one: killed before it could speak
    assert silences > 0 or not street.counts.get("silences")
    accepted = street.store.keys.keys()
    assert not accepted & street.refusals.keys(), "refused, and yet on record"
    assert not {key for _, key in accepted} & street.poisoned, "put aside, and yet on record"
    unheard = (
        accepted
        - street.answers.keys()
        - {(row.command.party, row.command.key) for row in street.floor.batches if row.command}
    )
    assert not unheard, f"done, and its caller never learnt of it: {sorted(unheard)}"
    assert len(street.answers) > COMMANDS_EACH
    reach = Reach(**LEAST)
    reach.saw(row.topic for row in street.store.rows)
    for what, times in street.counts.items():
        reach.saw([what.replace(" ", "_")] * times)
    reach.must_suffice()
