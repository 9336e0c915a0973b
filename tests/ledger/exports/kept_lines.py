"""A sink that keeps each period's lines, to look at."""

from gateway.cli.auditor.export_files import BookLines
from ledger.exports.book import Book, Fact
from ledger.exports.export_source import Period


class KeptLines:
    """The lines of a form, by the period's label."""

    def __init__(self, form: BookLines) -> None:
        self.form = form
        self.lines: dict[str, list[str]] = {}
        self._now: list[str] = []

    def begin(self, period: Period, book: Book) -> None:
        self._now = self.lines.setdefault(period.label, [])
        self._now += self.form.begin(period, book)

    def fact(self, fact: Fact, book: Book) -> None:
        self._now += self.form.fact(fact, book)

    def end(self, period: Period, book: Book) -> None:
        self._now += self.form.end(period, book)

    def all(self) -> list[str]:
        return [line for lines in self.lines.values() for line in lines]
