"""Which mutants are tried: so many of each room, drawn by a seed, the same for one tree.

A room's share follows the number of its lines that can be changed. In a room a line is drawn,
then one of the operators that change it, then one of its changes, each by a digest of the seed
and the line's own words: a tree that changes a little draws almost the same sample.
"""

import hashlib
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import msgspec

from setup.mutants.coverage_map import digest
from setup.mutants.mutant import Candidate, MutableFile, Name

# The cores, the journal, access and feeds. Not: the embedded server and the views (rows made
# anew from the journal), and the demo's people, whose acts the same rules judge as anybody's.
SCOPE = ("ledger", "exchange", "gateway/access", "gateway/feeds")
LEFT_OUT = ("ledger/embedded", "ledger/views", "exchange/views", "exchange/simulation")
LEAST = 3  # of each room


class Mutant(NamedTuple):
    """One fault to plant: its name, the whole text of its file, and where it stands today."""

    name: Name
    text: str
    line: int
    statement: int


def files_in_scope(root: Path) -> list[str]:
    """Every file whose lines may be drawn."""
    found = (
        path.relative_to(root).as_posix()
        for room in SCOPE
        for path in sorted((root / room).rglob("*.py"))
    )
    return [path for path in found if not path.startswith(LEFT_OUT)]


def draw_once(root: Path, seed: str, count: int, kept: Path) -> list[Mutant]:
    """The sample, from the file of an earlier run if nothing in scope has changed since."""
    code = [root / path for path in files_in_scope(root)]
    ours = Path(__file__).parent.glob("*.py")
    marked = f"{digest([*code, *ours])} {seed} {count}"
    if kept.is_file():
        earlier = msgspec.json.decode(kept.read_bytes(), type=tuple[str, list[Mutant]])
        if earlier[0] == marked:
            return earlier[1]
    sample = draw(root, seed, count)
    kept.write_bytes(msgspec.json.encode((marked, sample)))
    return sample


def draw(root: Path, seed: str, count: int) -> list[Mutant]:
    """The sample, room after room."""
    rooms: dict[str, list[tuple[str, MutableFile, list[Candidate]]]] = {}
    for path in files_in_scope(root):
        file = MutableFile(root, path)
        lines = rooms.setdefault(path.rpartition("/")[0], [])
        lines += [(_draw(seed, name), file, there) for name, there in file.line_names()]
    shares = _shares({room: len(lines) for room, lines in rooms.items()}, count)
    sample = []
    for room, lines in rooms.items():
        ranked = sorted(lines, key=lambda line: line[0])
        sample += _of_a_room(ranked, shares[room])
    return sample


def _of_a_room(ranked: list[tuple[str, MutableFile, list[Candidate]]], share: int) -> list[Mutant]:
    """So many, at most a quarter of them by one operator, where others are left."""
    counts: Counter[str] = Counter()
    sample: list[Mutant] = []
    left = ranked
    for most in (-(-share // 4), share):
        passed = []
        for line in left:
            full = {operator for operator, count in counts.items() if count >= most}
            mutant = _mutant(*line, full) if len(sample) < share else None
            if mutant is None:
                passed.append(line)
                continue
            counts[mutant.name.operator] += 1
            sample.append(mutant)
        left = passed
    return sample


def _mutant(rank: str, file: MutableFile, there: list[Candidate], full: set[str]) -> Mutant | None:
    """The change that is drawn of a line; none if all that it has are full, or no other Python."""
    operators = {each.operator for each in there} - full
    for operator in sorted(operators, key=lambda name: _draw(rank, name)):
        changes = [each for each in there if each.operator == operator]
        begin = int(rank, 16) % len(changes)
        for candidate in changes[begin:] + changes[:begin]:
            if text := file.mutated(candidate):
                name = file.name(candidate, text)
                return Mutant(name, text, candidate.line, candidate.statement)
    return None


def _shares(lines: dict[str, int], count: int) -> dict[str, int]:
    """How many of each room: LEAST (or all), and the rest by its number of lines."""
    least = {room: min(LEAST, number) for room, number in lines.items()}
    rest = max(0, count - sum(least.values()))
    whole = sum(lines.values())
    exact = {room: rest * number / whole for room, number in lines.items()}
    shares = {room: least[room] + int(part) for room, part in exact.items()}
    short = count - sum(shares.values())
    for room in sorted(exact, key=lambda room: int(exact[room]) - exact[room])[: max(0, short)]:
        shares[room] += 1
    return shares


def _draw(*words: str) -> str:
    return hashlib.sha256("|".join(words).encode()).hexdigest()
