"""Every place where `audit verify` finds fault lies where a test makes each of them speak."""

import ast
from typing import Final

from tests.house.advice import advise
from tests.house.sources import sources

# The rooms whose places are walked: tests/ledger/audit/test_every_check.py and
# tests/ledger/act_checks/test_forgeries.py plant what each of them is there to find.
WALKED: Final = ("ledger/audit/", "ledger/act_checks/")
LEAST: Final = 80


def test_no_breach_is_reported_where_no_tampering_is_demanded() -> None:
    places = [
        f"{source.path}:{node.lineno}"
        for source in sources()
        if not source.path.startswith("tests/")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "breach"
    ]
    elsewhere = [place for place in places if not place.startswith(WALKED)]

    assert not elsewhere, advise(elsewhere, "report it from a room whose places are walked")
    assert len(places) >= LEAST
