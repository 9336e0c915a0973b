"""The demo's past: the same bytes every time, whole days, a market as uneven as the real one."""

import hashlib
from collections import Counter

import pytest

from exchange.engine.replay import recover
from exchange.state_form import state_sha256
from gateway.demo.headless import START_NS, days_made
from gateway.demo.past import HOURS, PastWriter
from ledger.invariants import sweep
from ledger.journal.memory import MemoryJournal, MemoryStore

SEED = 7
DAYS = 12
PINNED_TWO_DAYS = "IzTLONqz4aZ17YJ3mmm6YyrzmEMnDIaIxqXyWlDDPeQ"


def made(
    days: int, store: MemoryStore | None = None, first: int = 0
) -> tuple[PastWriter, MemoryStore]:
    """Days of the demo of SEED in a journal in memory, from what the store already holds."""
    kept = store or MemoryStore()
    journal = MemoryJournal(kept)
    journal.take_fence()
    history = PastWriter.of(journal, recover(journal), SEED, START_NS)
    for day in range(first, days):
        history.day(day)
    return history, kept


def bytes_of(store: MemoryStore) -> str:
    """One hash over every stored row and every signed command."""
    whole = hashlib.sha256()
    for row in store.rows:
        whole.update(repr(row).encode())
    for command in store.commands:
        whole.update(repr(command).encode())
    return whole.hexdigest()


pytestmark = pytest.mark.xdist_group("history")  # twelve days are made once


@pytest.fixture(scope="module")
def twelve() -> tuple[PastWriter, MemoryStore]:
    return made(DAYS)


def test_the_same_seed_makes_the_same_bytes(twelve: tuple[PastWriter, MemoryStore]) -> None:
    _, again = made(DAYS)
    assert bytes_of(again) == bytes_of(twelve[1])


def test_fewer_days_are_a_prefix_and_going_on_gives_the_same(
    twelve: tuple[PastWriter, MemoryStore],
) -> None:
    history, store = made(5)
    assert days_made(history.writer.at_ns, START_NS) == 5
    assert store.rows == twelve[1].rows[: len(store.rows)]
    _, resumed = made(DAYS, store, first=5)
    assert bytes_of(resumed) == bytes_of(twelve[1])


def test_every_python_makes_this_state() -> None:
    """Pinned: a difference between two Pythons, or an unwanted change of the rules, shows here."""
    history, _ = made(2)
    assert state_sha256(history.writer.venue) == PINNED_TWO_DAYS


def test_another_seed_makes_another_market(twelve: tuple[PastWriter, MemoryStore]) -> None:
    journal = MemoryJournal()
    journal.take_fence()
    other = PastWriter.of(journal, recover(journal), SEED + 1, START_NS)
    other.day(0)
    first_day = [row.state for row in twelve[1].rows[: journal.head()]]
    assert [row.state for row in journal.read()] != first_day


def test_books_balance_and_nothing_is_broken(twelve: tuple[PastWriter, MemoryStore]) -> None:
    register = twelve[0].writer.venue.register
    assert sum(register.accounts.values()) == 0
    assert sweep(register, twelve[0].writer.at_ns) == []


def test_many_sell_and_few_buy(twelve: tuple[PastWriter, MemoryStore]) -> None:
    sides = Counter(order.side for order in twelve[0].writer.venue.orders.values())
    assert sides["ask"] > 5 * sides["bid"]


def test_the_cast_is_as_it_was_announced(twelve: tuple[PastWriter, MemoryStore]) -> None:
    history = twelve[0]
    papers = Counter(machine.provenance for machine in history.world.machines)
    assert sum(papers.values()) == 400
    assert (papers["P1"], papers["P2"], papers["P0"]) == (200, 133, 67)
    assert 110 <= len(history.writer.venue.register.parties) <= 130
    assert len(history.writer.venue.register.sites) == 7  # six, and the visitor's empty one


def test_no_title_without_papers_is_leased(twelve: tuple[PastWriter, MemoryStore]) -> None:
    register = twelve[0].writer.venue.register
    leased = [
        register.things[thing].provenance
        for lease in register.leases.values()
        for thing in lease.things
    ]
    assert leased
    assert "P0" not in leased


def test_a_day_is_stored_whole_or_not_at_all() -> None:
    history, store = made(1)
    stored = len(store.rows)

    class Broken(Exception):
        pass

    def fail(*_: object) -> None:
        raise Broken

    history.journal.append = fail  # type: ignore[assignment]
    with pytest.raises(Broken):
        history.day(1, HOURS)
    assert len(store.rows) == stored
