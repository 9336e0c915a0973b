"""A book as a client holds it: whole levels, checked against the venue's checksum (WIRE 5, 6)."""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from gpubourse.errors import BadChecksum

CHECKED_LEVELS: Final = 10


class BookLevel(NamedTuple):
    """What stands at one price."""

    price_ticks: int
    """ticks of the market's rule, for one GPU or one GPU-hour"""
    lots: int
    """lots that stand here firmly"""
    orders: int
    """orders that they belong to"""
    conditional_lots: int
    """lots that stand here under a condition"""


@dataclass(frozen=True, slots=True)
class BookCopy:
    """One market's levels at one position, best first. An empty side is empty, never made up."""

    market: str
    seq: int
    at_ns: int
    phase: str
    bids: list[BookLevel]
    asks: list[BookLevel]
    missed: int = 0  # changes left out because this reader was slow

    @property
    def best_bid(self) -> BookLevel | None:
        """The highest bid; None: there is none."""
        return self.bids[0] if self.bids else None

    @property
    def best_ask(self) -> BookLevel | None:
        """The lowest ask; None: there is none."""
        return self.asks[0] if self.asks else None


class HeldBook:
    """Applies snapshots and deltas. Raises BadChecksum when they do not add up."""

    def __init__(self, market: str) -> None:
        self._market = market
        self._phase = ""
        self._bids: dict[int, BookLevel] = {}
        self._asks: dict[int, BookLevel] = {}

    def take(self, message: dict[str, Any]) -> BookCopy:
        """The book after one message, its `_ns` as ints."""
        body = message["body"]
        self._phase = body.get("phase", self._phase)  # a delta tells a phase that is new
        if message["kind"] == "snapshot":
            self._bids.clear()
            self._asks.clear()
        for side, levels in ((self._bids, body["bids"]), (self._asks, body["asks"])):
            for level in map(BookLevel._make, levels):
                if level.lots or level.orders or level.conditional_lots:
                    side[level.price_ticks] = level
                else:
                    side.pop(level.price_ticks, None)
        bids = sorted(self._bids.values(), reverse=True)
        asks = sorted(self._asks.values())
        if "crc" in message and checksum(bids, asks) != message["crc"]:
            raise BadChecksum(f"{self._market} at {message['seq']}")
        return BookCopy(
            self._market,
            message["seq"],
            message["at_ns"],
            self._phase,
            bids,
            asks,
            message.get("missed", 0),
        )


def checksum(bids: Sequence[Sequence[int]], asks: Sequence[Sequence[int]]) -> int:
    """CRC-32 over the best asks, then the best bids: price, lots, conditional lots (WIRE 5)."""
    crc = 0
    for level in (*asks[:CHECKED_LEVELS], *bids[:CHECKED_LEVELS]):
        crc = zlib.crc32(struct.pack("<qqq", level[0], level[1], level[3]), crc)
    return crc
