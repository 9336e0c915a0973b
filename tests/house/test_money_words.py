"""What a person reads says money in the currency: no tick and no minor unit, in any sentence."""

import ast
import re
from collections.abc import Iterator

from tests.house.advice import advise
from tests.house.sources import Source, sources

WORDS = ("tick", "minor unit")
MEMBERS = ("_ticks", "_minor")
TALKS = ("ledger/", "exchange/", "gateway/cli/")
FOR_PROGRAMS = {  # texts that no person at the command line reads as a sentence
    "exchange/market/market_rule.py",  # a rule's members, as who writes one names them
    "exchange/simulation/",  # the demo's people talk to the venue alone
    "ledger/oversight/rules.py",  # likewise
    "exchange/invariants.py",  # a breach: evidence for who mends the program
    "ledger/invariants.py",
    "ledger/audit/cash_book.py",
    "exchange/books/terms.py",  # members that are not served yet, by their names
}
FIGURES = ("money", "price_figure")  # show a person the currency
VALUE = re.compile(r"\{\w+[^}]*\}")  # where a sentence shows a value
DOCUMENTED = {"Refused", "VerbFailed", "log", "write", "option"}


def texts(source: Source) -> Iterator[tuple[int, str]]:
    """(line, what is wrong) of each sentence with a figure in ticks or minor units."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.JoinedStr):
            for part in node.values:
                match part:
                    case ast.FormattedValue(value=ast.Name(id=name) | ast.Attribute(attr=name)) if (
                        name.endswith(MEMBERS)
                    ):
                        yield node.lineno, name
        if isinstance(node, ast.Call) and called(node) in DOCUMENTED:
            for each in ast.walk(node):
                match each:
                    case ast.Constant(value=str(text)) if any(
                        word in VALUE.sub("", text) for word in WORDS
                    ):
                        if " " in text:
                            yield each.lineno, text
        if isinstance(node, ast.Call) and called(node) == "sentence_of":
            for word in node.keywords:
                is_figure = isinstance(word.value, ast.Call) and called(word.value) in FIGURES
                if (word.arg or "").endswith(MEMBERS) and not is_figure:
                    yield node.lineno, f"{word.arg} is no figure of {' or '.join(FIGURES)}"


def called(node: ast.Call) -> str:
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def test_a_sentence_says_money_in_the_currency() -> None:
    looked = [each for each in sources() if each.path.startswith(TALKS)]
    wrong = [
        f"{source.path}:{line} {what}"
        for source in looked
        if not source.path.startswith(tuple(FOR_PROGRAMS))
        for line, what in texts(source)
    ]
    assert len(looked) > 150
    assert not wrong, advise(wrong, "say it by amount_text, price_text, money or yuan")


def test_the_law_finds_what_it_forbids() -> None:
    bad = 'Refused(x, f"it is {edge_ticks} of {a.held_minor}", "two ticks up")'
    found = [what for _, what in texts(Source("x.py", bad, ast.parse(bad)))]
    assert found == ["two ticks up", "edge_ticks", "held_minor"], found
