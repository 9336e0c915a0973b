"""Every no of the house has its words, its status and its form."""

import re
import tomllib
from pathlib import Path
from typing import Final

import pytest

from gateway.contract import problem_words
from gateway.contract.languages import CHINESE
from gateway.contract.problem_words import context_of, described
from gateway.problems import ADVICE, ADVICE_BY_STATUS, TROUBLES, ProblemRaised, problem
from ledger.refusals import Reason, Refused

CHINESE_OWN: Final = set(
    tomllib.loads(Path(problem_words.__file__).with_name("problems.toml").read_text("utf-8"))[
        "advice"
    ].values()
)


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_a_title(reason: Reason) -> None:
    assert reason.title
    told = described(reason.name)
    assert set(told.pop("context")) == set(context_of(reason.name))
    assert told == {
        "code": reason.name,
        "status": reason.status,
        "retryable": reason.is_retryable,
        "title": reason.title,
        "detail": ADVICE.get(reason.name) or ADVICE_BY_STATUS[reason.status],
        "language": "en",
        "rank": reason.rank,
    }


def test_a_refusal_reads_as_in_wire_4() -> None:
    no = Refused(
        Reason.insufficient_cash,
        "The order needs 3,523,520.00 yuan; 800,000.00 yuan is available.",
        needed_minor=352352000,
        available_minor=80000000,
    )

    assert problem(no, instance="/requests/8f1c", position=184590) == {
        "type": "/problems/insufficient_cash",
        "title": "Not enough cash",
        "status": 422,
        "detail": "The order needs 3,523,520.00 yuan; 800,000.00 yuan is available.",
        "instance": "/requests/8f1c",
        "code": "insufficient_cash",
        "retryable": True,
        "position": 184590,
        "context": {"needed_minor": 352352000, "available_minor": 80000000},
    }


def test_not_known_yet_names_the_key_to_ask_again_with() -> None:
    told = problem(ProblemRaised("unavailable", key="01a2"))

    assert (told["status"], told["retryable"], told["retry_after_ms"]) == (503, True, 500)
    assert told["context"] == {"key": "01a2"}


def test_a_refusal_names_the_member_and_keeps_nanoseconds_as_text() -> None:
    told = problem(Refused(Reason.bad_field, "No.", field="/lots", until_ns=1796090400000000000))

    assert told["field"] == "/lots"
    assert told["context"] == {"until_ns": "1796090400000000000"}


@pytest.mark.parametrize("code", list(TROUBLES))
def test_troubles_are_described_too(code: str) -> None:
    told = described(code)

    assert told["retryable"] is True
    with pytest.raises(KeyError):
        described("no_such_code")


def test_each_code_says_what_to_do() -> None:
    told = {reason.name: described(reason.name) for reason in Reason}

    assert len(told) > 60
    for code, words in told.items():
        assert words["detail"].endswith("."), code
    assert set(ADVICE) <= set(told)


def test_who_is_not_let_in_is_told_what_to_do_by_each_code_of_its_own() -> None:
    """A clock is not set by logging on: no sentence is true of all of 401."""
    codes = [reason.name for reason in Reason if reason.status == 401]
    told = {described(code)["detail"] for code in codes}

    assert len(codes) == len(told) == 6
    assert all("clock" in described(code)["detail"] for code in ("too_late", "clock_ahead"))


def test_each_advice_stands_in_both_languages() -> None:
    for code in ADVICE:
        assert described(code, CHINESE)["detail"] != described(code)["detail"], code
        assert not described(code, CHINESE)["detail"].isascii(), code
    for reason in Reason:
        has_own = [reason.name in ADVICE, described(reason.name, CHINESE)["detail"] in CHINESE_OWN]
        assert has_own[0] == has_own[1], reason.name


def test_advice_that_names_a_member_of_the_context_is_of_a_code_that_bears_it() -> None:
    named = {
        code: member
        for code, words in ADVICE.items()
        for member in re.findall(r"`(\w+)`", words)
        if member.endswith(("_ns", "_ms", "_minor", "_ticks", "_lots"))
    }

    assert named == {"holding_period": "until_ns"}
    assert all(member in context_of(code) for code, member in named.items())
