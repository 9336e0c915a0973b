"""The files of an export: a month's are whole before they bear their names."""

from collections.abc import Iterable, Iterator
from hashlib import file_digest
from pathlib import Path
from typing import Any, Protocol, TextIO

from ledger.exports.export_report import ExportedFile
from ledger.exports.export_source import Period
from ledger.exports.general_ledger import Fact, GeneralLedger
from ledger.exports.record_tables import COLUMNS, RecordTables, TableName
from ledger.exports.safe_csv import heading, line_of

PART = ".part"


class PeriodLines(Protocol):
    """A format that is one text for each period."""

    def begin(self, period: Period, ledger: GeneralLedger) -> Iterator[str]: ...
    def fact(self, fact: Fact, ledger: GeneralLedger) -> Iterator[str]: ...
    def end(self, period: Period, ledger: GeneralLedger) -> Iterator[str]: ...


class MonthFiles:
    """What every kind of file has in common: its name, and when it gets it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.made: dict[str, list[Path]] = {}  # by the period's label

    def part(self, period: Period, suffix: str) -> Path:
        """Where a file is written."""
        path = self._folder / f"{period.label}.{suffix}"
        self.made.setdefault(period.label, []).append(path)
        return path.with_name(path.name + PART)

    def name(self, period: Period) -> None:
        """Give the period's files their names: they are whole."""
        for path in self.made[period.label]:
            path.with_name(path.name + PART).rename(path)

    def forget_parts(self) -> None:
        """Take away what did not become whole."""
        for paths in self.made.values():
            for path in paths:
                path.with_name(path.name + PART).unlink(missing_ok=True)

    def listed(self, label: str) -> list[ExportedFile]:
        """The files of a period, with their hashes."""
        found = []
        for path in self.made.get(label, []):
            with path.open("rb") as file:
                digest = file_digest(file, "sha256").hexdigest()
            found.append(
                ExportedFile(file=path.name, sha256=digest, size_bytes=path.stat().st_size)
            )
        return found


class TextFiles:
    """One text file for each period."""

    def __init__(self, files: MonthFiles, lines: PeriodLines, suffix: str) -> None:
        self._files, self._lines, self._suffix = files, lines, suffix
        self._file: TextIO | None = None

    def begin(self, period: Period, ledger: GeneralLedger) -> None:
        self._file = text_file(self._files.part(period, self._suffix))
        self._write(self._lines.begin(period, ledger))

    def fact(self, fact: Fact, ledger: GeneralLedger) -> None:
        self._write(self._lines.fact(fact, ledger))

    def end(self, period: Period, ledger: GeneralLedger) -> None:
        self._write(self._lines.end(period, ledger))
        self.close()
        self._files.name(period)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _write(self, lines: Iterable[str]) -> None:
        assert self._file is not None, "a period has begun"
        for line in lines:
            self._file.write(line)
            self._file.write("\n")


class CsvFiles:
    """Three CSV files for each period."""

    def __init__(self, files: MonthFiles, tables: RecordTables) -> None:
        self._files, self._tables = files, tables
        self._open: dict[TableName, TextIO] = {}

    def begin(self, period: Period, ledger: GeneralLedger) -> None:
        for table in COLUMNS:
            self._open[table] = text_file(self._files.part(period, f"{table}.csv"))
            self._line(table, heading(table))
        self._write(self._tables.begin(period, ledger))

    def fact(self, fact: Fact, ledger: GeneralLedger) -> None:
        self._write(self._tables.fact(fact, ledger))

    def end(self, period: Period, ledger: GeneralLedger) -> None:
        self._write(self._tables.end(period, ledger))
        self.close()
        self._files.name(period)

    def close(self) -> None:
        for file in self._open.values():
            file.close()
        self._open = {}

    def _write(self, rows: Iterable[Any]) -> None:
        for row in rows:
            self._line(row.table, line_of(row.values))

    def _line(self, table: TableName, line: str) -> None:
        self._open[table].write(f"{line}\r\n")


def text_file(path: Path) -> TextIO:
    """A new file of UTF-8, its line ends as they are written."""
    return path.open("x", encoding="utf-8", newline="")
