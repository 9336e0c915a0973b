"""The calendar lists by itself: titles by class, lease months six ahead (EXCHANGE 1)."""

from exchange.books.state import Venue
from exchange.commands import ListInstrument
from exchange.events import InstrumentListed
from exchange.instruments.kinds import KINDS
from exchange.instruments.symbols import specification
from exchange.market.rules import in_force
from ledger.caller import Caller
from ledger.events import Event
from ledger.ids import MarketSymbol, PartyId, ThingId
from ledger.moment import Moment
from ledger.records import Thing
from ledger.refusals import Reason, Refused, sentence_of


def list_instrument(
    venue: Venue, command: ListInstrument, caller: Caller, moment: Moment
) -> list[Event]:
    """A listing by hand. Refuses what is listed, what is over, and what no rule speaks for."""
    del caller  # two people of the venue have signed: see the approvals
    register = venue.register
    if command.market in venue.markets:
        text = sentence_of("{market} is listed already.", market=command.market)
        raise Refused(Reason.wrong_state, text, field="/market")
    listed = specification(register, command.market, command.first_reference_ticks)
    if listed.last_trade_ns is not None and listed.last_trade_ns <= moment.at_ns:
        text = sentence_of(
            "Trading in {market} would have ended already: list a later month.",
            market=command.market,
        )
        raise Refused(Reason.window_started, text, field="/market")
    if in_force(register.rules, command.market, moment.at_ns) is None:
        text = sentence_of(
            "No market rule speaks for {market}: set one first.", market=command.market
        )
        raise Refused(Reason.wrong_state, text, field="/market")
    return [listed]


def list_for(venue: Venue, thing: Thing, moment: Moment) -> list[Event]:
    """The instruments that a titled thing calls for and that do not stand yet."""
    if not thing.owner or thing.model not in venue.register.models:
        return []
    return [
        listed
        for kind in KINDS.values()
        for listed in _not_listed_yet(venue, kind.called_for(venue, thing, moment), moment)
    ]


def listing_due(venue: Venue, moment: Moment) -> list[Event]:
    """A month has rolled: the next one is listed wherever titled things of a model stand."""
    pairs = {(model, point): None for (_, model, point), things in owned(venue) if things}
    return [
        listed
        for model, point in sorted(pairs)
        if model in venue.register.models
        for kind in KINDS.values()
        for listed in _not_listed_yet(
            venue, kind.called_for_monthly(venue, model, point, moment), moment
        )
    ]


def owned(venue: Venue) -> list[tuple[tuple[PartyId, str, str], list[ThingId]]]:
    return list(venue.register.owned.items())


def _not_listed_yet(
    venue: Venue, symbols: list[MarketSymbol], moment: Moment
) -> list[InstrumentListed]:
    """Of these symbols, those that a rule speaks for and that have no market."""
    register = venue.register
    return [
        specification(register, symbol)
        for symbol in symbols
        if symbol not in venue.markets and in_force(register.rules, symbol, moment.at_ns)
    ]
