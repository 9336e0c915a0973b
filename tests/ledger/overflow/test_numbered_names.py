"""Numbers by name: the same answers as a dict's, with few names in memory."""

import sqlite3
from collections.abc import Iterator
from random import Random

import pytest

from ledger.journal.protocol import JournalUnavailable
from ledger.overflow import numbered_names
from ledger.overflow.numbered_names import NumberedNames

HELD = 8


@pytest.fixture
def names() -> Iterator[NumberedNames]:
    found = NumberedNames(HELD)
    yield found
    found.close()


def test_it_answers_as_a_dict_does_and_holds_a_bounded_part(names: NumberedNames) -> None:
    draw, told, most, returned = Random(7), dict[str, int](), 0, 0
    for number in range(1, 2_000):
        name = f"order:o-{draw.randrange(300):06d}"
        assert names.replaced(name, number) == told.get(name, 0)
        returned += name in told
        told[name] = number
        most = max(most, names.held)

    assert names.count == len(told) == 300
    assert most == HELD
    assert returned > 1_000, "names came again from the file"


def test_those_used_last_stay_in_memory_and_make_no_file(
    names: NumberedNames, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[tuple[object, ...]] = []
    monkeypatch.setattr(numbered_names, "private_file", lambda *terms: made.append(terms))
    for number in range(1, 100):
        names.replaced(f"market:{number % HELD}", number)

    assert names.count == names.held == HELD
    assert made == []


def test_a_full_disk_is_told_in_words(
    names: NumberedNames, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> sqlite3.Connection:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(numbered_names, "private_file", full)

    for number in range(1, HELD + 1):
        names.replaced(f"order:{number}", number)

    with pytest.raises(JournalUnavailable, match=r"disk is full.*SQLITE_TMPDIR"):
        names.replaced("order:one too many", 1)
