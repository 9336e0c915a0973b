"""What a filter of a list may be given: one word of a closed set, an id of a kind, a form of text.

A value that no row could ever have is refused, never answered with an empty list.
"""

import re
from collections.abc import Iterable
from typing import Any, Final, NamedTuple, Protocol, get_args

from ledger.ids import PartyId, form_of


class FilterKind(Protocol):
    """Which values a filter takes."""

    def read(self, text: str) -> Any:
        """The value that a text stands for. Raises ValueError that says what is taken."""

    def schema(self) -> dict[str, Any]:
        """The same as a JSON schema of the value."""


class OneOf(NamedTuple):
    """One word of a closed set."""

    words: tuple[str, ...]

    def read(self, text: str) -> str:
        if text not in self.words:
            raise ValueError(f"is one of {', '.join(self.words)}")
        return text

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.words)}


class Form(NamedTuple):
    """Text of one form."""

    pattern: str
    what: str  # the form in words, with an example

    def read(self, text: str) -> str:
        if not re.fullmatch(self.pattern, text):
            raise ValueError(f"is {self.what}")
        return text

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^({self.pattern})$"}


def words(closed: Any) -> OneOf:
    """The words of a literal type."""
    return OneOf(get_args(closed))


def one_of(names: Iterable[str]) -> OneOf:
    """The keys of a table, or names."""
    return OneOf(tuple(names))


def id_of(*kinds: Any) -> Form:
    """An id of one of these kinds."""
    letters = [form_of(kind) for kind in kinds]
    pattern = "|".join(f"{letter}-[0-9]{{{width},18}}" for letter, width in letters)
    examples = " or ".join(f"{letter}-{7:0{width}d}" for letter, width in letters)
    return Form(pattern, f"an id such as {examples}")


LABEL: Final = Form(r"[^\x00-\x1f\x7f]{1,64}", "1 to 64 characters on one line")
MODEL: Final = Form("[A-Z0-9]{2,16}", "a model's code such as H100SXM8")
SYMBOL: Final = Form(
    r"[A-Z]\.[A-Z0-9]{2,16}(\.[A-Z0-9-]{1,10}){1,3}",
    "a market's symbol such as T.H100SXM8.A1.CN-BJ",
)
PARTY: Final = id_of(PartyId)
ACCOUNT_OWNER: Final = Form(
    rf"{PARTY.pattern}|[a-z]{{2}}-[0-9]{{1,4}}", "an id such as p-0007, or the venue's name"
)
ACCOUNT: Final = Form(
    r"[A-Za-z0-9-]{1,64}/[a-z_]{1,16}(/[a-z]-[0-9]{1,18})?", "an account such as p-0042/available"
)
RULE: Final = Form(
    r"[a-z_]{1,40}|market:[A-Z][A-Z0-9.*-]{0,40}", "a rule's name such as kyc_limits"
)
