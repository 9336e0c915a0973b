"""A lawful journal over a month's end, and its exports in a folder, to look at and to spoil."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from gateway.cli.evidence.export_files import MonthFiles, PeriodLines, TextFiles
from gateway.server.audit_rules import venue_folding
from ledger.exports.export_source import ExportSource
from ledger.exports.walk import CoveredPeriod, by_month, source_of
from ledger.journal.memory import MemoryJournal
from ledger.journal.protocol import JournalRow
from tests.ledger.audit.tampering.lawful import write_history

FOLDING = venue_folding()
DAYS = 22  # from the middle of November on: sales in both months


@cache
def journal() -> MemoryJournal:
    """Written once; whoever spoils it takes a copy."""
    made = MemoryJournal()
    made.take_fence()
    write_history(made, days=DAYS)
    return made


def source() -> ExportSource:
    found = source_of(journal(), FOLDING)
    assert found is not None
    return found


def exported(lines: PeriodLines, suffix: str, folder: Path) -> list[CoveredPeriod]:
    """The whole journal in a form, a file a month."""
    sink = TextFiles(MonthFiles(folder), lines, suffix)
    return by_month(journal(), FOLDING, source(), sink)


class Counting(MemoryJournal):
    """Counts the rows that were read so far."""

    read_rows = 0

    def read(self, after: int = 0, upto: int | None = None) -> Iterator[JournalRow]:
        for row in super().read(after, upto):
            self.read_rows += 1
            yield row
