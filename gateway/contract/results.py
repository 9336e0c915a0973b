"""What a command's `result` may be, as a schema: done, waiting, as it stood, or tried alone."""

from typing import Any

from msgspec import Struct

from exchange.ops import OPS
from gateway.contract.answers import contract, struct_named
from gateway.contract.previews import previews_of
from gateway.contract.schemas import Schema, reference
from gpubourse.records import WaitingProposal
from ledger.op import NOBODY


def result_structs(op: str) -> list[type[Struct]]:
    """Every struct that an op may answer with."""
    own = contract()["replies"][op]["record"]
    found = [struct_named(own)] if own else []
    return [*found, *(previews_of(op) if op in OPS else ()), WaitingProposal]


def done(op: str) -> list[Schema]:
    """The thing that was named, or the list of them; []: the op is only ever proposed."""
    reply = contract()["replies"][op]
    if not reply["record"]:
        return []
    one = reference(struct_named(reply["record"]))
    if not reply["list"]:
        return [one]
    several: Schema = {"type": "array", "items": one, "description": "each that it was done to"}
    return [{"type": "object", "required": [reply["list"]], "properties": {reply["list"]: several}}]


def tried(op: str) -> list[Schema]:
    """What its dry run may tell."""
    return [reference(each) for each in previews_of(op)] if op in OPS else []


def waiting(op: str) -> list[Schema]:
    """The proposal that it may be, until others sign."""
    return [reference(WaitingProposal)] if op in OPS and OPS[op].second is not NOBODY else []


def any_of(schemas: list[Schema]) -> dict[str, Any]:
    """One of several; of one, that one."""
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}


def result(op: str, status: int | None = None) -> dict[str, Any]:
    """The schema of an op's result: of a status by REST, else of all.

    A key that is sent again brings the first answer with 200, a proposal among them.
    """
    if status == 201:
        return any_of(done(op))
    if status == 202:
        return any_of(waiting(op))
    return any_of([*done(op), *waiting(op), *tried(op)])
