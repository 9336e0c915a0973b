"""Every example of a request is one that the venue takes, as far as its form goes: each is sent.

What it names need not be there. Whatever else the venue answers, it is not that the example is out
of shape, has a member whose value is not taken, or members that do not go together.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from exchange.ops import OPS
from exchange.parse_args import read
from gateway.routes.system import description, socket_description
from gateway.settings import Limits
from gateway.socket.messages import COMMANDS as BY_SOCKET
from gateway.socket.messages import MEMBERS
from ledger.caller import Caller
from ledger.moment import Moment
from ledger.offices import SCOPES
from ledger.refusals import Refused
from tests.exchange.ground import NOON_NS, Floor
from tests.gateway.bare_client import bare_client
from tests.gateway.routes.test_query import PARTS
from tests.gateway.town import Town

OUT_OF_FORM = {"bad_shape", "bad_field", "bad_combination", "wrong_side"}
OPENAPI = json.loads(description(Limits()).body)
ASYNCAPI = json.loads(socket_description(Limits()).body)
KEYS = ("clerk", "seller", "trader")


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in OPENAPI["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path, operation


def bodies() -> Iterator[tuple[str, str, dict[str, Any], Any]]:
    for method, path, operation in operations():
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" in content:
            yield method, path, operation, content["application/json"]["example"]


async def test_every_example_of_a_body_is_taken_by_its_form(town: Town) -> None:
    town.lift_rates()
    tokens = {name: await town.log_on(name) for name in KEYS}
    sent = list(bodies())
    assert len(sent) > 40
    for method, path, operation, body in sent:
        op = operation["operationId"]
        names = [each["name"] for each in operation["parameters"] if each["in"] == "path"]
        parts = {name: PARTS[name] for name in names}
        for name, token in tokens.items():
            headers = town.signed(name, op, parts | body) if op in OPS or "invite" in op else {}
            status, told, _ = await town.ask(
                method, path.format_map(PARTS), token=token, body=body, **headers
            )
            assert status < 400 or told["code"] not in OUT_OF_FORM, (op, body, told)


@pytest.mark.parametrize("op", [each["operationId"] for _, _, each, _ in bodies()])
def test_an_example_of_a_command_is_judged_by_its_decider(op: str) -> None:
    """With everybody's rights: over HTTP a right that is missing comes before much of the form."""
    if op not in OPS:
        return
    body, names = next(
        (body, [each["name"] for each in found["parameters"] if each["in"] == "path"])
        for _, _, found, body in bodies()
        if found["operationId"] == op
    )
    inward = {name: int(each) if name.endswith("_ns") else each for name, each in body.items()}
    command = read(op, inward | {name: PARTS[name] for name in names})
    caller = Caller(party="p-0001", principal="k-0001", scopes=SCOPES, key="k", received_ns=1)
    late = Moment(at_ns=int(body.get("to_ns", NOON_NS)))
    venue = Floor().venue
    refused = {
        no.reason.name: no.detail
        for judge in (OPS[op].shape, OPS[op].decide)
        if (no := _refusal(judge, venue, command, caller, late)) is not None
    }
    assert refused.keys() & OUT_OF_FORM == set(), (op, body, refused)


def _refusal(judge: Callable[..., Any] | None, *given: Any) -> Refused | None:
    try:
        if judge is not None:
            judge(*given)
    except Refused as no:
        return no
    return None


async def test_every_example_of_a_message_is_taken_by_its_form(town: Town) -> None:
    town.lift_rates()
    for op in MEMBERS:
        async with bare_client(town) as line:
            if op in BY_SOCKET:
                await line.ask("logon", token=await town.log_on("trader"))
            (found,) = ASYNCAPI["components"]["messages"][op]["examples"]
            message = {name: each for name, each in found["payload"].items() if name != "op"}
            if op in BY_SOCKET:
                headers = town.signed("trader", op, message["args"])
                message |= {
                    "key": headers["Idempotency-Key"],
                    "issued_ns": headers["Command-Issued-Ns"],
                    "signature": headers["Command-Signature"],
                }
            told = await line.ask(op, **message)
            rows = told.get("result", {}).get("feeds", []) if op == "subscribe" else []
            errors = [told.get("error"), *(row.get("error") for row in rows)]
            codes = {each["code"] for each in errors if each}
            assert not codes & OUT_OF_FORM, (op, message, told)


def test_no_example_is_a_word_that_says_nothing() -> None:
    def texts(value: Any) -> Iterator[str]:
        if isinstance(value, dict | list):
            for each in value.values() if isinstance(value, dict) else value:
                yield from texts(each)
        elif isinstance(value, str):
            yield value

    def examples(value: Any) -> Iterator[Any]:
        for name, each in value.items() if isinstance(value, dict) else enumerate(value):
            if name in {"example", "examples"}:
                yield each
            elif isinstance(each, dict | list):
                yield from examples(each)

    for document in (OPENAPI, ASYNCAPI):
        found = [text for each in examples(document) for text in texts(each)]
        assert len(found) > 100
        assert "text" not in found
