"""A small judge of JSON Schema: the words that our schemas use, and no other."""

import re
from collections.abc import Callable
from typing import Any

KINDS = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "boolean": bool,
    "null": type(None),
}
SAID = {"$schema", "$defs", "title", "description", "default"}  # judges nothing
Schema = Any


def mismatches(value: Any, schema: Schema, root: Schema = None, place: str = "") -> list[str]:
    """Where *value* is not as *schema* says, one sentence each. Raises KeyError for a new word."""
    root = schema if root is None else root
    if schema is True or schema is False:
        return [] if schema else [f"{place}: nothing may stand here"]
    found: list[str] = []
    for word, said in schema.items():
        if word not in SAID:
            found += [
                f"{place or 'the document'} {wrong}" if not wrong.startswith("/") else wrong
                for wrong in JUDGES[word](value, said, schema, root, place)
            ]
    return found


def _ref(value: Any, said: str, _: Schema, root: Schema, place: str) -> list[str]:
    return mismatches(value, root["$defs"][said.removeprefix("#/$defs/")], root, place)


def _any_of(value: Any, said: list[Schema], _: Schema, root: Schema, place: str) -> list[str]:
    tried = [mismatches(value, each, root, place) for each in said]
    return [] if not all(tried) else [f"fits none of {len(said)}: {min(tried, key=len)}"]


def _type(value: Any, said: Any, *_: Any) -> list[str]:
    kinds = [said] if isinstance(said, str) else said
    is_one = any(type(value) is KINDS[kind] for kind in kinds)
    return [] if is_one else [f"is {value!r:.60}, and should be {' or '.join(kinds)}"]


def _required(value: Any, said: list[str], *_: Any) -> list[str]:
    lacking = [name for name in said if isinstance(value, dict) and name not in value]
    return [f"lacks {', '.join(lacking)}"] if lacking else []


def _properties(
    value: Any, said: dict[str, Schema], _: Schema, root: Schema, place: str
) -> list[str]:
    members = value if isinstance(value, dict) else {}
    return [
        wrong
        for name, schema in said.items()
        if name in members
        for wrong in mismatches(members[name], schema, root, f"{place}/{name}")
    ]


def _more(value: Any, said: Schema, schema: Schema, root: Schema, place: str) -> list[str]:
    known = schema.get("properties", {})
    members = value if isinstance(value, dict) else {}
    return [
        wrong
        for name, member in members.items()
        if name not in known
        for wrong in mismatches(member, said, root, f"{place}/{name}")
    ]


def _items(value: Any, said: Schema, schema: Schema, root: Schema, place: str) -> list[str]:
    first = len(schema.get("prefixItems", ()))
    rest = list(enumerate(value))[first:] if isinstance(value, list) else []
    return [wrong for at, each in rest for wrong in mismatches(each, said, root, f"{place}/{at}")]


def _prefix(value: Any, said: list[Schema], _: Schema, root: Schema, place: str) -> list[str]:
    pairs = enumerate(zip(value, said, strict=False)) if isinstance(value, list) else ()
    return [
        wrong
        for at, (each, schema) in pairs
        for wrong in mismatches(each, schema, root, f"{place}/{at}")
    ]


def _least_items(value: Any, said: int, *_: Any) -> list[str]:
    return [f"has under {said} items"] if isinstance(value, list) and len(value) < said else []


def _most_items(value: Any, said: int, *_: Any) -> list[str]:
    return [f"has over {said} items"] if isinstance(value, list) and len(value) > said else []


def _pattern(value: Any, said: str, *_: Any) -> list[str]:
    fits = not isinstance(value, str) or re.search(said, value)
    return [] if fits else [f"is {value!r:.60}, and should fit {said}"]


def _const(value: Any, said: Any, *_: Any) -> list[str]:
    return [] if value == said and type(value) is type(said) else [f"is not {said!r}"]


JUDGES: dict[str, Callable[..., list[str]]] = {
    "$ref": _ref,
    "anyOf": _any_of,
    "type": _type,
    "required": _required,
    "properties": _properties,
    "additionalProperties": _more,
    "items": _items,
    "prefixItems": _prefix,
    "minItems": _least_items,
    "maxItems": _most_items,
    "pattern": _pattern,
    "const": _const,
}
