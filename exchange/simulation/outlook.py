"""What a participant of the demo can see of the venue before it decides."""

from functools import cached_property

from exchange.books.state import Venue
from exchange.events import InstrumentListed
from exchange.simulation import price_path
from exchange.simulation.cast import everyone, seats
from exchange.simulation.draw import Draw
from exchange.simulation.intents import known
from ledger.ids import MarketSymbol
from ledger.records import Thing
from ledger.register import Register


class Outlook:
    """One snapshot of the venue, good for one step: nothing in it changes while it is used."""

    def __init__(self, venue: Venue, at_ns: int) -> None:
        self.venue = venue
        self.at_ns = at_ns  # the stamp of the last batch

    @property
    def register(self) -> Register:
        return self.venue.register

    def things_of(self, party: str) -> list[Thing]:
        """Everything the party holds title to, by model, place and number."""
        things = self.register.things
        return [
            things[name]
            for (owner, _, _), names in self.register.owned.items()
            if owner == party
            for name in names
        ]

    def lease_markets(self, model: str, delivery_point: str) -> list[InstrumentListed]:
        """The months that can still be traded there, the nearest first."""
        return [
            listed
            for listed in self._leases_by_start
            if (listed.model, listed.delivery_point) == (model, delivery_point)
        ]

    @cached_property
    def cast(self) -> frozenset[str]:
        """The parties for whom the demo acts: no visitor's, and none that a clerk registered."""
        kept = {person.registration_no for person in seats()}
        people = (
            known(self.register, person.registration_no)
            for person in everyone()
            if person.registration_no not in kept
        )
        return frozenset(party.party for party in people if party is not None)

    @cached_property
    def _leases_by_start(self) -> list[InstrumentListed]:
        now = self.at_ns
        listed = [
            market.spec
            for market in self.venue.markets.values()
            if market.spec.kind == "lease" and (market.spec.last_trade_ns or 0) > now
        ]
        return sorted(listed, key=lambda spec: (spec.starts_ns or 0, spec.market))

    def with_asks(self, kind: str) -> list[MarketSymbol]:
        """The markets of a kind in which somebody sells, by name."""
        return sorted(
            name
            for name, market in self.venue.markets.items()
            if market.spec.kind == kind and market.book.asks.ranks
        )

    def best_ask_ticks(self, market: MarketSymbol) -> int | None:
        return self.venue.markets[market].book.asks.best_ticks

    def fair(self, draw: Draw, market: MarketSymbol, day: int) -> int:
        """The path's price in this market, in its ticks."""
        listed = self.venue.markets[market].spec
        if listed.kind == "lease":
            return price_path.rent_ticks(draw, listed.model, day)
        return price_path.title_ticks(draw, listed.model, listed.provenance or "P0", day)

    def is_open_until(self, market: MarketSymbol, instant_ns: int) -> bool:
        """True if an order there may live until then."""
        last = self.venue.markets[market].spec.last_trade_ns
        return last is None or instant_ns < last
