"""The same file two years later: the cards are known, their health is not."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenes.stage import DAY_NS, OPENING_NS, SERVER, Stage, staged

pytestmark = pytest.mark.postgres


@pytest.fixture
def later(tmp_path: Path, postgres_dsn: str) -> Iterator[Stage]:
    """A house that opens two years after the report was taken."""
    with staged(tmp_path, postgres_dsn, OPENING_NS + 730 * DAY_NS) as opened:
        yield opened


def test_an_old_report_gives_identity_and_grade_u_and_says_why(later: Stage) -> None:
    later.admit()

    look = later.told("import", str(SERVER), "--site", "s-0001", "--dry-run", me="seller")
    done = later.told("import", str(SERVER), "--site", "s-0001", "--yes", me="seller")["result"]

    assert look["result"]["grades"] == {"A": 0, "B": 0, "C": 0, "U": 8}
    assert set(done["grades"].values()) == {"U"}
    assert set(done["identity"].values()) == {"strong"}
    told = later.told("audit", "history", "u-000001")["events"]
    (graded,) = [each["event"] for each in told if each["topic"] == "unit_graded"]
    assert graded["reasons"] == ["report_too_old"]


def test_title_without_papers_takes_both_clerks(later: Stage) -> None:
    later.admit()

    said = later.line("import", str(SERVER), "--site", "s-0001", "--yes", me="seller").stdout

    lines = [line.strip() for line in said.splitlines() if "operator approve" in line]
    assert [line.partition(" --data")[0] for line in lines] == [
        f"gpubourse operator approve z-000003 --me clerk-{number}" for number in (1, 2)
    ]
    later.line("operator", "approve", "z-000003", me="clerk-1")
    assert "operator approve" not in later.line("inventory", me="seller").stdout
    later.line("operator", "approve", "z-000003", me="clerk-1", code=3)  # the same person again
    later.line("operator", "approve", "z-000003", me="clerk-2")
    (node,) = later.told("inventory", me="seller")["rows"]
    assert (node["asset_class"], node["owner"]) == ("H100SXM8.U0", "p-0002")
