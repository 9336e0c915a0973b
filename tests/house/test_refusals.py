"""Every reason for a lawful no is named where it is given, and in some test (ARCHITECTURE 5)."""

import ast
from collections.abc import Iterable

from ledger.refusals import Reason
from tests.house.advice import advise
from tests.house.sources import Source, sources

DECLARED_IN = "ledger/refusals.py"


def test_every_reason_is_named_by_what_refuses() -> None:
    house = [source for source in sources() if source.path != DECLARED_IN]
    named = names_of(house) | texts_of(house)  # a reader of reports says the code, not the member

    wrong = [reason.name for reason in Reason if reason.name not in named]
    assert not wrong, advise(
        wrong, "nothing refuses for this reason: build what does, or leave the reason out"
    )


def test_every_reason_is_named_by_some_test() -> None:
    tests = [source for source in sources("tests") if not source.path.startswith("tests/house/")]
    named = names_of(tests) | texts_of(tests)

    wrong = [reason.name for reason in Reason if reason.name not in named]
    assert not wrong, advise(
        wrong, "write the scene in which the venue says no for this reason, and name it there"
    )


def names_of(files: Iterable[Source]) -> set[str]:
    """Every X of a `Reason.X` in these files; the keys of a table of titles do not count."""
    found = set()
    for source in files:
        nodes = list(ast.walk(source.tree))
        keys = {id(key) for node in nodes if isinstance(node, ast.Dict) for key in node.keys}
        found |= {
            node.attr
            for node in nodes
            if isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == "Reason"
            and id(node) not in keys
        }
    return found


def texts_of(files: Iterable[Source]) -> set[str]:
    """Every whole string in these files: a test of the wire names the code, not the member."""
    return {
        node.value
        for source in files
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
