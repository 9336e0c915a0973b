"""A state in which everything is there once, made from the types of its records alone.

Whoever adds a collection or a field to a record finds it here without a word: `parts` walks all
of it, and each part can be changed or taken out.
"""

import dataclasses
from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from msgspec import Struct, structs

from ledger.events import Event

STAMPS = set(Event.__struct_fields__)  # the moment of a stored event, which is no term of it
NAMES = {  # each id is one that stands here, so that what refers to it finds it
    "AccountName": "p-0001/on_hold/h-000001",
    "GroupId": "p-0001",
    "HoldId": "h-000001",
    "LeaseId": "l-0001",
    "MarketSymbol": "T.H100SXM8.A1.CN-BJ",
    "NodeId": "n-0001",
    "OrderId": "o-000001",
    "PartyId": "p-0001",
    "PaymentId": "y-000001",
    "PrincipalId": "k-0001",
    "ProposalId": "z-000001",
    "SettlementId": "x-000001",
    "SiteId": "s-0001",
    "ThingId": "n-0001",
    "TradeId": "t-000001",
    "UnitId": "u-000001",
    "VenueName": "cn-1",
}
PLAIN = {
    str: "word",
    int: 7,
    bool: True,
    NoneType: None,
    None: None,
    object: {"word": 7},
    Any: {"word": 7},
}

Path = tuple[Any, ...]


def made(hint: Any, left_out: set[str]) -> Any:
    """A value of a type, with one element in each collection."""
    if name := getattr(hint, "__supertype__", None) and hint.__name__:
        return NAMES[name]
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal:
        return next(word for word in args if word)
    if origin in (Union, UnionType):
        return made(next(each for each in args if each is not NoneType), left_out)
    if origin is dict:
        return {made(args[0], left_out): made(args[1], left_out)}
    if origin is list:
        return [made(args[0], left_out)]
    if origin is tuple:
        return tuple(made(each, left_out) for each in args if each is not Ellipsis)
    if hasattr(hint, "__metadata__"):
        return made(hint.__origin__, left_out)
    if isinstance(hint, type) and (dataclasses.is_dataclass(hint) or issubclass(hint, Struct)):
        hints = get_type_hints(hint)
        told = {
            name: made(hints[name], left_out)
            for name in hints
            if name not in STAMPS and f"{hint.__name__}.{name}" not in left_out
        }
        return hint(**told)
    return PLAIN[hint]


def parts(value: Any, left_out: set[str], path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Where each scalar and each collection of a state stands, and what it is."""
    yield path, value
    if isinstance(value, dict):
        members = list(value.items())
    elif isinstance(value, list | tuple):
        members = list(enumerate(value))
    elif dataclasses.is_dataclass(value) or isinstance(value, Struct):
        kind = type(value).__name__
        members = [
            (name, getattr(value, name))
            for name in get_type_hints(type(value))
            if name not in STAMPS and f"{kind}.{name}" not in left_out
        ]
    else:
        return
    for name, member in members:
        yield from parts(member, left_out, (*path, name))


def changed(value: Any) -> Any:
    """Another value of the same type: a collection loses what it has. None: there is none."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return value + "x"
    if isinstance(value, dict | list):
        return type(value)()
    return None


def replaced(value: Any, path: Path, new: Any) -> Any:
    """The same state, but *new* stands at *path*; the old one is not touched."""
    if not path:
        return new
    name, *rest = path
    if isinstance(value, dict):
        return {**value, name: replaced(value[name], tuple(rest), new)}
    if isinstance(value, list | tuple):
        after = list(value)
        after[name] = replaced(value[name], tuple(rest), new)
        return type(value)(after)
    told = {name: replaced(getattr(value, name), tuple(rest), new)}
    if isinstance(value, Struct):
        return structs.replace(value, **told)
    return dataclasses.replace(value, **told)
