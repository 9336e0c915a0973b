"""A sink that keeps each period's lines, to look at."""

from gateway.cli.evidence.export_files import PeriodLines
from ledger.exports.export_source import Period
from ledger.exports.general_ledger import Fact, GeneralLedger


class KeptLines:
    """The lines of a form, by the period's label."""

    def __init__(self, form: PeriodLines) -> None:
        self.form = form
        self.lines: dict[str, list[str]] = {}
        self._now: list[str] = []

    def begin(self, period: Period, ledger: GeneralLedger) -> None:
        self._now = self.lines.setdefault(period.label, [])
        self._now += self.form.begin(period, ledger)

    def fact(self, fact: Fact, ledger: GeneralLedger) -> None:
        self._now += self.form.fact(fact, ledger)

    def end(self, period: Period, ledger: GeneralLedger) -> None:
        self._now += self.form.end(period, ledger)

    def all(self) -> list[str]:
        return [line for lines in self.lines.values() for line in lines]
