"""A book as a client holds it: whole levels, checked against the venue's checksum (WIRE 5, 6)."""

from dataclasses import dataclass
from typing import Any

from gateway.feeds.market_view import checksum

Level = list[int]  # price_ticks, lots, orders, conditional_lots


class BadChecksum(Exception):
    """What is held is not what the venue holds: as good as a gap."""


@dataclass(frozen=True, slots=True)
class Book:
    """One market's levels at one position, best first. An empty side is empty, never made up."""

    market: str
    seq: int
    at_ns: int
    phase: str
    bids: list[Level]
    asks: list[Level]
    missed: int = 0  # changes left out because this reader was slow

    @property
    def best_bid(self) -> Level | None:
        return self.bids[0] if self.bids else None

    @property
    def best_ask(self) -> Level | None:
        return self.asks[0] if self.asks else None


class HeldBook:
    """Applies snapshots and deltas. Raises BadChecksum when they do not add up."""

    def __init__(self, market: str) -> None:
        self._market = market
        self._phase = ""
        self._bids: dict[int, Level] = {}
        self._asks: dict[int, Level] = {}

    def take(self, message: dict[str, Any]) -> Book:
        """The book after one message, its `_ns` as ints."""
        body = message["body"]
        if message["kind"] == "snapshot":
            self._phase = body["phase"]
            self._bids.clear()
            self._asks.clear()
        for side, levels in ((self._bids, body["bids"]), (self._asks, body["asks"])):
            for level in levels:
                if level[1] or level[2] or level[3]:
                    side[level[0]] = level
                else:
                    side.pop(level[0], None)
        bids = sorted(self._bids.values(), reverse=True)
        asks = sorted(self._asks.values())
        if "crc" in message and checksum(bids, asks) != message["crc"]:
            raise BadChecksum(f"{self._market} at {message['seq']}")
        return Book(
            self._market,
            message["seq"],
            message["at_ns"],
            self._phase,
            bids,
            asks,
            message.get("missed", 0),
        )
