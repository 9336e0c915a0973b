"""Bytes to plain values, strictly: the name decides the form, never the value (WIRE 1).

Inside the gateway every number is an int. On the wire a member whose name ends in `_ns` is decimal
text. How a value is written is the client's `gpubourse.wire`: both sides go by the same lines.
Whoever sends may be a stranger: no step costs more than its share of the bytes, and what has more
values than its bounds is left where that is seen.
"""

import json
import re
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import msgspec

from ledger.refusals import Reason, Refused, sentence_of
from ledger.shapes import whole_number

NUMBER_MOST: Final = 2**53 - 1
NANOS_MOST: Final = 2**63 - 1
NAME_SHOWN: Final = 64  # characters of a member's name in a refusal
DIGITS_SHOWN: Final = 24  # of a number in a refusal

_DIGITS_MOST = len(str(NUMBER_MOST)) + 1  # and a sign
_SURROGATE = re.compile("[\ud800-\udfff]")

_stored = msgspec.json.Decoder(dict[str, Any]).decode


class Bounds(NamedTuple):
    """How much one JSON text may hold (WIRE 7); a gateway may be set otherwise: Limits."""

    depth: int = 16  # levels
    text_characters: int = 1_024
    members: int = 256  # of one object
    values: int = 20_000  # of the whole: each member, each item of a list, and the text itself


BOUNDS: Final = Bounds()


class Decoded(NamedTuple):
    """What a JSON text holds, as far as it could be read, and why it is refused, if it is."""

    value: Any  # in its inward form only if nothing is refused
    refusal: Refused | None


def decode(body: bytes, bounds: Bounds = BOUNDS) -> Any:
    """The plain value of a JSON body, `_ns` members as ints.

    Refuses `bad_shape` for what is not strict JSON (bad UTF-8, a member given twice, a fraction,
    an exponent, trailing text, a number beyond 2^53 - 1) or has more levels, members or values
    than its bounds, and `bad_field` for a member whose value has the wrong form, naming it.
    """
    value, refusal = read(body, bounds)
    if refusal is not None:
        raise refusal.anew()
    return value


def read(body: bytes, bounds: Bounds = BOUNDS) -> Decoded:
    """As `decode`, but a refusal comes with what could be read: a message is answered by its id."""
    parser = _Parser(bounds)
    try:
        value = parser.parsed(body)
    except Refused as refused:
        return Decoded(None, refused.anew())
    if parser.refusal is not None:
        return Decoded(value, parser.refusal)
    try:
        return Decoded(_Inward(bounds).value(value, 1), None)
    except Refused as refused:
        return Decoded(value, refused.anew())


def decode_object(body: bytes, bounds: Bounds = BOUNDS) -> dict[str, Any]:
    """As `decode`, of a body that must be one object; an empty body is an empty object."""
    return object_of(Decoded({}, None) if not body.strip() else read(body, bounds))


def object_of(decoded: Decoded) -> dict[str, Any]:
    """What was decoded, if it is an object that nothing is refused of; else raises Refused."""
    value, refusal = decoded
    if refusal is not None:
        raise refusal.anew()
    if not isinstance(value, dict):
        raise Refused(Reason.bad_shape, "This is not a JSON object: send { … }.")
    return value


def decode_stored(state: bytes) -> dict[str, Any]:
    """An event's own fields from its stored bytes: ours, so nothing is checked again."""
    return _stored(state)


def nanos(text: str, field: str) -> int:
    """An instant or a length of GPU-time from its decimal text: neither lies below zero."""
    number = _nanos(text)
    if number is None:
        raise _not_nanos(field)
    return number


def _nanos(text: Any) -> int | None:
    return whole_number(text, NANOS_MOST) if isinstance(text, str) else None


def _not_nanos(field: str) -> Refused:
    return Refused(
        Reason.bad_field,
        "Nanoseconds are decimal text within 64 bits, without sign or leading zeros.",
        field=field,
    )


class _Parser:
    """Bytes to what Python's own JSON makes of them.

    What strict JSON does not take is noted and passed over: the first such thing is `refusal`.
    What is beyond all bounds raises Refused where it is met.
    """

    def __init__(self, bounds: Bounds) -> None:
        self.refusal: Refused | None = None
        self._bounds = bounds
        self._objects = self._members = self._numbers = 0

    def parsed(self, body: bytes) -> Any:
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Refused(
                Reason.bad_shape,
                sentence_of(
                    "The text is not UTF-8 (at byte {start}): send JSON in UTF-8.",
                    start=error.start,
                ),
            ) from None
        try:
            return json.loads(
                text,
                object_pairs_hook=self._object,
                parse_int=self._whole,
                parse_float=self._no_fraction,
                parse_constant=self._no_fraction,
            )
        except json.JSONDecodeError as error:
            raise Refused(
                Reason.bad_shape,
                sentence_of(
                    "The text is not JSON (line {lineno}, column {colno}: {msg}).",
                    lineno=error.lineno,
                    colno=error.colno,
                    msg=error.msg,
                ),
            ) from None
        except RecursionError:
            raise _too_deep(self._bounds.depth) from None

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        self._objects += 1
        self._members += len(pairs)
        _must_be_few(max(self._objects, self._members), self._bounds.values)
        members = dict(pairs)
        if len(members) != len(pairs):
            name = _first_doubled(name for name, _ in pairs)
            self._refuse(f"The member {name[:NAME_SHOWN]!r} is given twice: send it once.")
        if len(pairs) > self._bounds.members:
            self._refuse(
                f"An object has {len(pairs)} members; at most {self._bounds.members} are taken."
            )
        return members

    def _whole(self, digits: str) -> int | None:
        self._numbers += 1
        _must_be_few(self._numbers, self._bounds.values)
        if len(digits) > _DIGITS_MOST or abs(int(digits)) > NUMBER_MOST:
            self._refuse(
                f"The number {_cut(digits)} is beyond 9,007,199,254,740,991: numbers are whole, "
                "and nanoseconds are decimal text."
            )
            return None  # no number of ours: a message's id would be taken for another's
        return int(digits)

    def _no_fraction(self, digits: str) -> None:
        self._numbers += 1
        _must_be_few(self._numbers, self._bounds.values)
        self._refuse(
            f"{_cut(digits)} is not a whole number: amounts are in minor units, prices in ticks."
        )

    def _refuse(self, detail: str) -> None:
        if self.refusal is None:
            self.refusal = Refused(Reason.bad_shape, detail)


def _cut(digits: str) -> str:
    """A number as a refusal shows it; of a long one the beginning, and that it goes on."""
    return digits if len(digits) <= DIGITS_SHOWN else f"{digits[:DIGITS_SHOWN]}…"


def _first_doubled(names: Iterable[str]) -> str:
    """The first name that came before; there is one."""
    earlier: set[str] = set()
    for name in names:
        if name in earlier:
            return name
        earlier.add(name)
    raise AssertionError("a name is there twice")


class _Inward:
    """Walks through a value as it came in, within its bounds; one walk for each."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._values = 0
        self._path: list[str | int] = []  # to the value that is looked at: written out if refused

    def value(self, value: Any, depth: int) -> Any:
        """The inward form of a value at a level of nesting; the whole text is at 1."""
        self._values += 1
        _must_be_few(self._values, self._bounds.values)
        if isinstance(value, str):
            return self._text(value)
        if not isinstance(value, dict | list):
            return value
        if depth > self._bounds.depth:
            raise _too_deep(self._bounds.depth)
        if isinstance(value, list):
            return [self._at(n, item, depth) for n, item in enumerate(value)]
        return {name: self._member(name, member, depth) for name, member in value.items()}

    def _member(self, name: str, member: Any, depth: int) -> Any:
        if not name.isascii():
            raise Refused(
                Reason.bad_shape,
                sentence_of("Member names are ASCII; {name!r} is not.", name=name[:NAME_SHOWN]),
            )
        if not name.endswith("_ns") or member is None:
            return self._at(name, member, depth)
        self._values += 1
        _must_be_few(self._values, self._bounds.values)
        number = _nanos(member)
        if number is None:
            self._path.append(name)
            raise _not_nanos(self._pointer())
        return number

    def _at(self, step: str | int, value: Any, depth: int) -> Any:
        self._path.append(step)
        inward = self.value(value, depth + 1)
        self._path.pop()
        return inward

    def _pointer(self) -> str:
        """A JSON pointer to where the walk stands, long names cut."""
        return "".join(f"/{str(step)[:NAME_SHOWN]}" for step in self._path)

    def _text(self, text: str) -> str:
        most = self._bounds.text_characters
        if len(text) > most:
            raise Refused(
                Reason.bad_field,
                sentence_of(
                    "The text has {text_count} characters; at most {most} are taken.",
                    text_count=len(text),
                    most=most,
                ),
                field=self._pointer(),
            )
        if not is_whole(text):
            raise Refused(
                Reason.bad_shape, "The text holds half of a surrogate pair.", field=self._pointer()
            )
        return text


def is_whole(text: str) -> bool:
    """Whether a text holds no half of a surrogate pair: else it cannot be written as UTF-8."""
    return text.isascii() or not _SURROGATE.search(text)


def _must_be_few(values: int, most: int) -> None:
    if values > most:
        raise Refused(
            Reason.bad_shape,
            sentence_of("The JSON holds more than {most} values: send it in parts.", most=most),
        )


def _too_deep(depth_most: int) -> Refused:
    return Refused(
        Reason.bad_shape,
        sentence_of("The JSON is nested deeper than {depth_most} levels.", depth_most=depth_most),
    )
