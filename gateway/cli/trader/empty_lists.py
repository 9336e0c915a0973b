"""What a list says that has no rows: none at all, none so narrowed, or nothing of that name."""

import shlex
from dataclasses import replace
from typing import Any, Final, NamedTuple

from gateway.cli.venue_caller import VenueCaller

PUBLIC: Final = ("markets", "trades")  # verbs that nobody signs
KEPT: Final = ("party",)  # whose list it is: without it the list would be another's


class EmptyList(NamedTuple):
    """The words of one list for that it is empty."""

    rows: str  # what it lists: `leases`
    detail: str  # how it comes that there are none
    verb: tuple[str, ...]  # that lists them all
    next: tuple[str, ...] = ()  # the line that may come next


def none_in_words(caller: VenueCaller, empty: EmptyList, terms: dict[str, Any]) -> str:
    """That a list has no rows. VerbFailed where what narrows it is not there: that is not none."""
    given = {name.rstrip("_"): str(value) for name, value in terms.items() if value}
    caller.must_know(given)
    kept = _flags({name: given[name] for name in KEPT if name in given})
    narrowing = _flags({name: value for name, value in given.items() if name not in KEPT})
    if narrowing:
        everything = _line(caller, *empty.verb, *kept)
        return f"No {empty.rows} with {shlex.join(narrowing)}. All of them: {everything}"
    words = f"No {empty.rows}: {empty.detail}."
    return f"{words} Next: {_line(caller, *empty.next)}" if empty.next else words


def _line(caller: VenueCaller, *words: str) -> str:
    context = replace(caller.context, me="") if words[0] in PUBLIC else caller.context
    return context.line(*words)


def _flags(given: dict[str, str]) -> list[str]:
    return [word for name, value in given.items() for word in (f"--{name}", value)]
