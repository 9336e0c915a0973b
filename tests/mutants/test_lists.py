"""The two lists of mutants: a slice that named tests must find, and those that change nothing.

`make mutants` plants a whole sample; here about fifteen of known kinds are planted on every run,
each with the tests that must fail. A mutant whose line is gone fails, too: name another.
"""

from collections.abc import Iterator
from functools import cache

import pytest

from setup.mutants.mutant import MutableFile, Name, read_names
from setup.mutants.workplace import Workplace
from tests.house.advice import advise
from tests.house.sources import ROOT

HERE = ROOT / "tests" / "mutants"
SLICE = list(read_names((HERE / "slice.txt").read_text("utf-8")))
EQUIVALENT = list(read_names((HERE / "equivalent.txt").read_text("utf-8")))


@cache
def file_of(path: str) -> MutableFile:
    """A file of the tree, read once."""
    return MutableFile(ROOT, path)


@pytest.fixture(scope="session")
def workplace() -> Iterator[Workplace]:
    """One copy of the tree for all that this worker plants."""
    workplace = Workplace(ROOT)
    yield workplace
    workplace.close()


def place_of(name: Name) -> str:
    return f"{name.path}:{name.function}:{' '.join(name.after)}"


@pytest.mark.parametrize(("name", "words"), SLICE, ids=[place_of(name) for name, _ in SLICE])
def test_a_planted_fault_is_found(name: Name, words: dict[str, str], workplace: Workplace) -> None:
    found = file_of(name.path).find(name)
    assert found is not None, f"its line is gone: name another in slice.txt\n{name}"
    tests = dict.fromkeys(words["found by"].split(), 1.0)

    verdict = workplace.try_mutant(name.path, found[1], tests)

    assert verdict.outcome == "killed", f"{' '.join(tests)} did not find\n{name}"
    assert verdict.by.startswith(tuple(tests)), f"it was not a test that failed: {verdict}"


def test_without_a_fault_the_same_tests_pass(workplace: Workplace) -> None:
    tests = {test: 1.0 for _, words in SLICE for test in words["found by"].split()}

    verdict = workplace.run(tests)

    assert verdict.outcome == "survived", verdict


def test_what_is_called_equivalent_is_there_and_has_its_proof() -> None:
    wrong = [
        f"{name}\n{words}"
        for name, words in EQUIVALENT
        if file_of(name.path).find(name) is None or len(words.get("proof", "").split()) < 4
    ]
    assert not wrong, advise(
        wrong,
        "strike from equivalent.txt what is gone; the others need `proof:` and a line",
    )


def test_nothing_is_planted_where_nothing_runs() -> None:
    planted = {each.function for each in file_of("ledger/journal/protocol.py").candidates}

    assert not {name for name in planted if name.startswith("Journal.")}, "a Protocol has no code"


def test_a_change_in_the_head_of_a_function_is_found_again() -> None:
    file = file_of("ledger/reports/report.py")
    heads = [
        (each, text)
        for each in file.candidates
        if each.line < each.statement and (text := file.mutated(each))
    ]

    assert heads, "a default among the terms of a function"
    for each, text in heads:
        found = file.find(file.name(each, text))
        assert found is not None
        assert found[1] == text


def test_the_slice_is_about_fifteen_of_several_rooms_and_kinds() -> None:
    assert 12 <= len(SLICE) <= 18
    assert len({name for name, _ in SLICE}) == len(SLICE)
    assert len({name.path.rpartition("/")[0] for name, _ in SLICE}) >= 8
