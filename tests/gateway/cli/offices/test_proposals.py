"""`operator approve` of many: which proposals a line means, and what is said of each."""

from collections.abc import Iterator
from typing import Any

import pytest

from gateway.cli.exit_codes import NOT_FOUND, USAGE, VerbFailed
from gateway.cli.offices.proposals import _meant, outcome_in_words
from gateway.cli.options import VerbContext
from gateway.cli.output import Output
from gateway.cli.venue_caller import VenueCaller

WAITING = ("z-000012", "z-000009", "z-000004", "z-000003")


@pytest.fixture
def caller(monkeypatch: pytest.MonkeyPatch) -> VenueCaller:
    def rows(_: VenueCaller, path: str, **terms: Any) -> Iterator[dict[str, Any]]:
        assert (path, terms) == ("/v1/proposals", {"state": "waiting"})
        return iter([{"proposal": name} for name in WAITING])

    monkeypatch.setattr(VenueCaller, "rows", rows)
    return VenueCaller(VerbContext(output=Output(is_json=False)))


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (("z-000003..z-000009",), ["z-000003", "z-000004", "z-000009"]),
        (("z-000004..z-000004",), ["z-000004"]),
        (("z-000012", "z-000003..z-000004"), ["z-000012", "z-000003", "z-000004"]),
        (("z-000003..z-000009", "z-000004"), ["z-000003", "z-000004", "z-000009"]),
        (("z-000005", "z-000012"), ["z-000005", "z-000012"]),
    ],
)
def test_a_range_is_what_waits_of_it_and_a_name_is_itself(
    caller: VenueCaller, words: tuple[str, ...], meant: list[str]
) -> None:
    assert _meant(caller, words)[0] == meant


@pytest.mark.parametrize(
    ("word", "code", "wrong"),
    [
        ("z-000009..z-000003", USAGE, "runs backwards"),
        ("z-000005..z-000008", NOT_FOUND, "None of z-000005..z-000008 waits"),
        ("p-0003..p-0009", USAGE, "names no proposal"),
        ("..z-000003", USAGE, "names no proposal"),
        ("z-000003..9x", USAGE, "names no proposal"),
        ("z-١..z-٩", USAGE, "names no proposal"),
    ],
)
def test_a_range_that_means_nothing_is_refused(
    caller: VenueCaller, word: str, code: int, wrong: str
) -> None:
    with pytest.raises(VerbFailed, match=wrong) as no:
        _meant(caller, (word,))
    assert no.value.code == code


def test_titles_of_a_fleet_are_told_in_a_few_words() -> None:
    titles = [{"thing": f"n-{number:04d}", "holder": "p-0002"} for number in range(1, 401)]
    told = outcome_in_words("z-000001", {"outcome": {"titles": titles}}, "approved and done")
    assert told == "z-000001 is approved and done. p-0002 has title to n-0001..n-0400."


def test_of_what_an_approval_brought_the_ids_of_new_things_are_told() -> None:
    outcome = {"party": "p-0002", "amount_minor": 500_000, "payment": "y-000001", "state": "asked"}
    told = outcome_in_words("z-000001", {"outcome": outcome}, "approved and done")
    assert told == "z-000001 is approved and done. Its payment is y-000001."
    assert outcome_in_words("z-1", {"state": "waiting"}, "") == (
        "z-1 still waits for another signature."
    )
