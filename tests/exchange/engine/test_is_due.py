"""When the engine works without being asked: a timer waits, or the venue was quiet for long."""

from exchange.books.state import Venue
from exchange.engine.batch_writer import BatchWriter
from exchange.engine.group_decider import QUIET_NS, GroupDecider
from exchange.engine.keys import UsedKeys
from ledger.timers import next_due_ns
from tests.exchange.ground import Floor


def test_a_venue_that_is_not_open_has_nothing_to_do() -> None:
    assert not GroupDecider(BatchWriter(Venue()), UsedKeys()).is_due(10**18)


def test_a_timer_is_due_at_its_instant() -> None:
    floor = Floor()
    due_ns = next_due_ns(floor.venue.register)
    assert due_ns is not None
    floor.pass_time(due_ns - 2)  # not quiet for long
    decider = GroupDecider(floor.writer, UsedKeys())

    assert not decider.is_due(due_ns - 1)
    assert decider.is_due(due_ns)


def test_a_quiet_venue_says_so_after_five_minutes() -> None:
    floor = Floor()
    floor.venue.register.timers.clear()
    decider = GroupDecider(floor.writer, UsedKeys())

    assert not decider.is_due(floor.writer.at_ns + QUIET_NS - 1)
    assert decider.is_due(floor.writer.at_ns + QUIET_NS)
