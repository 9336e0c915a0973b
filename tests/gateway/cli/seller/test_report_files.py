"""Which files a line means: files, folders, patterns; and what a line without any is told."""

from pathlib import Path

import pytest

from gateway.cli.exit_codes import USAGE, VerbFailed
from gateway.cli.seller import report_files
from gateway.cli.seller.report_files import named_reports, report_paths
from ledger.reports import report
from tests.ledger.things.dumps import CSV_HEADER, block, dump, several


@pytest.fixture
def racks(tmp_path: Path) -> Path:
    for name in ("b.txt", "a.txt", ".hidden", "rack/c.txt", "rack/.git/d.txt", "rack/deep/e.xml"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(dump(block()))
    (tmp_path / "ring").symlink_to(tmp_path, target_is_directory=True)
    return tmp_path


def names(racks: Path, *words: str) -> list[str]:
    return [str(path.relative_to(racks)) for path in report_paths(tuple(racks / w for w in words))]


def test_a_folder_is_all_its_files_by_name_but_hidden_ones(racks: Path) -> None:
    assert names(racks, "") == ["a.txt", "b.txt", "rack/c.txt", "rack/deep/e.xml"]


def test_a_pattern_is_taken_where_no_shell_has(racks: Path) -> None:
    assert names(racks, "*.txt", "rack/deep/*") == ["a.txt", "b.txt", "rack/deep/e.xml"]


@pytest.mark.parametrize(
    ("word", "wrong"), [("*.csv", "There is no file"), ("empty", "holds no file")]
)
def test_what_means_no_file_is_said(racks: Path, word: str, wrong: str) -> None:
    (racks / "empty").mkdir()
    with pytest.raises(VerbFailed, match=wrong) as no:
        report_paths((racks / word,))
    assert no.value.code == USAGE


def test_a_folder_of_too_many_files_is_refused(
    racks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_files, "FILES_MOST", 4)
    assert len(report_paths((racks,))) == 4
    monkeypatch.setattr(report_files, "FILES_MOST", 3)
    with pytest.raises(VerbFailed, match="more than 3 files"):
        report_paths((racks,))


def test_a_collected_file_may_be_longer_than_one_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = b"\n".join(dump(card) for card in several(2))
    (tmp_path / "all.txt").write_bytes(both)
    monkeypatch.setattr(report, "COLLECTED_BYTES_MOST", len(both))
    assert len(list(named_reports((tmp_path / "all.txt",)))) == 2
    monkeypatch.setattr(report, "COLLECTED_BYTES_MOST", len(both) - 1)
    (refused,) = named_reports((tmp_path / "all.txt",))
    assert refused.raw is None
    assert "in several files" in str(refused.refusal)


def test_a_long_table_comes_in_parts_that_say_their_place(tmp_path: Path) -> None:
    rows = [f"nvidia,L40S,{at},900-2G133-0080-000,,node{at // 8},{at % 8}" for at in range(1_100)]
    (tmp_path / "fleet.csv").write_text("\n".join([CSV_HEADER, *rows, ""]), "utf-8")
    found = list(named_reports((tmp_path / "fleet.csv",)))
    assert len(found) == 5
    assert found[1].name.endswith("fleet.csv (2 of 5, line 258)")
