"""Spans of time in nanoseconds, the one unit of time in the code; and a day in seconds."""

MS_NS = 1_000_000
SECOND_NS = 1_000 * MS_NS
MINUTE_NS = 60 * SECOND_NS
HOUR_NS = 60 * MINUTE_NS
DAY_NS = 24 * HOUR_NS

HOUR_S = 3_600
DAY_S = 24 * HOUR_S
