"""What a command answers, done or tried, is what both documents say, and they say something.

Each op is walked as several parties; every variant of an order's preview is met besides.
"""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from exchange.engine.group_decider import Answer, GroupDecider
from exchange.engine.keys import UsedKeys
from exchange.ops import OPS
from gateway.contract.previews import OF_OPS, previews_of
from gateway.contract.results import result, tried
from gateway.routes.command_routes import COMMANDS
from gateway.routes.system import description, socket_description
from gateway.settings import Limits
from gateway.socket.messages import COMMANDS as BY_SOCKET
from gpubourse.wire import outward
from ledger.offices import SCOPES
from tests.exchange.ground import LEASE, TITLE, Floor
from tests.gateway.contract.published import Published
from tests.gateway.routes.who_may import DIGEST, a_day, args_of

OPENAPI = Published(json.loads(description(Limits()).body))
ASYNCAPI = Published(json.loads(socket_description(Limits()).body))
ALL = [op for _, _, op in COMMANDS]
PAPER = {"unit": "u-000001", "document_sha256": DIGEST}
BESIDES: list[tuple[str, str, dict[str, Any]]] = [  # what a day's own args do not meet
    ("order.amend", "p-0002", {"order": "o-000001", "price_ticks": 1_302}),
    ("order.amend", "p-0002", {"order": "o-000001", "price_ticks": 1_303}),
    ("order.amend", "p-0002", {"order": "o-000001", "lots": 0}),
    ("order.cancel", "p-0003", {"order": "o-000003"}),
    ("order.new", "p-0004", {"market": LEASE, "side": "bid", "price_ticks": 1_290, "lots": 1}),
    ("order.new", "p-0004", {"market": LEASE, "side": "bid", "price_ticks": 1_302, "lots": 1,
                             "time_in_force": "ioc"}),
    ("order.new", "p-0002", {"market": TITLE, "side": "ask", "price_ticks": 10_350, "lots": 1}),
    ("order.cancel_all", "p-0002", {"side": "bid"}),
    ("order.cancel_all", "p-0002", {}),
    ("unit.file_provenance", "p-0002", {**PAPER, "kind": "invoice", "names_serial": True}),
    ("unit.file_provenance", "p-0002", {**PAPER, "kind": "court", "names_serial": True}),
]  # fmt: skip


def faults(op: str, told: Answer) -> list[str]:
    """What of an answer the documents do not say."""
    wire = outward(told.result)
    found = OPENAPI.faults(result(op, told.status), wire)
    found += OPENAPI.faults(result(op, 200), wire)  # the same key again
    found += ASYNCAPI.faults(result(op), wire) if op in BY_SOCKET else []
    if told.result.get("dry_run"):
        found += OPENAPI.faults({"anyOf": tried(op)}, wire)
    return [f"{op} {wire}: {fault}" for fault in found]


def answers(floor: Floor, party: str, op: str, args: dict[str, Any]) -> list[Answer]:
    """What a command answers when it is tried, and then when it is done."""
    found: list[Answer] = []
    inward = {name: int(each) if name.endswith("_ns") else each for name, each in args.items()}
    for more in ({"dry_run": True}, {}):
        request = replace(floor.request(party, op), args=inward | more)
        request = replace(request, caller=replace(request.caller, scopes=SCOPES))
        decider = GroupDecider(floor.writer, UsedKeys())
        (told,) = decider.decide([request], floor.writer.at_ns + 1, {}).outcomes
        found += [told] if isinstance(told, Answer) else []
    return found


def test_what_a_command_answers_is_described() -> None:
    floor = Floor()
    a_day(floor)
    wrong: list[str] = []
    met: set[tuple[str, str]] = set()  # an op, and its preview's struct
    walk = [(op, party, args) for op, party, args in BESIDES]
    for party in ("p-0001", floor.owners[0], floor.buyers[0]):
        walk += [(op, party, args) for op in ALL if (args := args_of(op, party)) is not None]
    for op, party, args in walk:
        for told in answers(floor, party, op, args):
            wrong += faults(op, told)
            for each in previews_of(op):
                if told.result.get("dry_run") and set(each.__struct_fields__) >= set(told.result):
                    met.add((op, each.__name__))
    assert "\n".join(wrong) == ""
    assert len({op for op, _ in met}) > 12, {op for op, _ in met}
    lacking = {(op, each.__name__) for op, kinds in OF_OPS.items() for each in kinds} - met
    assert lacking == {("import.new", "ImportPreview")}, "its reports have tests of their own"


@pytest.mark.parametrize("op", ALL)
def test_a_result_is_not_whatever_one_likes(op: str) -> None:
    for published in (OPENAPI, ASYNCAPI) if op in BY_SOCKET else (OPENAPI,):
        for nothing in ({}, {"dry_run": False, "op": op, "needs": []}, {"colour": "red"}, [], "x"):
            assert published.faults(result(op, 200), nothing) != [], nothing
    assert OPS[op].route is not None
