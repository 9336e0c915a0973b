"""The venue's days and months: instants of its own zone, worked out from whole numbers."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from ledger.cash.months import month_after, month_of
from ledger.durations import DAY_S, SECOND_NS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def next_month_ns(zone: str, at_ns: int) -> int:
    """The first instant of the month after the one that holds *at_ns*."""
    return month_of(zone, at_ns).to_ns


def months_ahead(zone: str, at_ns: int, count: int) -> list[tuple[int, int]]:
    """The next *count* months (year, month) after the one that holds *at_ns*."""
    local = _local(zone, at_ns)
    return [month_after(local.year, local.month, step) for step in range(1, count + 1)]


def day_end_ns(zone: str, at_ns: int) -> int:
    """The midnight that ends the day of *at_ns* in the venue's zone; on one, the next."""
    return next_time_of_day(zone, at_ns, (("00:00", "closed"),))[0]


def next_time_of_day(
    zone: str, at_ns: int, timetable: Sequence[tuple[str, str]]
) -> tuple[int, str]:
    """The first entry of a daily timetable (clock `HH:MM`, name) strictly after *at_ns*."""
    return _next_time_of_day(zone, at_ns, tuple(timetable))


@lru_cache(maxsize=256)  # all markets of a timetable wake at the same instants
def _next_time_of_day(
    zone: str, at_ns: int, timetable: tuple[tuple[str, str], ...]
) -> tuple[int, str]:
    day = _local(zone, at_ns).replace(hour=0, minute=0, second=0, microsecond=0)
    for days in range(3):
        for clock, name in timetable:
            found_ns = _at_clock(day + timedelta(days=days), clock)
            if found_ns > at_ns:
                return found_ns, name
    raise AssertionError("a timetable without an entry")


def time_of_day_before(zone: str, at_ns: int, timetable: Sequence[tuple[str, str]]) -> str:
    """The name of the entry in whose span *at_ns* lies."""
    day = _local(zone, at_ns).replace(hour=0, minute=0, second=0, microsecond=0)
    found = timetable[-1][1]
    for clock, name in timetable:
        if _at_clock(day, clock) <= at_ns:
            found = name
    return found


def _at_clock(day: datetime, clock: str) -> int:
    return _instant_ns(day.replace(hour=int(clock[:2]), minute=int(clock[3:])))


def _local(zone: str, at_ns: int) -> datetime:
    whole = _EPOCH + timedelta(seconds=at_ns // SECOND_NS)
    return whole.astimezone(ZoneInfo(zone))


def _instant_ns(local: datetime) -> int:
    since = local.astimezone(UTC) - _EPOCH
    return (since.days * DAY_S + since.seconds) * SECOND_NS
