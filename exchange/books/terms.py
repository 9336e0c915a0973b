"""The words of an order's terms, and the shape in which one may be asked for (EXCHANGE 2).

Two tables say what a time in force and a kind of order bring; nothing else asks for one by name.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

from exchange.commands import AmendOrder, PlaceOrder
from exchange.words import BID, SIDES, OrderKindName, TimeInForceName
from ledger.refusals import Reason, Refused, sentence_of

LOTS_MOST: Final = 2**53 - 1

# When what is left of an order ends by itself, if nobody cancels it.
NEVER: Final = "never"
ON_ARRIVAL: Final = "on arrival"
AT_CLOSE: Final = "at close"
AT_EXPIRY: Final = "at expiry"  # at its own `expires_ns`


@dataclass(frozen=True)
class TimeInForce:
    """What becomes of an order that is not filled at once; it ends under its own name."""

    name: TimeInForceName
    ends: str
    is_all_or_none: bool = False  # filled whole on arrival, or not at all

    @cached_property
    def rests(self) -> bool:
        """Whether any of it may stand in the book."""
        return self.ends != ON_ARRIVAL

    @cached_property
    def needs_expiry(self) -> bool:
        """Whether it comes with `expires_ns`; no other may."""
        return self.ends == AT_EXPIRY


TIME_IN_FORCE: Final[dict[str, TimeInForce]] = {
    row.name: row
    for row in (
        TimeInForce("gtc", NEVER),
        TimeInForce("day", AT_CLOSE),
        TimeInForce("gtd", AT_EXPIRY),
        TimeInForce("ioc", ON_ARRIVAL),
        TimeInForce("fok", ON_ARRIVAL, is_all_or_none=True),
    )
}


class OrderKind(NamedTuple):
    """What a kind of order is beyond its time in force."""

    name: OrderKindName
    has_price: bool  # takes no price beyond the one that it names; False: takes any
    rests: bool  # what is not filled may stand, if its time in force lets it


ORDER_KINDS: Final[dict[str, OrderKind]] = {
    row.name: row for row in (OrderKind("limit", has_price=True, rests=True),)
}

MAY_ONLY_REST: Final = "reject"  # refused on arrival if it would take
POST_ONLY: Final = ("none", MAY_ONLY_REST)
SELF_TRADES: Final = ("", "cancel_newest")
DELIVERIES: Final = ("", "in_place")


def may_rest(type_: str, time_in_force: str) -> bool:
    """Whether what is not filled on arrival may stand in the book."""
    return _MAY_REST[type_, time_in_force]


_MAY_REST: Final[dict[tuple[str, str], bool]] = {
    (kind.name, time.name): kind.rests and time.rests
    for kind in ORDER_KINDS.values()
    for time in TIME_IN_FORCE.values()
}


# Members of the order args that an acceptance keeps word for word; the others are judged first.
KEPT: Final = ("expires_ns", "label", "cancel_on_disconnect")

# Members of the order args (WIRE 3) whose rules are not built yet: refused by name, never ignored.
NOT_YET: Final = {
    "min_lots": "A least number of lots",
    "display_lots": "A displayed part",
    "floor_ticks": "A private floor",
    "stop_ticks": "A stop price",
    "trail_ticks": "A trailing stop",
    "trigger": "A trigger",
    "peg_to": "A pegged price",
    "peg_offset_ticks": "A pegged price",
    "step": "A price that steps down",
    "requirements": "A list of requirements",
    "parcel": "An offer of a parcel",
    "either": "An order that is one of several",
}


def must_have_shape(command: PlaceOrder) -> None:
    """Refuse what no market takes: `bad_field`, `bad_combination`, `wrong_side`, in this order."""
    if command.side not in SIDES:
        raise _bad_field("side", f"{command.side!r} is no side: bid or ask.")
    kind = ORDER_KINDS.get(command.type)
    if (kind is None or kind.has_price) and not 1 <= command.price_ticks <= LOTS_MOST:
        raise _bad_field("price_ticks", "A price is a whole number of ticks, at least 1.")
    if not 1 <= command.lots <= LOTS_MOST:
        raise _bad_field("lots", "An order is for at least 1 lot.")
    time_in_force = TIME_IN_FORCE.get(command.time_in_force)
    if time_in_force is None:
        known = ", ".join(TIME_IN_FORCE)
        text = sentence_of(
            "Time in force {time_in_force!r} is not served here: one of {known}.",
            time_in_force=command.time_in_force,
            known=known,
        )
        raise _bad_field("time_in_force", text)
    if kind is None:
        known = " and ".join(ORDER_KINDS)
        text = sentence_of(
            "Order type {type!r} is not served here: {known} orders are.",
            type=command.type,
            known=known,
        )
        raise _bad_field("type", text)
    if command.post_only not in POST_ONLY:
        raise _bad_field("post_only", f"post_only is {' or '.join(POST_ONLY)} here.")
    if command.self_trade not in SELF_TRADES:
        raise _bad_field("self_trade", "self_trade is cancel_newest here.")
    if command.delivery not in DELIVERIES:
        raise _bad_field("delivery", "Delivery is in_place here.")
    if time_in_force.needs_expiry != (command.expires_ns > 0):
        dated = " or ".join(name for name, each in TIME_IN_FORCE.items() if each.needs_expiry)
        text = sentence_of(
            "expires_ns goes with time_in_force {dated}, and {dated} with expires_ns.", dated=dated
        )
        raise Refused(Reason.bad_combination, text, field="/expires_ns")
    if command.post_only == MAY_ONLY_REST and not may_rest(command.type, command.time_in_force):
        never = " or ".join(name for name, each in TIME_IN_FORCE.items() if not each.rests)
        text = sentence_of("An order that may only rest cannot be {never}.", never=never)
        raise Refused(Reason.bad_combination, text, field="/post_only")
    if command.nodes:
        _must_name_each_lot_once(command)
    if command.side == BID and (command.nodes or command.delivery):
        wrong = "nodes and delivery belong to an ask: a bid is served by what the ask names."
        raise Refused(Reason.wrong_side, wrong, field="/nodes" if command.nodes else "/delivery")


def must_come_by_a_line(command: PlaceOrder, line: str) -> None:
    """Refuse `bad_combination` an order that is to end with a line, and came by none."""
    if command.cancel_on_disconnect and not line:
        text = "Only an order sent over a socket ends with it: leave cancel_on_disconnect out."
        raise Refused(Reason.bad_combination, text, field="/cancel_on_disconnect")


def must_have_amendable_shape(command: AmendOrder) -> None:
    """Refuse `bad_field` new terms that no order could have."""
    if command.price_ticks is not None and not 1 <= command.price_ticks <= LOTS_MOST:
        raise _bad_field("price_ticks", "A price is a whole number of ticks, at least 1.")
    if command.lots is not None and not 0 <= command.lots <= LOTS_MOST:
        raise _bad_field("lots", "The new total is a whole number of lots; 0 cancels.")


def _must_name_each_lot_once(command: PlaceOrder) -> None:
    if len(command.nodes) != command.lots:
        raise _bad_field(
            "nodes", f"{command.lots} lots need {command.lots} named things, one each."
        )
    if len(set(command.nodes)) != len(command.nodes):
        raise _bad_field("nodes", "A thing is named twice.")


def _bad_field(member: str, text: str) -> Refused:
    return Refused(Reason.bad_field, text, field=f"/{member}")
