"""What the code cites is there and is built: every citation of a design page finds its place."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.advice import advise
from tests.house.design import (
    FOLDER,
    PAGES,
    PLANNED,
    bad_marks,
    citations,
    fault,
    own_names,
    page_files,
    pages,
    read_page,
)
from tests.house.sources import ROOT, committed

MADE_UP = {"tests/house/test_references.py"}  # this file: its citations are examples
NOT_READ = {".json", ".lock", ".png", ".svg"}
# Whose own names (X1, I7, E13) are those of the design pages.
ROOMS_OF_NAMES = ("ledger/", "exchange/", "tests/ledger/", "tests/exchange/", "tests/oracles/")
GONE = re.compile(r"\b(?:MEASURED|AMENDMENTS)\b")
STRANGE = re.compile(rf"\((?!(?:{'|'.join(PAGES)})\b)[A-Z]{{5,}} \d+(?:\.\d+)?[,;)]")  # (LAW 3)
FILE = re.compile(r"\bdocs/design/(\w+)\.md\b")


def texts() -> Iterator[tuple[str, str]]:
    """Every text that may cite: its path from the root, and what it says."""
    for path in committed():
        where = path.relative_to(ROOT).as_posix()
        if path.suffix not in NOT_READ and where not in MADE_UP and "/vendor/" not in where:
            try:
                yield where, path.read_text("utf-8")
            except UnicodeDecodeError:
                continue  # a picture


def is_prose(where: str) -> bool:
    """Whether it is a document, which may name a page alone."""
    return where.endswith(".md")


def is_page(where: str) -> bool:
    """Whether it is a design page, which may point at what is planned."""
    return Path(where).parent == FOLDER.relative_to(ROOT)


def test_the_five_pages_are_there() -> None:
    missing = [name for name in PAGES if name not in pages()]

    assert not missing, f"docs/design/ lacks {', '.join(missing)}"


def test_sections_are_numbered_from_1_without_a_gap() -> None:
    wrong = [
        name
        for name, page in pages().items()
        if (sections := [number for number in page.headings if "." not in number])
        != [str(number) for number in range(1, len(sections) + 1)]
    ]
    assert not wrong, "code cites sections by number: keep the numbering"


def test_each_page_begins_with_what_the_mark_means() -> None:
    wrong = [
        path.name
        for path in page_files()
        if f"`{PLANNED}`" not in path.read_text("utf-8").partition("\n## ")[0]
    ]
    assert not wrong, advise(wrong, f"say before the first section what `{PLANNED}` means")


def test_every_citation_finds_its_place_and_what_code_cites_is_built() -> None:
    wrong = [
        f"{where}:{cited.line} {why}"
        for where, text in texts()
        for cited in citations(text)
        if (cited.number or not is_prose(where))
        and (why := fault(cited, pages(), may_be_planned=is_page(where)))
    ]
    assert not wrong, advise(
        wrong,
        "name a place that the page has and that is built (STYLE 13), with the rule in words "
        "beside it",
    )


def test_citations_are_met() -> None:
    """A finder that finds nothing would find no fault."""
    code = [text for where, text in texts() if not is_prose(where)]
    met = [cited.page for text in code for cited in citations(text) if cited.number]

    assert all(met.count(name) >= 5 for name in PAGES), {name: met.count(name) for name in PAGES}


def test_every_example_law_and_invariant_called_by_name_is_there_and_built() -> None:
    wrong = [
        f"{where}:{cited.line} {why}"
        for where, text in texts()
        if where.startswith(ROOMS_OF_NAMES)
        for cited in own_names(text)
        if (why := fault(cited, pages()))
    ]
    assert not wrong, advise(wrong, "X stands in EXCHANGE 3.4 and 5.3, E in 11, I in DOMAIN 6")


def test_no_page_is_cited_that_is_not_in_the_repository() -> None:
    wrong = [
        f"{where}: {name}"
        for where, text in texts()
        for name in (*GONE.findall(text), *STRANGE.findall(text))
    ]
    wrong += [
        f"{where}: docs/design/{name}.md"
        for where, text in texts()
        for name in FILE.findall(text)
        if name not in PAGES
    ]
    assert not wrong, advise(wrong, "put the figure or the rule into the sentence itself")


def test_what_is_not_built_is_marked_in_one_way() -> None:
    wrong = [
        f"docs/design/{path.name}:{line}"
        for path in page_files()
        for line in bad_marks(path.read_text("utf-8"))
    ]
    assert not wrong, advise(
        wrong,
        f"{PLANNED} stands first in a paragraph, a bullet or a row's first cell, or last in a "
        "heading, and nowhere else",
    )


# --- the finder itself

PAGE = """# EXCHANGE

What is not built bears `[planned]`.

## 1. Instruments

**Rounding** is toward zero.

| field | value |
|---|---|
| `eligible` | roles |
| [planned] `clamp_bp` | 100 |

## 3. Matching
### 3.4 Examples

| X | book | trades |
|---|---|---|
| 1 price, then time | a | b |
| [planned] 5 all or none | a | b |

## 4. Before an order is accepted

| group | codes |
|---|---|
| asset | 35 `not_in_class` · 36 `not_the_owner` |
| [planned] asset | 39 `control_class_denied` |
| 5a | settled |

## 6. Away from the book [planned]
### 6.1 Blocks

## 11. Laws

- **E1** Lots are conserved. **E2** So is cash.
- **11.1 Bounds**: of what is counted.
- [planned] **E3** Nothing is passed over.
"""
KNOWN = {"EXCHANGE": read_page("EXCHANGE", PAGE)}


def faults(text: str, *, may_be_planned: bool = False) -> list[str]:
    """Why the citations of a text do not hold."""
    found = [*citations(text), *own_names(text)]
    whys = [fault(cited, KNOWN, may_be_planned=may_be_planned) for cited in found]
    return [why for why in whys if why]


@pytest.mark.parametrize(
    "text",
    [
        '"""Toward zero (EXCHANGE 1)."""',
        "# the examples of EXCHANGE 3.4, X1",
        "# EXCHANGE 1 and 4, and no other",
        "# EXCHANGE 4, 3.4",
        "# EXCHANGE 11.1",
        "-- the first of EXCHANGE\n-- 4 that applies",
        "# EXCHANGE 4 (35-36) in this order",
        "# EXCHANGE 4, rows 35 and 36; EXCHANGE 4, row 5a",
        '# EXCHANGE 1, "Rounding"; EXCHANGE 1, `eligible`',
        "# E1 and E2 hold",
        "PAGES = 'none'  # docs/design/EXCHANGE.md",
        'NAME = "EXCHANGE"',
    ],
)
def test_a_citation_that_holds_is_let_through(text: str) -> None:
    assert faults(text) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("# EXCHANGE 9", "EXCHANGE has no heading 9"),
        ("# EXCHANGE 3.7", "EXCHANGE has no heading 3.7"),
        ("# EXCHANGE 1 and 9", "EXCHANGE has no heading 9"),
        ("# EXCHANGE's rule", "it names EXCHANGE and no place in it"),
        ("# as in EXCHANGE.", "it names EXCHANGE and no place in it"),
        ("# DOMAIN 1", "there is no page DOMAIN"),
        ("# EXCHANGE 6", "EXCHANGE 6 is not built"),
        ("# EXCHANGE 6.1", "EXCHANGE 6.1 is not built"),
        ("# EXCHANGE 4, row 47", "EXCHANGE 4 has no 47"),
        ("# EXCHANGE 4 (35-47)", "EXCHANGE 4 has no 47"),
        ("# EXCHANGE 4, 35-36", "say what 35-36 are: `EXCHANGE 4, rows …`"),
        ("# EXCHANGE 4, row 39", "EXCHANGE 4, 39 is not built"),
        ('# EXCHANGE 1, "Money"', "EXCHANGE 1 has no Money"),
        ("# EXCHANGE 1, `clamp_bp`", "EXCHANGE 1, clamp_bp is not built"),
        ("# E3 holds", "EXCHANGE 11, E3 is not built"),
        ("# E4 holds", "EXCHANGE 11 has no E4"),
    ],
)
def test_a_citation_that_does_not_hold_is_found(text: str, why: str) -> None:
    assert faults(text) == [why]


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("# as measured (MEASURED)", True),
        ("# AMENDMENTS B3", True),
        ("# the rule (LEDGER 3)", True),
        ("# the rule (LEDGER 3.1; EXCHANGE 1)", True),
        ("# the rule (EXCHANGE 1)", False),
        ("# measured here", False),
    ],
)
def test_a_page_that_is_none_is_found(text: str, is_found: bool) -> None:
    assert bool([*GONE.findall(text), *STRANGE.findall(text)]) is is_found


def test_a_page_may_point_at_what_is_planned_but_not_at_what_is_nowhere() -> None:
    assert faults("as in EXCHANGE 6", may_be_planned=True) == []
    assert faults("as in EXCHANGE 7", may_be_planned=True) == ["EXCHANGE has no heading 7"]


def test_a_citation_knows_its_line() -> None:
    assert [cited.line for cited in citations("a\n\n# EXCHANGE 1\n# EXCHANGE\n# 4")] == [3, 4]


@pytest.mark.parametrize(
    "line",
    [
        "- [planned] a bullet",
        "| [planned] a row | of two cells |",
        "[planned] a paragraph",
        "## 6. A heading [planned]",
        "What bears `[planned]` is not built.",
        "A walk is planned as a taker; so are `gpus_planned`.",
    ],
)
def test_a_mark_in_its_place_is_let_through(line: str) -> None:
    assert bad_marks(f"\n{line}\n") == []


@pytest.mark.parametrize(
    "line",
    [
        "- (planned) a bullet",
        "- **[planned]** a bullet",
        "- *planned* a bullet",
        "- Planned: a bullet",
        "- [Planned] a bullet",
        "- [planned for 0.2] a bullet",
        "- a bullet [planned]",
        "| a row | [planned] in its second cell |",
        "## [planned] 6. A heading",
        "- [planned] one, [planned] two",
    ],
)
def test_any_other_mark_is_found(line: str) -> None:
    assert bad_marks(f"\n{line}\n") == [2]


def test_a_mark_within_a_paragraph_is_found() -> None:
    assert bad_marks("One sentence is built,\n[planned] and one is not.\n") == [2]
