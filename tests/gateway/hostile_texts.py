"""JSON that costs a careless decoder more than its share: each shape at any number of bytes."""

from collections.abc import Callable
from itertools import count


def _items(size: int, item: str) -> str:
    """A list of as many of an item as fit."""
    return "[" + ",".join([item] * max(1, (size - 2) // (len(item) + 1))) + "]"


def _members(size: int, last: str = "") -> str:
    """An object of as many members as fit, each of another name."""
    members: list[str] = []
    length = len(last) + 3
    for number in count():
        member = f'"a{number}":0'
        length += len(member) + 1
        if length > size:
            break
        members.append(member)
    return "{" + ",".join(members + ([last] if last else [])) + "}"


def _long_name(size: int) -> str:
    """One member of a long name, and many inside: a path to each would be long."""
    half = size // 2
    return '{"' + "n" * half + '":' + _members(half - 6) + "}"


def _long_names(size: int) -> str:
    """Long names, one inside the other."""
    name = '{"' + "n" * (size // 12) + '":'
    return name * 10 + "0" + "}" * 10


SHAPES: dict[str, Callable[[int], str]] = {
    "many members": _members,
    "the first member twice": lambda size: _members(size, '"a0":0'),
    "the last member twice": lambda size: _members(size - 9, '"last":0,"last":0'),
    "one member over and over": lambda size: (
        _members(size // 2)[:-1] + ',"a":0' * (size // 13) + "}"
    ),
    "many numbers": lambda size: _items(size, "0"),
    "many nulls": lambda size: _items(size, "null"),
    "many texts": lambda size: _items(size, '""'),
    "many empty objects": lambda size: _items(size, "{}"),
    "many objects": lambda size: _items(size, '{"a":{"b":[0]}}'),
    "many fractions": lambda size: _items(size, "1.5"),
    "many instants": lambda size: _items(size, '{"at_ns":"1"}'),
    "many halves of pairs": lambda size: _items(size, '"\\ud800"'),
    "open brackets": lambda size: "[" * size,
    "open braces": lambda size: '{"a":' * (size // 5),
    "a deep nest": lambda size: "[" * (size // 2) + "]" * (size // 2),
    "a long text": lambda size: '"' + "x" * (size - 2) + '"',
    "a text of escapes": lambda size: '"' + "\\u00e9" * ((size - 2) // 6) + '"',
    "a long number": lambda size: "9" * size,
    "a long fraction": lambda size: "0." + "1" * (size - 2),
    "a long name with members": _long_name,
    "long names in each other": _long_names,
    "lines, and no JSON": lambda size: "\n" * (size - 1) + "x",
    "blanks": lambda size: " " * size,
}  # fmt: skip


def sizes_up_to(most: int) -> tuple[int, int, int, int]:
    """Four numbers of bytes, each four times the one before."""
    return most // 64, most // 16, most // 4, most
