"""What the exchange knows now: the register, and every market's book (ARCHITECTURE 1).

Pure records, written by apply alone. What has ended lives in the journal and the views; the last
few thousand ended orders keep their party's name and their state, so that a late cancel hears
`order_closed`.
"""

from dataclasses import dataclass, field

from exchange.books.book import Book
from exchange.books.day_figures import DayFigures
from exchange.books.order import Order
from exchange.books.reference import BandReference, DatedReference, band_reference, dated_reference
from exchange.events import InstrumentListed
from exchange.market.market_rule import MarketRule
from exchange.words import OrderState, Phase, Side
from ledger.ids import GroupId, MarketSymbol, OrderId, PartyId
from ledger.money import held_minor
from ledger.register import Register


@dataclass(slots=True)
class Market:
    """The book of one instrument, and what holds there now."""

    spec: InstrumentListed
    phase: Phase = "closed"
    phase_since_ns: int = 0  # when it began; the same phase again begins none
    rule: MarketRule | None = None  # None until the market's first opening
    rule_position: int = 0
    next_phase_ns: int = 0  # the timetable's next step; another timer of this market is stale
    last_ticks: int = 0  # 0: nothing has traded yet
    last_trade_ns: int = 0
    listed_ns: int = 0
    last_priority: int = 0
    day: DayFigures = field(default_factory=DayFigures)  # nobody decides by it: the public reads it
    touched: int = 0  # first position of the batch that last moved book or phase
    book: Book = field(default_factory=Book)
    open_orders: dict[PartyId, int] = field(default_factory=dict)  # how many
    position_lots: dict[GroupId, int] = field(default_factory=dict)  # open bid and bought
    # Of these the bought ones by who bought them: they follow their party to another group.
    bought_lots: dict[PartyId, dict[GroupId, int]] = field(default_factory=dict)

    def remembered_by(self, rule: MarketRule | None) -> DatedReference | None:
        """The last trade's price, else the first reference, and how long a rule lets it serve."""
        first_ticks = self.spec.first_reference_ticks
        last_ticks, last_ns = self.last_ticks, self.last_trade_ns
        return dated_reference(last_ticks, last_ns, first_ticks, self.listed_ns, rule)

    def reference(self, side: Side, at_ns: int) -> BandReference | None:
        """What the entry band of a side lies around at an instant (EXCHANGE 4); None: no band."""
        standing_ticks = self.book.opposite(side).best_ticks
        return band_reference(self.remembered_by(self.rule), standing_ticks, at_ns)

    def notional_minor(self, price_ticks: int, lots: int) -> int:
        """Price x tick x lot size x lots, exactly."""
        assert self.rule is not None, "a market without a rule has no tick"
        return price_ticks * self.rule.tick_minor * self.spec.lot_size * lots

    def held_minor(self, price_ticks: int, lots: int) -> int:
        """The greatest cost of an open bid here: price, fee and deposit."""
        assert self.rule is not None, "a market without a rule has no fee"
        bid = self.rule.fee_bp.bid
        most_bp = max(bid.maker, bid.taker, bid.flat)
        return held_minor(self.notional_minor(price_ticks, lots), most_bp, self.rule.deposit_bp)


@dataclass(slots=True)
class Venue:
    """One venue: its register and its markets. The `Moment` of what is done is no part of it."""

    register: Register = field(default_factory=Register)
    markets: dict[MarketSymbol, Market] = field(default_factory=dict)
    orders: dict[OrderId, Order] = field(default_factory=dict)  # open ones only
    party_orders: dict[PartyId, dict[OrderId, None]] = field(default_factory=dict)
    ended_now: dict[OrderId, tuple[PartyId, OrderState]] = field(default_factory=dict)
    ended_before: dict[OrderId, tuple[PartyId, OrderState]] = field(default_factory=dict)
    title_day_minor: dict[PartyId, int] = field(default_factory=dict)  # title traded today
    lease_series: dict[tuple[str, str], None] = field(default_factory=dict)  # model, point
    stale_timers: int = 0  # expiries in the heap, at most, whose order has ended or moved on
    advanced_ns: int = 0  # timers have run up to here
    day_ends_ns: int = 0  # the next close, and the next attestation
    month_ends_ns: int = 0  # the next listing of months
    rootless: dict[int, None] = field(default_factory=dict)  # day's closes that bear no root yet

    def ended_order(self, order: OrderId) -> tuple[PartyId, OrderState] | None:
        """Whose an order was that ended not long ago, and how it ended."""
        return self.ended_now.get(order) or self.ended_before.get(order)

    def held_minor(self, order: Order) -> int:
        """What lies on hold for a bid; 0 for an ask."""
        return self.register.accounts.get(order.hold_account, 0) if order.terms.hold else 0
