"""The three tables of an export for CSV and Parquet: postings, titles, events; row by row.

Each file of a table begins with a row `head`, which names the history; then come what is carried
forward, the facts, and what the period closes with.
"""

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from ledger.exports.export_source import ExportSource, Period
from ledger.exports.general_ledger import Fact, GeneralLedger
from ledger.ids import AccountName
from ledger.journal.batches import first_position

TableName = Literal["postings", "titles", "events"]
Value = str | int | None
WHOLE, TEXT = "whole number", "text"


class Column(NamedTuple):
    """A column of a table."""

    name: str
    kind: str  # WHOLE: of 64 bits; TEXT
    meaning: str


_ROW: Final = Column("row", TEXT, "")
_FIRST: Final = (
    Column("position", WHOLE, "of the event; in the row `head` that of the export's head"),
    Column("at_ns", WHOLE, "when, in nanoseconds since 1970"),
    Column("at", TEXT, "the same where the venue is, RFC 3339"),
    Column("topic", TEXT, "what happened: docs/CATALOGUE.md says it of each"),
)
_CHAIN: Final = Column("chain", TEXT, "in the row `head`: the chain of the commit at its position")
COLUMNS: Final[dict[TableName, tuple[Column, ...]]] = {
    "postings": (
        _ROW._replace(meaning="head, opening, posting or closing"),
        *_FIRST,
        Column("what", TEXT, "the entry's kind and the bank's reference, or the event's subject"),
        Column("account", TEXT, "owner/kind/reference: DOMAIN 3"),
        Column(
            "amount_minor", WHOLE, "what is posted, in minor units (fen); + is owed to the owner"
        ),
        Column("balance_minor", WHOLE, "of the account behind it; opening and closing: what it is"),
        _CHAIN,
    ),
    "titles": (
        _ROW._replace(meaning="head, opening, move or closing"),
        *_FIRST,
        Column("thing", TEXT, "the node or unit that is titled"),
        Column("model", TEXT, "its model's code; GPU: the venue lists none"),
        Column("from_party", TEXT, "who held it; empty: it is issued"),
        Column("holder", TEXT, "who holds it from then on"),
        Column("basis", TEXT, "on what it rests: opening, invoice, court, sale, transfer"),
        Column("settlement", TEXT, "the sale; empty: none"),
        Column("cost_minor", WHOLE, "what the holder paid for it here; empty: it was not bought"),
        _CHAIN,
    ),
    "events": (
        _ROW._replace(meaning="head or event"),
        *_FIRST,
        Column("stream", TEXT, "what the event is filed under"),
        Column("version", WHOLE, "its place in that stream, from 1"),
        Column("batch", WHOLE, "position of the batch's first event"),
        Column("event", TEXT, "the stored bytes: JSON, docs/FORMATS.md 1"),
        _CHAIN,
    ),
}


class TableRow(NamedTuple):
    """One row, and of which table."""

    table: TableName
    values: tuple[Value, ...]


class RecordTables:
    """One period as rows."""

    def __init__(self, source: ExportSource) -> None:
        self._source = source
        self._touched: set[AccountName] = (
            set()
        )  # accounts of this period, also those that are 0 again

    def begin(self, period: Period, ledger: GeneralLedger) -> Iterator[TableRow]:
        """The head, and what is carried into the period."""
        self._touched = set(ledger.balances)
        for table, columns in COLUMNS.items():
            between: tuple[Value, ...] = (None,) * (len(columns) - 3)
            yield TableRow(table, ("head", self._source.position, *between, self._source.chain))
        yield from self._standing("opening", ledger)

    def fact(self, fact: Fact, ledger: GeneralLedger) -> Iterator[TableRow]:
        """An event, its postings, its title."""
        row, event = fact.row, fact.event
        first = (row.position, event.at_ns, self._source.time(event.at_ns), row.topic)
        for (account, amount_minor), balance_minor in zip(
            fact.postings, fact.balances, strict=True
        ):
            self._touched.add(account)
            values = (fact.what, account, amount_minor, balance_minor, None)
            yield TableRow("postings", ("posting", *first, *values))
        if (move := fact.title) is not None:
            lot = move.taken
            own = (move.thing, lot.model, move.giver, lot.holder, move.basis, move.settlement)
            yield TableRow("titles", ("move", *first, *own, lot.cost_minor, None))
        stored = row.state.decode("utf-8")
        last = (row.stream, row.version, first_position(event, row.position), stored, None)
        yield TableRow("events", ("event", *first, *last))

    def end(self, period: Period, ledger: GeneralLedger) -> Iterator[TableRow]:
        """What the period closes with."""
        yield from self._standing("closing", ledger)

    def _standing(self, row: str, ledger: GeneralLedger) -> Iterator[TableRow]:
        none = (None,) * 5  # position … what
        for account in sorted(self._touched):
            balance_minor = ledger.balances.get(account, 0)
            yield TableRow("postings", (row, *none, account, None, balance_minor, None))
        for thing, lot in sorted(ledger.lots.items()):
            known = (thing, lot.model, None, lot.holder, None, None, lot.cost_minor, None)
            yield TableRow("titles", (row, lot.position, *none[:3], *known))
