"""How a text looks: letters that look alike, of any script, have one prototype (Unicode TR39)."""

from functools import cache, lru_cache
from typing import Final
from unicodedata import category, normalize

from confusable_homoglyphs.confusables import confusables_data  # type: ignore[import-untyped]

_LETTERS: Final = frozenset({"Lu", "Ll", "Lt", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No"})
_LEFT_TO_RIGHT: Final = "\u200e"  # the table writes it around what runs from right to left


def skeleton(text: str) -> str:
    """One form for all texts that look alike: a prototype for each letter, and no punctuation."""
    return normalize("NFD", "".join(map(_shown, normalize("NFD", text))))


@lru_cache(maxsize=8_192)
def _shown(char: str) -> str:
    prototype = _prototype(char)
    return prototype if category(char) in _LETTERS or prototype.isalnum() else ""


def _prototype(char: str) -> str:
    """Of all letters that look like this one the first; several (`rn`), if `m` looks like them."""
    alike = _all_like(char)
    several = sorted(each for each in alike if len(each) > 1)
    return "".join(min(_all_like(part)) for part in several[0]) if several else min(alike)


def _all_like(char: str) -> set[str]:
    found, waiting = {char}, [char]
    while waiting:
        fresh = _table().get(waiting.pop(), set()) - found
        found |= fresh
        waiting += [each for each in fresh if len(each) == 1]
    return found


@cache
def _table() -> dict[str, set[str]]:
    """What looks like what, both ways."""
    table: dict[str, set[str]] = {}
    for one, others in confusables_data.items():
        row = table.setdefault(one.strip(_LEFT_TO_RIGHT), set())
        row.update(other["c"].strip(_LEFT_TO_RIGHT) for other in others)
    return table
