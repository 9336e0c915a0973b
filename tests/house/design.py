"""The design pages as headings, rows and names, and every place where code cites one of them."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.house.sources import ROOT

FOLDER = ROOT / "docs" / "design"
PAGES = ("DOMAIN", "EXCHANGE", "WIRE", "ARCHITECTURE", "STYLE")
PLANNED = "[planned]"
# What bears a name of its own: its first letter -> the page and the places that tell it.
NAMED = {"I": ("DOMAIN", ("6",)), "X": ("EXCHANGE", ("3.4", "5.3")), "E": ("EXCHANGE", ("11",))}

_HEADING = re.compile(r"^(#{2,4}) +(?:(\d+(?:\.\d+)?)\.? +)?(.*)$")
_CODE_FENCE = "```"
_FIRST = re.compile(r"([A-Z]?\d+[a-z]?)\b")  # what a row is called: 5a, I7, "1 price, then time"
_ITEM = re.compile(r"(?<![\w.`])(\d{1,3}) `")  # of a list within a cell: 35 `not_in_class`
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_TICKED = re.compile(r"`([^`]+)`")


class Item(NamedTuple):
    """A paragraph, a bullet, a row or a heading: where it stands, and how it may be called."""

    place: str  # the number of its heading: "3.4"
    names: frozenset[str]  # in small letters: "5a", "identity", "i7"
    is_planned: bool


class Page(NamedTuple):
    """One page: its numbered headings, and all that stands under them."""

    name: str
    headings: dict[str, bool]  # number -> whether it is planned
    items: tuple[Item, ...]

    def has(self, number: str) -> bool:
        """Whether there is such a heading, or a bullet that begins with this number in bold."""
        return number in self.headings or bool(self._numbered(number))

    def is_planned(self, number: str) -> bool:
        """Whether all that the number names is."""
        if number in self.headings:
            return self.headings[number]
        return all(item.is_planned for item in self._numbered(number))

    def under(self, number: str) -> list[Item]:
        """What stands under a heading, its sub-headings' included."""
        if number not in self.headings:
            return self._numbered(number)
        within = f"{number}."
        return [item for item in self.items if f"{item.place}.".startswith(within)]

    def _numbered(self, number: str) -> list[Item]:
        return [item for item in self.items if "." in number and number in item.names]


class Citation(NamedTuple):
    """One place that a text names. `detail` is a row, a range of rows or a name; "" for none."""

    page: str
    number: str  # "": the page alone
    detail: str
    line: int


@cache
def pages() -> dict[str, Page]:
    """Every design page that is there."""
    return {
        name: read_page(name, path.read_text("utf-8"))
        for name in PAGES
        if (path := FOLDER / f"{name}.md").is_file()
    }


def read_page(name: str, text: str) -> Page:
    """The headings of a page and what stands under each."""
    headings: dict[str, bool] = {}
    items: list[Item] = []
    place, letter, is_planned = "", "", False
    for block in _blocks(text):
        if found := _HEADING.match(block):
            place = found[2] or place
            title = found[3].removesuffix(PLANNED).strip()
            if found[2]:
                is_planned = found[3].endswith(PLANNED) or _is_under_planned(place, headings)
                headings[place] = is_planned
            items.append(Item(place, _names(title, title, ""), found[3].endswith(PLANNED)))
            continue
        bare = re.sub(r"^(?:\d+\. (?=\[planned))?[-| ]*", "", block)
        is_marked = is_planned or bare.startswith(PLANNED)
        bare = bare.removeprefix(PLANNED).strip()
        if block.startswith("|"):
            first = bare.partition("|")[0]
            if set(first) <= set("- :"):
                continue
            if first.strip() in ("#", "") or re.match(r"[A-Z]\b", first):
                letter = first.strip()[:1] if first.strip()[:1].isupper() else ""
            items.append(Item(place, _names(first, bare, letter), is_marked))
        else:
            letter = ""
            items.append(Item(place, _names("", bare, ""), is_marked))
    return Page(name, headings, tuple(items))


def _is_under_planned(place: str, headings: dict[str, bool]) -> bool:
    return "." in place and headings.get(place.partition(".")[0], False)


def _blocks(text: str) -> Iterator[str]:
    """Headings, rows, bullets and paragraphs, each as one line; fenced blocks are left out."""
    waiting: list[str] = []
    is_fenced = False
    for line in [*text.splitlines(), ""]:
        if line.startswith(_CODE_FENCE):
            is_fenced = not is_fenced
            continue
        if is_fenced:
            continue
        begins = line.startswith(("#", "|", "- ")) or re.match(r"\d+\. ", line)
        if (begins or not line.strip()) and waiting:
            yield " ".join(waiting)
            waiting = []
        if line.strip():
            waiting.append(line.strip())


def _names(first: str, whole: str, letter: str) -> frozenset[str]:
    """How an item may be called: by its row's number, by a word in bold, by what is in ticks."""
    found = {name.strip(" .:").casefold() for name in _BOLD.findall(whole)}
    found |= {name.casefold() for name in _TICKED.findall(whole)}
    found |= {name.casefold() for name in re.findall(r"\b[A-Z][a-z]+[A-Z]\w+", whole)}
    found |= set(_ITEM.findall(whole))
    found |= set(re.findall(r"\*\*(\d+\.\d+)\b", whole))  # a bullet that begins **7.1 …**
    plain = re.sub(r"[`*]", "", first).strip()
    if row := _FIRST.match(plain):
        found |= {row[1].casefold(), f"{letter}{row[1]}".casefold()}
    if not first:  # a numbered list
        found |= set(re.findall(r"^(\d+)\. ", whole))
    return frozenset(found | ({plain.casefold()} if plain else set()))


# --- citations

_PAGE = re.compile(rf"\b({'|'.join(PAGES)})\b(?!\.md)")
_GAP = r"(?:[ ]|\n[ \t]*(?:#|--|//|\*)?[ \t]*)"  # a blank, or the end of a commented line
_NUMBER = re.compile(rf"{_GAP}(\d+(?:\.\d+)?)(?![\d-])")
_MORE = re.compile(rf"(?:,| and|{_GAP}and){_GAP}(\d+(?:\.\d+)?)(?![\w-]|\.\d)")
_ROWS = re.compile(rf",{_GAP}rows?{_GAP}((?:\d+[a-z]?(?:-\d+[a-z]?)?(?:, | and )?)+)")
_RANGE = re.compile(rf"{_GAP}\((\d+-\d+)\b")
_LOOSE_RANGE = re.compile(rf",{_GAP}(\d+-\d+)\b")
_QUOTED = re.compile(rf",{_GAP}(?:\"([^\"]+)\"|`([^`]+)`|([A-Z][a-z]+[A-Z]\w+))")
_OWN = re.compile(rf"\b([{''.join(NAMED)}])(\d{{1,2}})\b(?!\.\d)")


def citations(text: str) -> Iterator[Citation]:
    """Every place of a design page that a text names, in order."""
    for found in _PAGE.finditer(text):
        if text[found.start() - 1 : found.start()] in ("/", '"') and text[found.end() :][:1] == '"':
            continue  # the name of the page as a value, not a citation
        line = text.count("\n", 0, found.start()) + 1
        yield from _cited(text, found[1], found.end(), line)


def own_names(text: str) -> Iterator[Citation]:
    """Every example, invariant and law that a text calls by its own name: X1, I7, E13."""
    for found in _OWN.finditer(text):
        page, places = NAMED[found[1]]
        line = text.count("\n", 0, found.start()) + 1
        yield Citation(page, " or ".join(places), found[0], line)


def _cited(text: str, page: str, at: int, line: int) -> Iterator[Citation]:
    number = _NUMBER.match(text, at)
    if number is None:
        yield Citation(page, "", "", line)
        return
    last, at = number[1], number.end()
    has_detail = False
    while True:
        if rows := _ROWS.match(text, at) or _RANGE.match(text, at):
            for name in re.split(r", | and ", rows[1]):
                if name:
                    yield Citation(page, last, f"row {name}", line)
        elif rows := _LOOSE_RANGE.match(text, at):
            yield Citation(page, last, f"{rows[1]}?", line)
        elif rows := _QUOTED.match(text, at):
            yield Citation(page, last, next(name for name in rows.groups() if name), line)
        elif rows := _MORE.match(text, at):
            if not has_detail:
                yield Citation(page, last, "", line)
            last, at, has_detail = rows[1], rows.end(), False
            continue
        else:
            break
        at, has_detail = rows.end(), True
    if not has_detail:
        yield Citation(page, last, "", line)


def fault(cited: Citation, known: dict[str, Page], *, may_be_planned: bool = False) -> str:
    """Why a citation does not hold; "" if it does."""
    page = known.get(cited.page)
    if page is None:
        return f"there is no page {cited.page}"
    if not cited.number:
        return f"it names {cited.page} and no place in it"
    numbers = [number for number in cited.number.split(" or ") if page.has(number)]
    if not numbers:
        return f"{cited.page} has no heading {cited.number}"
    if cited.detail.endswith("?"):
        return f"say what {cited.detail[:-1]} are: `{cited.page} {cited.number}, rows …`"
    if not may_be_planned and all(page.is_planned(number) for number in numbers):
        return f"{cited.page} {cited.number} is not built"
    items = [item for number in numbers for item in page.under(number)]
    for name in _ends(cited.detail):
        called = [item for item in items if name.casefold() in item.names]
        if not called:
            return f"{cited.page} {cited.number} has no {name}"
        if not may_be_planned and all(item.is_planned for item in called):
            return f"{cited.page} {cited.number}, {name} is not built"
    return ""


def _ends(detail: str) -> list[str]:
    """The names that a detail stands for: of a range, its ends."""
    if detail.startswith("row "):
        return detail.removeprefix("row ").split("-")
    return [detail] if detail else []


# --- the mark

_LIKE = re.compile(
    r"(?<!\w)[\[(*_`{<]+ *planned\b[^\]\n]{0,24}?[\])*_`}>]+|^[-| ]*planned *:", re.IGNORECASE
)


# A bullet, a table's row, a numbered step.
_MARKED_ITEM = re.compile(rf"(?:-|\||\d+\.) {re.escape(PLANNED)} ")


def bad_marks(text: str) -> list[int]:
    """The lines where a page marks what is not built in any other way than `[planned]`, or place.

    It stands first in a paragraph, a bullet, a step or a row's first cell, or last in a heading; in
    backticks it is spoken of.
    """
    wrong: list[int] = []
    before, is_fenced = "", False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith(_CODE_FENCE):
            is_fenced = not is_fenced
        bare = line.replace(f"`{PLANNED}`", "")
        if not is_fenced and not _is_marked_well(bare, before):
            wrong.append(number)
        before = line
    return wrong


def _is_marked_well(line: str, before: str) -> bool:
    like = [found[0] for found in _LIKE.finditer(line)]
    if not like:
        return True
    if like != [PLANNED]:
        return False
    if line.startswith("#"):
        return line.endswith(f" {PLANNED}")
    begins_paragraph = line.startswith(PLANNED) and not before.strip()
    return begins_paragraph or bool(_MARKED_ITEM.match(line))


def page_files() -> list[Path]:
    """The files of the design pages that are there."""
    return [path for name in PAGES if (path := FOLDER / f"{name}.md").is_file()]
