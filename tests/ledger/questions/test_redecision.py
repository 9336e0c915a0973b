"""`audit redecide`: what the rules of the day give is what is stored, or it is named."""

from collections.abc import Callable

import msgspec
import pytest

from gateway.server.audit_rules import venue_folding
from ledger.audit.state_at import ReplayFailed
from ledger.journal.memory import MemoryJournal, MemoryStore
from ledger.journal.protocol import JournalRow
from ledger.questions.redecision import RedecisionReport, redecide
from tests.ledger.questions.days import days

FOLDING = venue_folding()
pytestmark = pytest.mark.xdist_group("questions-days")  # they are written once


def asked(journal: MemoryJournal) -> RedecisionReport:
    return redecide(journal, FOLDING)


def row_of(journal: MemoryJournal, topic: str, nth: int = 0) -> JournalRow:
    return [row for row in journal.read() if row.topic == topic][nth]


def put(journal: MemoryJournal, row: JournalRow, **members: object) -> None:
    """Store a fact with other members."""
    state = msgspec.json.encode({**msgspec.json.decode(row.state), **members})
    journal.store.rows[row.position - 1] = row._replace(state=state)


def test_every_event_comes_again_and_what_was_given_is_counted_apart() -> None:
    journal = days()

    told = asked(journal)

    assert told["difference"] is None
    assert (told["ok"], told["events"], told["position"]) == (True, journal.head(), journal.head())
    assert told["commands"] == len(journal.store.commands)
    given = dict(told["given"])
    assert given.pop("instant") > 20
    # The order that is tied to a line, and the end of that line.
    assert given == {"opening": 1, "line": 2, "silence": 1, "attested": 1}
    assert (told["lost_count"], told["older_events"]) == (0, 0)


def test_a_part_is_decided_up_to_the_position_that_is_asked_for() -> None:
    journal = days()
    last = journal.store.commands[100].last_position

    told = redecide(journal, FOLDING, last)

    assert (told["position"], told["events"], told["head"]) == (last, last, journal.head())
    assert (told["ok"], told["commands"]) == (True, 101)


@pytest.mark.parametrize("nth", [0, -1])
def test_one_planted_wrong_trade_is_named_by_position_and_field(nth: int) -> None:
    journal = days()
    trade = row_of(journal, "traded", nth)
    ticks = msgspec.json.decode(trade.state)["price_ticks"]
    put(journal, trade, price_ticks=ticks + 1)

    told = asked(journal)
    found = told["difference"]

    assert found is not None
    assert (told["ok"], found["position"], found["topic"]) == (False, trade.position, "traded")
    assert (found["field"], found["stored"], found["decided"]) == ("price_ticks", ticks + 1, ticks)
    assert found["op"].startswith("order.")
    assert told["events"] == found["first_position"] - 1


def _left_out(journal: MemoryJournal) -> int:
    """The last fact of a batch of several is gone: the rules write one more."""
    trade = row_of(journal, "traded")
    command = journal.command_at(trade.position)
    assert command is not None
    put(journal, trade, lots=2)
    return trade.position


def _nobodys(journal: MemoryJournal) -> int:
    command = next(each for each in journal.store.commands if each.op == "deposit.new")
    journal.store.commands.remove(command)
    return command.first_position


def _without_cause(journal: MemoryJournal) -> int:
    """An order's command names a key that may not: the rules refuse it."""
    command = next(each for each in journal.store.commands if each.op == "order.new")
    at = journal.store.commands.index(command)
    journal.store.commands[at] = command._replace(principal="k-9999")
    return command.first_position


def _wrong_line(journal: MemoryJournal) -> int:
    """A line that is cut ends an order that was tied to none."""
    rows = [row for row in journal.read() if row.topic == "order_cancelled"]
    [row] = [row for row in rows if b'"disconnect"' in row.state]
    put(journal, row, order="o-000001")
    return row.position


def _wrong_instant(journal: MemoryJournal) -> int:
    """A phase that was not due."""
    row = row_of(journal, "phase_changed", 5)
    put(journal, row, to_phase="closed" if b'"to_phase":"closed"' not in row.state else "pre_open")
    return row.position


def _short_silence(journal: MemoryJournal) -> int:
    row = row_of(journal, "venue_resumed")
    put(journal, row, silent_from_ns=1)
    return row.position


@pytest.mark.parametrize(
    ("tamper", "words"),
    [
        (_left_out, ""),
        (_nobodys, "nobody asked for cash_posted"),
        (_without_cause, "order.new is refused bad_signature"),
        (_wrong_line, "the rules do not write it here"),
        (_wrong_instant, ""),
        (_short_silence, ""),
    ],
)
def test_whatever_the_rules_would_not_write_is_named(
    tamper: Callable[[MemoryJournal], int], words: str
) -> None:
    journal = days()
    position = tamper(journal)

    found = asked(journal)["difference"]

    assert found is not None
    assert found["position"] == position
    assert words in found["detail"]


def test_a_fact_that_is_another_of_its_stream_is_named_by_its_version() -> None:
    journal = days()
    row = row_of(journal, "traded")
    journal.store.rows[row.position - 1] = row._replace(version=row.version + 1)

    found = asked(journal)["difference"]

    assert found is not None
    assert (found["position"], found["field"]) == (row.position, "version")
    assert (found["stored"], found["decided"]) == (row.version + 1, row.version)


def test_an_import_whose_report_is_gone_cannot_be_decided_again_and_the_rest_can() -> None:
    journal = days()
    imported = [each for each in journal.store.commands if each.op == "import.new"]
    whole = len(journal.store.reports)
    gone, changed = list(journal.store.reports)[:2]
    del journal.store.reports[gone]
    journal.store.reports[changed] = b"other bytes"

    told = asked(journal)

    assert (told["ok"], told["lost_count"]) == (True, 2)
    assert whole == len(imported), "one report an import"
    assert {each["op"] for each in told["lost"]} == {"import.new"}
    assert "is not kept" in told["lost"][0]["detail"] + told["lost"][1]["detail"]
    assert "with other bytes" in told["lost"][0]["detail"] + told["lost"][1]["detail"]
    assert told["commands"] == len(journal.store.commands) - 2


def test_what_an_older_release_left_is_folded_and_counted() -> None:
    written = days().store
    older = MemoryJournal(MemoryStore())
    older.store.rows, older.store.commands = written.rows, written.commands
    older.take_fence()

    told = asked(older)

    assert (told["ok"], told["events"]) == (True, 0)
    assert told["older_events"] == len(written.rows)


def test_what_cannot_be_read_is_said_with_its_position() -> None:
    journal = days()
    row = row_of(journal, "traded")
    journal.store.rows[row.position - 1] = row._replace(topic="of_a_later_release")

    with pytest.raises(ReplayFailed, match=f"position {row.position} "):
        asked(journal)
