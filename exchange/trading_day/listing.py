"""The calendar lists by itself: titles by class, lease months six ahead (EXCHANGE 1)."""

from exchange.books.state import Venue
from exchange.commands import ListInstrument
from exchange.events import InstrumentListed
from exchange.market.calendar import month_ns, months_ahead
from exchange.market.instruments import MONTHS_AHEAD, lease_symbol, specification, title_symbol
from exchange.market.rules import in_force
from ledger.caller import Caller
from ledger.durations import DAY_NS
from ledger.events import Event
from ledger.records import Thing
from ledger.refusals import Reason, Refused


def list_instrument(venue: Venue, command: ListInstrument, caller: Caller) -> list[Event]:
    """A listing by hand. Refuses what is listed, what is over, and what no rule speaks for."""
    del caller  # two people of the venue have signed: see the approvals
    register = venue.register
    if command.market in venue.markets:
        text = f"{command.market} is listed already."
        raise Refused(Reason.wrong_state, text, field="/market")
    listed = specification(register, command.market, command.first_reference_ticks)
    if listed.last_trade_ns is not None and listed.last_trade_ns <= register.at_ns:
        text = f"Trading in {command.market} would have ended already: list a later month."
        raise Refused(Reason.window_started, text, field="/market")
    if in_force(register, command.market, register.at_ns) is None:
        text = f"No market rule speaks for {command.market}: set one first."
        raise Refused(Reason.wrong_state, text, field="/market")
    return [listed]


def list_for(venue: Venue, thing: Thing) -> list[Event]:
    """The instruments that a titled thing calls for and that do not stand yet."""
    if not thing.owner or thing.model not in venue.register.models:
        return []
    events: list[Event] = []
    symbol = title_symbol(thing.class_, thing.delivery_point)
    if symbol not in venue.markets and in_force(venue.register, symbol, venue.register.at_ns):
        events.append(specification(venue.register, symbol))
    if (thing.model, thing.delivery_point) not in venue.lease_series:
        events += list_months(venue, thing.model, thing.delivery_point)
    return events


def listing_due(venue: Venue) -> list[Event]:
    """A month has rolled: the next one is listed wherever titled things of a model stand."""
    pairs = {(model, point): None for (_, model, point), things in owned(venue) if things}
    return [event for model, point in sorted(pairs) for event in list_months(venue, model, point)]


def owned(venue: Venue) -> list[tuple[tuple[str, str, str], list[str]]]:
    return list(venue.register.owned.items())


def list_months(venue: Venue, model: str, delivery_point: str) -> list[InstrumentListed]:
    """The months ahead of a lease series that are not listed and can still be traded."""
    register = venue.register
    found: list[InstrumentListed] = []
    if model not in register.models:
        return found
    for year, month in months_ahead(register.zone, register.at_ns, MONTHS_AHEAD):
        symbol = lease_symbol(model, delivery_point, year, month)
        last_trade_ns = month_ns(register.zone, year, month) - DAY_NS
        if symbol in venue.markets or last_trade_ns <= register.at_ns:
            continue
        if in_force(register, symbol, register.at_ns):
            found.append(specification(register, symbol))
    return found
