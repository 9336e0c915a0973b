"""Spans of time in nanoseconds, the one unit of time in the code; in words; a day in seconds."""

from ledger.refusals import Figure

MS_NS = 1_000_000
SECOND_NS = 1_000 * MS_NS
MINUTE_NS = 60 * SECOND_NS
HOUR_NS = 60 * MINUTE_NS
DAY_NS = 24 * HOUR_NS

HOUR_S = 3_600
DAY_S = 24 * HOUR_S


_CHINESE = {"days": "天", "hours": "小时", "minutes": "分钟", "seconds": "秒"}


def span_text(span_ns: int) -> Figure:
    """A span of time as a sentence says it, in the largest unit of which it holds two: `3 days`."""
    seconds = max(0, span_ns) // SECOND_NS
    for unit, length in (("days", DAY_S), ("hours", HOUR_S), ("minutes", 60)):
        if seconds >= 2 * length:
            return _span(seconds // length, unit, span_ns)
    return _span(seconds, "seconds", span_ns)


def _span(count: int, unit: str, span_ns: int) -> Figure:
    shown = unit.removesuffix("s") if count == 1 else unit
    return Figure(f"{count} {shown}", span_ns, f"{count} {_CHINESE[unit]}")
