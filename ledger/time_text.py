"""Instants as people read them, in the venue's zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from ledger.durations import SECOND_NS
from ledger.register import Register

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_NS = 253_402_214_400 * SECOND_NS  # 9999-12-31: what a calendar can say


def local_time(register: Register, at_ns: int) -> str:
    """`2024-12-01 01:00:00` where the venue is; with nine decimals where it has any."""
    if not 0 <= at_ns < _LAST_NS:
        return f"{at_ns} ns"
    seconds, rest_ns = divmod(at_ns, SECOND_NS)
    local = (_EPOCH + timedelta(seconds=seconds)).astimezone(ZoneInfo(register.zone))
    return f"{local:%Y-%m-%d %H:%M:%S}" + (f".{rest_ns:09d}" if rest_ns else "")
