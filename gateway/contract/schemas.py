"""JSON schemas of structs as the wire has them: `_ns` members are decimal text (WIRE 1)."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec
from msgspec import Struct

Schema = dict[str, Any]
NANOS: Final[Schema] = {"type": "string", "pattern": "^([1-9][0-9]{0,18}|0)$"}
WHOLE_MOST: Final = 2**53 - 1
LEAF: Final[Schema] = {  # of a command's reply, where the venue publishes a log
    "leaf_position": {
        "type": "integer",
        "minimum": 1,
        "description": "the first position of the command's batch, where the log has its entry",
    },
    "leaf": {
        "type": "string",
        "pattern": "^[A-Za-z0-9_-]{43}$",
        "description": "SHA-256 of a zero byte and that entry: what the log will hold there",
    },
}
REPLAYED: Final[Schema] = {
    "type": "boolean",
    "description": "true: the key was sent before, and this is the first answer again",
}
PLACE: Final = "#/components/schemas/{name}"


def components(structs: Iterable[type[Any]]) -> dict[str, Schema]:
    """The schemas of these structs and of all that they are made of, by name."""
    kinds = list(dict.fromkeys(structs))
    _, found = msgspec.json.schema_components(kinds, ref_template=PLACE)
    made = {name: on_the_wire(schema) for name, schema in found.items()}
    for kind in kinds:
        _name_the_places(kind, made)
    return made


def _name_the_places(kind: type[Any], made: dict[str, Schema]) -> None:
    """In a struct that the wire has as a list, a place's own name says its form."""
    for each in msgspec.inspect.multi_type_info(_parts(kind)):
        if isinstance(each, msgspec.inspect.StructType) and each.array_like:
            items = made[each.cls.__name__]["prefixItems"]
            for number, field in enumerate(each.fields):
                items[number] = _member(field.name, items[number]) | {"title": field.name}


def _parts(kind: type[Any]) -> list[Any]:
    """A struct, and the structs in the lists of its members."""
    found = [kind]
    for field in msgspec.structs.fields(kind):
        inner = msgspec.inspect.type_info(field.type)
        while isinstance(inner, msgspec.inspect.ListType):
            inner = inner.item_type
        if isinstance(inner, msgspec.inspect.StructType):
            found.append(inner.cls)
    return found


def on_the_wire(schema: Any) -> Any:
    """A schema as the wire has it, numbers within what JSON readers hold exactly."""
    if isinstance(schema, list):
        return [on_the_wire(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    members = {name: on_the_wire(member) for name, member in schema.items()}
    properties = members.get("properties")
    if isinstance(properties, dict):
        for name in properties:
            properties[name] = _member(name, properties[name])
        if members.get("title", "").endswith(("DryRun", "Preview")):  # else any reply would do
            properties["dry_run"] = {"const": True}
    return members


def _member(name: str, schema: Schema) -> Schema:
    if not name.endswith("_ns"):
        return schema
    kept = {word: schema[word] for word in ("description", "default") if word in schema}
    if "default" in kept and isinstance(kept["default"], int):
        kept["default"] = str(kept["default"])
    may_be_null = {"type": "null"} in schema.get("anyOf", [])
    return kept | ({"anyOf": [NANOS, {"type": "null"}]} if may_be_null else NANOS)


def reference(struct: type[Struct]) -> Schema:
    """A reference to a struct's schema."""
    return {"$ref": PLACE.format(name=struct.__name__)}
