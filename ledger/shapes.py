"""The shapes that a request's args may have, and each shape in words (WIRE 1).

What goes into an event is bounded here, so that an event never outgrows its 60,000 bytes.
"""

import re
from typing import Annotated, Final, TypeVar

from msgspec import Meta

MEMBERS_MOST: Final = 64  # of a list or table that one event repeats

# To Python a `$` also stands before a last newline: the look-ahead shuts it out, and means nothing
# to other readers of these patterns (they are published in /openapi.json).
_END: Final = r"$(?!\n)"
_ID: Final = "[a-z]-[0-9]{1,18}"
_DIGEST: Final = "[A-Za-z0-9_-]{43}"
ONE_LINE: Final = rf"^[^\x00-\x1f\x7f]*{_END}"  # PostgreSQL's text cannot hold the character zero
_NAME: Final = rf"^(?=.*\S)[^\x00-\x1f\x7f]*{_END}"

_Id = TypeVar("_Id", bound=str)  # which kind of id: the form is the same for all

Text = Annotated[str, Meta(max_length=1024, pattern=ONE_LINE)]  # up to 1,024 characters on one line
Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=_NAME)]  # 1 to 200 signs
Word = Annotated[str, Meta(max_length=40, pattern=ONE_LINE)]  # one of a short list
Id = Annotated[_Id, Meta(pattern=f"^{_ID}{_END}")]  # an id such as p-0042
MaybeId = Annotated[_Id, Meta(pattern=f"^({_ID})?{_END}")]  # an id such as p-0042, or ""
Digest = Annotated[str, Meta(pattern=f"^{_DIGEST}{_END}")]  # 32 bytes, base64url
MaybeDigest = Annotated[str, Meta(pattern=f"^({_DIGEST})?{_END}")]  # 32 bytes, or ""
Whole = Annotated[int, Meta(ge=0, le=2**53 - 1)]  # a whole number from 0
Positive = Annotated[int, Meta(ge=1, le=2**53 - 1)]  # a whole number from 1
Nanos = Annotated[int, Meta(ge=0, le=2**63 - 1)]  # nanoseconds; decimal text on the wire
Words = Annotated[list[Word], Meta(max_length=MEMBERS_MOST)]  # up to 64 of them
Names = Annotated[list[Name], Meta(max_length=MEMBERS_MOST)]  # up to 64 of them

_FORMS: Final = {
    ONE_LINE: "text of one line, without control characters",
    _NAME: "a name of one line, not empty",
    f"^{_ID}{_END}": "an id such as p-0042",
    f"^({_ID})?{_END}": "an id such as p-0042, or nothing",
    f"^{_DIGEST}{_END}": "32 bytes (a SHA-256, or a key) as 43 characters of base64url",
    f"^({_DIGEST})?{_END}": "a SHA-256 as 43 characters of base64url, or nothing",
}
_KINDS: Final = {
    "int": "a whole number",
    "str": "text",
    "bool": "true or false",
    "array": "a list",
    "object": "an object { … }",
    "null": "null",
    "float": "a fraction",
}
_RANGE: Final = {">=": "of at least", "<=": "of at most", ">": "above", "<": "below"}
_MATCHING = re.compile(r"Expected `str` matching regex (.*)", re.DOTALL)
_BOUND = re.compile(r"Expected `(\w+)` (of length )?(>=|<=|>|<) (-?\d+)")
_OTHER = re.compile(r"Expected `([^`]+)`, got `([^`]+)`")
_MISSING = re.compile(r"Object missing required field `([^`]+)`")


def in_words(complaint: str) -> str:
    """What msgspec says of args that do not fit, as a person would say it; unknown: unchanged.

    `Expected `int` >= 1` -> "it takes a whole number of at least 1".
    """
    if found := _MATCHING.fullmatch(complaint):
        form = next((text for known, text in _FORMS.items() if found[1] == repr(known)), "")
        return f"it takes {form}" if form else complaint
    if found := _BOUND.fullmatch(complaint):
        unit = {"str": " characters", "array": " members", "object": " members"}.get(found[1], "")
        return f"it takes {_kind(found[1])} {_RANGE[found[3]]} {int(found[4]):,}{unit}"
    if found := _OTHER.fullmatch(complaint):
        return f"it takes {_kind(found[1])}, and {_kind(found[2])} came"
    if found := _MISSING.fullmatch(complaint):
        return f"{found[1]} is missing: give it"
    return complaint


def _kind(names: str) -> str:
    """`int | null` -> "a whole number or null"."""
    return " or ".join(_KINDS.get(name, name) for name in names.split(" | "))
