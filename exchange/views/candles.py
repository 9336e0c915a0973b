"""Candles: trades of one market gathered by span of time, worked out when asked for."""

from typing import Any

from ledger.durations import HOUR_NS, MINUTE_NS, SECOND_NS

SPANS_NS = {"1m": MINUTE_NS, "5m": 5 * MINUTE_NS, "1h": HOUR_NS}
DAY = "1d"
INTERVALS = (*SPANS_NS, DAY)

# A day begins at midnight in the venue's zone, whatever that zone did to its clocks.
_DAY_OF = f"""
    (extract(epoch FROM date_trunc('day', public.instant(t.at_ns), v.zone))::bigint
     * {SECOND_NS})"""
_SPAN_OF = "(t.at_ns / %(span_ns)s * %(span_ns)s)"

_CANDLES = """
    SELECT * FROM (
        SELECT {open_ns} AS open_ns,
               (array_agg(t.price_ticks ORDER BY t.position))[1] AS open_ticks,
               max(t.price_ticks) AS high_ticks,
               min(t.price_ticks) AS low_ticks,
               (array_agg(t.price_ticks ORDER BY t.position DESC))[1] AS close_ticks,
               sum(t.lots)::bigint AS lots,
               count(*) AS trades,
               sum(t.price_ticks::numeric * t.lots)::bigint AS turnover_ticks
        FROM views.trades t, views.venue v
        WHERE t.market = %(market)s AND t.at_ns >= %(from_ns)s
          AND (%(to_ns)s = 0 OR t.at_ns < %(to_ns)s)
        GROUP BY 1 ORDER BY 1 DESC LIMIT %(most)s
    ) newest ORDER BY open_ns"""


def candles_of(
    market: str, interval: str, from_ns: int, to_ns: int, most: int
) -> tuple[str, dict[str, Any]]:
    """The query and its terms. Raises ValueError for an interval that is not in INTERVALS."""
    if interval not in INTERVALS:
        raise ValueError(f"there are candles of {', '.join(INTERVALS)}, not of {interval}")
    terms: dict[str, Any] = {"market": market, "from_ns": from_ns, "to_ns": to_ns, "most": most}
    if interval == DAY:
        return _CANDLES.format(open_ns=_DAY_OF), terms
    return _CANDLES.format(open_ns=_SPAN_OF), terms | {"span_ns": SPANS_NS[interval]}
