"""What structs and their members mean, in the words of the catalogue and of the made contract.

A client's struct says None; on the wire such a member is null, or is not there.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec

from gateway.contract.answers import contract
from gateway.contract.schemas import Schema

_NONE: Final = re.compile(r"\bNone\b")
PARTS: Final = {  # of a path, where no command's words are theirs
    "code": "a code of a refusal, bad_field",
    "key": "a command's key",
    "lease": "the lease's id, l-000007",
    "level": "of the tiles: 0 holds the entries' own hashes",
    "log": "which of the older logs, 1 the journal's first",
    "market": "the market's symbol",
    "node": "the server's id, n-0003",
    "number": "which one, in steps of three digits: x001/x234/067",
    "order": "the order's id, o-000912, or `key:` and the key of the command that placed it",
    "party": "the party's id, p-0042",
    "position": "a position of the journal",
    "proposal": "the proposal's id, z-000001",
    "report": "the report's SHA-256, base64url without padding",
    "settlement": "the settlement's id, x-000031",
    "site": "the site's id, s-0001",
    "stream": "whose events, unit:u-000017",
    "unit": "the unit's id, u-000017",
}
ON_THE_WIRE: Final = "null or left out"


def explain(schemas: dict[str, Schema]) -> None:
    """Put words on each struct's schema and on its members, in place."""
    for name, schema in schemas.items():
        explain_one(schema, name)


def explain_one(schema: Schema, name: str) -> None:
    """Put words on the schema of a struct of this name, in place."""
    text, members = _words(name)
    if text:
        schema["description"] = text
    elif "description" in schema:
        schema["description"] = _NONE.sub(ON_THE_WIRE, schema["description"])
    properties = schema.get("properties", {})
    for member, meaning in members.items():
        if member in properties:
            properties[member] = {**properties[member], "description": meaning}


@cache
def _words(name: str) -> tuple[str, dict[str, str]]:
    """A struct in words, and its members."""
    members = {
        member: _NONE.sub(ON_THE_WIRE, text)
        for member, text in contract()["meanings"].get(name, {}).items()
    }
    entry = _structs().get(name)
    if entry is None:
        return "", members
    fields = {each["name"]: each["description"] for each in entry["fields"]}
    return f"{entry['text']} {entry['more']}".strip(), members | fields


@cache
def catalogue() -> dict[str, Any]:
    """The made catalogue: commands and records, each with its fields in words."""
    text = (Path(__file__).parents[1] / "catalogue.json").read_bytes()
    found: dict[str, Any] = msgspec.json.decode(text)
    return found


@cache
def _structs() -> dict[str, Any]:
    """Each command and record of the catalogue, by its struct's name."""
    known = catalogue()
    commands = {each["struct"]: each for each in known["commands"].values()}
    return {**commands, **known["records"]}
