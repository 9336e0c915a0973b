"""Ids are types: who swaps two of them in a command, an event or a record fails the type check.

Each id field of each such class is handed an id of another kind, and mypy must refuse it; the same
call with the right kinds must pass. One file is written, and mypy runs over it once.
"""

import dataclasses
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, NewType, get_args, get_origin, get_type_hints

import pytest
from msgspec import NODEFAULT
from msgspec.structs import fields as fields_of

from exchange.books.order import Order
from exchange.ops import ROWS
from exchange.orders.matching import Arrival
from exchange.venue import TOPICS
from ledger import ids, records
from ledger.caller import Caller
from tests.house.advice import advise
from tests.house.sources import ROOT

pytestmark = pytest.mark.xdist_group("types")  # one run of mypy serves the file

KINDS: dict[Any, str] = {kind: name for name, kind in vars(ids).items() if type(kind) is NewType}
CLASSES: list[Any] = [
    *TOPICS.values(),
    *dict.fromkeys(row.command for row in ROWS.values()),
    *(record for record in vars(records).values() if dataclasses.is_dataclass(record)),
    *(Order, Arrival, Caller),
]
# Text under a name that is an id elsewhere: what it says there.
TEXT: dict[str, str] = {
    "RecordDeposit.reference": "the bank's own",
    "ReverseDeposit.reference": "the bank's own",
    "CashPosted.reference": "the bank's own, or a payment's id",
    "HoldPlaced.reference": "what the bar rests on, by its kind",
    "ProposalMade.reference": "the first id or name among the proposed args",
}


class IdField(NamedTuple):
    """A field that holds one id, or a list of them."""

    owner: Any
    name: str
    kind: Any
    is_list: bool

    def value(self, kind: Any) -> str:
        """A variable of *kind*, as this field takes it."""
        name = variable(kind)
        return f"[{name}]" if self.is_list else name

    def foreign(self) -> str:
        """An id that does not belong here: no kind of its own, and none that it is a kind of."""
        return self.value(ids.PartyId if self.kind is not ids.PartyId else ids.OrderId)


def id_fields(owner: Any) -> Iterator[IdField]:
    for name, hint in get_type_hints(owner).items():
        many = get_args(hint)[0] if get_origin(hint) is list else None
        if hint in KINDS or many in KINDS:
            yield IdField(owner, name, many or hint, many is not None)


def variable(kind: Any) -> str:
    """`PartyId` -> `party_id`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", KINDS[kind]).lower()


def call(owner: Any, given: dict[str, str]) -> str:
    """The owner's construction with some members given, and anything at all for the rest."""
    if dataclasses.is_dataclass(owner):
        needed = [
            field.name
            for field in dataclasses.fields(owner)
            if field.default is field.default_factory is dataclasses.MISSING
        ]
    else:
        needed = [
            field.name
            for field in fields_of(owner)
            if field.default is NODEFAULT and field.default_factory is NODEFAULT
        ]
    members = dict.fromkeys(needed, "anything") | given
    told = ", ".join(f"{name}={value}" for name, value in members.items())
    return f"{owner.__module__}.{owner.__name__}({told})"


class Line(NamedTuple):
    """One call of the written file, and whether mypy must refuse it."""

    name: str
    text: str
    is_wrong: bool


def lines() -> Iterator[Line]:
    for owner in CLASSES:
        right = {field.name: field.value(field.kind) for field in id_fields(owner)}
        yield Line(owner.__name__, call(owner, right), False)
        for field in id_fields(owner):
            wrong = call(owner, right | {field.name: field.foreign()})
            yield Line(f"{owner.__name__}.{field.name}", wrong, True)


# Swaps that once passed, as somebody would write them.
SWAPS = (
    Line("an order's party and group", "party=group_id, group=party_id", True),
    Line("a lease's lessor and node", "lessor=node_id, node=party_id", True),
    Line("a trade's ask and trade", "ask=trade_id, trade=order_id", True),
)
SWAPPED = ("order_accepted", "lease_granted", "traded")


def swaps() -> Iterator[Line]:
    for line, topic in zip(SWAPS, SWAPPED, strict=True):
        given = dict(pair.split("=") for pair in line.text.split(", "))
        yield line._replace(text=call(TOPICS[topic], given))


pytestmark = pytest.mark.xdist_group("types")  # mypy reads the house once for all of them


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bool]:
    """Line by name: whether mypy refuses it."""
    written = [*lines(), *swaps()]
    head = [
        "from typing import Any",
        *(f"import {module}" for module in sorted({owner.__module__ for owner in CLASSES})),
        f"from ledger.ids import {', '.join(KINDS.values())}",
        "def construct(",
        *(f"    {variable(kind)}: {name}," for kind, name in KINDS.items()),
        "    anything: Any,",
        ") -> None:",
    ]
    path = tmp_path_factory.mktemp("types") / "swapped.py"
    path.write_text("\n".join([*head, *(f"    {line.text}" for line in written)]) + "\n")
    wrong = refused_lines(path)
    return {line.name: len(head) + at in wrong for at, line in enumerate(written, 1)}


def refused_lines(path: Path) -> set[int]:
    command = [sys.executable, "-m", "mypy", "--no-error-summary", str(path)]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert not found.stderr, found.stderr
    # of a file that it knows by content mypy repeats what it said, with the path of that time
    told = re.findall(rf"^\S*{path.name}:(\d+): error: .*\[(.*)\]$", found.stdout, re.M)
    assert len(told) == found.stdout.count(": error: "), found.stdout
    assert {code for _, code in told} <= {"arg-type", "list-item"}, found.stdout
    return {int(line) for line, _ in told}


def test_two_ids_cannot_be_swapped_anywhere(refused: dict[str, bool]) -> None:
    passed = [
        line.name for line in (*lines(), *swaps()) if line.is_wrong and not refused[line.name]
    ]

    assert sum(line.is_wrong for line in lines()) > 200, "the classes are not found any more"
    assert not passed, advise(passed, "give the field its type of ledger/ids.py")


def test_the_right_ids_pass(refused: dict[str, bool]) -> None:
    assert not [line.name for line in lines() if not line.is_wrong and refused[line.name]]


def test_a_name_that_is_an_id_is_one_everywhere() -> None:
    names = {field.name for owner in CLASSES for field in id_fields(owner)}
    text = {
        f"{owner.__name__}.{name}"
        for owner in CLASSES
        for name, hint in get_type_hints(owner).items()
        if name in names and hint in (str, list[str])
    }
    assert text == set(TEXT), "type it, or say in TEXT what it is"
