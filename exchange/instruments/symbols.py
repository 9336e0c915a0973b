"""Instruments: what a symbol names, worked out once at listing and fixed for ever (EXCHANGE 1)."""

from exchange.events import InstrumentListed
from exchange.instruments.kind import SymbolParts
from exchange.instruments.kinds import KINDS
from ledger.ids import MarketSymbol
from ledger.refusals import Reason, Refused, sentence_of
from ledger.register import Register


def read_symbol(market: MarketSymbol) -> SymbolParts | None:
    """What a symbol names; None if it is none."""
    for kind in KINDS.values():
        if named := kind.read_symbol(market):
            return named
    return None


def specification(
    register: Register, market: MarketSymbol, first_reference_ticks: int | None = None
) -> InstrumentListed:
    """The fixed terms of a symbol. Refuses a symbol or a model that this venue does not know."""
    named = read_symbol(market)
    if named is None:
        forms = " or ".join(kind.form for kind in KINDS.values())
        raise Refused(
            Reason.bad_field,
            sentence_of("{market!r} is no symbol: {forms}.", market=market, forms=forms),
            field="/market",
        )
    model = register.models.get(named.model)
    if model is None:
        text = sentence_of(
            "Model {model} is not listed here: have it listed first.", model=named.model
        )
        raise Refused(Reason.unknown_model, text, field="/market")
    window = KINDS[named.kind].window(register.zone, named)
    return InstrumentListed(
        market=market,
        kind=named.kind,
        model=named.model,
        grade=named.grade or None,
        provenance=named.provenance or None,
        delivery_point=named.delivery_point,
        gpus_per_lot=model.gpus_per_lot,
        starts_ns=window.starts_ns,
        ends_ns=window.ends_ns,
        hours=window.hours,
        lot_size=model.gpus_per_lot * window.hours,
        last_trade_ns=window.last_trade_ns,
        first_reference_ticks=first_reference_ticks,
    )
