"""The reading behind every export: in step with who writes, months alone, what cannot be told."""

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from gateway.cli.evidence.export_files import MonthFiles, TextFiles
from ledger.events import CashPosted, TitleTransferred
from ledger.exports.account_kinds import commodity_of, plain
from ledger.exports.beancount_ledger import BeancountLedger
from ledger.exports.export_source import Period
from ledger.exports.general_ledger import Fact, GeneralLedger
from ledger.exports.hledger_journal import HledgerJournal
from ledger.exports.journal_lines import JournalLines, NotText
from ledger.exports.walk import UnreadableRow, by_month, opened_of, source_of, whole
from ledger.journal.memory import MemoryJournal
from tests.exchange.ground import Floor
from tests.ledger.exports.kept_lines import KeptLines
from tests.ledger.exports.test_foreign_books import beancount, is_strict
from tests.ledger.exports.world import FOLDING, Counting, exported, journal, source

pytestmark = pytest.mark.xdist_group("exports")


def test_what_is_read_is_written_before_more_is_read() -> None:
    counted = Counting(journal().store)
    behind = []

    class Slow(KeptLines):
        def fact(self, fact: Fact, ledger: GeneralLedger) -> None:
            behind.append(counted.read_rows - fact.row.position)

    by_month(counted, FOLDING, source(), Slow(HledgerJournal(source())))

    assert len(behind) == journal().head()
    assert set(behind) == {0}


@pytest.mark.parametrize("form", [HledgerJournal, BeancountLedger])
def test_a_month_alone_is_the_same_as_among_all(
    form: type[HledgerJournal | BeancountLedger],
) -> None:
    alone, among = KeptLines(form(source())), KeptLines(form(source()))
    told = by_month(journal(), FOLDING, source(), alone, {"2024-12"})
    by_month(journal(), FOLDING, source(), among)

    assert [each.period.label for each in told] == ["2024-12"]
    assert alone.lines == {"2024-12": among.lines["2024-12"]}


def test_json_lines_of_a_month_alone_begin_where_the_last_ended() -> None:
    alone, among = (
        KeptLines(JournalLines(source(), journal())),
        KeptLines(JournalLines(source(), journal())),
    )
    by_month(journal(), FOLDING, source(), alone, {"2024-12"})
    by_month(journal(), FOLDING, source(), among)

    assert alone.lines["2024-12"] == among.lines["2024-12"]
    kinds = [json.loads(line)["kind"] for lines in among.lines.values() for line in lines]
    assert kinds.count("event") == journal().head()
    assert kinds.count("command") == len(journal().store.commands)
    assert kinds.count("commit") == len(journal().store.commits)


def test_the_whole_in_one_book_is_accepted_too(tmp_path: Path) -> None:
    shown = KeptLines(HledgerJournal(source()))
    whole(journal(), FOLDING, source(), shown)

    ((label, lines),) = shown.lines.items()
    assert label == f"positions 1 to {journal().head()}"
    file = tmp_path / "all.journal"
    file.write_text("\n".join(lines) + "\n", "utf-8")
    assert is_strict(file)


def test_an_empty_journal_has_no_head_and_a_strange_event_is_named() -> None:
    assert source_of(MemoryJournal(), FOLDING) is None
    assert opened_of(MemoryJournal(), FOLDING) is None

    strange = Counting()
    strange.store.rows = list(journal().store.rows)
    strange.store.rows[6] = strange.store.rows[6]._replace(topic="banana_ripened")
    with pytest.raises(UnreadableRow, match=r"^position 7 \(banana_ripened\) cannot be read"):
        by_month(strange, FOLDING, source(), KeptLines(HledgerJournal(source())))


def test_a_command_that_is_no_text_is_named() -> None:
    spoilt = Counting()
    spoilt.store.rows = journal().store.rows
    first, *others = journal().store.commands
    spoilt.store.commands = [first._replace(signed=b"\xff"), *others]

    with pytest.raises(NotText, match=f"^position {first.first_position}: "):
        by_month(spoilt, FOLDING, source(), KeptLines(JournalLines(source(), spoilt)))


def test_a_file_has_its_name_once_it_is_whole(tmp_path: Path) -> None:
    seen = []

    class Watched(HledgerJournal):
        def end(self, period: Period, ledger: GeneralLedger) -> Iterator[str]:
            seen.append(sorted(path.name for path in tmp_path.iterdir()))
            return super().end(period, ledger)

    exported(Watched(source()), "journal", tmp_path)

    assert seen == [["2024-11.journal.part"], ["2024-11.journal", "2024-12.journal.part"]]


def test_what_a_bank_writes_breaks_no_book(tmp_path: Path) -> None:
    """A reference may hold what a program takes for its own; a title may pass without a sale."""
    floor = Floor()
    rows = [("cn-1/external", -5_000), (f"{floor.buyers[0]}/available", 5_000)]
    evil = 'x"; y\\ \n2024-01-01 open Assets:Evil {"} | (1) = 5'
    floor.happen(CashPosted("cn-1", "j-000999", "deposit", evil, rows, 0))
    register = floor.venue.register
    thing = next(each for each in register.things.values() if each.owner and each.node)
    for giver, taker in ((thing.owner, floor.buyers[0]), (floor.buyers[0], thing.owner)):
        floor.happen(
            TitleTransferred(
                node=thing.node,
                from_party=giver,
                to_party=taker,
                settlement="",
                basis="transfer",
                price_minor=0,
                subject_to=[],
                effective_ns=0,
            )
        )
    own = source_of(floor.journal(), FOLDING)
    assert own is not None
    for form, suffix in ((HledgerJournal(own), "journal"), (BeancountLedger(own), "beancount")):
        files = MonthFiles(tmp_path)
        by_month(floor.journal(), FOLDING, own, TextFiles(files, form, suffix))

    assert is_strict(tmp_path / "2024-11.journal")
    read = beancount(tmp_path / "2024-11.beancount")
    assert read["errors"] == []
    assert "Assets:Evil" not in read["balances"]


@pytest.mark.parametrize(
    "account",
    [
        "p-0001/avail\n2024-01-01 * evil",
        "p-0001/a;b",
        "p-0001/a  5.00 CNY",
        "p-0001/a\x1b[0m",
        "p-0001",
        "p-0001/",
        "p-0001/(x)",
        "p-0001/a:b",
        "",
    ],
)
@pytest.mark.parametrize("form", [HledgerJournal, BeancountLedger])
def test_what_is_no_account_comes_into_no_book(
    account: str, form: type[HledgerJournal | BeancountLedger]
) -> None:
    spoilt = Counting()
    spoilt.store.rows = list(journal().store.rows)
    at, row = next(
        (index, row) for index, row in enumerate(spoilt.store.rows) if row.topic == "cash_posted"
    )
    entry = msgspec.json.decode(row.state)
    entry["postings"][0][0] = account
    spoilt.store.rows[at] = row._replace(state=msgspec.json.encode(entry))
    kept = KeptLines(form(source()))

    with pytest.raises(UnreadableRow, match=rf"^position {row.position} \(cash_posted\)"):
        by_month(spoilt, FOLDING, source(), kept)

    assert not any("evil" in line for lines in kept.lines.values() for line in lines)


@pytest.mark.parametrize("form", [HledgerJournal, BeancountLedger])
def test_what_is_no_name_of_a_holder_comes_into_no_book(
    form: type[HledgerJournal | BeancountLedger],
) -> None:
    spoilt = Counting()
    spoilt.store.rows = list(journal().store.rows)
    at, row = next(
        (index, row) for index, row in enumerate(spoilt.store.rows) if row.topic == "title_issued"
    )
    issued = msgspec.json.decode(row.state)
    issued["holder"] = "p-0001\nevil"
    spoilt.store.rows[at] = row._replace(state=msgspec.json.encode(issued))

    with pytest.raises(UnreadableRow, match=rf"^position {row.position} \(title_issued\)"):
        by_month(spoilt, FOLDING, source(), KeptLines(form(source())))


def test_a_row_that_is_missing_is_named() -> None:
    spoilt = Counting()
    spoilt.store.rows = list(journal().store.rows)
    del spoilt.store.rows[6]

    with pytest.raises(UnreadableRow, match=r"^position 7 is missing$"):
        by_month(spoilt, FOLDING, source(), KeptLines(HledgerJournal(source())))


def test_a_model_is_a_commodity_in_both_programs() -> None:
    models = ("H100SXM8", "L40S", "4090", "mi300x/8", "", "A100-SXM4-80GB-OF-A-VERY-LONG-NAME")

    assert [commodity_of(each) for each in models] == [
        "H100SXM8", "L40S", "GPU-4090", "MI300X-8", "GPU", "A100-SXM4-80GB-OF-A-VERY",
    ]  # fmt: skip
    assert plain("a;b\n\x1b c") == "a,b c"
