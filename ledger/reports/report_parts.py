"""What collects reports of many servers: prefixes of each line, and several reports in one file.

`pdsh`, `clush`, `kubectl logs --prefix`, `docker compose logs` and the journal put the server's
name before each line; a loop over servers writes one report behind the other.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from msgspec import Struct

PREFIX_MOST = 80  # characters before a banner; a longer text is no prefix
_SEARCHED = 400  # characters of a line: a banner that begins later is none
PARTS_MOST = 1_024  # reports of one file

_BANNER = re.compile(r"={4,} ?NVSMI LOG ?={4,}|={4,} ?ROCm System Management Interface ?={4,}")
_XML_END = "</nvidia_smi_log>"
# A time that a log puts before each line, and that changes from line to line.
_STAMP = re.compile(
    r"\[?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d{1,9})?"
    r"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)\]?(?: |$)",
    re.ASCII,
)


class ReportPart(Struct, frozen=True):
    """One report of a file that holds several: its text as it stands there."""

    raw: bytes
    line: int  # where it begins in the file, from 1
    host: str  # the name before its lines; "" if they bear none


class _Prefix(NamedTuple):
    """What stands before each line: the same text, and perhaps a time of its own."""

    is_timed: bool
    text: str


class PrefixBroken(Exception):
    """Lines bear a prefix, and one in their midst does not."""

    def __init__(self, prefix: str, line: int) -> None:
        super().__init__(prefix, line)
        self.prefix = prefix
        self.line = line


def unprefixed(lines: Sequence[str]) -> list[str]:
    """The lines without the prefix that the banner's line bears; as they are, if it bears none.

    Behind the last line that bears it nothing is kept: that is another tool's.
    Raises: PrefixBroken if a line between the banner and that last one lacks it.
    """
    begin = next((at for at, line in enumerate(lines) if _banner(line)), None)
    prefix = _NONE if begin is None else _prefix_of(lines[begin])
    if begin is None or prefix == _NONE:
        return list(lines)
    rests = [_without(line, prefix) for line in lines]
    last = max(at for at, rest in enumerate(rests) if rest is not None)
    for at in range(begin, last):
        if rests[at] is None and lines[at].strip():
            raise PrefixBroken(prefix.text.strip() or "a time", at + 1)
    kept = [line if rest is None else rest for line, rest in zip(lines, rests, strict=True)]
    return kept[: last + 1]


def split_reports(raw: bytes) -> list[ReportPart]:
    """The reports of one file, in its order; a file of one report is that report, byte for byte.

    Lines of several servers may be mixed if each bears its server's name. At most 1,024 parts:
    what is behind them stays with the last.
    """
    text = raw.decode("utf-8", "surrogateescape")
    lines = text.splitlines(keepends=True)
    banners = [at for at, line in enumerate(lines) if _banner(line)]
    if banners:
        prefixes = {_prefix_of(lines[at]) for at in banners}
        mixed = [("", list(enumerate(lines)))]
        by_host = mixed if _NONE in prefixes else _by_prefix(lines, prefixes)
        found = [part for host, mine in by_host for part in _by_banner(host, mine)]
    else:
        found = list(_by_element(text))
    if len(found) < 2:
        return [ReportPart(raw, 1, found[0].host if found else "")]
    found.sort(key=lambda part: part.line)
    if len(found) > PARTS_MOST:
        rest = b"".join(part.raw for part in found[PARTS_MOST - 1 :])
        first = found[PARTS_MOST - 1]
        found[PARTS_MOST - 1 :] = [ReportPart(rest, first.line, first.host)]
    return found


_NONE = _Prefix(False, "")
_Numbered = list[tuple[int, str]]


def _by_prefix(lines: Sequence[str], prefixes: set[_Prefix]) -> list[tuple[str, _Numbered]]:
    """Each server's lines; one that bears no server's name is nobody's."""
    mine: dict[str, _Numbered] = {prefix.text: [] for prefix in prefixes}
    longs = sorted({len(text) for text in mine}, reverse=True)
    trimmed = {text.rstrip(): text for text in mine}
    is_timed = any(prefix.is_timed for prefix in prefixes)
    for at, line in enumerate(lines):
        rest = _timeless(line)[1] if is_timed else line
        text = next((rest[:long] for long in longs if rest[:long] in mine), None)
        if text is None:
            text = trimmed.get(rest.rstrip())
        if text is not None:
            mine[text].append((at, line))
    return [(text.strip(" :|>[]"), numbered) for text, numbered in mine.items()]


def _by_banner(host: str, lines: _Numbered) -> Iterator[ReportPart]:
    """One server's lines, cut where a report begins: before the prompt over its banner."""
    starts = [place for place, (_, line) in enumerate(lines) if _banner(line)]
    cuts = [0]
    for start in starts[1:]:
        cut = start
        while not host and cut > cuts[-1] + 1 and _is_heading(lines[cut - 1][1]):
            cut -= 1
        cuts.append(cut)
    for begin, end in zip(cuts, [*cuts[1:], len(lines)], strict=True):
        if mine := lines[begin:end]:
            text = "".join(line for _, line in mine)
            yield ReportPart(text.encode("utf-8", "surrogateescape"), mine[0][0] + 1, host)


def _by_element(text: str) -> Iterator[ReportPart]:
    """XML reports, each with its closing element; what follows the last goes with it."""
    pieces = text.split(_XML_END)
    whole = [piece + _XML_END for piece in pieces[:-1]]
    if not whole:
        return
    whole[-1] += pieces[-1]
    line = 1
    for piece in whole:
        begins = line + piece.count("\n", 0, len(piece) - len(piece.lstrip()))
        yield ReportPart(piece.encode("utf-8", "surrogateescape"), begins, "")
        line += piece.count("\n")


def _banner(line: str) -> re.Match[str] | None:
    if "NVSMI LOG" not in line and "ROCm System" not in line:  # most lines, at once
        return None
    return _BANNER.search(line, 0, _SEARCHED)


def _is_heading(line: str) -> bool:
    """A line that may stand over a banner: a prompt, or the name of a server."""
    return bool(line.strip()) and not line[0].isspace()


def _prefix_of(line: str) -> _Prefix:
    """What stands before the banner; nothing, if that is too long to be a prefix."""
    found = _banner(line)
    assert found is not None, "asked of a line with a banner alone"
    is_timed, text = _timeless(line[: found.start()])
    return _Prefix(is_timed, text) if len(text) <= PREFIX_MOST else _NONE


def _without(line: str, prefix: _Prefix) -> str | None:
    """The line without time and prefix; None if it bears no such prefix."""
    rest = line
    if prefix.is_timed:
        is_timed, rest = _timeless(line)
        if not is_timed:
            return None
    if rest.startswith(prefix.text):
        return rest[len(prefix.text) :]
    return "" if rest.rstrip() == prefix.text.rstrip() else None


def _timeless(line: str) -> tuple[bool, str]:
    """Whether the line begins with a time, and what stands behind it."""
    found = _STAMP.match(line)
    return (True, line[found.end() :]) if found else (False, line)
