"""Bytes to plain values, strictly: the name decides the form, never the value (WIRE 1).

Inside the gateway every number is an int. On the wire a member whose name ends in `_ns` is decimal
text. How a value is written is the client's `gpubourse.wire`: both sides go by the same lines.
"""

import json
import re
from typing import Any, Final, NamedTuple

import msgspec

from ledger.refusals import Reason, Refused

NUMBER_MOST: Final = 2**53 - 1
NANOS_MOST: Final = 2**63 - 1
DEPTH_MOST: Final = 16  # a gateway may be set otherwise: Limits
TEXT_MOST: Final = 1_024

_DECIMAL = re.compile(r"[1-9][0-9]{0,18}|0")
_DIGITS_MOST = len(str(NUMBER_MOST)) + 1  # and a sign

_stored = msgspec.json.Decoder(dict[str, Any]).decode


def decode(body: bytes, depth_most: int = DEPTH_MOST, text_most: int = TEXT_MOST) -> Any:
    """The plain value of a JSON body, `_ns` members as ints.

    Refuses `bad_shape` for what is not strict JSON (bad UTF-8, a member given twice, a fraction,
    an exponent, trailing text, depth, a number beyond 2^53 - 1) and `bad_field` for a member whose
    value has the wrong form, naming it.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused(
            Reason.bad_shape, f"The text is not UTF-8 (at byte {error.start}): send JSON in UTF-8."
        ) from None
    try:
        value = json.loads(
            text,
            object_pairs_hook=_members,
            parse_int=_whole,
            parse_float=_no_fraction,
            parse_constant=_no_fraction,
        )
    except json.JSONDecodeError as error:
        raise Refused(
            Reason.bad_shape,
            f"The text is not JSON (line {error.lineno}, column {error.colno}: {error.msg}).",
        ) from None
    except RecursionError:
        raise _too_deep(depth_most) from None
    return _Inward(depth_most, text_most).value(value, "", 1)


def decode_object(
    body: bytes, depth_most: int = DEPTH_MOST, text_most: int = TEXT_MOST
) -> dict[str, Any]:
    """As `decode`, of a body that must be one object; an empty body is an empty object."""
    value = decode(body, depth_most, text_most) if body.strip() else {}
    if not isinstance(value, dict):
        raise Refused(Reason.bad_shape, "The body is not a JSON object: send { … }.")
    return value


def decode_stored(state: bytes) -> dict[str, Any]:
    """An event's own fields from its stored bytes: ours, so nothing is checked again."""
    return _stored(state)


def nanos(text: str, field: str) -> int:
    """An instant or a length of GPU-time from its decimal text: neither lies below zero."""
    if not isinstance(text, str) or not _DECIMAL.fullmatch(text) or int(text) > NANOS_MOST:
        raise Refused(
            Reason.bad_field,
            "Nanoseconds are decimal text within 64 bits, without sign or leading zeros.",
            field=field,
        )
    return int(text)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Refused(Reason.bad_shape, f"The member {twice[:64]!r} is given twice: send it once.")
    return members


def _whole(digits: str) -> int:
    if len(digits) > _DIGITS_MOST or abs(int(digits)) > NUMBER_MOST:
        raise Refused(
            Reason.bad_shape,
            f"The number {digits[:24]} is beyond 9,007,199,254,740,991: numbers are whole, "
            "and nanoseconds are decimal text.",
        )
    return int(digits)


def _no_fraction(digits: str) -> Any:
    raise Refused(
        Reason.bad_shape,
        f"{digits[:24]} is not a whole number: amounts are in minor units, prices in ticks.",
    )


class _Inward(NamedTuple):
    """Looks through a value as it came in: how deep it may be, how long a text."""

    depth_most: int
    text_most: int

    def value(self, value: Any, pointer: str, depth: int) -> Any:
        if isinstance(value, str):
            return self._text(value, pointer)
        if not isinstance(value, dict | list):
            return value
        if depth > self.depth_most:
            raise _too_deep(self.depth_most)
        if isinstance(value, list):
            return [self.value(item, f"{pointer}/{n}", depth + 1) for n, item in enumerate(value)]
        members = {}
        for name, member in value.items():
            if not name.isascii():
                raise Refused(Reason.bad_shape, f"Member names are ASCII; {name[:64]!r} is not.")
            path = f"{pointer}/{name}"
            if name.endswith("_ns") and member is not None:
                members[name] = nanos(member, path)
            else:
                members[name] = self.value(member, path, depth + 1)
        return members

    def _text(self, text: str, pointer: str) -> str:
        if len(text) > self.text_most:
            raise Refused(
                Reason.bad_field,
                f"The text has {len(text)} characters; at most {self.text_most} are taken.",
                field=pointer,
            )
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise Refused(
                Reason.bad_shape, "The text holds half of a surrogate pair.", field=pointer
            )
        return text


def _too_deep(depth_most: int) -> Refused:
    return Refused(Reason.bad_shape, f"The JSON is nested deeper than {depth_most} levels.")
