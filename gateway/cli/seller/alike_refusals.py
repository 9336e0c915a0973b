"""Refusals that say the same of several GPUs or reports: told once, with the number of each."""

import re
from collections.abc import Iterable
from typing import Final

from gateway.cli.figures import counted, some

OWN: Final = re.compile(r"\S*[0-9]\S*")  # a word with a digit: an id, a serial, a place, a line


def alike_in_words(refusals: Iterable[tuple[str, str]]) -> list[str]:
    """Lines for refusals (a report's name, words): those that differ in ids alone are one line."""
    alike: dict[str, dict[str, list[str]]] = {}  # bare words -> report -> the words themselves
    for name, words in refusals:
        alike.setdefault(OWN.sub("#", words), {}).setdefault(name, []).append(words)
    return [_line(by_report) for by_report in alike.values()]


def _line(by_report: dict[str, list[str]]) -> str:
    (name, first), others = next(iter(by_report.items())), list(by_report)[1:]
    number = sum(map(len, by_report.values()))
    line = f"{name}: {first[0]}"
    if others:
        times = f"{number:,} times " if number > len(by_report) else ""
        return f"{line} (the same {times}in {counted(len(others), 'more report')}: {some(others)})"
    if number > 1:
        return f"{line} (the same {number:,} times in this report)"
    return line
