"""A party that has nothing yet asks each list of the command line; then nobody reads the answer."""

import json
import re
from typing import Final

import pytest

from gateway.cli.command_line import every_verb, gpubourse
from gateway.cli.exit_codes import UNREAD
from tests.gateway.cli.lines import takes, verb_of
from tests.gateway.cli.test_closed_output import ended
from tests.scenes.stage import Stage

pytestmark = pytest.mark.postgres
HOST = ("demo", "run")  # they go on until somebody ends them


def asks_only(words: tuple[str, ...]) -> bool:
    """Whether a verb reads a venue, and needs to be told nothing but who asks."""
    needs_more = any(param.required for param in verb_of(words).params)
    return takes(words, "venue") and not takes(words, "is_yes") and not needs_more


READS = [words for words in every_verb(gpubourse) if words[0] not in HOST and asks_only(words)]

# each list of a seller or a trader -> what it lists, in its own words
LISTED: Final = {
    ("cash",): "cash",
    ("fills",): "fills",
    ("holdings",): "holdings",
    ("inventory",): "servers and no cards",
    ("leases",): "leases",
    ("markets",): "markets",
    ("orders",): "orders",
    ("postings",): "postings",
    ("settle", "list"): "settlements",
    ("sites",): "sites",
    ("withdrawals",): "withdrawals",
}
OFFICES: Final = {"operator", "audit", "keys", "log"}  # what clerks and auditors list
NO_LISTS: Final = {("status",)}
UNKNOWN: Final = {  # what a list is narrowed by -> one that is not there
    "account": "p-9999/available",
    "market": "T.H100SXM8.A1.CN-XX",
    "order": "o-999999",
    "party": "p-9999",
    "site": "s-9999",
}
AS_ONE_LIKES: Final = {"kind", "state", "side", "label", "from_", "to", "most", "model", "point"}


def test_a_list_of_none_says_so_in_its_own_words(stage: Stage) -> None:
    """With what may come next, a line that can be typed; `--json` has no rows, in any language."""
    stage.admit()
    assert {words for words in READS if words[0] not in OFFICES} - NO_LISTS == set(LISTED)

    for words, rows in LISTED.items():
        me = "buyer" if takes(words, "me") else ""
        for lang in ("en", "zh"):
            told = stage.line(*words, "--lang", lang, me=me).stdout
            assert re.match(rf"No {rows}\b", told), told
            assert "like that" not in told
            for line in re.findall(r"(?:Next|All of them): gpubourse (.*)", told):
                must_parse(line.split())
            shown = json.loads(stage.line(*words, "--lang", lang, "--json", me=me).stdout)
            assert (shown["rows"], shown["next"]) == ([], None)


def must_parse(line: list[str]) -> None:
    """Whether a line is one that its verb takes, as far as words go."""
    words = max((v for v in every_verb(gpubourse) if tuple(line[: len(v)]) == v), key=len)
    verb_of(words).make_context(words[-1], line[len(words) :])


def test_what_a_list_is_narrowed_by_must_be_there(stage: Stage) -> None:
    """Unknown is never none: a name that nobody bears is refused, and a word that fits none is."""
    stage.admit()
    met = 0
    for words in LISTED:
        me = "clerk-1" if takes(words, "me") else ""
        for param in verb_of(words).params:
            name = str(param.name)
            if name in UNKNOWN:
                met += 1
                told = stage.line(*words, f"--{name}", UNKNOWN[name], me=me, code=4)
                assert told.stderr.startswith("unknown_"), (words, name)
            elif not getattr(param, "is_flag", False):
                assert name in AS_ONE_LIKES | {"venue", "lang", "me", "data"}, (words, name)
    assert met >= 15, met

    narrowed = stage.line("orders", "--state", "open", "--label", "a b", me="buyer").stdout
    assert narrowed == (
        "No orders with --state open --label 'a b'. All of them: gpubourse orders --me buyer\n"
    )


def test_every_list_ends_quietly_where_nobody_reads_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """In text and with `--json`, of rows, and of none."""
    stage.admit()
    monkeypatch.setenv("GPUBOURSE_DATA", str(stage.data))
    heard = {
        (*words, *form): ended(
            monkeypatch, *words, *form, *(["--me", "seller"] if takes(words, "me") else [])
        )
        for words in READS
        for form in ((), ("--json",))
    }

    assert len(READS) > 12, READS
    assert {line: code for line, code in heard.items() if code != UNREAD} == {}
    assert "Traceback" not in capfd.readouterr().err
