"""The public picture of every market, kept by the published events (REST and feeds read it)."""

from typing import Any, Final, NamedTuple

import msgspec

from exchange.books.open_orders import MOVES_ORDERS, OpenOrders
from exchange.books.state import Venue
from exchange.events import InstrumentListed, PhaseChanged, Traded
from exchange.instruments.kinds import KINDS
from exchange.market import rules
from exchange.market.calendar import day_end_ns
from exchange.market.market_rule import MarketRule
from gateway.feeds.market_view import MarketView, trade_row
from ledger.durations import DAY_NS
from ledger.events import Event, RuleSet, VenueOpened
from ledger.ids import NO_ID, PartyId, VenueName
from ledger.records import DatedRules, Rule
from ledger.refusals import Reason, Refused
from ledger.register import Register

EVENT_TYPES: Final = (
    VenueOpened,
    RuleSet,
    InstrumentListed,
    PhaseChanged,
    *MOVES_ORDERS,
)


class VenueIdentity(NamedTuple):
    """Who the venue is, as its first event says: it never changes."""

    venue: VenueName = NO_ID
    party: PartyId = NO_ID
    kind: str = ""
    currency: str = ""
    minor_digits: int = 2
    zone: str = "UTC"

    @classmethod
    def of(cls, register: Register) -> "VenueIdentity":
        """The identity that a register bears."""
        return cls(
            register.venue,
            register.venue_party,
            register.kind,
            register.currency,
            register.minor_digits,
            register.zone,
        )


class MarketViews:
    """The markets by symbol, in the order of their listing."""

    def __init__(self) -> None:
        self.by_market: dict[str, MarketView] = {}
        self.at_ns = 0
        self.orders = OpenOrders()
        self.identity = VenueIdentity()
        self.rules = DatedRules()

    def fill(self, venue: Venue, at_ns: int) -> None:
        """Begin with what the venue holds when nothing is in the air; *at_ns* its last stamp."""
        self.identity = VenueIdentity.of(venue.register)
        self.rules = venue.register.rules.copy()
        self.at_ns = at_ns
        for market in venue.markets.values():
            market_view = self.by_market[market.spec.market] = MarketView(
                market.spec, self.identity.zone
            )
            market_view.phase = market.phase
            market_view.rule_position = market.rule_position
            market_view.reference_ticks = market.reference_ticks
            market_view.last_ticks = market.last_ticks or None
            market_view.last_trade_ns = market.last_trade_ns or None
        for order in venue.orders.values():
            self.by_market[order.market].change(self.orders.add(order).levels)

    def apply(self, event: Event, position: int, at_ns: int) -> None:
        """Fold one published event."""
        self.at_ns = at_ns
        if isinstance(event, MOVES_ORDERS):
            market_view = self.by_market[event.market]
            for change in self.orders.fold(event):
                market_view.change(change.levels)
            if isinstance(event, Traded):
                market_view.add_trade(trade_row(event, at_ns))
        elif isinstance(event, PhaseChanged):
            self.by_market[event.market].phase_changed(event, at_ns)
        elif isinstance(event, RuleSet):
            self.rules.add(event.rule, Rule(event.value, event.from_ns, position))
        elif isinstance(event, InstrumentListed):
            self.by_market[event.market] = MarketView(event, self.identity.zone)
        else:
            assert isinstance(event, VenueOpened)
            self.identity = VenueIdentity(
                event.venue, event.party, event.kind, event.currency, event.minor_digits, event.zone
            )

    def market_view(self, market: str) -> MarketView:
        """One market; refuses `unknown_market`."""
        market_view = self.by_market.get(market)
        if market_view is None:
            raise Refused(
                Reason.unknown_market,
                f"There is no market {market[:64]!r}: GET /v1/instruments lists them.",
            )
        return market_view

    def ticker(self, market: str) -> dict[str, Any]:
        """The market in a line."""
        market_view = self.market_view(market)
        return market_view.ticker(day_end_ns(self.identity.zone, self.at_ns) - DAY_NS)

    def rule(self, market: str) -> MarketRule | None:
        """The rule in force there: since its last opening, else what its next one would take."""
        market_view = self.market_view(market)
        if market_view.rule_position:
            return rules.at_position(self.rules, market_view.rule_position)
        found = rules.in_force(self.rules, market_view.spec.market, self.at_ns)
        return found.rule if found else None

    def instrument(self, market: str) -> dict[str, Any]:
        """What is traded there: the specification, fixed for ever, and the rule in force."""
        spec = self.market_view(market).spec
        names = ("kind", "model", "grade", "provenance", "delivery_point", "gpus_per_lot", "hours")
        times = ("starts_ns", "ends_ns", "lot_size", "last_trade_ns", "first_reference_ticks")
        members: dict[str, Any] = {"market": market}
        members |= {name: getattr(spec, name) for name in (*names, *times)}
        members["asset_class"] = KINDS[spec.kind].asset_class(spec)
        rule = self.rule(market)
        if rule is not None:
            members |= msgspec.to_builtins(
                {
                    name: getattr(rule, name)
                    for name in (
                        *("tick_minor", "max_lots", "max_notional_minor", "modes", "fee_bp"),
                        *("entry_band_bp", "static_band_bp", "dynamic_band_bp", "deposit_bp"),
                        *("holding_days", "settlement_days", "inspection_h", "timetable"),
                    )
                }
            )
        return members

    def market(self, market: str) -> dict[str, Any]:
        """How it stands: phase, prices and depth."""
        market_view = self.market_view(market)
        return {
            **self.ticker(market),
            "phase_since_ns": market_view.phase_since_ns,
            "low_ticks": market_view.low_ticks,
            "high_ticks": market_view.high_ticks,
        }
