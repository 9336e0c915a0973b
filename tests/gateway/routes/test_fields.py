"""`field` of a refusal is a JSON pointer into the request: REST's body, or the socket's message.

Inside there is one form, a pointer into a command's args; the socket alone puts `/args` before it.
"""

import ast
from collections.abc import Iterator

import pytest
from msgspec.structs import fields

from exchange.ops import OPS, ROWS
from gateway.access.command_intake import NAMING
from gateway.access.invitations import Enrol, Invite, shaped
from gateway.routes.command_routes import COMMANDS
from gateway.socket.messages import COMMANDS as BY_SOCKET
from ledger.refusals import Refused
from tests.gateway.bare_client import bare_client
from tests.gateway.routes.test_query import PARTS
from tests.gateway.town import Town
from tests.house.sources import sources

MEMBERS = {each.name for row in ROWS.values() for each in fields(row.command)}
BESIDE = {"op", "holder"}  # of no command: its name, and an invitation's


def literals() -> Iterator[tuple[str, str]]:
    """Each place in the rooms of the rules that says where a fault is, and what it says."""
    for source in sources():
        if not source.path.startswith(("ledger/", "exchange/")):
            continue
        for node in ast.walk(source.tree):
            if isinstance(node, ast.keyword) and node.arg == "field":
                for each in ast.walk(node.value):
                    if isinstance(each, ast.Constant) and str(each.value).startswith("/"):
                        yield f"{source.path}:{node.value.lineno}", str(each.value)


def test_inside_each_is_a_pointer_into_the_args_of_some_command() -> None:
    found = list(literals())
    assert len(found) > 40
    lost = [
        (place, text)
        for place, text in found
        if text != "/" and text.split("/")[1] not in MEMBERS | BESIDE
    ]
    assert lost == []


async def test_by_rest_it_points_into_the_body_and_on_a_socket_into_the_message(town: Town) -> None:
    """`dry_run` is a member of every op: given a number it is out of shape everywhere."""
    town.lift_rates()
    by_op = {op: (method, path) for method, path, op in COMMANDS}
    assert set(by_op) == set(OPS) - {"venue.open", "principal.enrol"}
    tokens = {name: await town.log_on(name) for name in ("clerk", "seller", "trader")}
    for op, (method, path) in by_op.items():
        body = {"dry_run": 5, **dict.fromkeys(NAMING.get(op, ()), "ICBC 6222")}
        parts = _parts(path)
        fields_told = set()
        for name, token in tokens.items():
            headers = town.signed(name, op, {**parts, **body})
            status, told, _ = await town.ask(
                method, path.format_map(PARTS), token=token, body=body, **headers
            )
            assert status in {400, 403}, (op, told)
            fields_told |= {told["field"]} if status == 400 else set()
        assert fields_told == {"/dry_run"}, op
    async with bare_client(town) as line:
        await line.ask("logon", token=tokens["trader"])
        for op in BY_SOCKET:
            headers = town.signed("trader", op, {"dry_run": 5})
            told = await line.ask(
                op,
                key=headers["Idempotency-Key"],
                issued_ns=headers["Command-Issued-Ns"],
                signature=headers["Command-Signature"],
                args={"dry_run": 5},
            )
            assert told["error"]["field"] == "/args/dry_run", op


def _parts(path: str) -> dict[str, str]:
    return {name: value for name, value in PARTS.items() if f"{{{name}}}" in path}


@pytest.mark.parametrize(
    ("kind", "members", "field"),
    [
        (Invite, {"holder": "A", "scopes": [5]}, "/scopes/0"),
        (Invite, {"holder": "A", "scopes": ["read"], "party": "x"}, "/party"),
        (Enrol, {"code": 5, "public_key": "A" * 43}, "/code"),
        (Enrol, {"code": "A" * 43, "colour": 5}, "/colour"),
        (Enrol, {"code": "A" * 43}, ""),
    ],
)
def test_what_is_no_command_has_the_same_form(
    kind: type, members: dict[str, object], field: str
) -> None:
    with pytest.raises(Refused) as refused:
        shaped(members, kind)
    assert refused.value.field == field
