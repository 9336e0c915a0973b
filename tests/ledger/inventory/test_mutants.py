"""Damaged reports, thousands of ways: none ends a reader, none invents a card or a strong key."""

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ledger.inspection.report_inspection import as_json, inspect_report
from ledger.inventory import Unreadable, split_reports
from ledger.reports.identity import identity
from ledger.reports.words import NO_ANSWER
from tests.ledger.things.dumps import IN_THE_WILD, INVENTORIES, real
from tests.reach import Reach

ERRORS = sorted(NO_ANSWER)
Damage = Callable[[random.Random, list[str]], list[str]]


def _one(change: Callable[[random.Random, str], str]) -> Damage:
    def damage(dice: random.Random, lines: list[str]) -> list[str]:
        at = dice.randrange(len(lines))
        return [*lines[:at], change(dice, lines[at]), *lines[at + 1 :]]

    return damage


def _value(dice: random.Random, line: str, text: str) -> str:
    key, colon, _ = line.partition(" : ")
    return f"{key}{colon}{text}" if colon else line


def _cut_lines(dice: random.Random, lines: list[str]) -> list[str]:
    at = dice.randrange(len(lines))
    return [*lines[:at], *lines[at + dice.randrange(1, 6) :]]


def _wrapped(dice: random.Random, lines: list[str]) -> list[str]:
    wide = dice.randrange(40, 70)
    return [line[at : at + wide] for line in lines for at in range(0, max(len(line), 1), wide)]


def _every_value(dice: random.Random, lines: list[str]) -> list[str]:
    word = dice.choice(ERRORS)
    return [_value(dice, line, word) if dice.random() < 0.3 else line for line in lines]


DAMAGES: dict[str, Damage] = {
    "a value that is an error": _one(lambda d, line: _value(d, line, d.choice(ERRORS))),
    "many values that are errors": _every_value,
    "a line cut": _one(lambda d, line: line[: d.randrange(len(line) + 1)]),
    "lines lost": _cut_lines,
    "a line that came twice": lambda d, lines: _cut_lines(d, [*lines, *lines[: d.randrange(9)]]),
    "lines wrapped": _wrapped,
    "blanks lost": _one(lambda _, line: line.strip()),
    "signs of a terminal": _one(lambda d, line: f"\x1b[{d.randrange(99)}m{line}\x1b[0m"),
    "a prefix": lambda d, lines: [f"n{d.randrange(3)}: {line}" for line in lines],
    "the end lost": lambda d, lines: lines[: d.randrange(1, len(lines) + 1)],
}


def files() -> list[Path]:
    """Every inventory and every report in the wild."""
    real("pm.txt", IN_THE_WILD)
    found = [*INVENTORIES.iterdir(), *IN_THE_WILD.iterdir()]
    return sorted(path for path in found if path.suffix != ".md")


def examine(count: int) -> None:
    reach = Reach(reports=count // 4, refusals=count // 20, units=count // 4, strong=count // 8)
    originals = {path: path.read_bytes() for path in files()}
    keys, amounts = {}, {}
    for path, raw in originals.items():
        parts = list(_readable(raw))
        keys[path] = {key for part in parts for key, _ in part}
        amounts[path] = raw.count(b"\nGPU 0") + sum(map(len, parts))  # one that is lost is a block
    dice = random.Random(11)
    paths = sorted(originals)
    for _ in range(count):
        path, kind = dice.choice(paths), dice.choice(sorted(DAMAGES))
        lines = originals[path].decode("utf-8", "replace").split("\n")
        damaged = "\n".join(DAMAGES[kind](dice, lines)).encode()
        for part in split_reports(damaged):
            try:
                found = _units(part.raw)
            except Unreadable:
                reach.met("refusals")
                continue
            reach.met("reports")
            assert len(found) <= amounts[path] or kind == "a line that came twice", (path, kind)
            for key, is_strong in found:
                reach.met("units")
                reach.met("strong", is_strong)
                assert not is_strong or key in keys[path], (path, kind, key)
    reach.must_suffice()


def _readable(raw: bytes) -> Iterator[list[tuple[tuple[str, ...] | None, bool]]]:
    for part in split_reports(raw):
        with suppress(Unreadable):
            yield _units(part.raw)


def _units(raw: bytes) -> list[tuple[tuple[str, ...] | None, bool]]:
    """Each unit's strong key, and whether it counts. Raises: Unreadable."""
    found = inspect_report(raw)
    as_json(found)
    known = [identity(unit.reading) for unit in found.units]
    return [
        (tuple(each.strong_key) if each.strong_key else None, each.level == "strong")
        for each in known
    ]


def test_damaged_reports_invent_nothing() -> None:
    examine(600)


@pytest.mark.storm
def test_ten_thousand_damaged_reports_invent_nothing() -> None:
    examine(10_000)
