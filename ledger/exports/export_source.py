"""What an export is made of: one venue's journal up to a head, its currency and its calendar."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ledger.durations import SECOND_NS
from ledger.events import VenueOpened
from ledger.journal.protocol import Commit

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Period(NamedTuple):
    """What one file covers: a month where the venue is, or all that there is."""

    label: str  # 2024-11
    first: date
    last: date

    @property
    def eve(self) -> date:
        """The day before it: what is carried forward stands there."""
        return self.first - timedelta(days=1)

    @property
    def morrow(self) -> date:
        """The day after it."""
        return self.last + timedelta(days=1)


class ExportSource(NamedTuple):
    """The head that an export is made at, and how this venue writes amounts and days."""

    venue: str
    currency: str
    minor_digits: int
    zone: str
    position: int  # nothing behind it is told
    chain: str  # of the commit that ends there; "": none ends there

    @classmethod
    def of(cls, opened: VenueOpened, position: int, chain: str) -> "ExportSource":
        return cls(opened.venue, opened.currency, opened.minor_digits, opened.zone, position, chain)

    @classmethod
    def at(cls, opened: VenueOpened, commit: Commit) -> "ExportSource":
        """The journal up to the end of a commit."""
        position, _, chain = commit.pair.partition(":")
        return cls.of(opened, int(position), chain)

    @property
    def head(self) -> str:
        """POSITION:CHAIN, as `audit verify --expect` takes it; only a commit's end has a chain."""
        if not self.chain:
            return f"{self.position} (inside a commit: no chain)"
        return f"{self.position}:{self.chain}"

    def amount(self, amount_minor: int) -> str:
        """Minor units as a decimal number without grouping: `-828.00`."""
        whole, rest = divmod(abs(amount_minor), 10**self.minor_digits)
        sign = "-" if amount_minor < 0 else ""
        return (
            f"{sign}{whole}.{rest:0{self.minor_digits}d}" if self.minor_digits else f"{sign}{whole}"
        )

    def day(self, at_ns: int) -> date:
        """The day of an instant, where the venue is."""
        return _local(self.zone, at_ns // SECOND_NS).date()

    def time(self, at_ns: int) -> str:
        """An instant where the venue is, in RFC 3339 with nine decimals."""
        text = _local(self.zone, at_ns // SECOND_NS).isoformat()
        return f"{text[:19]}.{at_ns % SECOND_NS:09d}{text[19:]}"

    def month(self, day: date) -> Period:
        """The month that a day is in."""
        last = monthrange(day.year, day.month)[1]
        return Period(f"{day:%Y-%m}", day.replace(day=1), day.replace(day=last))


@lru_cache(maxsize=1024)
def _local(zone: str, second: int) -> datetime:
    return (_EPOCH + timedelta(seconds=second)).astimezone(ZoneInfo(zone))
