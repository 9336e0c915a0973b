"""The shape of args: unknown members, members not served yet, and what is out of range."""

from typing import Any, get_args, get_type_hints

import pytest
from msgspec import Struct

from exchange.books.terms import NOT_YET
from exchange.commands import PlaceOrder
from exchange.ops import ROWS
from exchange.parse_args import read
from ledger.refusals import Reason, Refused
from tests.exchange.ground import LEASE, Floor

ORDER = {"market": LEASE, "side": "bid", "lots": 1, "price_ticks": 1300}


def refused(op: str, args: dict[str, object]) -> Refused:
    with pytest.raises(Refused) as found:
        read(op, args)
    return found.value


def test_an_order_is_read_with_its_defaults() -> None:
    command = read("order.new", ORDER)

    assert isinstance(command, PlaceOrder)
    assert (command.time_in_force, command.type, command.post_only) == ("gtc", "limit", "none")


@pytest.mark.parametrize("member", NOT_YET)
def test_a_member_that_is_not_served_yet_is_refused_by_name(member: str) -> None:
    refusal = refused("order.new", ORDER | {member: 1})

    assert (refusal.reason, refusal.field) == (Reason.bad_field, f"/{member}")
    assert member in refusal.detail


@pytest.mark.parametrize(
    ("more", "reason", "field"),
    [
        ({"colour": "red"}, Reason.bad_shape, "/colour"),
        ({"colour": "red", "min_lots": 1}, Reason.bad_shape, "/colour"),
        ({"lots": "1"}, Reason.bad_shape, "/lots"),
        ({"nodes": [1]}, Reason.bad_shape, "/nodes/0"),
        ({"label": "x" * 65}, Reason.bad_field, "/label"),
        ({"expires_ns": -1}, Reason.bad_field, "/expires_ns"),
    ],
)
def test_what_is_out_of_shape_or_range_says_where(
    more: dict[str, object], reason: Reason, field: str
) -> None:
    refusal = refused("order.new", ORDER | more)
    assert (refusal.reason, refusal.field) == (reason, field)


def test_a_missing_member_and_an_unknown_operation_are_out_of_shape() -> None:
    assert refused("order.new", {"market": LEASE}).reason is Reason.bad_shape
    assert refused("order.peek", {}).reason is Reason.bad_shape


@pytest.mark.parametrize(
    ("more", "reason", "field"),
    [
        ({"side": "buy"}, Reason.bad_field, "/side"),
        ({"price_ticks": 0}, Reason.bad_field, "/price_ticks"),
        ({"lots": 2**53}, Reason.bad_field, "/lots"),
        ({"type": "stop"}, Reason.bad_field, "/type"),
        ({"time_in_force": "at_the_open"}, Reason.bad_field, "/time_in_force"),
        ({"post_only": "reprice"}, Reason.bad_field, "/post_only"),
        ({"self_trade": "decrement"}, Reason.bad_field, "/self_trade"),
        ({"delivery": "carrier", "side": "ask"}, Reason.bad_field, "/delivery"),
        ({"time_in_force": "gtd"}, Reason.bad_combination, "/expires_ns"),
        ({"time_in_force": "gtd", "expires_ns": 1}, Reason.bad_field, "/expires_ns"),
        ({"post_only": "reject", "time_in_force": "ioc"}, Reason.bad_combination, "/post_only"),
        ({"nodes": ["n-0001"]}, Reason.wrong_side, "/nodes"),
        ({"delivery": "in_place"}, Reason.wrong_side, "/delivery"),
        ({"side": "ask", "nodes": ["n-0001"], "lots": 2}, Reason.bad_field, "/nodes"),
        ({"side": "ask", "nodes": ["n-0001"] * 2, "lots": 2}, Reason.bad_field, "/nodes"),
    ],
)
def test_terms_that_no_order_can_have_say_which(
    more: dict[str, object], reason: Reason, field: str
) -> None:
    floor = Floor()
    with pytest.raises(Refused) as found:
        floor.tell(floor.owners[0], "order.new", **(ORDER | more))
    assert (found.value.reason, found.value.field) == (reason, field)


@pytest.mark.parametrize("op", ROWS)
def test_no_op_takes_a_member_that_it_does_not_know(op: str) -> None:
    refusal = refused(op, {"colour": "red"})

    assert (refusal.reason, refusal.field) == (Reason.bad_shape, "/colour")
    assert all(name in refusal.detail for name in ROWS[op].command.__struct_fields__)


@pytest.mark.parametrize("op", ROWS)
def test_nor_does_anything_within_its_members(op: str) -> None:
    structs = [ROWS[op].command]
    for kind in structs:
        assert kind.__struct_config__.forbid_unknown_fields, kind
        hints = get_type_hints(kind).values()
        structs += [each for hint in hints for each in _structs(hint) if each not in structs]


def _structs(hint: Any) -> list[type[Struct]]:
    if isinstance(hint, type) and issubclass(hint, Struct):
        return [hint]
    return [found for each in get_args(hint) for found in _structs(each)]
