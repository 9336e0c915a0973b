"""What has left the register is known for a while by how it ended, and after that as ended."""

import ast
import re
from dataclasses import is_dataclass
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from ledger.ids import is_given
from ledger.records import ENDED_REMEMBERED, EndedRecords
from ledger.refusals import Reason, Refused
from ledger.register import Register

LEDGER = Path(__file__).resolve().parents[2] / "ledger"


def test_the_register_remembers_how_thousands_ended_and_forgets_the_oldest() -> None:
    ended = EndedRecords()
    names = [f"x-{number:06d}" for number in range(2 * ENDED_REMEMBERED)]

    for name in names:
        ended.add(name, "settled")

    assert ended.state_of(names[-1]) == "settled"
    assert ended.state_of(names[ENDED_REMEMBERED]) == "settled"
    assert ended.state_of(names[0]) == ""
    assert len(ended.now) + len(ended.before) == ENDED_REMEMBERED


@pytest.mark.parametrize(
    ("name", "is_known"),
    [
        ("x-000007", True),
        ("x-000001", True),
        ("x-000008", False),
        ("x-000000", False),
        ("x-7", False),
        ("x-0000007", False),
        ("y-000001", False),
        ("?-000001", False),
        ("x-", False),
        ("", False),
        ("x-00000٧", False),
    ],
)
def test_an_id_was_given_up_to_the_counter_and_as_it_is_written(name: str, is_known: bool) -> None:
    assert is_given({"x": 7, "?": 9}, name) is is_known


def test_what_ended_long_ago_is_ended_and_not_unknown() -> None:
    register = Register(counters={"x": 7})
    register.ended.add("x-000007", "unwound")

    with pytest.raises(Refused, match="x-000007 is unwound already") as no:
        register.must_not_have_ended("x-000007")
    with pytest.raises(Refused, match="x-000001 has ended already") as old:
        register.must_not_have_ended("x-000001")
    register.must_not_have_ended("x-000008")

    assert {no.value.reason, old.value.reason} == {Reason.wrong_state}
    assert no.value.context["state"] == "unwound"


def test_whatever_takes_a_record_out_of_the_register_says_how_it_ended() -> None:
    records = {
        name
        for name, hint in get_type_hints(Register).items()
        if len(get_args(hint)) == 2 and is_dataclass(get_args(hint)[1])
    }
    met = set()
    for path in LEDGER.rglob("*.py"):
        for function in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(function, ast.FunctionDef):
                continue
            body = ast.unparse(function)
            for name in records:
                if re.search(
                    rf"del register\.{name}\[[^]]*\]$|register\.{name}\.pop\(", body, re.M
                ):
                    met.add(name)
                    assert "register.ended.add(" in body, f"{function.name} of {path}"

    assert met == {"leases", "settlements", "payments", "proposals", "deposits"}
