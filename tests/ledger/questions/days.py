"""Six lawful days, everything signed, and one of each input that no command bears."""

from dataclasses import replace as with_other
from functools import cache

from msgspec.structs import replace

from exchange.engine.batch_writer import Batch, Request
from exchange.engine.replay import recover
from exchange.simulation.intents import by
from gateway.demo.headless import START_NS
from gateway.demo.past import PastWriter
from ledger.caller import Caller
from ledger.durations import HOUR_NS, SECOND_NS
from ledger.journal.memory import MemoryJournal, MemoryStore
from tests.ledger.audit.tampering.lawful import BOARD

DAYS = 6
LINE = "w-1"


@cache
def _written() -> MemoryStore:
    journal = MemoryJournal()
    journal.take_fence()
    past = PastWriter.of(journal, recover(journal), 7, START_NS)
    boards = [each for each in past.world.machines if each.make.model == BOARD][:8]
    machines = tuple(with_other(each, join_day=min(each.join_day, 1)) for each in boards)
    past.world = past.world._replace(machines=machines)
    for day in range(DAYS):
        past.day(day)
    _end_by_a_line(past)
    past._store()
    return journal.store


def _end_by_a_line(past: PastWriter) -> None:
    """An order tied to a line, which is cut; a silence; a batch that attests the state."""
    writer = past.writer

    def add(batch: Batch | None) -> None:
        assert batch is not None
        past._add(batch)

    past._pass_time(writer.at_ns + 12 * HOUR_NS)
    register = writer.venue.register
    owner = next(thing.owner for thing in register.things.values() if thing.owner)
    mine = next(each for each in register.things.values() if each.owner == owner)
    market = f"L.{mine.model}.{mine.delivery_point}.2025-03"
    terms = {"market": market, "side": "bid", "price_ticks": 100, "lots": 1}
    at_ns = writer.at_ns + SECOND_NS
    bidder = next(
        register.parties[name.partition("/")[0]]  # type: ignore[index]
        for name, minor in register.accounts.items()
        if name.endswith("/available")
        and minor > 100_000_000
        and "lessee"
        in register.parties[
            name.partition("/")[0]  # type: ignore[index]
        ].roles
    )
    request = past.participants.request(register, by(bidder, "order.new", terms), "tied", at_ns)
    tied = replace(request, caller=replace(request.caller, line=LINE, ends_with_line=True))
    add(writer.write(tied, at_ns))
    end = Request("line.end", {"party": bidder.party, "lines": [LINE]}, Caller())
    add(writer.write(end, writer.at_ns + SECOND_NS))
    add(writer.resume(writer.at_ns + HOUR_NS))
    add(writer.attest(writer.at_ns + SECOND_NS))


def days() -> MemoryJournal:
    """A journal of one's own over those days."""
    written, store = _written(), MemoryStore()
    store.epoch = written.epoch
    store.rows, store.commands = [*written.rows], [*written.commands]
    store.versions, store.keys = {**written.versions}, {**written.keys}
    store.reports, store.commits = {**written.reports}, [*written.commits]
    return MemoryJournal(store)
