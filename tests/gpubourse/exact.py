"""Holds each reply against its struct: whatever the wire says is known, and nothing is made up."""

from typing import Any

import msgspec
import pytest

from gpubourse import client, replies, verbs


def exactly(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """From now on a reply with a member that its struct does not know fails; the kinds read."""
    kinds: list[str] = []

    def read(kind: Any, value: Any, *, strict: bool = True) -> Any:
        found = replies.read(kind, value, strict=strict)
        told, known = plain(value), plain(msgspec.to_builtins(found))
        assert known == told, f"{kind} knows {known}, the wire says {told}"
        kinds.append(getattr(kind, "__name__", str(kind)))
        return found

    def waiting(result: dict[str, Any]) -> Any:
        found = replies.waiting(result)
        return read(type(found), result) if found is not None else None

    monkeypatch.setattr(verbs, "read", read)
    monkeypatch.setattr(verbs, "waiting", waiting)
    monkeypatch.setattr(client, "read", read)
    monkeypatch.setattr(client, "waiting", waiting)
    return kinds


def plain(value: Any) -> Any:
    """Without nulls, and instants as ints wherever they stand: both sides can be compared."""
    if isinstance(value, dict):
        return {name: plain(member) for name, member in value.items() if member not in (None, 0)}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return int(value) if isinstance(value, str) and value.isdecimal() else value
