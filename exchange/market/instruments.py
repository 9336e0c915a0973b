"""Instruments: what a symbol names, worked out once at listing and fixed for ever (EXCHANGE 1)."""

import re
from typing import NamedTuple

from exchange.events import InstrumentListed
from exchange.market.calendar import month_after, month_ns
from ledger.durations import DAY_NS, HOUR_NS
from ledger.refusals import Reason, Refused
from ledger.register import Register

TITLE = "title"
LEASE = "lease"
MONTHS_AHEAD = 6

_TITLE = re.compile(r"T\.([A-Z0-9]{2,16})\.([ABCU])([012])\.([A-Z]{2}-[A-Z0-9]{1,3})")
_LEASE = re.compile(r"L\.([A-Z0-9]{2,16})\.([A-Z]{2}-[A-Z0-9]{1,3})\.(\d{4})-(0[1-9]|1[0-2])")


class SymbolParts(NamedTuple):
    """A symbol, read."""

    kind: str
    model: str
    delivery_point: str
    grade: str = ""
    provenance: str = ""
    year: int = 0
    month: int = 0


def read_symbol(market: str) -> SymbolParts | None:
    """What a symbol names; None if it is none."""
    if found := _TITLE.fullmatch(market):
        model, grade, provenance, point = found.groups()
        return SymbolParts(TITLE, model, point, grade, f"P{provenance}")
    if found := _LEASE.fullmatch(market):
        model, point, year, month = found.groups()
        return SymbolParts(LEASE, model, point, year=int(year), month=int(month))
    return None


def title_symbol(class_: str, delivery_point: str) -> str:
    """`T.H100SXM8.A1.CN-BJ`."""
    return f"T.{class_}.{delivery_point}"


def lease_symbol(model: str, delivery_point: str, year: int, month: int) -> str:
    """`L.H100SXM8.CN-BJ.2026-12`."""
    return f"L.{model}.{delivery_point}.{year:04}-{month:02}"


def specification(
    register: Register, market: str, first_reference_ticks: int | None = None
) -> InstrumentListed:
    """The fixed terms of a symbol. Refuses a symbol or a model that this venue does not know."""
    named = read_symbol(market)
    if named is None:
        text = f"{market!r} is no symbol: T.MODEL.CLASS.POINT or L.MODEL.POINT.YYYY-MM."
        raise Refused(Reason.bad_field, text, field="/market")
    model = register.models.get(named.model)
    if model is None:
        text = f"Model {named.model} is not listed here: have it listed first."
        raise Refused(Reason.unknown_model, text, field="/market")
    if named.kind == TITLE:
        return InstrumentListed(
            market=market,
            kind=TITLE,
            model=named.model,
            grade=named.grade,
            provenance=named.provenance,
            delivery_point=named.delivery_point,
            gpus_per_lot=model.gpus_per_lot,
            starts_ns=None,
            ends_ns=None,
            hours=1,
            lot_size=model.gpus_per_lot,
            last_trade_ns=None,
            first_reference_ticks=first_reference_ticks,
        )
    starts_ns = month_ns(register.zone, named.year, named.month)
    ends_ns = month_ns(register.zone, *month_after(named.year, named.month, 1))
    hours = (ends_ns - starts_ns) // HOUR_NS
    return InstrumentListed(
        market=market,
        kind=LEASE,
        model=named.model,
        grade=None,
        provenance=None,
        delivery_point=named.delivery_point,
        gpus_per_lot=model.gpus_per_lot,
        starts_ns=starts_ns,
        ends_ns=ends_ns,
        hours=hours,
        lot_size=model.gpus_per_lot * hours,
        last_trade_ns=starts_ns - DAY_NS,
        first_reference_ticks=first_reference_ticks,
    )
