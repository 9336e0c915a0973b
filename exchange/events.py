"""The facts the market writes, on `market:<symbol>` (EXCHANGE 12).

Each holds all that apply needs: an order's holds and a trade's postings are read from its amounts.
There is no "rested" or "filled": an accepted order stands with what the trades after it leave.
The *cause* of EXCHANGE 12 is stored as `reason` and shown as `cause`: `cause` is the stamp of every
event (docs/decisions/0010-cause-and-reason.md).
"""

from exchange.words import (
    CancelCause,
    ExpiryCause,
    InstrumentKindName,
    OrderKindName,
    Phase,
    PhaseReason,
    PostOnly,
    Side,
    TimeInForceName,
    TradeMode,
)
from ledger.events import Event
from ledger.ids import (
    NO_ID,
    GroupId,
    HoldId,
    MarketSymbol,
    OrderId,
    PartyId,
    PrincipalId,
    SettlementId,
    ThingId,
    TradeId,
)


class InstrumentListed(Event, frozen=True, gc=False):
    """A specification, fixed for ever (EXCHANGE 1); null where a field does not apply."""

    market: MarketSymbol  # its symbol: T.H100SXM8.A1.CN-BJ, L.H100SXM8.CN-BJ.2026-12
    kind: InstrumentKindName  # what is traded: title, lease
    model: str  # of what one lot is: H100SXM8
    grade: str | None  # T: the symbol's: A, B, C, U
    provenance: str | None  # T: the symbol's: P1, P2, P0
    delivery_point: str  # where a lot stands, ISO 3166-2: CN-BJ
    gpus_per_lot: int  # GPUs in one lot
    starts_ns: int | None  # L: the use begins
    ends_ns: int | None  # L: the use ends; this instant is not part of it
    hours: int  # L: of the use, as the venue's zone counts the month; T: 0
    lot_size: int  # GPUs (title) or GPU-hours (lease) in a lot
    last_trade_ns: int | None  # L: no trade from then on
    first_reference_ticks: int | None  # a price to begin with; then the last trade's serves


class PhaseChanged(Event, frozen=True, gc=False):
    """A market goes on to another phase, or stays in one where its timetable would ask for it."""

    market: MarketSymbol  # the market's symbol
    from_phase: Phase  # which one ends: closed, pre_open, continuous
    to_phase: Phase  # which one begins: closed, pre_open, continuous
    reason: PhaseReason  # why; timetable: the same phase goes on
    rule_position: int  # position of the RuleSet now in force here
    reference_ticks: int | None = None  # price that bands lie around; null: none, or too old
    low_ticks: int | None = None  # lowest price taken; null: no such band
    high_ticks: int | None = None  # highest price taken; null: no such band


class OrderAccepted(Event, frozen=True, gc=False):
    """An order stands, with what the trades after it in its batch leave of it."""

    market: MarketSymbol  # the market's symbol
    order: OrderId  # its id, o-000912
    key: str  # the command's key: by it the client knows its order
    party: PartyId  # whose order it is
    principal: PrincipalId  # with which key it was placed
    group: GroupId  # beneficial-owner group of its party at acceptance: never trades with itself
    side: Side  # bid: it buys; ask: it sells or lets
    time_in_force: TimeInForceName  # how long it stands: gtc, day, gtd, ioc, fok
    lots: int  # asked for in all, lots
    price_ticks: int  # its limit, ticks of the market's rule for one GPU or GPU-hour
    priority: int  # per market, the next number
    nodes: list[ThingId] = []  # asks: the things held, one lot each, in this order
    hold: HoldId = NO_ID  # bids: the cash hold
    held_minor: int = 0  # bids: greatest cost, from available to on hold: price, fee, deposit
    expires_ns: int = 0  # gtd: it ends then
    post_only: PostOnly = ""  # reject: it was taken only because it could rest
    label: str = ""  # the party's own word for it
    type: OrderKindName = "limit"  # the only type yet
    cancel_on_disconnect: bool = False  # whether it ends with the socket it came by
    delivery: str = ""  # T asks: "" = in_place
    line: str = ""  # it ends with this line, by its own arg or by the log-on; "": with none


class OrderAmended(Event, frozen=True, gc=False):
    """The order with its new terms; every field that an amendment may touch is here."""

    market: MarketSymbol  # the market's symbol
    order: OrderId  # the order's id, o-000912
    lots: int  # the new total, lots
    open_lots: int  # of it not yet traded, lots
    price_ticks: int  # its limit, ticks
    expires_ns: int  # gtd; else 0
    priority: int  # the same for fewer lots alone; else the market's next number
    nodes: list[ThingId]  # asks: the things held, one for each open lot, in order
    party: PartyId  # whose order it is
    hold: HoldId  # bids: the cash hold
    held_minor: int  # held after it
    freed_minor: int  # below 0: more is held


class Traded(Event, frozen=True, gc=False):
    """One match, at the resting order's price."""

    market: MarketSymbol  # the market's symbol
    ask: OrderId  # the selling order
    bid: OrderId  # the buying order
    price_ticks: int  # of both, ticks
    lots: int  # how many lots
    trade: TradeId  # its id, t-000231
    mode: TradeMode  # how it came about: continuous
    taker: Side  # the side that came to a resting order: ask, bid
    notional_minor: int  # price x tick x lot size x lots, exactly
    ask_fee_minor: int  # the seller's fee
    bid_fee_minor: int  # the buyer's fee
    nodes: list[ThingId]  # the things sold or let, one a lot, in order
    seller: PartyId  # the party behind the ask
    buyer: PartyId  # the party behind the bid
    seller_group: GroupId  # its beneficial-owner group, as of the trade
    buyer_group: GroupId  # its beneficial-owner group, as of the trade
    hold: HoldId  # the bid's
    settlement: SettlementId  # T: x-; "" on leases
    escrow_minor: int  # T: notional and fee of the buyer; L: 0, LeaseGranted takes it
    freed_minor: int  # price improvement, back to available
    is_related: bool = (
        False  # whether both groups are one: never in a book, nor told by the first release
    )


class PartyRegrouped(Event, frozen=True, gc=False):
    """What a party has in a market counts for another beneficial-owner group from now on."""

    market: MarketSymbol  # the market's symbol
    party: PartyId  # whose group has changed
    group: GroupId  # its group now
    from_group: GroupId  # the group for which it counted until now
    orders: list[OrderId]  # its open orders that do so, oldest first, at most 1,000 a fact
    bid_lots: int  # open lots of the bids among them
    bought_lots: int  # lots that it bought here while it counted for from_group


class OrderCancelled(Event, frozen=True, gc=False):
    """What is open of an order ends by somebody's act, or by a bar on what it offers."""

    market: MarketSymbol  # the market's symbol
    order: OrderId  # the order's id, o-000912
    lots: int  # what was open
    reason: CancelCause  # why: user, self_trade, hold, eligibility, rules, disconnect
    party: PartyId  # whose order it was
    hold: HoldId  # bids: the cash hold, which ends
    freed_minor: int  # what lay on it, back to available
    freed_nodes: list[ThingId]  # asks: the things that are free again
    total_lots: int = 0  # asked for in all, lots; 0: the first release wrote it
    price_ticks: int = 0  # its limit, ticks; 0: the first release wrote it


class OrderExpired(Event, frozen=True, gc=False):
    """What is open of an order ends by its own time in force, or with its market's window."""

    market: MarketSymbol  # the market's symbol
    order: OrderId  # the order's id, o-000912
    lots: int  # what was open
    reason: ExpiryCause  # why (EXCHANGE 3.3): day, gtd, ioc, fok, window
    party: PartyId  # whose order it was
    hold: HoldId  # bids: the cash hold, which ends
    freed_minor: int  # what lay on it, back to available
    freed_nodes: list[ThingId]  # asks: the things that are free again


STREAMS: dict[type[Event], str] = {
    InstrumentListed: "market",
    PhaseChanged: "market",
    OrderAccepted: "market",
    OrderAmended: "market",
    Traded: "market",
    PartyRegrouped: "market",
    OrderCancelled: "market",
    OrderExpired: "market",
}

TOPICS: dict[str, type[Event]] = {
    "instrument_listed": InstrumentListed,
    "phase_changed": PhaseChanged,
    "order_accepted": OrderAccepted,
    "order_amended": OrderAmended,
    "traded": Traded,
    "party_regrouped": PartyRegrouped,
    "order_cancelled": OrderCancelled,
    "order_expired": OrderExpired,
}
