"""What people read names things in words: no member, op or code of the wire, but its own."""

import re
from typing import get_args

import pytest

from gateway.contract.languages import chinese
from gateway.contract.page_words import in_page_words
from ledger.inspection.inspection_text import MEANING
from ledger.words import AccountKind

SNAKE = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b")
NO_WORDS = re.compile(r"\{[^}]*\}|`gpubourse [^`]*`|`nvidia-smi [^`]*`")  # values, lines to type
# Members of the wire in sentences that only who sends them hears: no flag of the command line and
# no field of the page bears them.
OF_PROGRAMS = frozenset(
    [
        "valid_to_ns",
        "from_ns",
        "to_ns",
        "cancel_on_disconnect",
        "report_sha256",
        "reference_max_age_h",
        "units_seen",
        "effective_ns",
        "document_sha256",
        "expires_ns",
        "time_in_force",
        "grace_ms",
        "identity_denylist",
        "kyc_limits",
        "site_consent",
        "ttl_s",
        "valid_ms",
        "wait_ms",
        "min_position",
        "issued_ns",
    ]
)


def test_no_sentence_of_a_refusal_bears_a_name_of_the_code() -> None:
    told = {
        (word, sentence)
        for sentence in chinese()["sentences"]
        for word in SNAKE.findall(NO_WORDS.sub("", sentence))
        if word not in OF_PROGRAMS
    }
    assert told == set(), "say it in the words of words/en.json"


def test_no_name_of_an_op_stands_in_a_sentence() -> None:
    ops = re.compile(r"`[a-z]+\.[a-z_]+`")
    assert [each for each in chinese()["sentences"] if ops.search(each)] == []


def test_no_code_stands_in_what_a_report_is_told_to_mean() -> None:
    assert [words for words in MEANING.values() if SNAKE.search(NO_WORDS.sub("", words))] == []


@pytest.mark.parametrize("kind", get_args(AccountKind))
def test_every_kind_of_account_has_its_words(kind: str) -> None:
    words = in_page_words("account", kind)
    assert not SNAKE.search(words)
    assert words != kind or kind in ("available", "escrow", "fees")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("reset_required", "the GPU needs a reset"),
        ("zone_assumed", "no zone in its time: the site's was taken"),
        ("leading_zero_lost?", "12 digits where 13 are due"),
        ("unreadable:reset_required", "reset required cannot be read"),
        ("a_code_of_tomorrow", "a code of tomorrow"),
    ],
)
def test_a_remark_is_told_in_the_words_of_the_page(code: str, words: str) -> None:
    assert in_page_words("reason", code) == words
