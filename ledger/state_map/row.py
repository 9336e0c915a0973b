"""A row as bytes: canonical JSON of one subject, the same on every machine (docs/FORMATS.md)."""

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any

import msgspec

Row = dict[str, Any]

_encode = msgspec.json.Encoder(order="sorted").encode


class RecordForm:
    """Which fields of each kind of record a row shows, and how."""

    def __init__(self, shown: Mapping[type, str], later: Mapping[type, str]) -> None:
        self._shown = {record: names.split() for record, names in shown.items()}
        self._later = {
            record: [(name, _default(record, name)) for name in names.split()]
            for record, names in later.items()
        }

    def row(self, record: Any) -> Row:
        """A record's fields; of the later ones those that are not their default."""
        kind = type(record)
        row = {name: self._plain(getattr(record, name)) for name in self._shown[kind]}
        for name, default in self._later.get(kind, ()):
            if (value := getattr(record, name)) != default:
                row[name] = self._plain(value)
        return row

    def _plain(self, value: Any) -> Any:
        if type(value) in self._shown:
            return self.row(value)
        if isinstance(value, dict):
            return {str(name): self._plain(each) for name, each in value.items()}
        if isinstance(value, list | tuple):
            return [self._plain(each) for each in value]
        return value


def row_bytes(subject: str, row: Row) -> bytes:
    """The row of a subject: members sorted, no blanks; instants (`…_ns`) are decimal text."""
    return canonical(_written({**row, "subject": subject}))


def canonical(value: Any) -> bytes:
    """Canonical JSON of plain values."""
    return _encode(value)


def listed(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, list[Any]]:
    """What belongs to each name: whole lists, sorted by their bytes as JSON."""
    found: dict[Any, list[Any]] = {}
    for name, each in pairs:
        found.setdefault(name, []).append(each)
    for several in found.values():
        if len(several) > 1:
            several.sort(key=_encode)
    return found


def _default(kind: Any, name: str) -> Any:
    """The default of a record's field: a later field must have one."""
    if is_dataclass(kind):
        of_class = next(each for each in fields(kind) if each.name == name)
        made, fixed = of_class.default_factory, of_class.default
        return made() if made is not MISSING else fixed
    of_struct = next(each for each in msgspec.structs.fields(kind) if each.name == name)
    factory = of_struct.default_factory
    return factory() if factory is not msgspec.NODEFAULT else of_struct.default


def _written(value: Any) -> Any:
    """Plain JSON at every depth; a whole number that is an instant by its name becomes text."""
    if isinstance(value, dict):
        return {
            name: str(each) if name.endswith("_ns") and type(each) is int else _written(each)
            for name, each in value.items()
        }
    if isinstance(value, list | tuple):
        return [_written(each) for each in value]
    return value
