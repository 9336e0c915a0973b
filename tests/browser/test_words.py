"""The page speaks both languages completely: no key is missing, none is left over."""

import json
import re
from types import SimpleNamespace
from typing import get_args

import pytest

from exchange.ops import OPS
from exchange.words import OrderState, Phase, TimeInForceName
from gateway.cli.offices.settlements import OVER
from ledger import words
from ledger.inspection.inspection_text import MEANING
from ledger.offices import ROLES, SCOPES
from ledger.op import NOBODY
from ledger.settlement.delivery_versus_payment import deadline_ns
from ledger.state_map.subjects import NAMED, VENUE, WITH_ID
from tests.browser.words import CONSOLE, LANGUAGES, asked, catalogue, modules

FIGURE = re.compile(r"\{(\w+)\}")
SETTLEMENTS = CONSOLE / "views" / "settlements.js"
ADDRESSES = ("gpubourse.",)  # names in the browser's storage, no words


def test_both_catalogues_have_the_same_keys_in_the_same_order() -> None:
    assert list(catalogue("en")) == list(catalogue("zh"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_words_are_empty(language: str) -> None:
    assert not [key for key, words in catalogue(language).items() if not words.strip()]


def test_both_languages_show_the_same_figures() -> None:
    wrong = [
        key
        for key, words in catalogue("en").items()
        if set(FIGURE.findall(words)) != set(FIGURE.findall(catalogue("zh")[key]))
    ]
    assert not wrong


def test_chinese_words_are_chinese() -> None:
    """What has letters but no ideograph is a figure or a name, not a word left in English."""
    names = {"thing.uuid"}
    plain = {
        key
        for key, words in catalogue("zh").items()
        if re.search(r"[A-Za-z]{2}", FIGURE.sub("", words)) and not re.search(r"[一-鿿]", words)
    }
    assert plain <= names


def test_every_key_that_a_module_asks_for_is_there() -> None:
    literal, made = asked()
    missing = [
        key
        for key in literal
        if key not in catalogue("en")
        and key not in OPS
        and not key.startswith(ADDRESSES)
        and key not in made
    ]
    unknown = [start for start in made if not any(key.startswith(start) for key in catalogue("en"))]

    assert not missing
    assert not unknown


def test_no_key_is_left_over() -> None:
    literal, made = asked()
    starts = tuple(made)

    assert not [key for key in catalogue("en") if key not in literal and not key.startswith(starts)]


def test_every_reason_of_a_grade_has_its_words() -> None:
    assert not [code for code in MEANING if f"reason.{code}" not in catalogue("en")]


def told_topics() -> list[str]:
    """Every event that the journal may hold."""
    catalogue_of_events = json.loads((CONSOLE.parent / "catalogue.json").read_text("utf-8"))
    return list(catalogue_of_events["events"])


def listed_in(name: str) -> list[str]:
    """The words of a list that a module holds, a line each."""
    return re.findall(r'^  "(\w+)",$', (CONSOLE / "core" / name).read_text("utf-8"), re.M)


def test_every_topic_can_be_searched_for() -> None:
    assert listed_in("topics.js") == told_topics()


def test_every_kind_of_subject_can_be_chosen() -> None:
    assert sorted(listed_in("subjects.js")) == sorted(SUBJECTS)


SUBJECTS = (*NAMED, *WITH_ID, VENUE)
CLOSED = {  # a family of the catalogue, and every word of the venue that it must have words for
    "topic": told_topics(),
    "subject": SUBJECTS,
    "unit": get_args(words.UnitState),
    "account": get_args(words.AccountKind),
    "lease": get_args(words.LeaseState),
    "payment": get_args(words.PaymentState),
    "proposal": get_args(words.ProposalState),
    "force": get_args(TimeInForceName),
    "phase": get_args(Phase),
    "state": get_args(OrderState),
    "scope": SCOPES,
    "role": ROLES,
    "grade": words.GRADES,
    "provenance": words.PROVENANCES,
    "identity": words.IDENTITIES,
}


@pytest.mark.parametrize("family", CLOSED)
def test_no_id_of_the_code_is_shown_for_want_of_a_word(family: str) -> None:
    assert CLOSED[family]
    assert not [each for each in CLOSED[family] if f"{family}.{each}" not in catalogue("en")]


PARTIES = {"trade", "seller"}  # the scopes with which a party acts at the page


def test_each_proposal_that_a_party_can_make_says_what_it_asks() -> None:
    """What waits for a second signature stands on the seat's page, by whatever way it was asked."""
    ops = [name for name, op in OPS.items() if op.second is not NOBODY and PARTIES & {*op.scopes}]
    assert {"withdrawal.new", "title.issue"} < set(ops)
    assert not [op for op in ops if f"act.{op.replace('.', '_')}" not in catalogue("en")]


SETTLING = [state for state in get_args(words.SettlementState) if state not in OVER]


@pytest.mark.parametrize("state", SETTLING)
def test_each_state_of_a_settlement_says_until_when_and_what_befalls_it_then(state: str) -> None:
    """By the ledger's own deadline: whoever does nothing knows what happens to him."""
    until = dict(re.findall(r"^  (\w+): \"(\w+)\",$", SETTLEMENTS.read_text("utf-8"), re.M))
    figures = {"due_ns": 1, "inspect_until_ns": 2, "cure_until_ns": 3}
    settlement = SimpleNamespace(state=state, **figures)

    assert figures[until[state]] == deadline_ns(settlement)  # type: ignore[arg-type]
    assert {f"settlement.{state}", f"settlement.then_{state}"} <= set(catalogue("en"))


def test_a_buyer_is_told_that_silence_accepts_and_whom_to_tell() -> None:
    assert set(SETTLING) == {"open", "delivering", "inspecting", "failed"}
    for who in ("", "_you"):
        told = catalogue("en")[f"settlement.then_inspecting{who}"]
        assert "Without a word" in told
        assert re.search("tells? a clerk of the venue before", told)


MACHINES_UNITS = re.compile(
    r"\b(ticks?|minor units?|basis points?|nanoseconds?|fen)\b|_(ticks|minor|bp|ns)\b|最小变动|基点"
    r"|[\d}]\s*分(?!钟)|分/|/分",
    re.IGNORECASE,
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_prices_and_money_are_said_in_yuan_and_not_in_the_machines_units(language: str) -> None:
    assert not [key for key, text in catalogue(language).items() if MACHINES_UNITS.search(text)]


INTERNAL = re.compile(
    r"\b(GET|POST|/v1/(?!$)|stream|topic|gateway|socket|feed|payload|null|undefined)\b"
)
TO_CLIENTS = {"foot.wire"}  # said to who writes a client


def test_a_reader_is_not_spoken_to_in_the_codes_words() -> None:
    said = {key: text for key, text in catalogue("en").items() if key not in TO_CLIENTS}
    assert not [key for key, text in said.items() if INTERNAL.search(text)]


def test_the_page_has_no_words_of_its_own() -> None:
    """What a reader sees comes from a catalogue: no sentence stands in a module."""
    sentence = re.compile(r">\s*[A-Z][a-z]+ [a-z]+[^<$]*<")
    wrong = [
        f"{path.relative_to(CONSOLE)}: {found}"
        for path in modules()
        for found in sentence.findall(path.read_text("utf-8"))
    ]
    assert not wrong


RIVALS = {  # of a term of the glossary: its Chinese, and what else people call it
    "clerk, cashier, compliance": ("书记员", ("办事员", "工作人员", "职员")),
    "site": ("机房", ("场地", "站点")),
    "order": ("委托", ("订单(?!簿)", "报单")),
}


def test_a_term_has_one_chinese_word_in_all_that_is_told() -> None:
    """The page's words and the gateway's, as the glossary has them."""
    root = CONSOLE.parents[1]
    glossary = (root / "docs" / "GLOSSARY.md").read_text("utf-8")
    told = [CONSOLE / "words" / "zh.json", *sorted((root / "gateway" / "contract").glob("*.toml"))]
    assert len(told) > 2
    for term, (word, rivals) in RIVALS.items():
        (row,) = (line for line in glossary.splitlines() if line.startswith(f"| {term} |"))
        assert word in row
        wrong = [
            f"{path.name}:{n}"
            for path in told
            for n, line in enumerate(path.read_text("utf-8").splitlines(), 1)
            if re.search("|".join(rivals), line)
        ]
        assert not wrong, f"{term} is {word}: {wrong}"
