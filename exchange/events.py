"""The facts the market writes, on `market:<symbol>` (EXCHANGE 12).

Each holds all that apply needs: an order's holds and a trade's postings are read from its amounts.
There is no "rested" or "filled": an accepted order stands with what the trades after it leave.
EXCHANGE's *cause* is stored as `reason` and shown as `cause`: `cause` is the stamp of every event
(docs/decisions/0010-cause-and-reason.md).
"""

from ledger.events import Event


class InstrumentListed(Event, frozen=True, gc=False):
    """A specification, fixed for ever (EXCHANGE 1); null where a field does not apply."""

    market: str
    kind: str  # title, lease
    model: str
    grade: str | None  # T: the symbol's
    provenance: str | None  # P1, P2, P0
    delivery_point: str
    gpus_per_lot: int
    starts_ns: int | None
    ends_ns: int | None
    hours: int
    lot_size: int  # GPUs (title) or GPU-hours (lease) in a lot
    last_trade_ns: int | None
    first_reference_ticks: int | None


class PhaseChanged(Event, frozen=True, gc=False):
    market: str
    from_phase: str
    to_phase: str
    reason: str  # open, open_book, close, window, listed; timetable: the same phase goes on
    rule_position: int  # position of the RuleSet now in force here
    reference_ticks: int | None = None
    low_ticks: int | None = None
    high_ticks: int | None = None


class OrderAccepted(Event, frozen=True, gc=False):
    """An order stands, with what the trades after it in its batch leave of it."""

    market: str
    order: str
    key: str
    party: str
    principal: str
    group: str
    side: str  # bid, ask
    time_in_force: str  # gtc, day, gtd, ioc, fok
    lots: int
    price_ticks: int
    priority: int  # per market, the next number
    nodes: list[str] = []  # asks: the things held, one lot each, in this order
    hold: str = ""  # bids: the cash hold
    held_minor: int = 0
    expires_ns: int = 0  # gtd
    post_only: str = ""  # reject
    label: str = ""
    type: str = "limit"
    cancel_on_disconnect: bool = False
    delivery: str = ""  # T asks: "" = in_place


class OrderAmended(Event, frozen=True, gc=False):
    """The order with its new terms; every field that an amendment may touch is here."""

    market: str
    order: str
    lots: int
    open_lots: int
    price_ticks: int
    expires_ns: int
    priority: int
    nodes: list[str]
    party: str
    hold: str
    held_minor: int  # held after it
    freed_minor: int  # below 0: more is held


class Traded(Event, frozen=True, gc=False):
    """One match, at the resting order's price."""

    market: str
    ask: str
    bid: str
    price_ticks: int
    lots: int
    trade: str
    mode: str  # continuous
    taker: str  # ask, bid
    notional_minor: int
    ask_fee_minor: int
    bid_fee_minor: int
    nodes: list[str]
    seller: str
    buyer: str
    seller_group: str
    buyer_group: str
    hold: str  # the bid's
    settlement: str  # T: x-; "" on leases
    escrow_minor: int  # T: notional and fee of the buyer; L: 0, LeaseGranted takes it
    freed_minor: int  # price improvement, back to available
    is_related: bool = False


class OrderCancelled(Event, frozen=True, gc=False):
    market: str
    order: str
    lots: int  # what was open
    reason: str  # EXCHANGE 3.3: user, self_trade, hold, eligibility, operator
    party: str
    hold: str
    freed_minor: int
    freed_nodes: list[str]


class OrderExpired(Event, frozen=True, gc=False):
    market: str
    order: str
    lots: int
    reason: str  # EXCHANGE 3.3: day, gtd, ioc, fok, window
    party: str
    hold: str
    freed_minor: int
    freed_nodes: list[str]


STREAMS: dict[type[Event], str] = {
    InstrumentListed: "market",
    PhaseChanged: "market",
    OrderAccepted: "market",
    OrderAmended: "market",
    Traded: "market",
    OrderCancelled: "market",
    OrderExpired: "market",
}

TOPICS: dict[str, type[Event]] = {
    "instrument_listed": InstrumentListed,
    "phase_changed": PhaseChanged,
    "order_accepted": OrderAccepted,
    "order_amended": OrderAmended,
    "traded": Traded,
    "order_cancelled": OrderCancelled,
    "order_expired": OrderExpired,
}
