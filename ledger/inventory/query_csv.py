"""Reads the CSV of `nvidia-smi --query-gpu`, with its header; also with `--query-remapped-rows`.

It has no board part number, so a unit is known by its UUID: medium at best (DOMAIN 9).
"""

import csv
import re
from typing import Final, NamedTuple

from ledger.inventory.nvidia_places import plain_number
from ledger.inventory.nvidia_unit import read_block
from ledger.inventory.other_tools import QUERY
from ledger.inventory.plain_csv import uneven
from ledger.refusals import sentence_of
from ledger.reports.report import NAME_MOST, DraftReport, ReaderWarning, must_be_few
from ledger.reports.source import Source
from ledger.reports.words import is_no_value

FORMAT: Final = "nvidia_query_csv"

_UNIT: Final = re.compile(r"\s*\[([^\]]{0,20})\]\s*$")  # memory.total [MiB]
_COLUMNS_MOST: Final = 256  # it knows some 150; a longer header fits no row
_UUID: Final = ("uuid", "gpu_uuid")
_BUS: Final = ("pci.bus_id", "gpu_bus_id")
_NAMES: Final = frozenset({*_UUID, *_BUS, "serial", "gpu_serial"})
# Its columns -> the paths under which `nvidia-smi -q` prints the same.
PATHS: Final[dict[str, str]] = {
    "name": "product name",
    "gpu_name": "product name",
    "serial": "serial number",
    "gpu_serial": "serial number",
    "uuid": "gpu uuid",
    "gpu_uuid": "gpu uuid",
    "vbios_version": "vbios version",
    "memory.total": "fb memory usage/total",
    "mig.mode.current": "mig mode/current",
    "ecc.mode.current": "ecc mode/current",
    "pcie.link.width.current": "pci/gpu link info/link width/current",
    "pcie.link.width.max": "pci/gpu link info/link width/max",
    "power.draw": "gpu power readings/power draw",
    "power.limit": "gpu power readings/current power limit",
    "retired_pages.single_bit_ecc.count": "retired pages/single bit ecc",
    "retired_pages.sbe": "retired pages/single bit ecc",
    "retired_pages.double_bit.count": "retired pages/double bit ecc",
    "retired_pages.dbe": "retired pages/double bit ecc",
    "retired_pages.pending": "retired pages/pending",
    "remapped_rows.correctable": "remapped rows/correctable error",
    "remapped_rows.uncorrectable": "remapped rows/uncorrectable error",
    "remapped_rows.pending": "remapped rows/pending",
    "remapped_rows.failure": "remapped rows/remapping failure occurred",
    **{
        f"remapped_rows.histogram.{name}": f"remapped rows/bank remap availability histogram/{name}"
        for name in ("max", "high", "partial", "low", "none")
    },
    **{
        f"ecc.errors.{column}.{scope}.{memory}": f"ecc errors/{scope}/{memory} {printed}"
        for column, printed in (("corrected", "correctable"), ("uncorrected", "uncorrectable"))
        for scope in ("aggregate", "volatile")
        for memory in ("dram", "sram")
    },
    **{
        f"ecc.errors.{column}.{scope}.device_memory": f"ecc errors/{scope}/{bits}/device memory"
        for column, bits in (("corrected", "single bit"), ("uncorrected", "double bit"))
        for scope in ("aggregate", "volatile")
    },
    "gpu_recovery_action": "gpu recovery action",
    "reset_status.reset_required": "gpu reset status/reset required",
}
_HEAD: Final = frozenset({"timestamp", "driver_version", "count"})
_SHARED: Final = _HEAD | _NAMES | {"name", "gpu_name", "index", "gpu_index"}  # in several tables
_KNOWN: Final = PATHS.keys() | _SHARED

Row = dict[str, tuple[str, int]]  # column -> (text, line)


def is_header(line: str) -> bool:
    """Whether this line names columns of `--query-gpu`, one that tells a card among them."""
    if not any(name in line.casefold() for name in ("uuid", "bus_id", "serial")):
        return False
    columns = {column.name for column in _columns(line)}
    return bool(columns & _NAMES) and len(columns & _KNOWN) > 1


def read_query_csv(source: Source) -> DraftReport:
    """The tables of one server, joined by UUID, else by bus id.

    Raises: Unreadable for broken quoting, a row of another length, or a last row that is cut.
    """
    cards = _Cards()
    head: dict[str, tuple[str, int]] = {}
    columns: list[_Column] = []
    warnings: list[ReaderWarning] = []
    rows = [(n, line) for n, line in enumerate(source.lines, start=1) if line.strip()]
    for number, line in rows:
        if is_header(line):
            columns = _columns(line)
            warnings += [
                ReaderWarning("column_ignored", number, column.name[:40])
                for column in columns
                if column.name not in _KNOWN
            ]
            continue
        row = _row(source, columns, line, number, is_last=number == rows[-1][0])
        for name in _HEAD & row.keys():
            head.setdefault(name, row[name])
        cards.take(row)
        must_be_few(len(cards.rows), number)
    stamp, stamp_line = head.get("timestamp", (None, None))
    draft = DraftReport(
        format=FORMAT,
        stamp=stamp,
        stamp_line=stamp_line,
        driver=head.get("driver_version", (None, 0))[0],
        attached_count=plain_number(head.get("count", ("", 0))[0]),
        warnings=warnings,
    )
    for row in cards.rows:
        fields = {PATHS[name]: text for name, text in row.items() if name in PATHS}
        bus_id = next((row[name][0] for name in _BUS if name in row), "").upper()
        read_block(draft, fields, bus_id=bus_id, line=min(line for _, line in row.values()))
    return draft


class _Column(NamedTuple):
    name: str
    unit: str  # as the header says it, for cells that do not: "W"


class _Cards:
    """Rows of several tables, each card's put together by what both tables name it by."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self._known_by: dict[tuple[str, str], int] = {}

    def take(self, row: Row) -> None:
        keys = [
            (kind, row[name][0].casefold())
            for kind, names in (("uuid", _UUID), ("bus", _BUS))
            for name in names
            if name in row and not is_no_value(row[name][0])
        ]
        at = next((self._known_by[key] for key in keys if key in self._known_by), None)
        # A table that shows a card twice repeats a column: two rows, for the check of twins.
        if at is None or self.rows[at].keys() & row.keys() - _SHARED:
            self.rows.append({})
            at = len(self.rows) - 1
        self.rows[at] |= {name: text for name, text in row.items() if name not in self.rows[at]}
        for key in keys:
            self._known_by.setdefault(key, at)


def _columns(line: str) -> list[_Column]:
    found = []
    for whole in line.split(",")[:_COLUMNS_MOST]:
        name = whole[:NAME_MOST]
        unit = _UNIT.search(name)
        plain = _UNIT.sub("", name).strip().strip('"').casefold()
        found.append(_Column(plain, unit[1] if unit else ""))
    return found


def _row(source: Source, columns: list[_Column], line: str, number: int, *, is_last: bool) -> Row:
    again = sentence_of("Take it again: `{line} > dump.csv`", line=QUERY)
    try:
        cells = next(csv.reader([line], skipinitialspace=True, strict=True))
    except csv.Error as error:
        detail = sentence_of("the row's quoting is broken ({error})", error=str(error))
        raise source.unrecognised(detail, again, number) from None
    if len(cells) != len(columns):
        detail = uneven(len(cells), len(columns))
        if is_last and len(cells) < len(columns):
            raise source.truncated(detail, again)
        raise source.unrecognised(detail, again, number)
    return {
        column.name: (_with_unit(cell.strip(), column.unit), number)
        for column, cell in zip(columns, cells, strict=True)
    }


def _with_unit(cell: str, unit: str) -> str:
    """The cell with its header's unit, where `nounits` left it out."""
    is_bare = unit and cell.replace(".", "", 1).isdecimal()
    return f"{cell} {unit}" if is_bare else cell
