"""What may stand in the query of a route: each member declared, read in one place, else refused.

A member that a route does not declare, and a value that it could not obey, is refused `bad_field`:
nobody takes an answer for narrowed that is not (WIRE 1).
"""

from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple

from msgspec import structs
from multidict import MultiMapping

from gateway import wire
from gateway.settings import Limits
from ledger.base64url import sha256_text
from ledger.refusals import Reason, Refused, sentence_of
from ledger.shapes import whole_number
from ledger.time_text import instant_ns
from ledger.views.lists.filter_values import FilterKind, Form
from ledger.views.lists.pages import BadCursor, Cursor, pack, unpack

MARK_LENGTH: Final = 8  # of a cursor: so that a slip is found; it keeps no secret
_INSTANT: Final = "an instant: 2026-11-30T16:00:00Z, or nanoseconds since 1970"


class Whole(NamedTuple):
    """A whole number within bounds; beside them, words that stand for no number."""

    least: int
    most: int
    words: tuple[str, ...] = ()

    def read(self, text: str) -> int | str:
        if text in self.words:
            return text
        number = whole_number(text, self.most)
        if number is None or number < self.least:
            beside = "".join(f", or {word}" for word in self.words)
            raise ValueError(f"is a whole number, {self.least:,} to {self.most:,}{beside}")
        return number

    def schema(self) -> dict[str, Any]:
        number = {"type": "integer", "minimum": self.least, "maximum": self.most}
        return {"anyOf": [number, {"enum": list(self.words)}]} if self.words else number


class Instant(NamedTuple):
    """An instant: RFC 3339 with up to 9 decimals, or nanoseconds as text."""

    def read(self, text: str) -> int:
        number = whole_number(text, wire.NANOS_MOST)
        at_ns = instant_ns(text) if number is None else number
        if at_ns is None or not 0 <= at_ns <= wire.NANOS_MOST:
            raise ValueError(f"is {_INSTANT}")
        return at_ns

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
SPANS: Final = (("from", "to"), ("since", "until"))  # of positions, or of instants
PRESENT: Final = "This route tells the present. States of the past: gpubourse audit as-of."


def read_query(
    members: Iterable[QueryMember], given: MultiMapping[str], limits: Limits
) -> dict[str, Any]:
    """The values of a request's query, by the route's own members.

    Refuses `bad_shape` a member given twice, `bad_field` one that is not declared or whose value
    is not taken, `bad_combination` one that has an effect beside another alone, and a span that
    ends before it begins.
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
            raise Refused(
                Reason.bad_field,
                sentence_of("{name} {error}.", name=name, error=error),
                field=f"/{name}",
            ) from None
    if "wait_ms" in values and "min_position" not in values:
        text = "wait_ms says how long to wait for min_position: send both, or neither."
        raise Refused(Reason.bad_combination, text, field="/wait_ms")
    for first, last in SPANS:
        if first in values and last in values and values[first] > values[last]:
            raise Refused(
                Reason.bad_combination,
                sentence_of(
                    "{first} lies behind {last}: name the earlier one first.",
                    first=first,
                    last=last,
                ),
                field=f"/{first}",
            )
    return values


def cursor_of(lists: str, place: str) -> str:
    """The cursor of a place in a list; *lists* names the venue and the list."""
    return _mark(lists) + place


def place_of(lists: str, cursor: str) -> str:
    """The place that a cursor of this list names; refuses `bad_cursor` any other's."""
    mark, place = cursor[:MARK_LENGTH], cursor[MARK_LENGTH:]
    if mark != _mark(lists) or not place:
        raise bad_cursor()
    return place


def bad_cursor() -> Refused:
    """The refusal of what no page of a list has given."""
    text = "That cursor is not one of this list: begin again without it."
    return Refused(Reason.bad_cursor, text, field="/cursor")


class Began(NamedTuple):
    """Where the first page of a list of the journal stood, and what the last one ended with."""

    position: int
    at_ns: int
    key: int = 0  # 0: there was no page yet

    def next(self, key: int) -> str:
        """The place behind a page that ended with *key*."""
        return pack(Cursor(self.position, self.at_ns, key))


def began_by(place: str, now: Began) -> Began:
    """What a place in a list of the journal says, without one *now*; refuses `bad_cursor`."""
    if not place:
        return now
    try:
        position, at_ns, key = structs.astuple(unpack(place))
    except BadCursor:
        raise bad_cursor() from None
    if type(key) is not int or not 0 < key <= wire.NUMBER_MOST or not 0 < position <= now.position:
        raise bad_cursor()
    return Began(position, at_ns, key)


def _mark(lists: str) -> str:
    return sha256_text(lists.encode())[:MARK_LENGTH]


def _unknown(name: str, known: list[str]) -> Refused:
    if name == "as_of":
        return Refused(Reason.bad_field, PRESENT, field="/as_of")
    taken = f"it takes {', '.join(known)}" if known else "it takes none"
    text = sentence_of(
        "There is no query member {name!r} here: {taken}.", name=name[:64], taken=taken
    )
    return Refused(Reason.bad_field, text, field=f"/{name[:64]}")
