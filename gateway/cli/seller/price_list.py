"""A price list: a CSV of servers, classes or models, each with its price in yuan."""

import csv
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from gateway.cli.exit_codes import USAGE, VerbFailed
from gateway.cli.figures import amount_minor
from gateway.cli.seller.report_files import in_words, read_file
from ledger.inventory import Unreadable

HEADER: Final = ("name", "price")
TEMPLATE_HEADER: Final = ("name", "price_yuan_per_gpu", "free", "last_price_yuan_per_gpu")
NAMES: Final = ("name", "node", "class", "model", "thing", "unit")  # what may head the first
PRICES: Final = ("price", "yuan", "price_yuan", "cny", "price_yuan_per_gpu")
LINES_MOST: Final = 20_000
BAD_SHOWN: Final = 20  # bad lines that are told one by one
THING: Final = re.compile(r"[nu]-[0-9]{1,12}")
NAME: Final = re.compile(r"[A-Z0-9]{2,20}(\.[ABCU][012])?")
_MARKS: Final = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))


class PriceLine(NamedTuple):
    """One line: whose price, and where it stands."""

    line: int  # of the file, from 1
    name: str  # n-0003, u-000012, H100SXM8.A0 or H100SXM8
    price_minor: int  # 0: the cell is empty, what it names is not offered


class BadLine(NamedTuple):
    """A line that cannot be used, and why."""

    line: int
    wrong: str


class PriceList:
    """The lines of a price list by name: a server's own price goes before its class's."""

    def __init__(self, path: str, lines: Sequence[PriceLine]) -> None:
        self.path = path
        self.lines = {line.name: line for line in lines}

    def price_of(self, thing: str, asset_class: str) -> PriceLine | None:
        """The line of a thing itself, else of its class, else of its model.

        None if there is none, or if its price is empty.
        """
        names = (thing, asset_class, asset_class.partition(".")[0])
        line = next((self.lines[name] for name in names if name in self.lines), None)
        return line if line is not None and line.price_minor else None


def read_price_list(path: Path, digits: int, lang: str) -> PriceList:
    """Read a price list. Raises: VerbFailed, which tells every bad line by its number."""
    rows = _rows(path, lang)
    if not rows:
        raise VerbFailed(USAGE, f"{path} holds no price.", _how())
    names_at, prices_at, has_header = _columns(rows[0][1])
    columns = len(rows[0][1]) if has_header else len(HEADER)
    found: dict[str, PriceLine] = {}
    bad: list[BadLine] = []
    for number, cells in rows[1:] if has_header else rows:
        try:
            _must_be_even(cells, columns, 1 + max(names_at, prices_at))
            line = _line(number, cells, names_at, prices_at, digits)
            if line.name in found:
                first = found[line.name].line
                raise _Bad(f"{line.name} has a price already, in line {first}")
            found[line.name] = line
        except _Bad as wrong:
            bad.append(BadLine(number, str(wrong)))
    if len(bad) > 1 and not found and not has_header:
        raise VerbFailed(
            USAGE,
            f"{path} is no price list: no line of it names a server, a class or a model.",
            f"{_how()} A report is for the verb `import`.",
        )
    must_be_good(str(path), bad)
    if not any(line.price_minor for line in found.values()):
        raise VerbFailed(USAGE, f"{path} holds no price.", _how())
    return PriceList(str(path), list(found.values()))


def must_be_good(path: str, bad: Sequence[BadLine]) -> None:
    """Raise VerbFailed with every bad line by its number, if there are any."""
    if not bad:
        return
    lines_in_words = "\n".join(f"  line {each.line}: {each.wrong}." for each in bad[:BAD_SHOWN])
    more = f"\n  … and {len(bad) - BAD_SHOWN:,} more" if len(bad) > BAD_SHOWN else ""
    raise VerbFailed(
        USAGE,
        f"{path} cannot be used as it is, and nothing was sent:\n{lines_in_words}{more}\n{_how()}",
    )


class _Bad(Exception):
    """Why a line cannot be used."""


def _must_be_even(cells: list[str], columns: int, needed: int) -> None:
    """Refuse a row that is neither whole nor ends behind its price: a comma may have parted it."""
    filled = next((at for at in range(len(cells), 0, -1) if cells[at - 1].strip()), 0)
    if filled <= needed or len(cells) == columns:
        return
    raise _Bad(
        f"the row has {len(cells)} cells, and the header {columns}: write a price without a comma, "
        'or in quotes: 100000 or "100,000"'
    )


def _line(number: int, cells: list[str], names_at: int, prices_at: int, digits: int) -> PriceLine:
    name = cells[names_at].strip() if names_at < len(cells) else ""
    price = cells[prices_at].strip() if prices_at < len(cells) else ""
    if THING.fullmatch(name.lower()):
        name = name.lower()
    elif NAME.fullmatch(name.upper()):
        name = name.upper()
    else:
        raise _Bad(f"{name!r} is no server, class or model" if name else "it names nothing")
    if not price:
        return PriceLine(number, name, 0)
    try:
        price_minor = amount_minor(price, digits)
    except VerbFailed as no:
        raise _Bad(str(no).partition(" Say it")[0].rstrip(".")) from None
    if not price_minor:
        raise _Bad(f"the price of {name} is 0")
    return PriceLine(number, name, price_minor)


def _columns(header: list[str]) -> tuple[int, int, bool]:
    """Where name and price stand, and whether this line is a header."""
    heads = [cell.strip().casefold() for cell in header]
    names = [at for at, head in enumerate(heads) if head in NAMES]
    prices = [at for at, head in enumerate(heads) if head in PRICES]
    if names and prices:
        return names[0], prices[0], True
    return 0, 1, False


def _rows(path: Path, lang: str) -> list[tuple[int, list[str]]]:
    """The lines that are not empty and no remark (#), as cells; tabs and semicolons part them, too.

    Raises: VerbFailed for a file that is not there, is no text, or is too long.
    """
    try:
        raw = read_file(path)
    except Unreadable as error:
        raise VerbFailed(USAGE, in_words(str(path), error, lang)) from None
    encoding = next((name for mark, name in _MARKS if raw.startswith(mark)), "utf-8")
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        raise VerbFailed(
            USAGE,
            f"{path} is not in UTF-8; a spreadsheet may have saved it in another encoding, as GBK.",
            "Save it as `CSV UTF-8`.",
        ) from None
    if "\0" in text:
        raise VerbFailed(USAGE, f"{path} is no text.", "Save the table as CSV.")
    lines = [(n, line) for n, line in enumerate(text.splitlines(), start=1) if line.strip(" ,;\t")]
    lines = [(n, line) for n, line in lines if not line.lstrip().startswith("#")]
    if len(lines) > LINES_MOST:
        raise VerbFailed(
            USAGE, f"{path} has more than {LINES_MOST:,} lines.", "Price by class, not by server."
        )
    separator = max(",;\t", key=lines[0][1].count) if lines else ","
    rows = []
    for number, line in lines:
        try:
            rows.append((number, next(csv.reader([line], delimiter=separator, strict=True))))
        except csv.Error as error:
            raise VerbFailed(
                USAGE, f"{path}, line {number}: its quoting is broken ({error}).", "Mend it."
            ) from None
    return rows


def _how() -> str:
    return (
        "A price list has two columns, name and price: --template in place of --prices prints one "
        "with your own classes."
    )
