"""Figures as people write them, and back: yuan, months, instants. Exact, never by a float."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, Final
from zoneinfo import ZoneInfo

from gateway.cli.exit_codes import USAGE, VerbFailed
from ledger.durations import DAY_S, HOUR_S, SECOND_NS

WORDS: Final = {"CNY": "yuan"}  # a currency in words; others stand by their code
MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_AMOUNT = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?|\d+(\.\d+)?|\.\d+")


def amount_minor(text: str, digits: int = 2) -> int:
    """`103,500`, `103500.00`, `１０３５００` or `75000元` as minor units; refuses what is finer."""
    plain = unicodedata.normalize("NFKC", text).strip().replace("_", "")
    plain = re.sub(r"\s*(yuan|CNY|RMB|元|¥)$", "", plain.removeprefix("¥"), flags=re.IGNORECASE)
    try:
        if not _AMOUNT.fullmatch(plain):
            raise InvalidOperation
        scaled = Decimal(plain.replace(",", "")).scaleb(digits)
    except InvalidOperation:
        raise VerbFailed(
            USAGE, f"{text!r} is no amount.", "Say it like 103500 or 103,500.00."
        ) from None
    if scaled != scaled.to_integral_value():
        raise VerbFailed(
            USAGE,
            f"{text} is finer than the currency's smallest unit.",
            f"Give at most {digits} places behind the point.",
        )
    if scaled > 2**53 - 1:
        raise VerbFailed(USAGE, f"{text} is more than any account here can hold.", "Give less.")
    return int(scaled)


def money(minor: int, currency: str = "CNY", digits: int = 2) -> str:
    """`165600000` as `1,656,000.00 yuan`."""
    sign = "-" if minor < 0 else ""
    whole, rest = divmod(abs(minor), 10**digits)
    behind = f".{rest:0{digits}d}" if digits else ""
    return f"{sign}{whole:,}{behind} {WORDS.get(currency, currency)}"


def ticks_per_gpu(price_minor: int, tick_minor: int, digits: int = 2) -> int:
    """A title's price per GPU in ticks; refused off a tick, with the two nearest."""
    ticks, rest = divmod(price_minor, tick_minor)
    if rest or not ticks:
        near = [money(max(1, each) * tick_minor, digits=digits) for each in (ticks, ticks + 1)]
        raise VerbFailed(
            USAGE,
            f"{money(price_minor, digits=digits)} a GPU is not on a tick of "
            f"{money(tick_minor, digits=digits)}.",
            f"The nearest are {' and '.join(dict.fromkeys(near))}.",
        )
    return ticks


def ticks_per_lot(price_minor: int, tick_minor: int, lot_size: int) -> int:
    """A rent per server-month (one lot) as the nearest tick, half up, at least 1 (EXCHANGE 1)."""
    exact = Fraction(price_minor, tick_minor * lot_size)
    return max(1, (2 * exact.numerator + exact.denominator) // (2 * exact.denominator))


def instant(at_ns: int | str, zone: str) -> str:
    """Nanoseconds as a time of the venue's zone, with its offset."""
    seconds = int(at_ns) // SECOND_NS
    return datetime.fromtimestamp(seconds, ZoneInfo(zone)).isoformat(sep=" ")


def age(then_ns: int | str, now_ns: int | str) -> str:
    """How long ago, in the largest unit that is not 0."""
    seconds = max(0, (int(now_ns) - int(then_ns)) // SECOND_NS)
    for unit, length in (("days", DAY_S), ("hours", HOUR_S), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit} ago"
    return f"{seconds} seconds ago"


def moment(text: str, zone: str) -> int:
    """A time that a person writes, as nanoseconds: `2024-11-20`, `2024-11-20 10:00`, RFC 3339."""
    try:
        parsed = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError:
        raise VerbFailed(
            USAGE, f"{text!r} is no time.", "Say it like 2024-11-20 or 2024-11-20T10:00+08:00."
        ) from None
    local = parsed if parsed.tzinfo else parsed.replace(tzinfo=ZoneInfo(zone))
    return (local - _EPOCH) // timedelta(microseconds=1) * 1_000


def counted(number: int, noun: str) -> str:
    """`1 lot`, `2 lots`, `1,000 lots`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def short(text: Any, length: int = 13) -> str:
    """The beginning of a long name, for a table."""
    whole = str(text or "")
    return whole if len(whole) <= length else whole[:length] + "…"
