"""The tables as Parquet files, by Arrow's own writer: an extra, for it is large.

Each column's meaning stands in its field's metadata, the head and the closing balances in the
file's: whoever has one file knows what it is.
"""

import json
from typing import Any

import pyarrow
import pyarrow.parquet

from gateway.cli.evidence.export_files import MonthFiles
from ledger.exports.export_source import ExportSource, Period
from ledger.exports.general_ledger import Fact, GeneralLedger
from ledger.exports.record_tables import COLUMNS, WHOLE, RecordTables, TableName, Value

ROWS_AT_ONCE = 10_000  # of a table, in memory


class ParquetFiles:
    """Three Parquet files for each period."""

    def __init__(self, files: MonthFiles, tables: RecordTables, source: ExportSource) -> None:
        self._files, self._tables, self._source = files, tables, source
        self._writers: dict[TableName, Any] = {}
        self._rows: dict[TableName, list[tuple[Value, ...]]] = {}

    def begin(self, period: Period, ledger: GeneralLedger) -> None:
        for table in COLUMNS:
            path = self._files.part(period, f"{table}.parquet")
            writer = pyarrow.parquet.ParquetWriter(path, schema_of(table), compression="zstd")
            self._writers[table], self._rows[table] = writer, []
        self._take(self._tables.begin(period, ledger))

    def fact(self, fact: Fact, ledger: GeneralLedger) -> None:
        self._take(self._tables.fact(fact, ledger))

    def end(self, period: Period, ledger: GeneralLedger) -> None:
        self._take(self._tables.end(period, ledger))
        metadata = {
            "gpubourse.venue": self._source.venue,
            "gpubourse.period": period.label,
            "gpubourse.currency": self._source.currency,
            "gpubourse.minor_digits": str(self._source.minor_digits),
            "gpubourse.head": self._source.head,
            "gpubourse.closing_balances": json.dumps(dict(sorted(ledger.balances.items()))),
        }
        for table, writer in self._writers.items():
            self._write(table)
            writer.add_key_value_metadata(metadata)
        self.close()
        self._files.name(period)

    def close(self) -> None:
        for writer in self._writers.values():
            writer.close()
        self._writers = {}

    def _take(self, rows: Any) -> None:
        for row in rows:
            waiting = self._rows[row.table]
            waiting.append(row.values)
            if len(waiting) >= ROWS_AT_ONCE:
                self._write(row.table)

    def _write(self, table: TableName) -> None:
        schema, rows = schema_of(table), self._rows[table]
        columns = list(zip(*rows, strict=True)) or [()] * len(schema)
        arrays = [
            pyarrow.array(each, kind) for each, kind in zip(columns, schema.types, strict=True)
        ]
        self._writers[table].write_table(pyarrow.Table.from_arrays(arrays, schema=schema))
        self._rows[table] = []


def schema_of(table: TableName) -> Any:
    """The columns of a table, as Parquet has them: whole numbers of 64 bits, and text."""
    return pyarrow.schema(
        [
            pyarrow.field(
                column.name,
                pyarrow.int64() if column.kind == WHOLE else pyarrow.string(),
                metadata={"meaning": column.meaning},
            )
            for column in COLUMNS[table]
        ]
    )
