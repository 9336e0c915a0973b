"""What differs by kind stands in a table, and nobody asks for a kind by its name.

A new time in force, kind of order or kind of instrument is then a row, not a search.
"""

import ast

from exchange.books.terms import ORDER_KINDS, TIME_IN_FORCE
from exchange.instruments.kinds import KINDS
from exchange.words import SYMBOL_LETTERS
from ledger.opening.first_rules import FIRST_RULES
from tests.house.advice import advise
from tests.house.sources import sources

NAMES = {*TIME_IN_FORCE, *ORDER_KINDS, *KINDS}
# The people of a simulated or shown market want a lease as such; so do a command line's options.
# They are clients: what they may ask for is the venue's to refuse.
CLIENTS = ("exchange/simulation/", "gateway/cli/", "gateway/demo/")


def test_no_rule_compares_with_a_name_that_has_a_row() -> None:
    wrong = [
        f"{source.path}:{node.lineno} compares with {', '.join(sorted(named(node)))}"
        for source in sources()
        if not source.path.startswith(CLIENTS)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Compare) and named(node)
    ]
    assert not wrong, advise(
        wrong,
        "give the table (TIME_IN_FORCE, ORDER_KINDS, KINDS) a column that says what differs, and"
        " ask the row",
    )


def named(compare: ast.Compare) -> set[str]:
    """The names of rows that a comparison mentions."""
    found = (
        node.value
        for side in (compare.left, *compare.comparators)
        for node in ast.walk(side)
        if isinstance(node, ast.Constant)
    )
    return {value for value in found if isinstance(value, str) and value in NAMES}


def test_a_comparison_with_a_name_is_found() -> None:
    tree = ast.parse("a == 'fok'\nb in ('gtc', 'x')\nc == 'open'\n")
    compares = [node for node in ast.walk(tree) if isinstance(node, ast.Compare)]

    assert [named(node) for node in compares] == [{"fok"}, {"gtc"}, set()]


def test_each_kind_of_instrument_has_a_letter_of_its_own_and_a_first_rule() -> None:
    """A symbol of a kind that lacks either could be listed by nobody, or would be ruled by none."""
    letters = [kind.form[0] for kind in KINDS.values()]

    assert sorted(letters) == sorted(SYMBOL_LETTERS)
    assert len(letters) == len(set(letters))
    assert [letter for letter in letters if f"market:{letter}.*" not in FIRST_RULES] == []
