"""The shapes that a request's args may have, in words too (WIRE 1); a whole number as text.

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
# What nobody sees and a terminal or a page obeys: control characters (PostgreSQL's text cannot hold
# the character zero), half characters, and those that only format: they turn a line around, hide
# a word, or make two names look like one. Unicode's Cc, Cf, Cs, Zl and Zp of the last years.
_UNSEEN: Final = (
    r"\x00-\x1f\x7f-\x9f\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f"
    r"\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff0-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001345f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
)
ONE_LINE: Final = rf"^[^{_UNSEEN}]*{_END}"
_NAME: Final = rf"^(?=.*\S)[^{_UNSEEN}]*{_END}"

_FORMS: Final[dict[str, str]] = {  # a pattern: its form in words
    ONE_LINE: "text of one line, without control or format characters",
    _NAME: "a name of one line, not empty, without control or format characters",
}


def form(pattern: str, words: str, *, most: int | None = None) -> Meta:
    """The shape of a whole text: a pattern without anchors, and what a refusal calls it.

    *most* is its greatest length in characters.
    """
    whole = f"^({pattern}){_END}" if "|" in pattern else f"^{pattern}{_END}"
    _FORMS[whole] = words
    return Meta(pattern=whole, max_length=most)


_Id = TypeVar("_Id", bound=str)  # which kind of id: the form is the same for all

Text = Annotated[str, Meta(max_length=1024, pattern=ONE_LINE)]  # up to 1,024 characters on one line
Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=_NAME)]  # 1 to 200 signs
Word = Annotated[str, Meta(max_length=40, pattern=ONE_LINE)]  # one of a short list
Id = Annotated[_Id, form(_ID, "an id such as p-0042")]  # an id such as p-0042
MaybeId = Annotated[
    _Id, form(f"({_ID})?", "an id such as p-0042, or nothing")
]  # an id such as p-0042, or ""
Digest = Annotated[
    str, form(_DIGEST, "32 bytes (a SHA-256, or a key) as 43 characters of base64url")
]  # 32 bytes, base64url
MaybeDigest = Annotated[
    str, form(f"({_DIGEST})?", "a SHA-256 as 43 characters of base64url, or nothing")
]  # 32 bytes, or ""
Whole = Annotated[int, Meta(ge=0, le=2**53 - 1)]  # a whole number from 0
Positive = Annotated[int, Meta(ge=1, le=2**53 - 1)]  # a whole number from 1
Nanos = Annotated[int, Meta(ge=0, le=2**63 - 1)]  # nanoseconds; decimal text on the wire
Words = Annotated[list[Word], Meta(max_length=MEMBERS_MOST)]  # up to 64 of them
Names = Annotated[list[Name], Meta(max_length=MEMBERS_MOST)]  # up to 64 of them

_DECIMAL: Final = re.compile("0|[1-9][0-9]*")
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
_BOUND = re.compile(r"Expected `(\w+)` (of length )?(>=|<=|>|<) (-?[0-9]+)")
_PLACE = re.compile(r" - at `\$\.?([^`]*)`")
_OTHER = re.compile(r"Expected `([^`]+)`, got `([^`]+)`")
_MISSING = re.compile(r"Object missing required field `([^`]+)`")


def whole_number(text: str, most: int) -> int | None:
    """The number from 0 to *most* that a text says, without sign or leading zeros; None: none.

    `int` and a bare \\d also take the digits of other scripts, signs, blanks and `1_000`: nobody
    who sends those is told that he meant a number.
    """
    if len(text) > len(str(most)) or not _DECIMAL.fullmatch(text):
        return None
    number = int(text)
    return number if number <= most else None


def place_of(complaint: str) -> str:
    """The JSON pointer to what msgspec complains of (of a table: the whole table); "": all of it.

    `Expected `str` - at `$.names[3]`` -> "/names/3".
    """
    found = _PLACE.search(complaint)
    path = found[1].replace("[...]", "") if found else ""
    return "/" + path.replace(".", "/").replace("[", "/").replace("]", "") if path else ""


def in_words(complaint: str) -> str:
    """What msgspec says of args that do not fit, as a person would say it; unknown: unchanged.

    `Expected `int` >= 1` -> "it takes a whole number of at least 1".
    """
    if found := _MATCHING.fullmatch(complaint):
        words = next((text for known, text in _FORMS.items() if found[1] == repr(known)), "")
        return f"it takes {words}" if words else complaint
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
