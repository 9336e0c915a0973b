"""What every journal keeps: one test for the store of record and for its twin in memory."""

from hashlib import sha256

import pytest

from ledger.journal.continuity import OutOfSequence
from ledger.journal.protocol import (
    EVENT_BYTES_MOST,
    Deposed,
    Head,
    Journal,
    JournalRow,
    JournalUnavailable,
)
from tests.ledger.journal.conftest import Open
from tests.ledger.journal.rows import command, row


@pytest.fixture
def journal(open_journal: Open) -> Journal:
    """A journal whose fence is taken."""
    opened = open_journal()
    opened.take_fence()
    return opened


def test_an_empty_journal_stands_at_zero(open_journal: Open) -> None:
    journal = open_journal()
    assert journal.take_fence() == Head(epoch=1, position=0)
    assert journal.head() == 0
    assert list(journal.read()) == []
    assert list(journal.read_commands()) == []
    assert journal.versions() == {}
    assert journal.command_at(1) is None


def test_a_raw_report_is_kept_once_under_its_hash(open_journal: Open) -> None:
    journal = open_journal()
    journal.take_fence()
    raw = b"==NVSMI LOG==\x00\xff" * 1000
    journal.keep(raw)
    journal.keep(raw)
    assert journal.kept(sha256(raw).digest()) == raw
    assert journal.kept(sha256(b"another").digest()) is None


def test_what_was_appended_is_read_again_byte_for_byte(journal: Journal) -> None:
    rows = [row(1, "unit:u-000001", 1), row(2, "单位:甲", 1), row(3, "unit:u-000001", 2)]
    journal.append(rows)
    assert list(journal.read()) == rows
    assert journal.head() == 3
    assert journal.versions() == {"unit:u-000001": 2, "单位:甲": 1}


def test_the_largest_event_fits_and_a_larger_does_not(journal: Journal) -> None:
    largest = JournalRow(
        1, "unit:u-000001", 1, "unit_noted", b'"' + b"x" * (EVENT_BYTES_MOST - 2) + b'"'
    )
    journal.append([largest])
    assert list(journal.read()) == [largest]
    with pytest.raises(OutOfSequence, match="bytes"):
        journal.append([largest._replace(position=2, version=2, state=largest.state + b" ")])


def test_a_read_takes_a_part(journal: Journal) -> None:
    rows = [row(position) for position in range(1, 10)]
    journal.append(rows)
    assert list(journal.read(after=3)) == rows[3:]
    assert list(journal.read(after=3, upto=5)) == rows[3:5]
    assert list(journal.read(after=8, upto=10**12)) == rows[8:]
    assert list(journal.read(after=9)) == []
    assert list(journal.read(after=5, upto=5)) == []


def test_a_long_read_crosses_its_pages(journal: Journal) -> None:
    rows = [row(position) for position in range(1, 12_002)]
    journal.append(rows[:7_000])
    journal.append(rows[7_000:])
    assert list(journal.read()) == rows


def test_a_stream_is_read_oldest_first(journal: Journal) -> None:
    mine = [row(1, "unit:u-000001", 1), row(3, "unit:u-000001", 2), row(4, "unit:u-000001", 3)]
    journal.append([mine[0], row(2, "unit:u-000002", 1), *mine[1:]])
    assert journal.read_stream("unit:u-000001") == mine
    assert journal.read_stream("unit:u-000001", after_version=1) == mine[1:]
    assert journal.read_stream("unit:u-000001", 0, 1) == mine[:1]
    assert journal.read_stream("unit:u-000001", 1, 5) == mine[1:6]
    assert journal.read_stream("unit:u-000009") == []


def test_the_streams_of_a_kind_are_found_by_their_first_rows(journal: Journal) -> None:
    leases = [row(2, "lease:l-0001", 1), row(4, "lease:l-0002", 1)]
    journal.append([row(1), leases[0], row(3, "lease:l-0001", 2), leases[1], row(5, "leases:x", 1)])
    assert journal.begun_streams("lease") == leases
    assert journal.begun_streams("site") == []


def test_a_gap_in_positions_is_refused_and_leaves_no_trace(journal: Journal) -> None:
    journal.append([row(1)])
    for positions in ([3], [2, 4], [1], [2, 2]):
        group = [row(position, f"unit:u-{n}", 1) for n, position in enumerate(positions)]
        with pytest.raises(OutOfSequence, match="position"):
            journal.append(group)
    assert list(journal.read()) == [row(1)]
    journal.append([row(2)])
    assert journal.head() == 2


def test_a_gap_in_a_stream_is_refused(journal: Journal) -> None:
    journal.append([row(1, "unit:u-000001", 1)])
    for group in (
        [row(2, "unit:u-000001", 3)],
        [row(2, "unit:u-000001", 2), row(3, "unit:u-000001", 4)],
        [row(2, "unit:u-000002", 2)],
        [row(2, "unit:u-000001", 1)],
        [row(2, "unit:u-000002", 0)],
    ):
        with pytest.raises(OutOfSequence, match=r"version|already exists"):
            journal.append(group)
    assert journal.versions() == {"unit:u-000001": 1}


def test_versions_go_on_under_the_next_writer(open_journal: Open) -> None:
    first, second = open_journal(), open_journal()
    first.take_fence()
    commit = first.append([row(1, "unit:u-000001", 1), row(2, "unit:u-000001", 2)])
    assert second.take_fence() == Head(epoch=2, position=2, commit=commit)
    with pytest.raises(OutOfSequence):
        second.append([row(3, "unit:u-000001", 4)])
    second.append([row(3, "unit:u-000001", 3)])
    assert first.versions() == {"unit:u-000001": 3}


def test_an_empty_group_is_refused(journal: Journal) -> None:
    with pytest.raises(OutOfSequence):
        journal.append([])


def test_a_deposed_writer_stores_nothing(open_journal: Open) -> None:
    old, new = open_journal(), open_journal()
    old.take_fence()
    old.append([row(1)], [command(1)])
    new.take_fence()
    with pytest.raises(Deposed):
        old.append([row(2)], [command(2)])
    assert list(new.read()) == [row(1)]
    assert list(new.read_commands()) == [command(1)]
    new.append([row(2)], [command(2)])
    assert new.head() == 2


def test_a_deposed_writer_stays_deposed(open_journal: Open) -> None:
    old, new = open_journal(), open_journal()
    old.take_fence()
    new.take_fence()
    for _ in range(2):
        with pytest.raises((Deposed, JournalUnavailable)):
            old.append([row(1)])
    assert new.head() == 0


def test_nobody_appends_without_the_fence(open_journal: Open) -> None:
    with pytest.raises((OutOfSequence, JournalUnavailable)):
        open_journal().append([row(1)])


def test_commands_are_kept_beside_their_events(journal: Journal) -> None:
    journal.append([row(n) for n in range(1, 7)], [command(1, 3), command(5, 6)])
    assert list(journal.read_commands()) == [command(1, 3), command(5, 6)]
    assert list(journal.read_commands(after=1)) == [command(5, 6)]
    at = [journal.command_at(position) for position in range(1, 8)]
    assert at == [*[command(1, 3)] * 3, None, *[command(5, 6)] * 2, None]


def test_commands_are_found_by_their_keys(journal: Journal) -> None:
    mine, other = command(1, key="a"), command(2, key="a", party="p-0002")
    journal.append([row(1), row(2), row(3)], [mine, other, command(3, key="b")])
    assert journal.commands([("p-0001", "a"), ("p-0001", "z")]) == [mine]
    assert journal.commands([("p-0002", "a"), ("p-0001", "a")]) == [mine, other]
    assert journal.commands([("p-0002", "b")]) == []
    assert journal.commands([]) == []


def test_a_key_is_accepted_once_for_ever(open_journal: Open) -> None:
    first, second = open_journal(), open_journal()
    first.take_fence()
    first.append([row(1)], [command(1, key="a")])
    with pytest.raises(OutOfSequence):
        first.append([row(2)], [command(2, key="a")])
    second.take_fence()
    with pytest.raises(OutOfSequence):
        second.append([row(2)], [command(2, key="a")])
    with pytest.raises(OutOfSequence):
        second.append([row(2), row(3)], [command(2, key="b"), command(3, key="b")])
    second.append([row(2)], [command(2, key="a", party="p-0002")])
    assert [found.first_position for found in second.read_commands()] == [1, 2]


def test_a_group_is_stored_whole_or_not_at_all(journal: Journal) -> None:
    journal.append([row(1)], [command(1, key="a")])
    with pytest.raises(OutOfSequence):
        journal.append([row(2), row(3)], [command(2, key="b"), command(3, key="a")])
    assert list(journal.read()) == [row(1)]
    assert list(journal.read_commands()) == [command(1, key="a")]
    journal.append([row(2), row(3)], [command(2, key="b"), command(3, key="c")])
    assert journal.head() == 3


def test_a_command_names_positions_of_its_own_group(journal: Journal) -> None:
    journal.append([row(1)])
    for wrong in ([command(1)], [command(2, 4)], [command(3, 2)], [command(2, 3), command(3)]):
        with pytest.raises(OutOfSequence):
            journal.append([row(2), row(3)], wrong)
    assert journal.head() == 1
