"""hledger and beancount read our books: they agree with us, and refuse a wrong fen."""

import csv
import io
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ledger.audit.trial_balance import trial_balance
from ledger.exports import beancount_ledger, hledger_journal
from ledger.exports.beancount_ledger import BeancountLedger
from ledger.exports.hledger_journal import HledgerJournal
from ledger.exports.walk import CoveredPeriod
from tests.ledger.exports.world import FOLDING, exported, journal, source

pytestmark = pytest.mark.xdist_group("exports")  # one journal is written once
TRIAL = Path(__file__).with_name("beancount_trial.py")
MONTHS = ["2024-11", "2024-12"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("books")


@pytest.fixture(scope="module")
def told(folder: Path) -> list[CoveredPeriod]:
    """Both forms of the journal; the months that they tell."""
    exported(HledgerJournal(source()), "journal", folder)
    return exported(BeancountLedger(source()), "beancount", folder)


def hledger(file: Path, *words: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("hledger")
    if program is None:
        pytest.skip("no hledger: apt install hledger")
    line = [program, "--file", str(file), *words]
    return subprocess.run(line, capture_output=True, text=True, check=False)


def is_strict(file: Path) -> bool:
    return hledger(file, "check", "--strict").returncode == 0


def beancount(file: Path) -> Any:
    """What beancount has to say of a ledger, by a process of its own."""
    line = [sys.executable, str(TRIAL), str(file)]
    return json.loads(subprocess.run(line, capture_output=True, check=True).stdout)


def minor(text: str) -> int:
    """An amount of two decimals as fen."""
    whole, _, rest = text.partition(".")
    assert len(rest) == 2
    return int(whole + rest)


def ours(position: int) -> dict[str, int]:
    """Our own trial balance."""
    accounts = trial_balance(journal(), FOLDING, position)["accounts"]
    return {str(row["account"]): int(row["balance_minor"]) for row in accounts}


def hledgers(file: Path) -> dict[str, int]:
    """hledger's, in our names and signs."""
    told = hledger(file, "balance", "--flat", "--no-total", "--layout=bare", "-O", "csv")
    _, *rows = csv.reader(io.StringIO(told.stdout))
    return {
        hledger_journal.own_account(account): -minor(amount)
        for account, commodity, amount in rows
        if commodity == "CNY" and not account.startswith("titles:")
    }


def beancounts(file: Path) -> dict[str, int]:
    """beancount's, in our names and signs."""
    return {
        beancount_ledger.own_account(account): -minor(amount)
        for account, amount in beancount(file)["balances"].items()
        if not account.startswith("Equity:")
    }


def test_the_months_are_those_of_the_venue_and_follow_one_another(
    told: list[CoveredPeriod],
) -> None:
    assert [each.period.label for each in told] == MONTHS
    assert [each.first_position for each in told] == [1, told[0].last_position + 1]
    assert told[-1].last_position == source().position == journal().head()


def test_three_trial_balances_agree_at_each_months_end(
    folder: Path, told: list[CoveredPeriod]
) -> None:
    for month in told:
        own = ours(month.last_position)
        assert len(own) > 20
        assert hledgers(folder / f"{month.period.label}.journal") == own
        assert beancounts(folder / f"{month.period.label}.beancount") == own


@pytest.mark.parametrize("month", MONTHS)
def test_each_month_is_accepted_by_itself(
    folder: Path, told: list[CoveredPeriod], month: str
) -> None:
    assert is_strict(folder / f"{month}.journal")
    assert beancount(folder / f"{month}.beancount")["errors"] == []


def spoilt(file: Path, pattern: str, into: str) -> Path:
    """A copy with the last match of a pattern changed."""
    text = file.read_text("utf-8")
    found = list(re.finditer(pattern, text, re.MULTILINE))
    assert found, pattern
    changed = found[-1].expand(into)
    path = file.with_name(f"spoilt.{file.name}")
    path.write_text(text[: found[-1].start()] + changed + text[found[-1].end() :], "utf-8")
    return path


WRONG = {  # a fen more or less; a title that another gives, or that nobody got
    "journal": [
        (r"^(    revenues:\S+  -[0-9]+\.)([0-9])([0-9]) CNY$", r"\g<1>\g<2>" + "{fen} CNY"),
        (r"(= -?[0-9]+\.[0-9])([0-9]) CNY$", r"\g<1>" + "{fen} CNY"),
        (r'^    titles:(\S+):(\S+)  -1 "', r'    titles:p-0003:\g<2>  -1 "'),
        (r"@@ ([0-9]+)\.00 CNY$", r"@@ \g<1>.01 CNY"),
    ],
    "beancount": [
        (r"^(  Income:\S+  -[0-9]+\.)([0-9])([0-9]) CNY$", r"\g<1>\g<2>" + "{fen} CNY"),
        (r"^(\S+ balance \S+  -?[0-9]+\.[0-9])([0-9]) ~ 0 CNY$", r"\g<1>" + "{fen} ~ 0 CNY"),
        (r"^  Equity:Titles:P-\d+:(\S+)  -1 ", r"  Equity:Titles:P-0003:\g<1>  -1 "),
        (r"(  1 \w+ \{[0-9]+)\.00 CNY", r"\g<1>.01 CNY"),
    ],
}


@pytest.mark.parametrize("number", range(4))
def test_a_planted_fen_and_a_strangers_title_are_refused(
    folder: Path, told: list[CoveredPeriod], number: int
) -> None:
    for suffix, kinds in WRONG.items():
        file = folder / f"2024-12.{suffix}"
        pattern, into = kinds[number]
        last = re.findall(pattern, file.read_text("utf-8"), re.MULTILINE)[-1]
        digit = int(last[-1]) if "{fen}" in into else 0
        wrong = spoilt(file, pattern, into.replace("{fen}", str((digit + 1) % 10)))
        if suffix == "journal":
            assert not is_strict(wrong)
        else:
            assert beancount(wrong)["errors"]


def test_the_statements_are_those_of_a_keeper_of_others_money(
    folder: Path, told: list[CoveredPeriod]
) -> None:
    """`bs`: the bank against what is owed; fees are what is over, and `is` tells the month's."""
    november, december = (ours(each.last_position)["cn-1/fees"] for each in told)
    file = folder / "2024-12.journal"

    sheet = hledger(file, "balancesheet", "-O", "csv").stdout
    income = hledger(file, "incomestatement", "--period", "2024-12", "-O", "csv").stdout

    assert _net(sheet) == december
    assert _net(income) == december - november > 0
    assert "titles" not in sheet


def _net(statement: str) -> int:
    (row,) = (row for row in csv.reader(io.StringIO(statement)) if row[0] == "Net:")
    return minor(row[1].removesuffix(" CNY"))


def test_titles_are_lots_with_their_cost_and_holder(
    folder: Path, told: list[CoveredPeriod]
) -> None:
    lots = beancount(folder / "2024-12.beancount")["lots"]
    held = {
        account: lot for account, (lot,) in lots.items() if account.startswith("Equity:Titles:P")
    }
    last = {}  # of each thing, from the events alone
    for row in journal().read():
        if row.topic in ("title_issued", "title_transferred"):
            event = json.loads(row.state)
            last[event["node"]] = event.get("to_party") or event["holder"], event.get("price_minor")

    assert len(held) == len(last) == 10
    for thing, (holder, price_minor) in last.items():
        lot = held[f"Equity:Titles:{holder.upper()}:{thing.upper()}"]
        if price_minor is None:
            assert lot == "1 H100SXM8"
        else:
            assert lot.startswith(f"1 H100SXM8 {{{price_minor // 100}.00 CNY, 2024-1")
            assert lot.endswith(f', "{thing}"}}')
    assert sum(price is not None for _, price in last.values()) >= 3
