"""What may stand in the query of a route: each member declared, read in one place, else refused.

A member that a route does not declare, and a value that it could not obey, is refused `bad_field`:
nobody takes an answer for narrowed that is not (WIRE 1).
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Final, NamedTuple

from multidict import MultiMapping

from gateway import wire
from gateway.settings import Limits
from ledger.durations import SECOND_NS
from ledger.refusals import Reason, Refused
from ledger.views.lists.filter_values import FilterKind, Form

_INSTANT: Final = "an instant: 2026-11-30T16:00:00Z, or nanoseconds since 1970"


class Whole(NamedTuple):
    """A whole number within bounds; beside them, words that stand for no number."""

    least: int
    most: int
    words: tuple[str, ...] = ()

    def read(self, text: str) -> int | str:
        if text in self.words:
            return text
        is_number = text.isascii() and text.isdigit() and len(text) <= len(str(self.most))
        if not is_number or not self.least <= int(text) <= self.most:
            beside = "".join(f", or {word}" for word in self.words)
            raise ValueError(f"is a whole number, {self.least:,} to {self.most:,}{beside}")
        return int(text)

    def schema(self) -> dict[str, Any]:
        number = {"type": "integer", "minimum": self.least, "maximum": self.most}
        return {"anyOf": [number, {"enum": list(self.words)}]} if self.words else number


class Instant(NamedTuple):
    """An instant: RFC 3339 with up to 9 decimals, or nanoseconds as text."""

    def read(self, text: str) -> int:
        if text.isascii() and text.isdigit():
            try:
                return wire.nanos(text, "")
            except Refused as error:
                raise ValueError(f"is {_INSTANT}") from error
        head, _, rest = text.partition(".")
        digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
        try:
            at = datetime.fromisoformat((head + rest[len(digits) :]).replace("Z", "+00:00"))
        except ValueError:
            at = None
        if at is None or at.tzinfo is None or len(digits) > 9 or at.timestamp() < 0:
            raise ValueError(f"is {_INSTANT}")
        return round(at.timestamp()) * SECOND_NS + int(digits.ljust(9, "0"))

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "description": f"{_INSTANT[0].upper()}{_INSTANT[1:]}."}


class QueryMember(NamedTuple):
    """One member of a route's query: its name, and which values it takes."""

    name: str
    kind: FilterKind | Callable[[Limits], FilterKind]
    meaning: str

    def kind_under(self, limits: Limits) -> FilterKind:
        """What it takes where these limits are in force."""
        return self.kind(limits) if callable(self.kind) else self.kind


POSITION: Final = Whole(1, wire.NUMBER_MOST)
CURSOR: Final = QueryMember(
    "cursor", Form(r"[\x21-\x7e]{1,1024}", "the next of a page"), "goes on behind that page"
)
LIMIT: Final = QueryMember(
    "limit", lambda limits: Whole(1, limits.rows_per_page), "how many rows at most"
)
PAGE: Final = (LIMIT, CURSOR)
SPAN: Final = (
    QueryMember("from", Instant(), "rows from then on"),
    QueryMember("to", Instant(), "rows before then"),
)
NEW_ENOUGH: Final = (
    QueryMember(
        "min_position", Whole(0, wire.NUMBER_MOST), "waits until the reply can be true there"
    ),
    QueryMember(
        "wait_ms",
        lambda limits: Whole(0, limits.position_wait_ms_most),
        "for how long; with min_position alone",
    ),
)
PRESENT: Final = "This route tells the present. States of the past: gpubourse audit as-of."


def read_query(
    members: Iterable[QueryMember], given: MultiMapping[str], limits: Limits
) -> dict[str, Any]:
    """The values of a request's query, by the route's own members.

    Refuses `bad_shape` a member given twice, `bad_field` one that is not declared or whose value
    is not taken, `bad_combination` one that has an effect beside another alone.
    """
    known = {member.name: member for member in members}
    values: dict[str, Any] = {}
    for name, text in given.items():
        if name in values:
            raise Refused(Reason.bad_shape, "A query member is given twice: send it once.")
        if name not in known:
            raise _unknown(name, list(known))
        try:
            values[name] = known[name].kind_under(limits).read(text)
        except ValueError as error:
            raise Refused(Reason.bad_field, f"{name} {error}.", field=f"/{name}") from None
    if "wait_ms" in values and "min_position" not in values:
        text = "wait_ms says how long to wait for min_position: send both, or neither."
        raise Refused(Reason.bad_combination, text, field="/wait_ms")
    return values


def _unknown(name: str, known: list[str]) -> Refused:
    if name == "as_of":
        return Refused(Reason.bad_field, PRESENT, field="/as_of")
    taken = f"it takes {', '.join(known)}" if known else "it takes none"
    text = f"There is no query member {name[:64]!r} here: {taken}."
    return Refused(Reason.bad_field, text, field=f"/{name[:64]}")
