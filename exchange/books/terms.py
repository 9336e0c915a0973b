"""An order as it stands, and the shape in which one may be asked for (EXCHANGE 2)."""

from dataclasses import dataclass, field

from exchange.commands import AmendOrder, PlaceOrder
from ledger.refusals import Reason, Refused

BID = "bid"
ASK = "ask"
SIDES = (BID, ASK)
TIMES_IN_FORCE = ("gtc", "day", "gtd", "ioc", "fok")
NEVER_RESTS = ("ioc", "fok")
LOTS_MOST = 2**53 - 1

# Members of the order args (WIRE 3) whose rules are not built yet: refused by name, never ignored.
NOT_YET = {
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


@dataclass(slots=True)
class Order:
    """An open order; written by apply alone. What a bid holds is the balance of its account."""

    order: str
    key: str
    party: str
    principal: str
    group: str  # as of acceptance
    market: str
    side: str
    time_in_force: str
    lots: int  # asked for in all
    open_lots: int
    price_ticks: int
    priority: int
    nodes: list[str] = field(default_factory=list)  # asks: a thing for each open lot, in order
    hold: str = ""  # bids
    expires_ns: int = 0  # gtd
    post_only: str = ""
    label: str = ""
    cancel_on_disconnect: bool = False

    @property
    def filled_lots(self) -> int:
        return self.lots - self.open_lots

    @property
    def hold_account(self) -> str:
        """Where a bid's cash lies."""
        return f"{self.party}/on_hold/{self.hold}"


def must_have_shape(command: PlaceOrder) -> None:
    """Refuse what no market takes: `bad_field`, `bad_combination`, `wrong_side`, in this order."""
    if command.side not in SIDES:
        raise _bad_field("side", f"{command.side!r} is no side: bid or ask.")
    if not 1 <= command.price_ticks <= LOTS_MOST:
        raise _bad_field("price_ticks", "A price is a whole number of ticks, at least 1.")
    if not 1 <= command.lots <= LOTS_MOST:
        raise _bad_field("lots", "An order is for at least 1 lot.")
    if command.time_in_force not in TIMES_IN_FORCE:
        known = ", ".join(TIMES_IN_FORCE)
        text = f"Time in force {command.time_in_force!r} is not served here: one of {known}."
        raise _bad_field("time_in_force", text)
    if command.type != "limit":
        raise _bad_field(
            "type", f"Order type {command.type!r} is not served here: limit orders are."
        )
    if command.post_only not in ("none", "reject"):
        raise _bad_field("post_only", "post_only is none or reject here.")
    if command.self_trade not in ("", "cancel_newest"):
        raise _bad_field("self_trade", "self_trade is cancel_newest here.")
    if command.delivery not in ("", "in_place"):
        raise _bad_field("delivery", "Delivery is in_place here.")
    if (command.time_in_force == "gtd") != (command.expires_ns > 0):
        text = "expires_ns goes with time_in_force gtd, and gtd with expires_ns."
        raise Refused(Reason.bad_combination, text, field="/expires_ns")
    if command.post_only == "reject" and command.time_in_force in NEVER_RESTS:
        text = "An order that may only rest cannot be ioc or fok."
        raise Refused(Reason.bad_combination, text, field="/post_only")
    if command.nodes:
        _must_name_each_lot_once(command)
    if command.side == BID and (command.nodes or command.delivery):
        text = "nodes and delivery belong to an ask: a bid is served by what the ask names."
        raise Refused(Reason.wrong_side, text, field="/nodes" if command.nodes else "/delivery")


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
