"""What the document says that a request's member may be is what the venue takes: value by value.

Every text of every command is walked: it has a closed set here, a form of its own, or stands below
among those that anybody may word as he likes. So a set that the document forgets shows.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from msgspec import Struct

from exchange.commands import PlaceOrder
from exchange.ops import OPS
from exchange.parse_args import read
from gateway.access.invitations import Invite
from gateway.contract.schemas import WHOLE_MOST
from gateway.contract.taken_values import NARROWER, ONE_OF, nanos_pattern, request_components
from gateway.routes.command_routes import COMMANDS
from gateway.wire import NANOS_MOST
from ledger.caller import Caller
from ledger.commands import Command
from ledger.moment import Moment
from ledger.offices import SCOPES
from ledger.refusals import Reason, Refused
from ledger.shapes import ONE_LINE
from tests.exchange.ground import NOON_NS, Floor
from tests.gateway.routes.who_may import args_of

KINDS: dict[str, type[Command]] = {op: OPS[op].command for _, _, op in COMMANDS}
SCHEMAS = request_components([*KINDS.values(), Invite])
FREE = {  # as whoever sends it says
    *("legal_name", "registration_no", "name", "vendor", "names", "board_part_numbers", "label"),
    *("basis", "reason", "reference", "payer_reference", "to_account", "from_name", "units_seen"),
    *("holder", "ip_allow", "latency_us"),
    *("rule", "market"),  # looked up where they are kept
}
CLOSED = [
    (kind, name) for kind, members in ONE_OF.items() for name in members if kind is not Invite
]
OP_OF = {kind: op for op, kind in KINDS.items()}


def alternatives(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A member's schema, or each that it may be, and those of its items."""
    for each in schema.get("anyOf", [schema]):
        yield each
        if isinstance(each.get("items"), dict):
            yield from alternatives(each["items"])


@pytest.mark.parametrize("kind", [*KINDS.values(), Invite])
def test_no_member_of_a_request_is_said_to_be_wider_than_it_is(kind: type[Struct]) -> None:
    for name, schema in SCHEMAS[kind.__name__]["properties"].items():
        for each in alternatives(schema):
            if each.get("type") == "integer":
                assert -WHOLE_MOST <= each["minimum"] <= each["maximum"] <= WHOLE_MOST, name
            if each.get("type") != "string" or "enum" in each:
                continue
            pattern = each.get("pattern", ONE_LINE)
            has_form = "\\x7f" not in pattern
            assert has_form or name in FREE, f"{kind.__name__}.{name}: which values does it take?"
            assert has_form or each["maxLength"] <= 1_024, name


def judge(kind: type[Command], members: dict[str, Any]) -> None:
    """Let the venue look at a command, with everybody's rights."""
    op = OP_OF[kind]
    floor = Floor()
    args = (args_of(op, "p-0002") or {}) | members
    args = {name: int(each) if name.endswith("_ns") else each for name, each in args.items()}
    command, row = read(op, args), OPS[op]
    caller = Caller(party="p-0002", principal="k-0003", scopes=SCOPES, key="k", received_ns=1)
    moment = Moment(at_ns=NOON_NS)
    if row.shape is not None:
        row.shape(floor.venue, command, caller, moment)
    row.decide(floor.venue, command, caller, moment)


def is_refused_there(kind: type[Command], name: str, value: Any) -> bool:
    """Whether the venue does not take a value, and says where."""
    try:
        judge(kind, {name: value})
    except Refused as no:
        return no.reason is Reason.bad_field and no.field.split("/")[1] == name
    except KeyError:  # of a thing that this floor does not have: it went past the forms
        return False
    return False


@pytest.mark.parametrize(("kind", "name"), CLOSED)
def test_a_word_outside_its_set_is_refused_and_each_inside_is_not(
    kind: type[Command], name: str
) -> None:
    schema = SCHEMAS[kind.__name__]["properties"][name]
    is_list = schema.get("type") == "array"
    words = (schema["items"] if is_list else schema)["enum"]
    assert list(words) == list(ONE_OF[kind][name])
    for word in [*words, "zzz", *(each.upper() for each in words if each)]:
        value = [word] if is_list else word
        is_said = Draft202012Validator(schema).is_valid(value)
        assert is_said == (word in words)
        assert is_refused_there(kind, name, value) != is_said, word


@pytest.mark.parametrize(
    ("kind", "name"),
    [(kind, name) for kind, members in NARROWER.items() for name in members if kind is not Invite],
)
def test_a_value_beyond_its_bounds_is_refused(kind: type[Command], name: str) -> None:
    schema = SCHEMAS[kind.__name__]["properties"][name]
    beyond: list[Any] = []
    if "array" in {each.get("type") for each in alternatives(schema)}:
        beyond = [["n-0001", "n-0001"]] if schema.get("uniqueItems") else [[]]
    else:
        (whole,) = (each for each in alternatives(schema) if each["type"] == "integer")
        beyond = [whole["minimum"] - 1, whole["maximum"] + 1]
    for value in beyond:
        assert not Draft202012Validator(schema).is_valid(value)
        more = {"side": "ask", "lots": len(value)} if name == "nodes" and value else {}
        with pytest.raises(Refused) as refused:
            judge(kind, {**(more if kind is PlaceOrder else {}), name: value})
        assert (refused.value.reason, refused.value.field) == (Reason.bad_field, f"/{name}")


def test_nanoseconds_end_where_64_bits_do() -> None:
    taken = re.compile(nanos_pattern().removesuffix("$") + r"\Z")
    for number in (0, 1, 9, 10, 10**17, 10**18, 9 * 10**18, NANOS_MOST - 1, NANOS_MOST):
        assert taken.match(str(number)), number
    for text in (
        "",
        "00",
        "01",
        "-1",
        str(NANOS_MOST + 1),
        str(NANOS_MOST + 3),
        "9" * 19,
        "1" * 20,
    ):
        assert not taken.match(text), text
    digits = str(NANOS_MOST)
    for place, digit in enumerate(digits):  # one more, and one less, at each place
        if digit != "9":
            assert not taken.match(digits[:place] + str(int(digit) + 1) + digits[place + 1 :])
        if digit != "0":
            assert taken.match(
                digits[:place] + str(int(digit) - 1) + "9" * (len(digits) - place - 1)
            )
