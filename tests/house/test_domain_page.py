"""docs/design/DOMAIN.md tells what is built: events, commands, lifecycles, rules, lines.

A row that bears `[planned]` speaks of what is not built; every other row is held to the code.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from exchange.acts.market_ties import TIES
from exchange.ops import ROWS
from exchange.views import market_rows as market_views
from ledger import commands, events
from ledger.audit.invariant_checks import _MEANING
from ledger.cash.period_close import RULE
from ledger.inventory.nvidia_places import PLACES
from ledger.offices import ROLES
from ledger.op import Op
from ledger.opening.first_rules import FIRST_RULES
from ledger.parties import party
from ledger.reports.identity import DENYLIST
from ledger.rights import lease
from ledger.settlement.delivery_versus_payment import TRANSITIONS as SETTLEMENT
from ledger.things import site, unit
from ledger.views.rows import balance_rows
from tests.house.advice import advise
from tests.house.design import FOLDER, PLANNED

TICKED = re.compile(r"`([^`]+)`")
STAMPS = set(events.Event.__struct_fields__)
WRITTEN = {"deposit", "withdraw", "reversal"}  # the kinds that a CashPosted says itself
BY_OTHER_TESTS = {"I14", "I16"}  # bytes and rows, commands: not lines of a state
MACHINES = {
    "settlement": SETTLEMENT,
    "lease": lease.TRANSITIONS,
    "unit": unit.TRANSITIONS,
    "party": {
        (_was, verb): _is
        for (was, verb), now in party.STANDING.items()
        for _was, _is in [("suspended" if was else "active", "suspended" if now else "active")]
    },
}


class Row(NamedTuple):
    """One row of a table, its cells without blanks around them."""

    cells: tuple[str, ...]

    @property
    def is_planned(self) -> bool:
        return self.cells[0].startswith(PLANNED)


def section(number: int) -> str:
    """The text of one section."""
    text = (FOLDER / "DOMAIN.md").read_text("utf-8")
    parts = re.split(r"^## (\d+)\. .*$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))[str(number)]


def built(number: int) -> Iterator[Row]:
    """The rows of a section's tables that tell what is built."""
    for line in section(number).splitlines():
        if line.startswith("| "):
            cells = re.split(r"(?<!\\)\|", line.strip().strip("|"))
            row = Row(tuple(cell.strip() for cell in cells))
            if not row.is_planned:
                yield row


# --- 5: events and commands


def told_events() -> dict[str, list[str]]:
    """The fields of each event that a built row of section 5 names, in their order."""
    found: dict[str, list[str]] = {}
    for row in built(5):
        text = re.sub(r"\([^()]*\)", "", row.cells[-1])
        for sentence in re.split(r"[;.](?:\s|$)", text):
            names, colon, told = sentence.partition(":")
            fields = re.findall(r"\b[a-z][a-z0-9_]*\b", re.sub(r"\bor\b|\bof\b", "", told))
            for name in names.split(","):
                if colon and re.fullmatch(r"[A-Z]\w+", name.strip()):
                    found.setdefault(name.strip(), fields)
    return found


def signed_fields() -> dict[str, set[str]]:
    """The fields of each event that section 5 leaves unmarked: a command carries them."""
    found: dict[str, set[str]] = {}
    for row in built(5):
        text = re.sub(r"\([^()]*\)", "", row.cells[-1])
        for sentence in re.split(r"[;.](?:\s|$)", text):
            names, colon, told = sentence.partition(":")
            fields = re.findall(
                r"\b[a-z][a-z0-9_]*\b(?:\[\]|\{\})?°?", re.sub(r"\bor\b|\bof\b", "", told)
            )
            for name in names.split(","):
                if colon and re.fullmatch(r"[A-Z]\w+", name.strip()):
                    unmarked = {each.strip("[]{}") for each in fields if not each.endswith("°")}
                    found.setdefault(name.strip(), unmarked)
    return found


def own_fields(kind: type[events.Event]) -> list[str]:
    return [name for name in kind.__struct_fields__ if name not in STAMPS]


def test_every_event_is_told_with_its_fields_in_their_order() -> None:
    told = told_events()
    kinds = {kind.__name__: kind for kind in events.TOPICS.values()}
    right = {"TitleIssued", "TitleTransferred", "HoldPlaced", "HoldReleased"}
    wrong = [
        f"{name}: {told.get(name)} is told, {own_fields(kind)} is built"
        for name, kind in kinds.items()
        if (sorted if name in right else list)(told.get(name, []))
        != (sorted if name in right else list)(own_fields(kind))
    ]
    assert not wrong, advise(wrong, "DOMAIN 5 tells each event with all of its own fields")
    assert set(told) == set(kinds), "a row of DOMAIN 5 that is not marked tells what is not built"


def test_what_is_not_marked_as_computed_is_tied_to_what_was_signed() -> None:
    """Of each fact that an op brings: what the audit holds against the args, and no less."""
    told = signed_fields()
    wrong = [
        f"{op}: {fact.__name__}.{name}"
        for op, ties in TIES.items()
        for fact, tie in ties.items()
        for name in sorted(told.get(fact.__name__, set()) - tie.tied)
        if name not in IN_ANOTHER_FORM.get(op, ())
    ]
    assert not wrong, advise(wrong, "mark it with ° in DOMAIN 5, or tie it in ledger/acts")


# What a command says, and its fact in words of the register's or the release's own.
IN_ANOTHER_FORM = {
    "model.adopt": events.ModelListed.__struct_fields__,  # the release's figures
    "principal.revoke": ("party",),  # of a key: the register knows whose it is
    "unit.inspect": ("unit",),  # the report may show others beside the one that is named
    "settlement.accept": ("units_seen",),  # each card by the key that the register has of it
}


def test_every_command_is_told_with_its_op_its_fields_and_its_second_signature() -> None:
    rows = list(built(5))
    wrong = []
    for op, entry in ROWS.items():
        if entry.command.__module__ != commands.__name__:
            continue  # the market's: EXCHANGE 12
        name = entry.command.__name__
        found = [row for row in rows if re.search(rf"\b{name}\b", row.cells[0])]
        text = " ".join(cell for row in found for cell in row.cells)
        lacking = [
            field
            for field in entry.command.__struct_fields__
            if field not in commands.Command.__struct_fields__  # of every command: WIRE 3
            and not re.search(rf"\b{field}\b", text)
        ]
        if not found or f"`{op}`" not in text or lacking:
            wrong.append(f"{name} ({op}): {lacking or 'no row with its op'}")
        if isinstance(entry, Op) and entry.second.is_always_due and "**4**" not in text:
            wrong.append(f"{name} takes two, and its row does not say so")
    assert not wrong, advise(wrong, "DOMAIN 5 tells each command with its op and its fields")


# --- 4: lifecycles


def told_machine(name: str) -> dict[tuple[str, str], str]:
    """(state, verb) -> state, as the built rows of a machine in section 4 say it."""
    found: dict[tuple[str, str], str] = {}
    machine = ""
    for row in built(4):
        if len(row.cells) != 3:
            continue
        machine = row.cells[0] or machine
        if machine != name:
            continue
        state = row.cells[1].split()[0].casefold()
        text = re.sub(r"\([^()]*\)", "", row.cells[2])
        for verb, to in re.findall(r"\b([a-z_]+) -> ([A-Z_]+)", text):
            found[state, verb] = to.casefold()
        for verb in re.findall(r"\b([a-z_]+) stays", text):
            found[state, verb] = state
    return found


@pytest.mark.parametrize("name", MACHINES)
def test_a_lifecycle_is_told_as_its_table_has_it(name: str) -> None:
    assert told_machine(name) == MACHINES[name]


def test_a_site_becomes_what_the_page_says() -> None:
    told: dict[str, tuple[str, ...]] = {}
    machine = ""
    for row in built(4):
        if len(row.cells) == 3:
            machine = row.cells[0] or machine
            if machine == "site":
                words = row.cells[2].partition("(")[0].partition(".")[0]
                told[row.cells[1]] = tuple(word.strip() for word in words.split(","))
    assert told | {"closed": ()} == site.STATUSES


def test_every_dated_rule_is_told() -> None:
    rules = {"market:<pattern>" if name.startswith("market:") else name for name in FIRST_RULES}
    rules.add(RULE)  # no venue adopts it as it opens: it has a first value where it was never set
    told = {
        TICKED.findall(row.cells[0])[0]
        for row in built(4)
        if len(row.cells) == 2 and row.cells[0].startswith("`")
    }
    assert told == rules


# --- 1, 3, 6, 9: words


def test_every_line_that_is_told_is_checked() -> None:
    told = {row.cells[0] for row in built(6) if re.fullmatch(r"I\d+", row.cells[0])}

    assert told - BY_OTHER_TESTS == set(_MEANING)
    assert told >= BY_OTHER_TESTS


def test_what_puts_each_op_right_is_told_once() -> None:
    """`deposit.new` by `deposit.reverse`, or by nothing: a new op says which."""
    _, _, table = section(5).partition("**What a mistake is put right by.**")
    told: list[str] = []
    by: list[str] = []
    for line in table.splitlines():
        if line.startswith("| `"):
            wrong, right = line.strip("|").split("|")
            told += TICKED.findall(wrong)
            by += [each for each in TICKED.findall(right) if "." in each]

    ops = {name for name, row in ROWS.items() if isinstance(row, Op)}
    assert sorted(told) == sorted(ops)
    assert set(by) <= ops


def test_every_role_and_every_word_that_identifies_nothing_is_told() -> None:
    (role,) = [row for row in built(1) if row.cells[0] == "role"]

    assert set(ROLES) <= set(re.findall(r"\w+", role.cells[2]))
    assert set(TICKED.findall(section(1))) >= DENYLIST


def test_every_kind_of_entry_is_told() -> None:
    told = re.search(r"The kinds of entries are ([^.]+)\.", section(3))
    kinds = {*balance_rows.KINDS.values(), *market_views.KINDS.values(), *WRITTEN}

    assert told is not None
    assert set(re.findall(r"\w+", told[1])) == kinds


def test_every_reading_is_told() -> None:
    told = re.search(r"\*\*Readings\*\*(.*?)\n\n", section(9), re.DOTALL)

    assert told is not None
    words = set(re.findall(r"\w+", told[1]))
    assert {place.key.removesuffix("_volatile") for place in PLACES} <= words
