"""Instants as people read them in the venue's zone, and as they write them: RFC 3339."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from ledger.durations import DAY_S, SECOND_NS
from ledger.refusals import Figure
from ledger.register import Register

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?"
    r"(Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])",
    re.ASCII | re.IGNORECASE,
)
_LAST_NS = 253_402_214_400 * SECOND_NS  # 9999-12-31: what a calendar can say


def local_time(register: Register, at_ns: int) -> str:
    """`2024-12-01 01:00:00` where the venue is; with nine decimals where it has any."""
    if not 0 <= at_ns < _LAST_NS:
        return f"{at_ns} ns"
    seconds, rest_ns = divmod(at_ns, SECOND_NS)
    local = (_EPOCH + timedelta(seconds=seconds)).astimezone(ZoneInfo(register.zone))
    return f"{local:%Y-%m-%d %H:%M:%S}" + (f".{rest_ns:09d}" if rest_ns else "")


def at_local(register: Register, at_ns: int) -> Figure:
    """An instant in a refusal: as the venue's clock shows it, and its nanoseconds as the value."""
    return Figure(local_time(register, at_ns), at_ns)


def instant_ns(text: str) -> int | None:
    """An instant in RFC 3339, up to nine decimals, as ns since 1970; None for any other text."""
    found = _INSTANT.fullmatch(text)
    if found is None:
        return None
    zone = "+00:00" if found[4] in "Zz" else found[4]
    try:
        whole = datetime.fromisoformat(f"{found[1]}T{found[2]}{zone}") - _EPOCH
    except ValueError:  # no such day, no such time
        return None
    seconds = whole.days * DAY_S + whole.seconds
    return seconds * SECOND_NS + int((found[3] or "0").ljust(9, "0"))
