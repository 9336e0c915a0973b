"""The public picture of every market, kept by the published events (REST and feeds read it)."""

from collections.abc import Mapping
from copy import copy
from typing import Any, Final, NamedTuple

import msgspec

from exchange.books.open_orders import FOLDED, MOVES_ORDERS, OpenOrders
from exchange.books.state import Venue
from exchange.events import InstrumentListed, PartyRegrouped, PhaseChanged, Traded
from exchange.instruments.kinds import KINDS
from exchange.instruments.series import is_over_with
from exchange.market import rules
from exchange.market.market_rule import MarketRule
from gateway.market_picture.market_view import MarketView
from gpubourse.book_copy import checksum
from ledger.events import Event, RuleSet, VenueOpened
from ledger.ids import NO_ID, PartyId, VenueName
from ledger.records import DatedRules, Rule
from ledger.refusals import Reason, Refused, sentence_of
from ledger.register import Register

EVENT_TYPES: Final = (
    VenueOpened,
    RuleSet,
    InstrumentListed,
    PhaseChanged,
    *FOLDED,
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
        self.at_ns = 0  # of the batch that is folded now, or was last
        self._seq = 0  # its last position
        self.orders = OpenOrders()
        self.identity = VenueIdentity()
        self.rules = DatedRules()

    def fill(self, venue: Venue, at_ns: int, last_positions: Mapping[int, int]) -> None:
        """Begin with what the venue holds when nothing is in the air; *at_ns* its last stamp.

        *last_positions* tells where each batch ends that a market was last touched by, by its
        first position (`exchange/engine/replay.py`).
        """
        self.identity = VenueIdentity.of(venue.register)
        self.rules = venue.register.rules.copy()
        self.at_ns = at_ns
        for market in venue.markets.values():
            market_view = self.by_market[market.spec.market] = MarketView(
                market.spec, self.identity.zone, market.listed_ns
            )
            market_view.phase = market.phase
            market_view.phase_since_ns = market.phase_since_ns
            market_view.rule_position = market.rule_position
            market_view.seq = last_positions[market.touched]
            market_view.day = copy(market.day)
            market_view.last_ticks = market.last_ticks or None
            market_view.last_trade_ns = market.last_trade_ns or None
        for order in venue.orders.values():
            self.by_market[order.market].change(self.orders.add(order).levels)

    def begin_batch(self, last_position: int, at_ns: int) -> None:
        """The events that follow are of a batch that ends at this position."""
        self._seq, self.at_ns = last_position, at_ns

    def apply(self, event: Event, position: int) -> None:
        """Fold one published event of the batch that was begun."""
        if isinstance(event, MOVES_ORDERS):
            market_view = self.by_market[event.market]
            market_view.seq = self._seq
            for change in self.orders.fold(event):
                market_view.change(change.levels)
            if isinstance(event, Traded):
                market_view.add_trade(event, self.at_ns)
        elif isinstance(event, PartyRegrouped):
            self.orders.fold(event)
        elif isinstance(event, PhaseChanged):
            market_view = self.by_market[event.market]
            market_view.seq = self._seq
            market_view.phase_changed(event, position, self.at_ns)
        elif isinstance(event, RuleSet):
            self.rules.add(event.rule, Rule(event.value, event.from_ns, position))
        elif isinstance(event, InstrumentListed):
            self._list(event)
        else:
            assert isinstance(event, VenueOpened)
            self.identity = VenueIdentity(
                event.venue, event.party, event.kind, event.currency, event.minor_digits, event.zone
            )

    def _list(self, event: InstrumentListed) -> None:
        """A market begins, closed; those of its series that are over leave, once they are empty."""
        market_view = MarketView(event, self.identity.zone, self.at_ns)
        market_view.seq, market_view.phase_since_ns = self._seq, self.at_ns
        self.by_market[event.market] = market_view
        for over in [
            name
            for name, each in self.by_market.items()
            if is_over_with(each.spec, event, self.at_ns) and each.is_empty
        ]:
            del self.by_market[over]

    def market_view(self, market: str) -> MarketView:
        """One market; refuses `unknown_market`."""
        market_view = self.by_market.get(market)
        if market_view is None:
            raise Refused(
                Reason.unknown_market,
                sentence_of("There is no market {market!r}: check its symbol.", market=market[:64]),
            )
        return market_view

    def ticker(self, market: str) -> dict[str, Any]:
        """The market in a line."""
        return self.market_view(market).ticker(self.at_ns, self.rule(market))

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
                        "reference_max_age_h",
                        *("holding_days", "settlement_days", "inspection_h", "timetable"),
                    )
                }
            )
        return members

    def market(self, market: str) -> dict[str, Any]:
        """How it stands: the ticker, and since when it is in its phase."""
        market_view = self.market_view(market)
        return self.ticker(market) | {"phase_since_ns": market_view.phase_since_ns}

    def book(self, market: str, depth: int | None) -> dict[str, Any]:
        """Its levels, best first, under the number of the batch that last moved them."""
        market_view = self.market_view(market)
        levels = market_view.levels(depth)
        return {
            "market": market,
            "seq": market_view.seq,
            "phase": market_view.phase,
            **levels,
            "crc": checksum(levels["bids"], levels["asks"]),
        }
