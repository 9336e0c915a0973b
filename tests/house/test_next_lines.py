"""A line that the command line tells people to type bears the flags of the one they typed."""

import ast
import json
import re
from collections.abc import Iterator
from typing import Final

import click

from gateway.cli.command_line import LazyVerbs
from gateway.cli.exit_codes import VerbFailed
from gateway.cli.names import as_named
from gateway.contract.languages import chinese
from tests.gateway.cli.lines import takes, verb_of
from tests.gateway.cli.test_command_line import VERBS
from tests.house.sources import ROOT, Source, sources

QUOTED: Final = re.compile(r"`gpubourse ([a-z][a-z -]*)")


def test_a_line_that_signs_is_made_in_one_place() -> None:
    told = [
        f"{source.path}:{line}"
        for source in sources()
        if source.path.startswith("gateway/cli/")
        for line, text in _texts(source)
        if "gpubourse " in text and "--me" in text
    ]
    assert told == [], "say it with VerbContext.line: it adds --me, --data and --venue as given"


def test_a_line_that_takes_a_key_is_made_in_the_same_place() -> None:
    """Else it would be refused as it is printed: it needs whose key signs it, and which folder."""
    told = [
        f"{source.path}:{line}: {found[1]}"
        for source in sources()
        if source.path.startswith("gateway/cli/")
        for line, text in _texts(source)
        for found in QUOTED.finditer(text)
        if _takes_a_key(found[1].split())
    ]
    assert told == [], "say it with VerbContext.line"


WHOSE: Final = re.compile(r"clerk|custodian|buyer|owns|another|cashier", re.IGNORECASE)


def test_a_next_line_is_for_whoever_typed_the_one_before() -> None:
    """`then=` of an act prints `Next: LINE`: one that another's key signs is told by `turn=`."""
    told = [
        f"{source.path}:{call.lineno}"
        for source in _command_line()
        for keyword in ast.walk(source.tree)
        if isinstance(keyword, ast.keyword) and keyword.arg == "then"
        for call in _signed_by_another(keyword.value)
    ]
    assert told == [], "say it with turn=, and whose turn it is"


def test_a_line_of_another_says_whose_it_is() -> None:
    told = [
        f"{source.path}:{call.lineno}"
        for source in _command_line()
        for function in ast.walk(source.tree)
        if isinstance(function, ast.FunctionDef) and function.name != "approve_line"
        for call in _signed_by_another(function)
        if not WHOSE.search(" ".join(_said_beside(function, call)))
    ]
    assert told == [], "say beside it whose line it is: a clerk's, the buyer's"


def test_the_lines_that_complete_a_proposal_say_that_they_are_anothers() -> None:
    told = [
        text
        for source in _command_line()
        if source.path.endswith("confirmed_act.py")
        for _, text in _texts(source)
        if re.search(r"completes? it", text)
    ]
    assert len(told) == 2
    assert all(WHOSE.search(text) for text in told)


# what stands for another's words in a line that people are told -> one such word
WORDS: Final = {
    "{node}": "n-0001",
    "{name}": "n-0001",
    "{order}": "o-000001",
    "{proposal}": "z-000001",
    "X": "x-000001",
    "SITE": "s-0001",
    "YUAN": "1",
    "GB": "80",
    "NODE": "n-0001",
    "THING": "n-0001",
    "PROPOSAL": "z-000001",
}
BARE: Final = re.compile(rf"gpubourse ({'|'.join(sorted({words[0] for words in VERBS}))})\b")
LINE: Final = re.compile(r"`gpubourse ([^`]+)`")
OWN, THEIRS = "NAME", "THEIRS"  # whose key signs a line of the venue: the reader's, or another's


def lines_in(text: str) -> list[list[str]]:
    """The lines of a text, each as words that a person could type."""
    found = [line.split() for line in LINE.findall(text)]
    return [[WORDS.get(word, word) for word in line] for line in found if line]


def verb_and_rest(line: list[str]) -> tuple[tuple[str, ...], list[str]]:
    """The verb that a line begins with; () where it is none."""
    words = max((v for v in VERBS if tuple(line[: len(v)]) == v), key=len, default=())
    return words, line[len(words) :]


def mistake(line: list[str]) -> str:
    """Why nobody could type this; "" for a line that its verb takes, with whose key it needs."""
    words, rest = verb_and_rest(line)
    if not words:
        return "no verb"
    verb = verb_of(words)
    try:
        context = verb.make_context(words[-1], list(rest))
        for param in verb.params:
            as_named(param, context.params.get(str(param.name)))
    except click.exceptions.Exit:  # what it wants is told at once: `import --template`
        return ""
    except (click.ClickException, VerbFailed) as wrong:
        return str(wrong)
    return "" if ("--me" in rest) == takes(words, "me") else "whose key signs it?"


def test_what_the_venue_tells_people_to_type_can_be_typed() -> None:
    """By the caller who is told it: `--me NAME` is theirs, `--me THEIRS` another's. In Chinese too.

    The command line puts the reader's own key, folder and venue in place of `--me NAME`.
    """
    english = {
        (f"{source.path}:{at}", text)
        for source in sources()
        if source.path.startswith(("ledger/", "exchange/", "gateway/"))
        and not source.path.startswith("gateway/cli/")
        for at, text in _texts(source)
    }
    pairs = {key: text for group in chinese().values() for key, text in group.items()}
    told = [(place, line) for place, text in sorted(english) for line in lines_in(text)]
    told += [(key, line) for key, text in pairs.items() for line in lines_in(text)]
    for path in sorted((ROOT / "gateway/console/words").glob("*.json")):
        words = json.loads(path.read_text("utf-8"))
        told += [(key, line) for key, text in words.items() for line in lines_in(str(text))]
        bare = [key for key, text in words.items() if BARE.search(LINE.sub("", str(text)))]
        assert bare == [], "a line to type stands between backticks"

    assert len(told) >= 30, told
    wrong = [
        f"{place}: {' '.join(line)}: {found}" for place, line in told if (found := mistake(line))
    ]
    assert wrong == [], "\n".join(wrong)
    assert [key for key, text in pairs.items() if lines_in(key) != lines_in(text)] == []
    whose = {line[line.index("--me") + 1] for _, line in told if "--me" in line}
    assert whose == {OWN, THEIRS}


def test_a_line_made_for_somebody_is_one_of_a_verb_that_they_may_type() -> None:
    """VerbContext.line adds --me, --data and --venue: its verb takes them, and its options."""
    met, wrong = 0, []
    for source in _command_line():
        for call in ast.walk(source.tree):
            if not (
                isinstance(call, ast.Call)
                and isinstance(call.func, ast.Attribute)
                and call.func.attr == "line"
                and call.args
                and isinstance(call.args[0], ast.Constant)
            ):
                continue
            met += 1
            said = [str(a.value) if isinstance(a, ast.Constant) else "…" for a in call.args]
            words, rest = verb_and_rest(said)
            known = (
                {each for param in verb_of(words).params for each in param.opts} if words else set()
            )
            strange = [each for each in rest if each.startswith("--") and each not in known]
            lacks = [each for each in ("me", "data", "venue") if words and not takes(words, each)]
            if not words or strange or lacks:
                wrong.append(f"{source.path}:{call.lineno}: {' '.join(said)}: {strange or lacks}")
    assert met > 30, met
    assert wrong == [], "\n".join(wrong)


def _command_line() -> Iterator[Source]:
    return (source for source in sources() if source.path.startswith("gateway/cli/"))


def _signed_by_another(tree: ast.AST) -> Iterator[ast.Call]:
    """The calls of `line` that name whose key signs, but for the one that hands a name on."""
    for call in ast.walk(tree):
        if (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr == "line"
            and any(
                keyword.arg == "me"
                and not (isinstance(keyword.value, ast.Name) and keyword.value.id == "me")
                for keyword in call.keywords
            )
        ):
            yield call


def _said_beside(function: ast.FunctionDef, call: ast.Call) -> Iterator[str]:
    """The texts of the expression that a call stands in, its own words left out."""
    own = {id(node) for node in ast.walk(call)}
    for statement in ast.walk(function):
        if isinstance(statement, ast.BinOp | ast.JoinedStr) and id(call) in map(
            id, ast.walk(statement)
        ):
            yield from (
                str(node.value)
                for node in ast.walk(statement)
                if isinstance(node, ast.Constant) and id(node) not in own
            )


def _takes_a_key(words: list[str]) -> bool:
    """Whether the verb that these words begin with has --me, and no venue that answers anybody."""
    root = LazyVerbs(name="gpubourse")
    verb: click.Command | None = root
    for word in words:
        if isinstance(verb, click.Group):
            verb = verb.get_command(click.Context(verb), word)
    assert verb is not None, words
    return any(param.name == "me" for param in verb.params)


def _texts(source: Source) -> Iterator[tuple[int, str]]:
    """Every text but docstrings, one that is put together as a whole."""
    docs = {
        id(node.body[0].value)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(source.tree):
        if isinstance(node, ast.JoinedStr):
            parts = [part.value for part in node.values if isinstance(part, ast.Constant)]
            yield node.lineno, " ".join(map(str, parts))
        elif isinstance(node, ast.Constant) and id(node) not in docs:
            yield node.lineno, str(node.value)
