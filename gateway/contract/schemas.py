"""JSON schemas of structs as the wire has them: `_ns` members are decimal text (WIRE 1)."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct

from gateway.release import release

Schema = dict[str, Any]
NANOS: Final[Schema] = {"type": "string", "pattern": "^([1-9][0-9]{0,18}|0)$"}
WHOLE_MOST: Final = 2**53 - 1
LEAF: Final[Schema] = {  # of a command's reply, where the venue publishes a log
    "leaf_position": {"type": "integer", "minimum": 1},
    "leaf": {"type": "string", "pattern": "^[A-Za-z0-9_-]{43}$"},
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


def described(schema: Schema, doc: str, members: Mapping[str, str]) -> None:
    """Put words on a schema and its members, in place."""
    schema["description"] = doc
    for name, text in members.items():
        if name in schema.get("properties", {}):
            schema["properties"][name] = {**schema["properties"][name], "description": text}


def example(schema: Schema, known: Mapping[str, Schema], name: str = "") -> Any:
    """A value that a schema takes: the field's own words where they fit. Raises ValueError."""
    if "$ref" in schema:
        target = schema["$ref"].rpartition("/")[2]
        return example(known[target], known, name)
    if "examples" in schema:
        return schema["examples"][0]
    for word in ("const", "default"):
        if word in schema and schema[word] not in (None, "", [], {}):
            return schema[word]
    if "enum" in schema:
        return next((word for word in schema["enum"] if word), schema["enum"][0])
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return example(schema[several][0], known, name)
    kind = schema.get("type")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        return _object(schema, known, name)
    if kind == "array":
        return _array(schema, known, name)
    if kind == "string":
        return _text(schema, name)
    if kind == "integer":
        least = max(schema.get("minimum", 1), -(2**53))
        return NUMBERS.get(name, least) if least <= 1 else least
    if kind == "boolean":
        return True
    return None


def _object(schema: Schema, known: Mapping[str, Schema], name: str) -> Any:
    members = schema.get("properties", {})
    wanted = [*schema.get("required", [])]
    found = {each: example(members[each], known, each) for each in wanted}
    more = schema.get("additionalProperties")
    if not members and isinstance(more, dict) and more:
        return {MEMBERS_OF.get(name, "CN-SH"): example(more, known)}
    return found


def _array(schema: Schema, known: Mapping[str, Schema], name: str) -> Any:
    if "prefixItems" in schema:
        return [example(each, known, each.get("title", name)) for each in schema["prefixItems"]]
    items = schema.get("items")
    return [example(items, known, name)] if isinstance(items, dict) else []


def _text(schema: Schema, name: str) -> str:
    if schema.get("pattern") == NANOS["pattern"]:
        return "1796090400000000000"
    if name == "version":
        return release()
    if name in TEXTS and _fits(TEXTS[name], schema):
        return TEXTS[name]
    if schema.get("minLength", 0) >= 43 or "{43}" in schema.get("pattern", ""):
        return DIGEST
    if "{86}" in schema.get("pattern", ""):
        return DIGEST * 2
    return ID if "[a-z]-[0-9]" in schema.get("pattern", "") else "text"


def _fits(text: str, schema: Schema) -> bool:
    """Whether a text is within a schema's own bounds."""
    within = schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", len(text))
    return within and re.search(schema.get("pattern", ""), text) is not None


DIGEST: Final = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
ID: Final = "p-0042"
MEMBERS_OF: Final = {"limits": "body_bytes", "seats": "trader", "buckets": "reads"}
NUMBERS: Final = {
    "price_ticks": 1035, "lots": 3, "position": 333, "amount_minor": 100_000_000, "speed": 1,
    "gpus_per_lot": 8, "memory_mib": 81_920, "tdp_w": 700, "tpp": 15_824, "kyc_tier": 2,
    "share_bp": 2_500, "minor_digits": 2, "hours": 744, "lot_size": 8,
}  # fmt: skip
TEXTS: Final = {
    "market": "T.H100SXM8.A1.CN-BJ", "model": "H100SXM8", "models": "H100SXM8",
    "delivery_point": "CN-BJ",
    "jurisdiction": "CN", "venue": "cn-1", "currency": "CNY", "zone": "Asia/Shanghai",
    "order": "o-000912", "orders": "o-000912", "site": "s-0001", "to_site": "s-0001",
    "settlement": "x-000031", "lease": "l-000007", "payment": "y-000001",
    "proposal": "z-000001", "principal": "k-0107", "unit": "u-000001", "things": "n-0003",
    "nodes": "n-0003", "node": "n-0003", "thing": "n-0003", "hold": "h-000001",
    "fill": "t-000231.bid", "trade": "t-000231", "label": "desk 2", "scopes": "trade",
    "legal_name": "Pudong Compute Ltd.", "registration_no": "91310115MA1K0001XX",
    "holder": "Chen Jing", "reference": "BANK-7781", "payer_reference": "BANK-9",
    "account": "p-0042/available", "reason": "it came late", "stream": "unit:u-000017",
    "rule": "kyc_limits", "role": "owner", "kind": "company", "name": "Beijing West Hall",
    "party": "p-0042", "key": "01a22f54-8d00-7a10-8000-000000000001", "asset_class": "H100SXM8.A1",
    "chain": DIGEST, "challenge": DIGEST, "token": DIGEST, "ticket": DIGEST, "session": DIGEST,
    "vendor": "nvidia", "form": "sxm", "names": "NVIDIA H100 80GB HBM3", "status": "live",
    "id": "p-0042", "state": "open", "side": "bid", "phase": "continuous",
    "code": "insufficient_cash", "grade": "A", "topic": "traded", "op": "order.new",
    "serial": "1652622023456", "basis": "sale",
}  # fmt: skip
