"""Args to commands: the shape of a request, checked first of all (EXCHANGE 4, rows 1 and 2)."""

import re
from typing import Any, Final

import msgspec

from exchange.ops import ROWS, Row
from ledger.commands import Command
from ledger.op import Op
from ledger.refusals import Reason, Refused, sentence_of
from ledger.shapes import in_words, place_of

EXAMPLES: Final = {  # of the ids that members name; all others are parties
    "order": "o-000912",
    "orders": "o-000912",
    "site": "s-0001",
    "to_site": "s-0001",
    "settlement": "x-000031",
    "lease": "l-000007",
    "payment": "y-000001",
    "proposal": "z-000001",
    "principal": "k-0107",
    "unit": "u-000001",
    "things": "n-0003",
    "nodes": "n-0003",
}
_UNKNOWN = re.compile(r"unknown field `([^`]+)`")


def read(op: str, args: dict[str, Any]) -> Command:
    """The command that an op and its args make. Refuses `bad_shape`, then `bad_field`."""
    row = ROWS.get(op)
    if row is None:
        raise Refused(
            Reason.bad_shape, sentence_of("There is no operation {op!r}.", op=op), field="/op"
        )
    try:
        return msgspec.convert(args, row.command)
    except msgspec.ValidationError as error:
        raise _refusal(op, args, row, str(error)) from None


def _refusal(op: str, args: dict[str, Any], row: Row, text: str) -> Refused:
    """Which of the two it is: out of shape, or out of range."""
    known = row.command.__struct_fields__
    later = row.not_yet if isinstance(row, Op) else {}
    strangers = [name for name in args if name not in known and name not in later]
    if strangers:
        name = strangers[0][:64]
        text = sentence_of(
            "{op} has no member {name!r}: it takes {known}.",
            op=op,
            name=name,
            known=", ".join(known) or "none",
        )
        return Refused(Reason.bad_shape, text, field=f"/{name}")
    found = _UNKNOWN.search(text)
    if found and found[1] in later:
        return _not_yet(found[1], later[found[1]])
    field = place_of(text)
    what = text.partition(" - at ")[0]
    is_type = found is not None or ", got `" in what or "missing required" in what
    words = _with_its_example(in_words(what), field)
    detail = sentence_of("{op}{value}: {words}.", op=op, value=field.replace("/", " "), words=words)
    return Refused(Reason.bad_shape if is_type else Reason.bad_field, detail, field=field)


def _with_its_example(words: str, field: str) -> str:
    """An id is explained by one of its own kind: an order's by an order's."""
    example = EXAMPLES.get(field.rstrip("/0123456789").rpartition("/")[2], "")
    return words.replace("such as p-0042", f"such as {example}") if example else words


def _not_yet(member: str, words: str) -> Refused:
    text = sentence_of(
        "{words} ({member}) is not served by this venue yet: leave it out.",
        words=words,
        member=member,
    )
    return Refused(Reason.bad_field, text, field=f"/{member}")
