"""`audit market-day`: what the markets did in one day, by the journal."""

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import click

from exchange.questions.market_day import MarketFigures, market_day
from gateway.cli.auditor.audit import opened_of, whole_journal
from gateway.cli.evidence.attached_journal import AttachedJournal
from gateway.cli.evidence.journal_source import from_a_log
from gateway.cli.exit_codes import NOT_FOUND, USAGE, VerbFailed
from gateway.cli.figures import counted, instant, money
from gateway.cli.options import VerbContext, with_context
from ledger.audit.trial_balance import stamp_ns
from ledger.durations import SECOND_NS
from ledger.journal.batches import last_position_by

OLDEST_YEAR: Final = 1971
NEWEST_YEAR: Final = 9998
INSTANT_MOST: Final = 1 << 80  # behind any instant of a journal


class Day(click.ParamType[date]):
    """A day of the venue's zone."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day; fails as a usage error for any other text."""
        try:
            return date.fromisoformat(str(value).strip())
        except ValueError:
            self.fail(f"{value!r} is no day: write it like 2024-11-30.")


@click.command("market-day")
@click.argument("day", type=Day())
@click.option("--market", default="", metavar="MARKET", help="This one alone.")
@from_a_log
@with_context("data")
def market_day_(
    context: VerbContext, day: date, market: str, place: str, key_file: Path | None
) -> None:
    """Print what each market did on DAY: orders, trades, prices of a lot, volume, fees agreed.

    A day is one of the venue's zone, from midnight to midnight. Read from the day's own events. A
    fee is agreed with the trade, and earned once it is settled: `gpubourse audit period`.

    \b
    Example:
      gpubourse audit market-day {day}
      gpubourse audit market-day {day} --market T.H100SXM8.A1.CN-BJ
    """
    with whole_journal(context, place, key_file) as to:
        zone = opened_of(to).zone
        if market and not to.journal.read_stream(f"market:{market}"):
            raise VerbFailed(
                NOT_FOUND,
                f"The journal knows no market {market}.",
                "Leave out --market to see which traded.",
            )
        from_ns, to_ns = _bounds(day, zone)
        first, last = _positions(to, day, from_ns, to_ns)
        is_over = stamp_ns(to.journal, to.folding, to.journal.head()) >= to_ns
        with context.output.progress("reading", last) as steps:
            figures = market_day(_events(to, first, last, steps), market)
    context.output.document(
        {
            "day": day.isoformat(),
            "from_ns": from_ns,
            "to_ns": to_ns,
            "is_over": is_over,
            "first_position": first + 1,
            "last_position": last,
            "markets": figures,
        }
    )
    busy = [each for each in figures if each["orders"] or each["amended"] or _ended(each)]
    if busy and not context.is_json:
        _show(context, busy)
    so_far = "" if is_over else ", so far"
    context.output.write(
        f"{day.isoformat()} ({zone}){so_far}, positions {first + 1:,} to {last:,}: "
        f"{counted(len(figures), 'market')}, {len(figures) - len(busy):,} of them idle, "
        f"{counted(sum(each['orders'] for each in figures), 'order')}, "
        f"{counted(sum(each['trades'] for each in figures), 'trade')}, "
        f"{money(sum(each['notional_minor'] for each in figures))}, fees agreed "
        f"{money(sum(each['ask_fee_minor'] + each['bid_fee_minor'] for each in figures))}"
    )


def _events(to: AttachedJournal, first: int, last: int, steps: Any) -> Any:
    for row in to.journal.read(first, last):
        yield to.folding.codec.decode(row)
    steps.reach(last)


def _bounds(day: date, zone: str) -> tuple[int, int]:
    """The midnights that a day lies between."""
    if not OLDEST_YEAR <= day.year <= NEWEST_YEAR:  # no venue is there; no instant tells it either
        beyond = 0 if day.year < OLDEST_YEAR else INSTANT_MOST
        return beyond, beyond
    midnights = (datetime.combine(day + timedelta(n), time(), ZoneInfo(zone)) for n in (0, 1))
    begin, end = (int(each.timestamp()) * SECOND_NS for each in midnights)
    return begin, end


def _positions(to: AttachedJournal, day: date, from_ns: int, to_ns: int) -> tuple[int, int]:
    """The last position before a day, and the last one in it."""
    head = to.journal.head()
    opened, ends_ns = opened_of(to), stamp_ns(to.journal, to.folding, head)
    if to_ns <= opened.at_ns:
        began = instant(opened.at_ns, opened.zone)
        raise VerbFailed(NOT_FOUND, f"There was no venue on {day}: it opened at {began}.")
    if from_ns > ends_ns:
        ends = instant(ends_ns, opened.zone)
        raise VerbFailed(
            USAGE, f"{day} is ahead of the journal, which ends at {ends}.", "Name an earlier day."
        )
    before, last = (
        last_position_by(to.journal, to.folding.codec, ns - 1, head) for ns in (from_ns, to_ns)
    )
    return before, last


def _ended(figures: MarketFigures) -> int:
    """Orders that ended without a trade."""
    return figures["cancelled"] + figures["expired"]


def _show(context: VerbContext, figures: list[MarketFigures]) -> None:
    def price(minor: int | None) -> str:
        return "-" if minor is None else money(minor)

    context.output.table(
        (
            "market",
            "orders>",
            "ended>",
            "trades>",
            "lots>",
            "open>",
            "high>",
            "low>",
            "close>",
            "volume>",
            "fees agreed>",
        ),
        [
            (
                each["market"],
                f"{each['orders']:,}",
                f"{_ended(each):,}",
                f"{each['trades']:,}",
                f"{each['lots']:,}",
                price(each["open_minor"]),
                price(each["high_minor"]),
                price(each["low_minor"]),
                price(each["close_minor"]),
                money(each["notional_minor"]),
                money(each["ask_fee_minor"] + each["bid_fee_minor"]),
            )
            for each in figures
        ],
    )
