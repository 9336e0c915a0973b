"""The frame of the command line: help, exit codes, settings, and no traceback for anybody."""

from pathlib import Path

import click
import pytest

from gateway.cli import command_line
from gateway.cli.exit_codes import exit_code
from ledger.refusals import Reason
from tests.gateway.cli.lines import said, verb_of

VERBS = command_line.every_verb(command_line.gpubourse)


@pytest.mark.parametrize("words", VERBS, ids=" ".join)
def test_every_verb_has_json_and_an_example_in_its_help(words: tuple[str, ...]) -> None:
    shown = said(*words, "--help")

    assert shown.exit_code == 0
    assert "--json" in shown.stdout
    assert f"gpubourse {' '.join(words)}" in shown.stdout.partition("Example")[2]


def test_a_wrong_verb_and_a_wrong_flag_end_2() -> None:
    assert said("insepct").exit_code == 2
    assert said("inspect", "--colour").exit_code == 2
    assert said("inspect").exit_code == 2


def test_our_own_fault_ends_70_with_one_line_and_a_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object) -> None:
        raise KeyError("a bug")

    monkeypatch.setattr("gateway.cli.seller.report_files.read_report_file", breaks)

    ended = said("inspect", "dump.txt")

    assert ended.exit_code == 70
    (line,) = ended.stderr.splitlines()
    assert line.startswith("Our fault: KeyError: 'a bug' The report lies in ")
    report = Path(line.removesuffix(".").rpartition(" in ")[2])
    assert report.is_relative_to(tmp_path)
    assert "in breaks" in report.read_text("utf-8")


def test_debug_shows_the_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object) -> None:
        raise KeyError("a bug")

    monkeypatch.setattr("gateway.cli.seller.report_files.read_report_file", breaks)

    assert "Traceback" in said("inspect", "dump.txt", "--debug").stderr


def test_interrupting_ends_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def stops(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("gateway.cli.seller.report_files.read_report_file", stops)

    assert said("inspect", "dump.txt").exit_code == 130


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (Reason.insufficient_cash, 1),
        (Reason.bad_field, 1),
        (Reason.same_holder, 3),
        (Reason.no_session, 3),
        (Reason.tier_too_low, 3),
        (Reason.unknown_market, 4),
        (Reason.rate_limited, 1),
    ],
)
def test_a_refusal_has_its_exit_code(reason: Reason, code: int) -> None:
    assert exit_code(reason.name, reason.status) == code


def test_an_outcome_that_is_not_known_ends_5() -> None:
    assert exit_code("unavailable", 503) == 5


def test_a_config_file_that_is_broken_or_unknown_says_so(tmp_path: Path) -> None:
    path = tmp_path / "config" / "gpubourse" / "config.toml"
    path.parent.mkdir(parents=True)
    for text in ("venue = ", "veneu = 'x'"):
        path.write_text(text, "utf-8")
        ended = said("inspect", "dump.txt")
        assert ended.exit_code == 2
        assert "config.toml" in ended.stderr


@pytest.mark.parametrize("words", VERBS, ids=" ".join)
def test_a_word_that_the_locale_did_not_understand_is_refused(words: tuple[str, ...]) -> None:
    ended = said(*words, "n\udcc3\udca9")

    assert ended.exit_code == 2
    assert "LC_ALL=C.UTF-8" in ended.stderr
    assert "n\\udcc3\\udca9 is no text" in ended.stderr


@pytest.mark.parametrize("name", command_line.SETTINGS_FROM)
def test_so_is_a_setting(name: str) -> None:
    ended = said("keys", "list", env={name: "n\udcff"})

    assert ended.exit_code == 2
    assert f"{name}=n\\udcff" in ended.stderr


@pytest.mark.parametrize("words", VERBS, ids=" ".join)
def test_a_line_that_lacks_several_things_is_told_all_of_them(words: tuple[str, ...]) -> None:
    verb = verb_of(words)
    required = [param for param in verb.params if param.required]
    if len(required) < 2:
        return

    told = said(*words, "--json")

    assert told.exit_code == 2
    (missing,) = [line for line in told.stderr.splitlines() if line.startswith("Missing are: ")]
    for param in required:
        name = param.opts[0] if isinstance(param, click.Option) else param.human_readable_name
        assert name in missing
