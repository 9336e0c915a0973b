"""Everything in the two documents is told in words: operations, messages, structs, members."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.routes.system import description, socket_description
from gateway.settings import Limits

DOCUMENTS: dict[str, dict[str, Any]] = {
    "openapi": json.loads(description(Limits()).body),
    "asyncapi": json.loads(socket_description(Limits()).body),
}
PYTHONS = re.compile(r"\b(None|True|False|dict|int|str)\b")  # words of ours, and of no JSON


def members(value: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Each member of each schema, whether it stands among the components or in a message."""
    if isinstance(value, list):
        for number, each in enumerate(value):
            yield from members(each, f"{place}/{number}")
    if not isinstance(value, dict):
        return
    for name, each in value.items():
        if name in {"example", "examples"}:
            continue
        if name == "properties" and "allOf" not in value:  # there it narrows what is told already
            for member, schema in each.items():
                yield f"{place}.{member}", schema
        yield from members(each, f"{place}/{name}")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_member_is_told_in_words(name: str) -> None:
    found = list(members(DOCUMENTS[name]))
    assert len(found) > 400
    assert [place for place, schema in found if not schema.get("description")] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_struct_is_told_in_words(name: str) -> None:
    schemas = DOCUMENTS[name]["components"]["schemas"]
    assert [each for each, schema in schemas.items() if not schema.get("description")] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_word_is_pythons(name: str) -> None:
    def texts(value: Any) -> Iterator[str]:
        for each in value.values() if isinstance(value, dict) else value:
            if isinstance(each, dict | list):
                yield from texts(each)
        if isinstance(value, dict):
            yield from (str(value[word]) for word in ("description", "summary") if word in value)

    assert [text for text in texts(DOCUMENTS[name]) if PYTHONS.search(text)] == []


def test_every_operation_and_message_has_a_line_of_its_own() -> None:
    socket = DOCUMENTS["asyncapi"]
    told = [
        *(each for item in DOCUMENTS["openapi"]["paths"].values() for each in item.values()),
        *socket["operations"].values(),
        *socket["components"]["messages"].values(),
    ]
    assert len(told) > 120
    assert [each for each in told if not each.get("summary")] == []
    for item in DOCUMENTS["openapi"]["paths"].values():
        for operation in item.values():
            lacking = [each["name"] for each in operation["parameters"] if not _is_told(each)]
            assert lacking == [], operation["operationId"]


def _is_told(parameter: dict[str, Any]) -> bool:
    return bool(parameter.get("description") or parameter["schema"].get("description"))
