"""Help: verbs in groups, examples with dates that are valid today, and the nearest of a wrong verb.

An example writes {month}, {day}, {past_month} or {instant} where a date belongs: a month that can
be let and hired today, a day that has been, its month, its midnight in Beijing.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import click

from gateway.cli.nearest import NEAREST_MOST, nearest

MONTHS_AHEAD: Final = 2  # a month closes a day before it begins; the one after next is open
BEIJING_H: Final = 8


def dated(text: str, now: datetime | None = None) -> str:
    """A help text with today's dates in its examples."""
    here = (now or datetime.now(UTC)) + timedelta(hours=BEIJING_H)
    year, month = divmod(here.year * 12 + here.month - 1 + MONTHS_AHEAD, 12)
    day = (here - timedelta(days=1)).date().isoformat()
    text = text.replace("{month}", f"{year:04d}-{month + 1:02d}").replace("{past_month}", day[:7])
    return text.replace("{instant}", f"{day}T00:00:00+0{BEIJING_H}:00").replace("{day}", day)


def write_sections(
    formatter: click.HelpFormatter,
    sections: Mapping[str, Iterable[str]],
    verbs: Mapping[str, click.Command],
) -> None:
    """The verbs under the heading of their group, each in one line."""
    width = max(map(len, verbs), default=0)
    limit = formatter.width - 6 - width
    for heading, names in sections.items():
        rows = [(name, verbs[name].get_short_help_str(limit)) for name in names if name in verbs]
        if rows:
            with formatter.section(heading):
                formatter.write_dl([(name.ljust(width), text) for name, text in rows])


def no_such_verb(word: str, paths: Iterable[str], ctx: click.Context) -> click.UsageError:
    """What is said of a verb that is not there: the nearest, wherever in the tree they stand."""
    by_word: dict[str, list[str]] = {}
    for path in paths:
        for part in path.split():
            by_word.setdefault(part, []).append(path)
    ranked = sorted(  # the first verb of each word that is near, then their second ones
        (at, rank, path)
        for rank, each in enumerate(nearest(word, by_word))
        for at, path in enumerate(by_word[each])
    )
    found = list(dict.fromkeys(path for _, _, path in ranked))[:NEAREST_MOST]
    lines = "".join(f"\n  gpubourse {path}" for path in found)
    advice = f"Did you mean:{lines}" if found else "`gpubourse --help` lists them."
    return click.UsageError(f"There is no verb {word!r}. {advice}", ctx)
