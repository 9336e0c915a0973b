"""docs/AUDIT.md is true: each command line runs, as an auditor types it, and each table is made.

The table of tamperings is held by tests/examples/test_journal_check.py.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.cli.auditor.exports import FORMATS
from ledger.exports.record_tables import COLUMNS
from tests.house.sources import ROOT
from tests.ledger.audit.tampering.hands import views_anew
from tests.ledger.exports.stored import stored
from tests.ledger.exports.world import journal, source

pytestmark = [pytest.mark.postgres, pytest.mark.xdist_group("exports")]
PAGE = ROOT / "docs/AUDIT.md"
MADE = "<!-- made of ledger/exports/record_tables.py: WRITE_TABLES=1 writes it -->"
PROGRAMS = {"hledger": "apt install hledger", "openssl": "apt install openssl"}
SAYS = {  # what a line must print, beside ending well
    "journal_check.py journal --log": "ok: {head} events",
    "journal_check.py --log": "0 signatures, 0 log-ons; head unseen",
    "openssl pkeyutl": "Signature Verified Successfully",
    "balancesheet": "assets:cn-1:external",
    "incomestatement": "revenues:cn-1:fees",
    "balance titles": "titles:cost",
    "balance_minor": "cn-1/external",
    "topic, count": "venue_opened",
    "verify-log": "each entry the journal's own",
}


def blocks() -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)


class Desk:
    """An auditor's desk: a folder, the programs, and a venue's database to export from."""

    def __init__(self, folder: Path, dsn: str) -> None:
        self.folder = folder
        shutil.copytree(ROOT / "examples", folder / "examples")
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        own = {"GPUBOURSE_DATABASE_URL": dsn, "GPUBOURSE_DATA": str(folder / "data")}
        self._env = {**os.environ, **own, "PATH": path, "LC_ALL": "C.UTF-8"}

    def run(self, lines: str) -> subprocess.CompletedProcess[str]:
        line = ["bash", "-euo", "pipefail", "-c", lines]
        return subprocess.run(
            line, cwd=self.folder, env=self._env, capture_output=True, text=True, check=False
        )


@pytest.fixture(scope="module")
def desk(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The exports and the log are made, by the page's first block; the key came by another way."""
    with stored(postgres_server, journal()) as dsn:
        views_anew(dsn)
        desk = Desk(tmp_path_factory.mktemp("auditor"), dsn)
        published = desk.run('gpubourse log publish --out "$GPUBOURSE_DATA/log"')  # as a venue does
        assert published.returncode == 0, published.stderr
        made = desk.run(blocks()[0])
        assert made.returncode == 0, made.stderr
        shutil.copy(desk.folder / "log/key", desk.folder / "log.key")
        yield desk


def test_every_format_is_made(desk: Desk) -> None:
    assert set(re.findall(r"--format (\w+)", blocks()[0])) == set(FORMATS)
    assert len(blocks()) >= 9


@pytest.mark.parametrize("number", range(1, len(blocks())))
def test_each_line_runs_and_says_what_the_page_says(desk: Desk, number: int) -> None:
    block = blocks()[number]
    for program, way in PROGRAMS.items():
        if re.search(rf"^{program} ", block, re.MULTILINE) and shutil.which(program) is None:
            pytest.skip(f"no {program}: {way}")

    ended = desk.run(block)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    wanted = [text.format(head=source().position) for sign, text in SAYS.items() if sign in block]
    missing = [text for text in wanted if text not in ended.stdout]
    assert not missing, ended.stdout
    assert ended.stdout.count(" 0 rows ") == block.count(" <> "), "what must find nothing"


def test_whatever_must_say_something_is_on_the_page() -> None:
    assert all(any(sign in block for block in blocks()) for sign in SAYS)


def columns() -> str:
    """The three tables, column by column."""
    lines = [""]
    for table, own in COLUMNS.items():
        lines += [f"**{table}**", "", "| column | is | |", "|---|---|---|"]
        lines += [f"| `{each.name}` | {each.kind} | {each.meaning} |" for each in own]
        lines.append("")
    return "\n".join(lines)


def test_the_columns_are_those_that_are_written() -> None:
    text = PAGE.read_text("utf-8")
    before, _, told = text.partition(MADE)
    if os.environ.get("WRITE_TABLES"):
        PAGE.write_text(f"{before}{MADE}\n{columns()}", "utf-8")
        return

    assert told == f"\n{columns()}"


def test_each_file_that_the_page_names_is_there() -> None:
    for name in re.findall(r"\]\(([^)#]+)\)", PAGE.read_text("utf-8")):
        assert (PAGE.parent / name).exists(), name
