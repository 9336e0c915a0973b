"""A refusal reads in Chinese as in English: every sentence, its values, and each code's page."""

import re
from string import Formatter

import pytest

from gateway.contract.languages import CHINESE, ENGLISH, LANGUAGES, chinese, in_language, preferred
from gateway.contract.problem_codes import every_code
from gateway.contract.problem_words import WORDS, advice_of, context_of, title_of
from gateway.problems import problem
from ledger.refusals import Figure, Reason, Refused, sentence_of
from tests.gateway.bare_client import bare_client
from tests.gateway.town import Town
from tests.house.sentences import sentences, told_twice, unsaid

ONLY_ENGLISH: set[str] = set()  # codes of which some sentence has no Chinese: none
NO_UNIT = re.compile(r"\bticks?\b|\bminor\b|_minor\b|\bfen\b", re.IGNORECASE)


def test_every_sentence_of_a_refusal_stands_in_chinese_and_no_other() -> None:
    told, known = sentences(), chinese()["sentences"]

    assert {text: places for text, places in told.items() if text not in known} == {}
    assert set(known) - set(told) == set(), "no code says these any more"


def test_both_forms_of_a_sentence_show_the_same_values() -> None:
    wrong = {
        english: form
        for english, form in chinese()["sentences"].items()
        if "{ … }" not in english  # said as it stands
        and set(_names(form)) != set(_names(english))
    }
    assert wrong == {}


def test_no_refusal_puts_its_values_into_the_sentence_by_itself() -> None:
    assert unsaid() == [], (
        "say it with sentence_of(template, name=value): the template has its Chinese"
    )


def test_a_value_of_a_sentence_is_its_context_and_is_given_once() -> None:
    assert told_twice() == [], "the sentence's own values are the context: name it once"


def test_no_sentence_speaks_of_ticks_or_minor_units_to_a_person() -> None:
    spoken = [_without_names(text) for text in sentences()]

    assert [text for text in spoken if NO_UNIT.search(text)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_a_title_and_an_advice(language: str) -> None:
    assert set() == ONLY_ENGLISH
    for code in every_code():
        assert title_of(code, language), code
        assert advice_of(code, language), code
    if language == CHINESE:
        assert [c for c in every_code() if title_of(c, CHINESE).isascii()] == []


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", ENGLISH),
        ("zh", CHINESE),
        ("zh-CN,zh;q=0.9,en;q=0.8", CHINESE),
        ("en-GB,en;q=0.9,zh;q=0.8", ENGLISH),
        ("fr, zh;q=0.3", CHINESE),
        ("zh;q=0, en", ENGLISH),
        ("*", ENGLISH),
        ("zh;q=much", ENGLISH),
        ("zh;level=1", ENGLISH),
        ("," * 10_000, ENGLISH),
    ],
)
def test_the_language_is_what_the_caller_prefers(header: str, language: str) -> None:
    assert preferred(header) == language


def test_figures_are_told_as_each_language_has_them() -> None:
    sentence = sentence_of(
        "{needed_minor} is needed {purpose}, and {party} has {available_minor} available: deposit "
        "{more_available_minor} more, or ask for less.",
        needed_minor=Figure("8.00 yuan", 800, "8.00 元"),
        purpose="to hold this bid",
        party="p-0042",
        available_minor=Figure("3.00 yuan", 300, "3.00 元"),
        more_available_minor=Figure("5.00 yuan", 500, "5.00 元"),
    )
    no = Refused(Reason.insufficient_cash, sentence)

    told = problem(no, words=WORDS[CHINESE])

    assert told["title"] == "资金不足"
    assert told["detail"] == (
        "挂出此买单需要 8.00 元，而 p-0042 可用 3.00 元：请再存入 5.00 元，或减少数量。"
    )
    assert told["context"]["needed_minor"] == 800
    assert problem(no)["detail"].startswith("8.00 yuan is needed to hold this bid, and p-0042")
    assert set(told["context"]) <= set(context_of("insufficient_cash"))


def test_a_sentence_that_nobody_knows_stays_as_it_is() -> None:
    assert in_language("Something new.", CHINESE) == "Something new."


async def test_by_rest_and_by_socket_a_refusal_is_told_in_the_callers_language(
    town: Town,
) -> None:
    _, told, headers = await town.ask("GET", "/v1/markets/T.X.A1.CN-BJ", Accept_Language="zh-CN")
    assert (told["code"], told["title"]) == ("unknown_market", "没有该市场")
    assert told["detail"].startswith("没有市场")
    assert headers["Content-Language"] == "zh"
    _, told, headers = await town.ask("GET", "/v1/markets/T.X.A1.CN-BJ")
    assert told["detail"].startswith("There is no market")
    assert headers["Content-Language"] == "en"

    async with bare_client(town) as socket:
        token = await town.log_on("reader")
        granted = await socket.ask(op="logon", token=token, language="zh")
        assert granted["ok"], granted
        refused = await socket.ask(op="subscribe", feeds=["ticker/T.X.A1.CN-BJ", "cash/p-0001"])
        details = [row["error"]["detail"] for row in refused["result"]["feeds"]]
        assert [detail.isascii() for detail in details] == [False, False]
        wrong = await socket.ask(op="logon", token=token, language="fr")
        assert (wrong["error"]["code"], wrong["error"]["field"]) == ("bad_field", "/language")


async def test_a_problem_is_a_page_to_a_browser_and_json_to_a_program(town: Town) -> None:
    async with town.http.get(
        f"{town.url}/problems/insufficient_cash",
        headers={"Accept": "text/html,*/*;q=0.8", "Accept-Language": "zh-CN"},
    ) as response:
        page = await response.text()
        assert response.content_type == "text/html"
        assert response.headers["Content-Security-Policy"]
    assert "资金不足" in page
    assert "needed_minor" in page
    status, told, _ = await town.ask("GET", "/problems/insufficient_cash")
    assert (status, told["status"], told["language"]) == (200, 422, "en")
    assert "needed_minor" in told["context"]
    status, told, _ = await town.ask("GET", "/problems/nonsense")
    assert (status, told["code"]) == (404, "unknown_route")


def test_a_value_that_is_no_text_is_shown_all_the_same() -> None:
    told = problem(Refused(Reason.bad_field, sentence_of("{origin!r} is none.", origin="\udcff")))

    assert told["context"] == {"origin": "\\udcff"}


def _names(template: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(template) if name]


def _without_names(template: str) -> str:
    if "{ … }" in template:
        return template
    return "".join(text for text, _, _, _ in Formatter().parse(template))
