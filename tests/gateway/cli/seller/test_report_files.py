"""Which files a line means: files, folders, patterns; and what a line without any is told."""

from pathlib import Path

import pytest

from gateway.cli.exit_codes import USAGE, VerbFailed
from gateway.cli.seller import report_files
from gateway.cli.seller.report_files import FileRefused, named_reports, read_report_file
from gateway.contract.languages import LANGUAGES
from ledger.reports import report
from tests.gateway.cli.lines import said
from tests.ledger.things.dumps import CSV_HEADER, block, dump, several

REFUSALS = {  # code -> what is named, and what is said of it in each language
    "no_such_file": (
        "gone.txt",
        "There is no file {path}. Check its name.",
        "没有文件 {path}。请核对名称。",
    ),
    "empty_folder": ("hollow", "The folder {path} holds no file.", "文件夹 {path} 中没有文件。"),
    "no_right_to_file": ("shut.txt", "You have no right to read {path}.", "您无权读取 {path}。"),
    "unreadable_file": (
        "bad.txt",
        "{path} cannot be read (Input/output",
        "无法读取 {path}（Input/output",
    ),
    "empty_file": (
        "blank.txt",
        "{path} is empty. Take it again",
        "{path} 是空的。请用 `nvidia-smi",
    ),
}


@pytest.fixture
def racks(tmp_path: Path) -> Path:
    for name in ("b.txt", "a.txt", ".hidden", "rack/c.txt", "rack/.git/d.txt", "rack/deep/e.xml"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(dump(block()))
    (tmp_path / "ring").symlink_to(tmp_path, target_is_directory=True)
    return tmp_path


def names(racks: Path, *words: str) -> list[str]:
    found = report_files.report_files(racks / word for word in words)
    return [str(path.relative_to(racks)) for path in found if not isinstance(path, FileRefused)]


def test_a_folder_is_all_its_files_by_name_but_hidden_ones(racks: Path) -> None:
    assert names(racks, "") == ["a.txt", "b.txt", "rack/c.txt", "rack/deep/e.xml"]


def test_a_pattern_is_taken_where_no_shell_has(racks: Path) -> None:
    assert names(racks, "*.txt", "rack/deep/*") == ["a.txt", "b.txt", "rack/deep/e.xml"]


@pytest.fixture
def broken(racks: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What each refusal is about; rights and disk are the system's word, which root never hears."""
    (racks / "hollow").mkdir()
    (racks / "blank.txt").write_text(" \n")
    stat = Path.stat

    def told(path: Path, *, follow_symlinks: bool = True) -> object:
        if path.name == "shut.txt":
            raise PermissionError(13, "Permission denied", str(path))
        if path.name == "bad.txt":
            raise OSError(5, "Input/output error", str(path))
        return stat(path, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", told)
    return racks


@pytest.mark.parametrize("code", REFUSALS)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_file_that_is_none_has_a_code_and_a_sentence_of_its_own(
    broken: Path, code: str, lang: str
) -> None:
    name, english, chinese = REFUSALS[code]
    path = str(broken / name)
    sentence = (english if lang == "en" else chinese).format(path=path)

    alone = said("inspect", path, "--lang", lang)
    among = said("inspect", str(broken / "a.txt"), path, str(broken / "b.txt"), "--lang", lang)
    demo = said("demo", "--dump", path, "--data", str(broken / "demo"), "--lang", lang)

    for ended in (alone, among, demo):
        assert ended.exit_code == USAGE, ended.output
        assert f"{code}: {sentence}" in ended.stderr
        assert "not_recognised" not in ended.stderr
    assert among.stdout.count("H100SXM") == 2, "the others are read all the same"


def test_a_report_of_a_settlement_is_one_file(broken: Path) -> None:
    with pytest.raises(FileRefused, match=r"^is_a_folder: .*rack is a folder. Name the report"):
        read_report_file(broken / "rack")


def test_what_stands_on_standard_input_may_be_nothing() -> None:
    ended = said("inspect", "-", "--lang", "zh")
    assert "empty_file: 标准输入 是空的。" in ended.stderr


def test_a_pattern_that_fits_nothing_is_no_file(racks: Path) -> None:
    (found,) = named_reports([racks / "*.csv"], "en")
    assert isinstance(found.refusal, FileRefused)
    assert found.refusal.code == "no_such_file"


def test_a_folder_of_too_many_files_is_refused(
    racks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_files, "FILES_MOST", 4)
    assert len(list(named_reports([racks], "en"))) == 4
    monkeypatch.setattr(report_files, "FILES_MOST", 3)
    with pytest.raises(VerbFailed, match=r"^too_many_files: .* makes more than 3 files") as no:
        list(named_reports([racks], "en"))
    assert no.value.code == USAGE


def test_a_collected_file_may_be_longer_than_one_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = b"\n".join(dump(card) for card in several(2))
    (tmp_path / "all.txt").write_bytes(both)
    monkeypatch.setattr(report, "COLLECTED_BYTES_MOST", len(both))
    assert len(list(named_reports([tmp_path / "all.txt"], "en"))) == 2
    monkeypatch.setattr(report, "COLLECTED_BYTES_MOST", len(both) - 1)
    (refused,) = named_reports([tmp_path / "all.txt"], "en")
    assert refused.raw is None
    assert "in several files" in str(refused.refusal)


def test_a_long_table_comes_in_parts_that_say_their_place(tmp_path: Path) -> None:
    rows = [f"nvidia,L40S,{at},900-2G133-0080-000,,node{at // 8},{at % 8}" for at in range(1_100)]
    (tmp_path / "fleet.csv").write_text("\n".join([CSV_HEADER, *rows, ""]), "utf-8")
    found = list(named_reports([tmp_path / "fleet.csv"], "en"))
    assert len(found) == 5
    assert found[1].name.endswith("fleet.csv (2 of 5, line 258)")
