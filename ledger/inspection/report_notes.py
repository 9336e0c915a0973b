"""Warnings and rejected units of a report as lines of text, as `ReportFiled` stores them, and back.

Of a thing for which no title was asked there is a warning, too: `unclaimed THING WHY`.

A warning is `LINE CODE VALUE` (line 0: of the whole file; the value may be missing), a rejected
unit `0 rejected WHERE; CODE: SENTENCE`.
"""

import re
from collections.abc import Iterable
from typing import Any

from msgspec import json

from ledger.inventory import ReaderWarning, RejectedUnit

_COUNT = re.compile(r"[0-9]{1,15}")  # within the numbers of WIRE 1
REMARKS_MOST = 400  # of 100 characters they stay well within one event
_TEXT_MOST = 100
_REJECTED = "rejected"
UNCLAIMED = "unclaimed"  # a thing for which no title was asked, and the code of why


def remarks(warnings: Iterable[ReaderWarning], rejected: Iterable[RejectedUnit]) -> list[str]:
    """The lines of one report, rejected units first; past the limit a last one counts the rest."""
    lines = [f"0 {_REJECTED} {each.where}; {each.text}"[: _TEXT_MOST * 4] for each in rejected]
    lines += [_line(warned) for warned in warnings]
    kept = _within_limits(lines)
    if len(kept) < len(lines):
        kept.append(f"0 more_remarks {len(lines) - len(kept)}")
    return kept


def _within_limits(lines: list[str]) -> list[str]:
    room = REMARKS_MOST * _TEXT_MOST
    kept = []
    for line in lines[:REMARKS_MOST]:
        room -= len(json.encode(line))  # as the journal stores it
        if room < 0:
            break
        kept.append(line)
    return kept


def warnings_of(lines: Iterable[str]) -> list[dict[str, Any]]:
    """The warnings among these lines, as the wire shows them: line, code, value."""
    found = []
    for line in lines:
        number, code, *rest = line.split(" ", 2)
        if code != _REJECTED:
            value = rest[0] if rest else None
            found.append(
                {
                    "line": int(number) or None,
                    "code": code,
                    "value": int(value) if value and _COUNT.fullmatch(value) else value,
                }
            )
    return found


def rejected_of(lines: Iterable[str]) -> list[dict[str, str]]:
    """The rejected units among these lines: where they stand in the report, and why."""
    mark = f"0 {_REJECTED} "
    pairs = [line.removeprefix(mark).split("; ", 1) for line in lines if line.startswith(mark)]
    return [{"where": where, "why": text} for where, text in pairs]


def _line(warned: ReaderWarning) -> str:
    value = "" if warned.value is None else f" {warned.value}"
    return f"{warned.line or 0} {warned.code}{value}"[:_TEXT_MOST]
