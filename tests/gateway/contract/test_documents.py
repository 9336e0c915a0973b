"""The two documents say what they say well: valid schemas, examples that hold, nothing left out."""

import ast
import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from exchange.ops import OPS
from gateway.contract.answers import answer_of, contract
from gateway.contract.problem_codes import codes_of_op, every_code, status_of
from gateway.contract.problem_words import context_of
from gateway.routes import asyncapi, openapi
from gateway.routes.system import DESCRIBED, description, socket_description
from gateway.settings import Limits
from gateway.socket.messages import MEMBERS
from ledger.refusals import Reason
from setup import contract as setup_contract
from tests.gateway.contract.published import Published
from tests.gateway.town import Town
from tests.house.sources import sources

OPENAPI = Published(json.loads(description(Limits()).body))
ASYNCAPI = Published(json.loads(socket_description(Limits()).body))


def test_the_made_table_is_current() -> None:
    for path, text in setup_contract.files().items():
        assert path.read_text("utf-8") == text, "run `make catalogue`"


def test_every_schema_is_one() -> None:
    for document in (OPENAPI, ASYNCAPI):
        for schema in document.document["components"]["schemas"].values():
            Draft202012Validator.check_schema(schema)


def test_every_example_is_valid_against_its_schema() -> None:
    wrong: list[str] = []
    found = 0
    for _, operation in _operations():
        bodies = [operation["requestBody"]["content"]] if "requestBody" in operation else []
        told = [OPENAPI.response(operation, int(status)) for status in operation["responses"]]
        bodies += [each["content"] for each in told if each is not None]
        for content in bodies:
            for each in content.values():
                found += 1
                faults = OPENAPI.faults(each["schema"], each["example"])
                wrong += [f"{operation['operationId']}: {fault}" for fault in faults]
    for name, message in ASYNCAPI.document["components"]["messages"].items():
        for each in message["examples"]:
            found += 1
            wrong += ASYNCAPI.message_faults(name, each["payload"])
    assert wrong == []
    assert found > 300


def test_every_example_agrees_with_itself() -> None:
    """A code has its own status; an order's lots are those filled and those open."""
    wrong: list[Any] = []
    problems, orders = 0, 0
    for each in _records([OPENAPI.document, ASYNCAPI.document]):
        if each.get("code") in every_code() and isinstance(each.get("status"), int):
            problems += 1
            wrong += [each] if each["status"] != status_of(each["code"]) else []
        if all(isinstance(each.get(name), int) for name in ("lots", "filled_lots", "open_lots")):
            orders += 1
            filled = [fill["lots"] for fill in each.get("fills", [])] or [each["filled_lots"]]
            is_even = each["lots"] == each["filled_lots"] + each["open_lots"]
            wrong += [] if is_even and sum(filled) == each["filled_lots"] else [each]
    assert wrong == []
    assert problems > 50
    assert orders > 5


def _records(value: Any) -> Iterator[dict[str, Any]]:
    """Every object of a document, those inside others, too."""
    if isinstance(value, dict):
        yield value
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _records(each)


def test_every_reply_is_typed_and_every_refusal_is_named() -> None:
    for _, operation in _operations():
        done = [s for s in operation["responses"] if int(s) < 300]
        assert done, operation["operationId"]
        for status in done:
            told = OPENAPI.response(operation, int(status))
            assert told is not None
            ((media, content),) = told["content"].items()
            assert _is_typed(content["schema"]) or media in openapi.FILES, (
                operation["operationId"],
                status,
            )
        assert "500" in operation["responses"]


def test_every_reason_can_be_met_by_some_op_or_route() -> None:
    named = {
        code
        for response in OPENAPI.document["components"]["responses"].values()
        for content in response["content"].values()
        for code in content["schema"]["properties"]["code"]["enum"]
    }
    named |= {code for op in MEMBERS for code in asyncapi.codes_of_socket_op(op)}

    assert set(every_code()) - named == set(), "no op and no route says so"


@pytest.mark.parametrize("op", sorted(OPS))
def test_an_op_names_the_reasons_of_its_own_decider(op: str) -> None:
    assert set(contract()["reasons"][op]) <= set(codes_of_op(op))
    assert set(codes_of_op(op)) <= set(every_code())


def test_every_route_that_answers_is_described() -> None:
    for route in DESCRIBED:
        if not route.op and not route.media:
            assert answer_of(route.method, openapi.plain_path(route.path))


def test_security_stands_at_every_operation_that_takes_a_session() -> None:
    for route in DESCRIBED:
        path = openapi.plain_path(route.path)
        operation = OPENAPI.document["paths"][path][route.method.lower()]
        assert ("security" in operation) == route.needs_session, path


def test_every_close_code_in_the_code_is_told_and_no_other() -> None:
    used = {1000, 1002}  # a client's own, answered; a frame out of RFC 6455
    for source in sources():
        if source.path.startswith(("gateway/socket/", "gateway/feeds/")):
            for node in ast.walk(source.tree):
                if isinstance(node, ast.Call) and node.args:
                    first = node.args[0]
                    if isinstance(first, ast.Constant) and isinstance(first.value, int):
                        used |= {first.value} if 1000 <= first.value < 5000 else set()
    told = {row["code"] for row in ASYNCAPI.document["channels"]["socket"]["x-close-codes"]}

    assert told == used


async def test_every_channel_of_feeds_is_told_and_no_other(town: Town) -> None:
    assert set(asyncapi.feeds()) == set(town.parts.hub.channels)
    limits = ASYNCAPI.document["channels"]["socket"]["x-limits"]
    assert limits == Limits().published()


def test_every_context_is_told_where_a_refusal_bears_one() -> None:
    assert set(contract()["contexts"]) <= set(every_code())
    assert {"needed_minor", "available_minor"} <= set(context_of("insufficient_cash"))
    assert "hold" in context_of(Reason.on_hold.name)


def _operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in OPENAPI.document["paths"].items():
        for operation in item.values():
            yield path, operation


def _is_typed(schema: dict[str, Any]) -> bool:
    """Whether a reply says more of its result than that it is something."""
    if "$ref" in schema:
        return True
    members = schema.get("properties", {})
    result = members.get("result") or members.get("rows", {}).get("items")
    return bool(result) and result != {}
