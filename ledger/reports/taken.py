"""When a report was taken: the printed time in any of several languages, to nanoseconds."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from msgspec import Struct

from ledger.reports.report import NAME_MOST

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YEARS = range(2000, 2200)  # what fits an int64 of nanoseconds, and a GPU's life

_CLOCK = re.compile(
    r"(?<!\d)(\d{1,2}):(\d{2}):(\d{2})(?!\d)(?:\s*(?:([AP])\.?\s?M\b\.?))?",
    re.ASCII | re.IGNORECASE,
)
_NOON = re.compile(r"(上午|凌晨|午前|오전)|(下午|晚上|午後|오후)")  # said before the hour
_LETTERS = re.compile(r"\b[A-Z]{2,5}\b", re.ASCII)  # CST: of China, of Chicago, of Havana?
_DAYS = frozenset({"MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"})
_ISO = re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)", re.ASCII)
_YEAR = re.compile(r"(?<!\d)(\d{4})(?!\d)", re.ASCII)
_DAY = re.compile(r"(?<!\d)(\d{1,2})(?![\d月])", re.ASCII)
_MONTH_NUMBER = re.compile(r"(?<!\d)(\d{1,2})月", re.ASCII)
_WORD = re.compile(r"[^\W\d_]+")
_ZONE = re.compile(
    r"\b(?P<utc>UTC|GMT)\b|(?<=\d)(?P<zulu>Z)\s*$|(?P<sign>[+-])(?P<h>\d{2}):?(?P<m>\d{2})\s*$",
    re.ASCII,
)

# `nvidia-smi` prints the C library's "%a %b %d %H:%M:%S %Y"; these are the month's first letters
# in English, German, French, Spanish, Italian, Portuguese, Dutch and Russian.
_MONTHS = (
    ("jan", "jän", "ene", "gen", "янв"),
    ("feb", "fév", "fev", "фев"),
    ("mar", "mär", "mrt", "maa", "мар"),
    ("apr", "avr", "abr", "апр"),
    ("may", "mai", "mei", "mag", "май", "мая"),
    ("jun", "juin", "giu", "июн"),
    ("jul", "juil", "lug", "июл"),
    ("aug", "aoû", "aou", "ago", "авг"),
    ("sep", "set", "сен"),
    ("oct", "okt", "ott", "out", "окт"),
    ("nov", "ноя"),
    ("dec", "dez", "déc", "dic", "дек"),
)


class ReportTime(Struct, frozen=True):
    """A report's time. Both None: it bears none, or none that could be read."""

    local: str | None = None  # "2024-11-14T07:00:14", as printed
    ns: int | None = None
    zone_assumed: bool = False  # neither the file nor the caller named a zone: read as UTC
    zone_unknown: str | None = None  # letters of a zone that several places use


def read_taken(printed: str | None, zone: tzinfo | None) -> ReportTime:
    """Read "Thu Nov 14 07:00:14 2024" and its kin, in *zone* unless the text names its own."""
    printed = None if printed is None else printed[:NAME_MOST]
    stamp = None if printed is None else _local(printed)
    if printed is None or stamp is None:
        return ReportTime()
    own = _zone(printed)
    aware = stamp.replace(tzinfo=own or zone or UTC)
    ns = (aware - _EPOCH) // timedelta(microseconds=1) * 1_000
    unknown = None if own is not None else _zone_letters(_CLOCK.sub(" ", printed))
    return ReportTime(stamp.isoformat(), ns, own is None and zone is None, unknown)


def _local(printed: str) -> datetime | None:
    clock = _CLOCK.search(printed)
    if clock is None:
        return None
    hour, minute, second = (int(part) for part in clock.groups()[:3])
    half = (clock[4] or "").upper()
    if noon := _NOON.search(printed):
        half = "A" if noon[1] else "P"
    if half:  # the twelve-hour clock begins its halves with 12
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "P" else 0)
    date = _date(printed[: clock.start()] + " " + printed[clock.end() :])
    if date is None or date[0] not in _YEARS:
        return None
    try:
        return datetime(*date, hour, minute, second)
    except ValueError:  # no such day or hour
        return None


def _date(text: str) -> tuple[int, int, int] | None:
    if iso := _ISO.search(text):
        year, month, day = (int(part) for part in iso.groups())
        return year, month, day
    text = _ZONE.sub("", text)
    years, days = _YEAR.findall(text), _DAY.findall(text)
    named = _month(text)
    if len(years) != 1 or len(days) != 1 or named is None:
        return None
    return int(years[0]), named, int(days[0])


def _month(text: str) -> int | None:
    if numbered := _MONTH_NUMBER.search(text):
        return int(numbered.group(1))
    # The last word that is a month: French "mar." is a Tuesday before it is a March.
    for word in reversed(_WORD.findall(text.casefold())):
        for number, beginnings in enumerate(_MONTHS, start=1):
            if word.startswith(beginnings):
                return number
    return None


def _zone(printed: str) -> tzinfo | None:
    found = _ZONE.search(printed)
    if found is None:
        return None
    if found["sign"] is None:
        return UTC
    offset = timedelta(hours=int(found["h"]), minutes=int(found["m"]))
    if offset >= timedelta(hours=24):
        return None
    return timezone(-offset if found["sign"] == "-" else offset)


def _zone_letters(date: str) -> str | None:
    """Letters that name a zone in some country, and another in the next."""
    words = (word for word in _LETTERS.findall(date) if word not in _DAYS and not _month(word))
    return next(words, None)
