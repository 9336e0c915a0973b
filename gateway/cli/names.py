"""Ids and symbols as people type them: in any case, with or without the zeros, else refused."""

import re
from typing import Any, Final

import click

from gateway.cli.exit_codes import USAGE, VerbFailed
from ledger.ids import NodeId, UnitId, form_of
from ledger.state_map.subjects import WITH_ID

# what a parameter is called in help -> the kinds of id that it takes
KINDS: Final[dict[str, tuple[Any, ...]]] = {
    **{name.upper(): (kind,) for name, kind in WITH_ID.items() if kind is not UnitId},
    "NODE": (NodeId, UnitId),
}
MARKET: Final = "MARKET"
SUBJECT: Final = "SUBJECT"  # an id of any kind, or a market
SHAPES: Final = {MARKET, SUBJECT, *KINDS}

_ID: Final = re.compile(r"([A-Za-z])-([0-9]{1,18})")
_SYMBOL: Final = re.compile(r"[TLtl]\.[A-Za-z0-9.-]+")
_CLASS: Final = re.compile(r"[A-Z0-9]{2,16}\.[ABCU][012]", re.IGNORECASE)
_TITLE: Final = re.compile(_CLASS.pattern + r"\.[A-Z]{2}-[A-Z0-9]{1,3}", re.IGNORECASE)
_WIDTHS: Final = dict(form_of(kind) for kinds in KINDS.values() for kind in kinds)


def as_named(param: click.Parameter, value: Any) -> Any:
    """What a parameter was given, as the venue writes it. VerbFailed for what is no such name.

    A parameter that takes neither ids nor symbols keeps its value.
    """
    shape = shape_of(param)
    if shape not in SHAPES or value in (None, ""):
        return value
    if isinstance(value, tuple):
        return tuple(_named(shape, each) for each in value)
    return _named(shape, str(value))


def shape_of(param: click.Parameter) -> str:
    """What help calls a parameter: `[ORDER…]` is ORDER."""
    return (param.metavar or param.name or "").upper().strip("[].… ")


def _named(shape: str, text: str) -> str:
    word = text.strip()
    if shape in (MARKET, SUBJECT) and _SYMBOL.fullmatch(word):
        return word.upper()
    if shape == MARKET and _TITLE.fullmatch(word):
        return f"T.{word.upper()}"
    if shape == MARKET and (found := _CLASS.fullmatch(word)):
        raise VerbFailed(
            USAGE,
            f"{text!r} is a class: a market is a class at one delivery point.",
            f"Say it like T.{found[0].upper()}.CN-BJ; `gpubourse markets` lists them.",
        )
    if shape == MARKET:
        raise VerbFailed(
            USAGE,
            f"{text!r} is no market.",
            "Say it like T.H100SXM8.A1.CN-BJ; `gpubourse markets` lists them.",
        )
    parts = word.split("..") if shape == "PROPOSAL" else [word]  # a range of them
    return "..".join(_id(shape, part, text) for part in parts)


def _id(shape: str, word: str, typed: str) -> str:
    """An id with its letter small and its zeros."""
    found = _ID.fullmatch(word)
    forms = [form_of(kind) for kind in KINDS.get(shape, ())]
    letter, number = (found[1].lower(), found[2]) if found else ("", "")
    if shape == SUBJECT:
        width = _WIDTHS.get(letter, 0)
        return f"{letter}-{int(number):0{width}d}" if width else word
    for own, width in forms:
        if letter == own:
            return f"{letter}-{int(number):0{width}d}"
    likes = " or ".join(f"{own}-{12:0{width}d}" for own, width in forms)
    raise VerbFailed(USAGE, f"{typed!r} is no {shape.lower()}.", f"Say it like {likes}.")
