"""What the members of a request may be beyond their types: closed sets and bounds (WIRE 1).

A stored command decodes by its struct alone, so that old journals open for ever; what is taken
today the deciders judge. Each set here is the very one that they refuse by.
"""

from collections.abc import Collection, Iterable, Mapping
from functools import cache
from typing import Any, Final

from msgspec import Struct

from exchange.books.terms import DELIVERIES, LOTS_MOST, ORDER_KINDS, POST_ONLY, SELF_TRADES
from exchange.books.terms import TIME_IN_FORCE as TIMES_IN_FORCE
from exchange.commands import AmendOrder, CancelAll, PlaceOrder
from exchange.words import SIDES
from gateway.access.invitations import Invite
from gateway.contract.schemas import NANOS, WHOLE_MOST, Schema, components
from gateway.wire import BOUNDS, NANOS_MOST
from ledger import commands as c
from ledger.inspection.reinspection import LOAD_TESTS
from ledger.offices import ROLES, SCOPES
from ledger.parties import party
from ledger.parties.principal import SIGNING
from ledger.rights.title import BASES
from ledger.things import provenance
from ledger.things.gpu_models import FORMS
from ledger.things.grade import INSPECTOR_C
from ledger.things.site import STATUSES
from ledger.words import DELIVERY_MODES

Members = Mapping[str, Collection[str]]
ONE_OF: Final[Mapping[type[Struct], Members]] = {
    PlaceOrder: {
        "side": SIDES,
        "type": ORDER_KINDS,
        "time_in_force": TIMES_IN_FORCE,
        "post_only": POST_ONLY,
        "delivery": DELIVERIES,
        "self_trade": SELF_TRADES,
    },
    CancelAll: {"side": ("", *SIDES)},
    c.ListModel: {"form": FORMS},
    c.RegisterParty: {"kind": party.KINDS},
    c.GrantRole: {"role": ROLES},
    c.RevokeRole: {"role": ROLES},
    c.RegisterSite: {"status": STATUSES},
    c.SetSiteStatus: {"status": STATUSES},
    c.InspectUnits: {"load_test": LOAD_TESTS, "flags": INSPECTOR_C},
    c.FileProvenance: {"kind": provenance.KINDS},
    c.IssueTitle: {"basis": BASES},
    c.InstructDelivery: {"mode": DELIVERY_MODES},
    Invite: {"scopes": SCOPES, "signing": SIGNING},
}
EACH_ONCE: Final[Schema] = {"uniqueItems": True}
NARROWER: Final[Mapping[type[Struct], Mapping[str, Schema]]] = {
    PlaceOrder: {
        "price_ticks": {"minimum": 1, "maximum": LOTS_MOST},
        "lots": {"minimum": 1, "maximum": LOTS_MOST},
        "nodes": {**EACH_ONCE, "items": {"type": "string", "pattern": "^[a-z]-[0-9]{1,18}$"}},
    },
    AmendOrder: {
        "price_ticks": {"minimum": 1, "maximum": LOTS_MOST},
        "lots": {"minimum": 0, "maximum": LOTS_MOST},
    },
    c.ListModel: {"names": {"minItems": 1}},
    c.IssueTitle: {"things": EACH_ONCE},
    c.SetNodeSite: {"nodes": EACH_ONCE},
    Invite: {"scopes": EACH_ONCE},
}


def request_components(structs: Iterable[type[Any]]) -> dict[str, Schema]:
    """As `components`, of what a client sends: nothing that the venue would refuse by its form."""
    kinds = list(dict.fromkeys(structs))
    found = components(kinds)
    by_name = {kind.__name__: kind for kind in kinds}
    for name, schema in found.items():
        for member, own in schema.get("properties", {}).items():
            schema["properties"][member] = _narrowed(by_name.get(name), member, own)
    return found


def _narrowed(kind: type[Struct] | None, member: str, schema: Schema) -> Schema:
    """A member's schema within its own bounds, and within those of every request."""
    if "anyOf" in schema:
        return {**schema, "anyOf": [_narrowed(kind, member, each) for each in schema["anyOf"]]}
    words = ONE_OF.get(kind, {}).get(member) if kind else None
    within = bounded(schema | (NARROWER.get(kind, {}).get(member, {}) if kind else {}))
    if words is None:
        return within
    enum: Schema = {"type": "string", "enum": list(words)}
    if schema.get("type") == "array":
        return within | {"items": enum}
    kept = {word: schema[word] for word in ("description", "default") if word in schema}
    return kept | enum


def bounded(schema: Schema) -> Schema:
    """A schema within what any member of a request may be (WIRE 1)."""
    kind = schema.get("type")
    if kind == "integer":
        return {"minimum": -WHOLE_MOST, "maximum": WHOLE_MOST} | schema
    if kind == "array" and isinstance(schema.get("items"), dict):
        return schema | {"items": bounded(schema["items"])}
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return schema | {"additionalProperties": bounded(schema["additionalProperties"])}
    if kind != "string" or "enum" in schema:
        return schema
    if schema.get("pattern") == NANOS["pattern"]:
        return schema | {"pattern": nanos_pattern()}
    return {"maxLength": BOUNDS.text_characters} | schema


@cache
def nanos_pattern() -> str:
    """A pattern of decimal text from 0 to 2^63 - 1."""
    most = str(NANOS_MOST)
    several = [
        f"{most[:place]}[{'01'[place == 0]}-{int(digit) - 1}][0-9]{{{len(most) - place - 1}}}"
        for place, digit in enumerate(most)
        if int(digit) > (place == 0)
    ]
    return f"^(0|[1-9][0-9]{{0,{len(most) - 2}}}|{'|'.join(several)}|{most})$"
