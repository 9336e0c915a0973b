"""A venue as bytes and back: what a checkpoint holds (ARCHITECTURE 2). Never trusted unchecked."""

import hashlib
from dataclasses import is_dataclass
from typing import Any, get_args, get_type_hints

import msgspec
from msgspec import Struct

from exchange.books.book import Book
from exchange.books.day_figures import DayFigures
from exchange.books.order import Order
from exchange.books.state import Market, Venue
from exchange.events import InstrumentListed
from exchange.market.rules import at_position
from exchange.state_form import state_sha256
from exchange.words import OrderState, Phase
from ledger.ids import GroupId, OrderId, PartyId
from ledger.register import Register

MEANING = 2  # one more whenever the same records are to be read in another way


class Damaged(Exception):
    """A checkpoint that is not the state that it says it is."""


class _SavedMarket(Struct, array_like=True):
    spec: InstrumentListed
    phase: Phase
    phase_since_ns: int
    rule_position: int
    next_phase_ns: int
    last_ticks: int
    last_trade_ns: int
    listed_ns: int
    last_priority: int
    day: DayFigures
    touched: int
    position_lots: dict[GroupId, int]
    bought_lots: dict[PartyId, dict[GroupId, int]]


class _Saved(Struct, array_like=True):
    register: Register
    versions: dict[str, int]
    markets: list[_SavedMarket]
    orders: list[Order]  # in order of acceptance
    ended_now: dict[OrderId, tuple[PartyId, OrderState]]
    ended_before: dict[OrderId, tuple[PartyId, OrderState]]
    title_day_minor: dict[PartyId, int]
    lease_series: list[tuple[str, str]]
    stale_timers: int
    advanced_ns: int
    day_ends_ns: int
    month_ends_ns: int
    rootless: list[int]


def shape_of(record: type) -> list[str]:
    """Every record that a saved *record* holds, itself first, and the fields of each in order."""
    found: dict[str, None] = {}
    waiting: list[Any] = [record]
    while waiting:
        kind = waiting.pop()
        waiting += get_args(kind)
        if isinstance(kind, type) and (is_dataclass(kind) or issubclass(kind, Struct)):
            fields = get_type_hints(kind)
            shape = f"{kind.__name__}: " + ", ".join(f"{name} {fields[name]}" for name in fields)
            if shape not in found:
                found[shape] = None
                waiting += fields.values()
    return list(found)


def version_of(record: type, meaning: int) -> int:
    """The number of what is saved: changing a record gives another one, without anybody's hand."""
    shape = "\n".join([str(meaning), *shape_of(record)])
    return int.from_bytes(hashlib.sha256(shape.encode()).digest()[:7])


CODEC_VERSION = version_of(_Saved, MEANING)  # of these bytes: those of another are passed over
_encode = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(_Saved)


def pack(venue: Venue, versions: dict[str, int]) -> bytes:
    """Everything that live deciding needs."""
    markets = [
        _SavedMarket(
            market.spec,
            market.phase,
            market.phase_since_ns,
            market.rule_position,
            market.next_phase_ns,
            market.last_ticks,
            market.last_trade_ns,
            market.listed_ns,
            market.last_priority,
            market.day,
            market.touched,
            market.position_lots,
            market.bought_lots,
        )
        for market in venue.markets.values()
    ]
    return _encode(
        _Saved(
            venue.register,
            versions,
            markets,
            list(venue.orders.values()),
            venue.ended_now,
            venue.ended_before,
            venue.title_day_minor,
            list(venue.lease_series),
            venue.stale_timers,
            venue.advanced_ns,
            venue.day_ends_ns,
            venue.month_ends_ns,
            list(venue.rootless),
        )
    )


def unpack(blob: bytes, attested_sha256: str) -> tuple[Venue, dict[str, int]]:
    """The venue and the stream versions of a checkpoint. Raises Damaged if its hash differs."""
    venue, versions = restored(blob)
    if state_sha256(venue) != attested_sha256:
        raise Damaged("a checkpoint does not have the hash that it bears")
    return venue, versions


def restored(blob: bytes) -> tuple[Venue, dict[str, int]]:
    """The venue and the stream versions of bytes that are our own. Raises Damaged."""
    try:
        saved = _decoder.decode(blob)
    except msgspec.DecodeError as error:
        raise Damaged(f"a checkpoint cannot be read: {error}") from error
    venue = Venue(
        register=saved.register,
        ended_now=saved.ended_now,
        ended_before=saved.ended_before,
        title_day_minor=saved.title_day_minor,
        lease_series=dict.fromkeys(saved.lease_series),
        stale_timers=saved.stale_timers,
        advanced_ns=saved.advanced_ns,
        day_ends_ns=saved.day_ends_ns,
        month_ends_ns=saved.month_ends_ns,
        rootless=dict.fromkeys(saved.rootless),
    )
    for each in saved.markets:
        venue.markets[each.spec.market] = _market(venue.register, each)
    for order in saved.orders:
        venue.orders[order.order] = order
        venue.party_orders.setdefault(order.party, {})[order.order] = None
        market = venue.markets[order.market]
        market.open_orders[order.party] = market.open_orders.get(order.party, 0) + 1
    for order in sorted(saved.orders, key=lambda each: each.priority):
        venue.markets[order.market].book.half(order.side).add(order)
    return venue, saved.versions


def difference(blob: bytes, codec_version: int, venue: Venue, versions: dict[str, int]) -> str:
    """In which member saved bytes are not this very state; "" if in none, or if another codec's."""
    if codec_version != CODEC_VERSION:
        return ""
    try:
        saved = _decoder.decode(blob)
    except msgspec.DecodeError as error:
        return f"cannot be read: {error}"
    ours = _decoder.decode(pack(venue, versions))
    for record, other in ((saved, ours), (saved.register, ours.register)):
        for name in get_type_hints(type(record)):
            if name != "register" and getattr(record, name) != getattr(other, name):
                return f"has another {name} than the events give"
    return ""


def _market(register: Register, saved: _SavedMarket) -> Market:
    position = saved.rule_position
    return Market(
        spec=saved.spec,
        phase=saved.phase,
        phase_since_ns=saved.phase_since_ns,
        rule=at_position(register.rules, position) if position else None,
        rule_position=position,
        next_phase_ns=saved.next_phase_ns,
        last_ticks=saved.last_ticks,
        last_trade_ns=saved.last_trade_ns,
        listed_ns=saved.listed_ns,
        last_priority=saved.last_priority,
        day=saved.day,
        touched=saved.touched,
        book=Book(),
        position_lots=saved.position_lots,
        bought_lots=saved.bought_lots,
    )
