"""Figures as people write them, and back: yuan, months, instants. Exact, never by a float."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from zoneinfo import ZoneInfo

from gateway.cli.exit_codes import USAGE, VerbFailed
from gateway.cli.help_pages import dated
from ledger.durations import HOUR_NS, SECOND_NS, span_text
from ledger.money import amount_in_words

GPU_TIME: Final = "_gpu_ns"  # how members end that tell GPU-time, one GPU for so many nanoseconds
MONEY: Final = ("_minor", "_minor_per_gpu", "_minor_per_gpu_hour")  # members that tell an amount
LENGTHS: Final = ("inspection_ns",)  # members that tell a length; others an instant
MULTIPLES: Final = {"万": 4, "萬": 4, "w": 4, "千": 3, "k": 3, "亿": 8}  # 7万 is 70,000
MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WHOLE = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_AMOUNT = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?|[0-9]+(\.[0-9]+)?|\.[0-9]+")


def amount_minor(text: str, digits: int = 2) -> int:
    """`103,500`, `103500.00`, `１０３５００`, `75000元` or `7.5万` as minor units, exactly.

    Refuses what is finer than the currency's smallest unit.
    """
    plain = unicodedata.normalize("NFKC", text).strip().replace("_", "")
    plain = re.sub(r"\s*(yuan|CNY|RMB|元|¥)$", "", plain.removeprefix("¥"), flags=re.IGNORECASE)
    plain, places = _without_multiple(plain)
    try:
        if not _AMOUNT.fullmatch(plain):
            raise InvalidOperation
        scaled = Decimal(plain.replace(",", "")).scaleb(digits + places)
    except InvalidOperation:
        raise VerbFailed(
            USAGE, f"{text!r} is no amount.", "Say it like 103500, 103,500.00 or 10.35万."
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


def _without_multiple(text: str) -> tuple[str, int]:
    """`7.5万` as 7.5 and four places: what a figure bears behind it in place of noughts."""
    for multiple, places in MULTIPLES.items():
        if text.casefold().endswith(multiple):
            return text[: -len(multiple)].rstrip(), places
    return text, 0


def money(minor: int, currency: str = "CNY", digits: int = 2) -> str:
    """`165600000` as `1,656,000.00 yuan`."""
    return amount_in_words(minor, currency, digits)


def ticks_per_gpu(price_minor: int, tick_minor: int, digits: int = 2) -> int:
    """A title's price per GPU in ticks; refused off a tick, with the two nearest."""
    ticks, rest = divmod(price_minor, tick_minor)
    if not price_minor:
        least = money(tick_minor, digits=digits)
        raise VerbFailed(USAGE, f"0 is no price: the least here is {least} a GPU.", "Name one.")
    if rest or not ticks:
        near = [money(max(1, each) * tick_minor, digits=digits) for each in (ticks, ticks + 1)]
        raise VerbFailed(
            USAGE,
            f"Prices here go in steps of {money(tick_minor, digits=digits)} a GPU, and "
            f"{money(price_minor, digits=digits)} lies between two.",
            f"The nearest {'are' if ticks else 'is'} {' and '.join(dict.fromkeys(near))}.",
        )
    return ticks


def ticks_per_lot(price_minor: int, tick_minor: int, lot_size: int, side: str) -> int:
    """A rent per server-month (one lot) in ticks: no bid above it, no ask below (EXCHANGE 1).

    Refused where a bid is below the least tick.
    """
    a_tick = tick_minor * lot_size
    below, rest = divmod(price_minor, a_tick)
    ticks = below + (side == "ask" and rest > 0)
    if not ticks:
        least = money(a_tick)
        raise VerbFailed(
            USAGE,
            f"{money(price_minor)} is no price: the least here is {least} a server-month.",
            "A rent here is for the whole server and the whole month, not for a GPU-hour.",
        )
    return ticks


def instant(at_ns: int | str, zone: str) -> str:
    """Nanoseconds as a time of the venue's zone, with its offset."""
    seconds = int(at_ns) // SECOND_NS
    try:
        return datetime.fromtimestamp(seconds, ZoneInfo(zone)).isoformat(sep=" ")
    except (OverflowError, ValueError, OSError):
        return f"{seconds:,} seconds since 1970"  # no calendar reaches there


def age(then_ns: int | str, now_ns: int | str) -> str:
    """How long ago, in the largest unit that is not 0."""
    return f"{span_text(int(now_ns) - int(then_ns))} ago"


def moment(text: str, zone: str) -> int:
    """A time that a person writes, as nanoseconds: `2024-11-20`, `2024-11-20 10:00`, RFC 3339."""
    try:
        parsed = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError:
        raise VerbFailed(
            USAGE, f"{text!r} is no time.", dated("Say it like {day} or {instant}.")
        ) from None
    local = parsed if parsed.tzinfo else parsed.replace(tzinfo=ZoneInfo(zone))
    return (local - _EPOCH) // timedelta(microseconds=1) * 1_000


def counted(number: int, noun: str) -> str:
    """`1 lot`, `2 lots`, `1,000 lots`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def is_are(number: int) -> str:
    """`is` of one, `are` of any other number."""
    return "is" if number == 1 else "are"


def some(names: Sequence[str], most: int = 3) -> str:
    """`o-000001, o-000002`, the first few of many: `…, o-000003 and 9 more`; "" of none."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more:,} more" if more > 0 else "")


def short(text: Any, length: int = 13) -> str:
    """The beginning of a long name, for a table."""
    whole = str(text or "")
    return whole if len(whole) <= length else whole[:length] + "…"


def ranges(names: Sequence[str]) -> list[str]:
    """`n-0001..n-0004`, `n-0009`: ids of one kind, those that follow one another as a range."""
    found: list[list[str]] = []
    for name in names:
        if found and _follows(name, found[-1][-1]):
            found[-1].append(name)
        else:
            found.append([name])
    return [each[0] if len(each) == 1 else f"{each[0]}..{each[-1]}" for each in found]


def _follows(name: str, earlier: str) -> bool:
    (kind, _, number), (before, _, last) = name.rpartition("-"), earlier.rpartition("-")
    return kind == before and int(number) == int(last) + 1


def member_text(name: str, value: Any, zone: str) -> str:
    """A member of a document as a person reads it: times, lengths, money, yes and no, lists."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value in ("", [], {}, ()):
        return "-"
    if isinstance(value, dict):
        parts = [f"{each} {member_text(str(each), part, zone)}" for each, part in value.items()]
        return ", ".join(parts)
    if isinstance(value, list | tuple):
        return "; ".join(member_text(name, each, zone) for each in value)
    figure = _figure(value)
    if figure is not None and name.endswith(GPU_TIME):
        return gpu_time(figure)
    if figure is not None and name.endswith("_ns"):
        shown = span_text(figure) if name in LENGTHS else instant(figure, zone)
        return shown if figure else "-"
    if figure is not None and name.endswith(MONEY):
        return money(figure)
    return f"{value:,}" if isinstance(value, int) else str(value)


def _figure(value: Any) -> int | None:
    """A whole number, also one that is written as text; None for anything else."""
    if isinstance(value, str):
        return int(value) if _WHOLE.fullmatch(value) else None
    return value if isinstance(value, int) else None


def gpu_time(gpu_ns: int | str) -> str:
    """GPU-time in GPU-hours, and what is beside whole ones in GPU-seconds."""
    hours, rest_ns = divmod(int(gpu_ns), HOUR_NS)
    seconds = rest_ns // SECOND_NS
    beside = f" and {counted(seconds, 'GPU-second')}" if seconds else ""
    return f"{counted(hours, 'GPU-hour')}{beside}"
