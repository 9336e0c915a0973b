"""The months of a venue's zone: by which instants each is bounded, worked out in whole numbers."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from ledger.durations import DAY_S, SECOND_NS

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LABEL: Final = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])", re.ASCII)


class NoMonth(ValueError):
    """A text that names no month."""


class MonthSpan(NamedTuple):
    """A month of a zone: `[from, to)`."""

    label: str  # 2024-11
    from_ns: int
    to_ns: int


def month_of(zone: str, at_ns: int) -> MonthSpan:
    """The month that holds an instant."""
    local = (_EPOCH + timedelta(seconds=at_ns // SECOND_NS)).astimezone(ZoneInfo(zone))
    return _span(zone, local.year, local.month)


def month_named(zone: str, label: str) -> MonthSpan:
    """The month that a text like `2024-11` names. Raises NoMonth."""
    found = _LABEL.fullmatch(label)
    if found is None or not 1970 < int(found[1]) < 9999:
        raise NoMonth(f"{label!r} is no month")
    return _span(zone, int(found[1]), int(found[2]))


def month_after(year: int, month: int, count: int) -> tuple[int, int]:
    """The month *count* months later: `month_after(2026, 12, 1)` -> (2027, 1)."""
    number = year * 12 + month - 1 + count
    return number // 12, number % 12 + 1


@lru_cache(maxsize=1024)
def month_ns(zone: str, year: int, month: int) -> int:
    """The instant at which a month begins in the venue's zone."""
    since = datetime(year, month, 1, tzinfo=ZoneInfo(zone)).astimezone(UTC) - _EPOCH
    return (since.days * DAY_S + since.seconds) * SECOND_NS


@lru_cache(maxsize=1024)
def _span(zone: str, year: int, month: int) -> MonthSpan:
    ends_ns = month_ns(zone, *month_after(year, month, 1))
    return MonthSpan(f"{year:04}-{month:02}", month_ns(zone, year, month), ends_ns)
