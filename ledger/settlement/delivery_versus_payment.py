"""Delivery versus payment: one title trade from its opening to both legs, or neither (DOMAIN 4).

The buyer's cash lies in escrow under the settlement's name; title and cash change hands in one
batch, read from `TitleTransferred` and `TradeSettled`. What people do on the way is told in
`delivery.py`; this file has the table of states, both ends and the clock.
"""

from ledger.durations import DAY_NS, HOUR_NS
from ledger.events import (
    Delivered,
    DeliveryAccepted,
    DeliveryInstructed,
    Event,
    SettlementFailed,
    SettlementOpened,
    TitleTransferred,
    TradeSettled,
    TradeUnwound,
)
from ledger.ids import (
    NO_ID,
    MarketSymbol,
    PartyId,
    SettlementId,
    ThingId,
    TradeId,
    UnitId,
    advance_counter,
    is_node,
    named_by,
)
from ledger.moment import Moment
from ledger.records import Settlement
from ledger.register import Register
from ledger.rights.capacity import leases_beyond
from ledger.timers import Due, push
from ledger.words import SettlementState, SettlementVerb

# (state, verb) -> state: DOMAIN 4. What is not here is refused.
TRANSITIONS: dict[tuple[SettlementState, SettlementVerb], SettlementState] = {
    ("open", "instruct"): "delivering",
    ("open", "fail"): "failed",
    ("open", "settle"): "settled",  # in its own batch, where the market's rule gives no time
    ("delivering", "deliver"): "inspecting",
    ("delivering", "fail"): "failed",
    ("inspecting", "fail"): "failed",  # a clerk's, until there are disputes (decisions/0015)
    ("inspecting", "accept"): "settled",
    ("inspecting", "timeout"): "settled",
    ("failed", "cure"): "delivering",
    ("failed", "unwind"): "unwound",
}


def open_settlement(
    register: Register,
    moment: Moment,
    *,
    settlement: SettlementId,
    trade: TradeId,
    market: MarketSymbol,
    seller: PartyId,
    buyer: PartyId,
    things: list[ThingId],
    lots: int,
    price_minor_per_gpu: int,
    notional_minor: int,
    buyer_fee_minor: int,
    seller_fee_minor: int,
    settlement_days: int,
    inspection_h: int,
    is_related: bool,
    delivery: str,
) -> list[Event]:
    """What follows a title trade: it waits for delivery, or (0 days, 0 hours) settles at once.

    `settlement_days` run from now in days of 24 h, `inspection_h` from `Delivered` (EXCHANGE 1).
    `delivery` is the ask's: "" or in_place is instructed here; carrier waits for the seller's word.
    """
    due_ns = moment.at_ns + settlement_days * DAY_NS
    opened = SettlementOpened(
        settlement=settlement,
        trade=trade,
        market=market,
        seller=seller,
        buyer=buyer,
        nodes=[thing for thing in things if is_node(thing)],
        units=[UnitId(thing) for thing in things if not is_node(thing)],
        lots=lots,
        price_minor_per_gpu=price_minor_per_gpu,
        notional_minor=notional_minor,
        buyer_fee_minor=buyer_fee_minor,
        seller_fee_minor=seller_fee_minor,
        due_ns=due_ns,
        inspection_ns=inspection_h * HOUR_NS,
        is_related=is_related,
    )
    if not settlement_days and not inspection_h:
        return [opened, *both_legs(register, _as_opened(opened), moment)]
    if delivery == "carrier":
        return [opened]
    return [opened, DeliveryInstructed(settlement, "in_place", NO_ID, due_ns)]


def settlement_due(
    register: Register, settlement: SettlementId, due_ns: int, moment: Moment
) -> list[Event]:
    """What its clock does: no delivery fails it, silence accepts, no cure unwinds it.

    While a thing sold is barred, silence accepts nothing: the escrow stays (DOMAIN 2).
    """
    found = register.settlements.get(settlement)
    if found is None or due_ns < deadline_ns(found):
        return []
    if found.state == "inspecting":
        if is_barred(register, found):
            return []
        silent = DeliveryAccepted(settlement, by_timeout=True, report_sha256="", units_seen=[])
        return [silent, *both_legs(register, found, moment)]
    if found.state == "failed":
        return [_unwound(found, "not cured in time")]
    return failed(register, found, "not delivered in time", due_ns, moment)


def is_barred(register: Register, settlement: Settlement) -> bool:
    """Whether a hold lies on any of the things sold."""
    return any(register.things[thing].holds for thing in settlement.things)


def deadline_ns(settlement: Settlement) -> int:
    """The instant by which somebody must act on it."""
    if settlement.state == "inspecting":
        return settlement.inspect_until_ns
    return settlement.cure_until_ns if settlement.state == "failed" else settlement.due_ns


def failed(
    register: Register, settlement: Settlement, reason: str, from_ns: int, moment: Moment
) -> list[Event]:
    """The failure; a second one, after the cure, has no days left and unwinds at once."""
    was_cured = settlement.cure_until_ns > 0
    cure_until_ns = from_ns if was_cured else from_ns + register.rules.value("failed", moment.at_ns)
    failure = SettlementFailed(settlement.settlement, settlement.seller, reason, cure_until_ns)
    return [failure, _unwound(settlement, reason)] if was_cured else [failure]


def _unwound(settlement: Settlement, reason: str) -> TradeUnwound:
    return TradeUnwound(
        settlement=settlement.settlement,
        reason=reason,
        buyer=settlement.buyer,
        returned_minor=settlement.notional_minor + settlement.buyer_fee_minor,
    )


def both_legs(register: Register, settlement: Settlement, moment: Moment) -> list[Event]:
    """Both legs: title of each thing, and the fact from which the cash is read."""
    titles: list[Event] = []
    for name in settlement.things:
        thing = register.things[name]
        node, unit = named_by(name)
        titles.append(
            TitleTransferred(
                node=node,
                unit=unit,
                from_party=settlement.seller,
                to_party=settlement.buyer,
                settlement=settlement.settlement,
                basis="sale",
                price_minor=settlement.price_minor_per_gpu * len(thing.units),
                subject_to=leases_beyond(thing, moment.at_ns),
                effective_ns=moment.at_ns,
            )
        )
    settled = TradeSettled(
        settlement=settlement.settlement,
        buyer=settlement.buyer,
        seller=settlement.seller,
        notional_minor=settlement.notional_minor,
        buyer_fee_minor=settlement.buyer_fee_minor,
        seller_fee_minor=settlement.seller_fee_minor,
        entry=NO_ID,
        venue=register.venue,
    )
    return [*titles, settled]


def apply_settlement_opened(register: Register, event: SettlementOpened, moment: Moment) -> None:
    advance_counter(register.counters, event.settlement)
    settlement = _as_opened(event)
    register.settlements[event.settlement] = settlement
    for thing in settlement.things:
        register.things[thing].settlement = event.settlement
    await_deadline(register, settlement)


def apply_delivery_instructed(
    register: Register, event: DeliveryInstructed, moment: Moment
) -> None:
    settlement = register.settlements[event.settlement]
    verb: SettlementVerb = "cure" if settlement.state == "failed" else "instruct"
    settlement.state = TRANSITIONS[settlement.state, verb]
    settlement.mode = event.mode
    settlement.to_site = event.to_site
    settlement.due_ns = event.due_ns
    await_deadline(register, settlement)


def apply_delivered(register: Register, event: Delivered, moment: Moment) -> None:
    settlement = register.settlements[event.settlement]
    settlement.state = TRANSITIONS[settlement.state, "deliver"]
    settlement.inspect_until_ns = event.inspect_until_ns
    await_deadline(register, settlement)


def apply_delivery_accepted(register: Register, event: DeliveryAccepted, moment: Moment) -> None:
    """Who accepted, and what was seen, is told by the journal; the legs follow in its batch."""
    verb = "timeout" if event.by_timeout else "accept"
    state = register.settlements[event.settlement].state
    assert (state, verb) in TRANSITIONS, "only what was delivered is accepted"


def apply_settlement_failed(register: Register, event: SettlementFailed, moment: Moment) -> None:
    settlement = register.settlements[event.settlement]
    settlement.state = TRANSITIONS[settlement.state, "fail"]
    settlement.cure_until_ns = event.cure_until_ns
    await_deadline(register, settlement)


def apply_settlement_ended(
    register: Register, event: TradeSettled | TradeUnwound, moment: Moment
) -> None:
    """Settled or unwound: the things are free of it, and it leaves the state."""
    settlement = register.settlements.pop(event.settlement)
    state: SettlementState = "settled" if isinstance(event, TradeSettled) else "unwound"
    register.ended.add(event.settlement, state)
    for thing in settlement.things:
        register.things[thing].settlement = NO_ID


def await_deadline(register: Register, settlement: Settlement) -> None:
    """Look at it again at its deadline; an earlier look then finds nothing due."""
    push(register, deadline_ns(settlement), Due.SETTLEMENT, settlement.settlement)


def _as_opened(event: SettlementOpened) -> Settlement:
    return Settlement(
        settlement=event.settlement,
        trade=event.trade,
        market=event.market,
        seller=event.seller,
        buyer=event.buyer,
        things=[*event.nodes, *event.units],
        notional_minor=event.notional_minor,
        buyer_fee_minor=event.buyer_fee_minor,
        seller_fee_minor=event.seller_fee_minor,
        price_minor_per_gpu=event.price_minor_per_gpu,
        inspection_ns=event.inspection_ns,
        due_ns=event.due_ns,
    )
