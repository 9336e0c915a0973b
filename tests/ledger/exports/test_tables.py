"""CSV that no spreadsheet runs, Parquet with its schema: DuckDB reads both to the last fen."""

import csv
import io
import json
from datetime import date
from pathlib import Path

import duckdb
import pytest

from gateway.cli.evidence import parquet_files
from gateway.cli.evidence.export_files import CsvFiles, MonthFiles
from gateway.cli.evidence.parquet_files import ParquetFiles
from ledger.exports.export_source import ExportSource, Period
from ledger.exports.record_tables import COLUMNS, WHOLE, RecordTables
from ledger.exports.safe_csv import line_of, safe, text_of
from ledger.exports.walk import by_month
from tests.ledger.exports.test_foreign_books import MONTHS, ours
from tests.ledger.exports.world import FOLDING, journal, source

pytestmark = pytest.mark.xdist_group("exports")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both kinds of tables; Parquet in parts of few rows, so that each file has several."""
    place = tmp_path_factory.mktemp("tables")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parquet_files, "ROWS_AT_ONCE", 500)
        for kind in ("csv", "parquet"):
            files, tables = MonthFiles(place), RecordTables(source())
            sink = (
                CsvFiles(files, tables) if kind == "csv" else ParquetFiles(files, tables, source())
            )
            by_month(journal(), FOLDING, source(), sink)
    return place


def asked(query: str) -> list[tuple[object, ...]]:
    return duckdb.sql(query).fetchall()


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_duckdb_adds_it_up_to_our_trial_balance(folder: Path, kind: str) -> None:
    found = asked(f"""SELECT account, sum(amount_minor) FROM '{folder}/*.postings.{kind}'
        WHERE row = 'posting' GROUP BY account HAVING sum(amount_minor) <> 0""")

    assert dict(found) == ours(journal().head())


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("month", MONTHS)
def test_opening_and_turnover_come_to_the_closing(folder: Path, kind: str, month: str) -> None:
    file = f"{folder}/{month}.postings.{kind}"
    wrong = f"""SELECT account,
            coalesce(sum(balance_minor) FILTER (row = 'opening'), 0)
            + coalesce(sum(amount_minor) FILTER (row = 'posting'), 0)
            - sum(balance_minor) FILTER (row = 'closing') AS off
        FROM '{file}' WHERE row <> 'head' GROUP BY account HAVING off <> 0"""

    assert asked(wrong) == []
    ((closing,),) = asked(f"SELECT count(*) FROM '{file}' WHERE row = 'closing'")
    assert closing > 20
    assert asked(f"SELECT position, chain FROM '{file}' WHERE row = 'head'") == [
        (source().position, source().chain)
    ]


def test_a_title_is_passed_on_by_who_has_it(folder: Path) -> None:
    broken = f"""SELECT * FROM (SELECT thing, from_party, lag(holder) OVER (
            PARTITION BY thing ORDER BY position) AS had
        FROM '{folder}/*.titles.parquet' WHERE row = 'move')
        WHERE coalesce(from_party, '') <> coalesce(had, '')"""

    assert asked(broken) == []
    ((sold,),) = asked(f"SELECT count(*) FROM '{folder}/*.titles.parquet' WHERE cost_minor > 0")
    assert sold >= 3


def test_each_event_is_there_in_its_stored_bytes(folder: Path) -> None:
    for kind in ("csv", "parquet"):
        found = asked(f"""SELECT position, stream, version, topic, event
            FROM '{folder}/*.events.{kind}' WHERE row = 'event' ORDER BY position""")
        stored = [
            (row.position, row.stream, row.version, row.topic, row.state.decode())
            for row in journal().read()
        ]
        assert [(*first, text_of(str(last))) for *first, last in found] == stored


def test_a_parquet_file_says_what_it_is(folder: Path) -> None:
    for table, columns in COLUMNS.items():
        file = f"{folder}/2024-12.{table}.parquet"
        kinds = {name: kind for name, kind, *_ in asked(f"DESCRIBE SELECT * FROM '{file}'")}
        expected = {each.name: "BIGINT" if each.kind == WHOLE else "VARCHAR" for each in columns}
        assert kinds == expected
        told = {
            key.decode(): value.decode()
            for key, value in asked(f"SELECT key, value FROM parquet_kv_metadata('{file}')")
        }
        assert told["gpubourse.head"] == source().head
        assert json.loads(told["gpubourse.closing_balances"]) == ours(journal().head())
        assert told["gpubourse.period"] == "2024-12"


def test_a_parquet_file_is_written_in_parts(folder: Path) -> None:
    ((parts,),) = asked(f"""SELECT count(DISTINCT row_group_id)
        FROM parquet_metadata('{folder}/2024-11.events.parquet')""")

    assert parts > 3


RUN = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@pytest.mark.parametrize(
    "text", ["", "'", "a=1", "=1", "'=1", " =1", *(f"{each}x" for each in RUN)]
)
def test_a_cell_is_no_formula_and_keeps_its_text(text: str) -> None:
    for whole in (text, f"  {text}", f"'{text}", f"''{text}"):
        cell = safe(whole)
        assert text_of(cell) == whole
        assert not cell.lstrip(" ").startswith(RUN)


def test_a_banks_reference_that_is_a_formula_is_text_and_a_figure_stays_one() -> None:
    line = line_of(("posting", 7, '=HYPERLINK("http://x","y")', -5, "-5", "＝1+1", None))

    (cells,) = csv.reader(io.StringIO(line))
    assert cells == ["posting", "7", '\'=HYPERLINK("http://x","y")', "-5", "'-5", "'＝1+1", ""]


def test_amounts_and_days_are_the_venues() -> None:
    ours = ExportSource("cn-1", "CNY", 2, "Asia/Shanghai", 5, "c")
    yen = ours._replace(minor_digits=0)

    assert [ours.amount(each) for each in (-1, 0, 82_800, 9_007_199_254_740_991)] == [
        "-0.01", "0.00", "828.00", "90071992547409.91",
    ]  # fmt: skip
    assert yen.amount(-7) == "-7"
    last_ns = 1_733_155_199_999_999_999  # a nanosecond before 3 December in Beijing
    assert ours.day(last_ns) == date(2024, 12, 2)
    assert ours.day(last_ns + 1) == date(2024, 12, 3)
    assert ours.time(last_ns) == "2024-12-02T23:59:59.999999999+08:00"
    assert ours.month(date(2024, 2, 29)) == Period("2024-02", date(2024, 2, 1), date(2024, 2, 29))


def test_what_a_reader_would_cut_stands_in_quotes_on_every_python() -> None:
    """Python's own writer leaves a line break bare before 3.13."""
    texts = ("a\nb", "a\rb", "a\r\nb", "a,b", 'a"b', "a\x0bb", "a\u2028b", "\n", "a\n", "plain", "")
    line = line_of((*texts, 7, None))

    quoted = '"a\nb","a\rb","a\r\nb","a,b","a""b","a\x0bb","a\u2028b",'
    assert line.startswith(quoted)
    assert line.endswith(",plain,,7,")
    (cells,) = csv.reader(io.StringIO(line, newline=""))
    assert [text_of(cell) for cell in cells] == [*texts, "7", ""]
