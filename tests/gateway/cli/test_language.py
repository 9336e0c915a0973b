"""In which language a refusal is told at the command line: option, setting, terminal."""

from pathlib import Path

import pytest

from gateway.cli.options import locale_language
from tests.gateway.cli.lines import said
from tests.gateway.cli.served import Served

UNKNOWN = "T.H100SXM8.A1.CN-BX"


@pytest.mark.parametrize(
    ("words", "env", "told"),
    [
        ((), {}, "There is no"),
        (("--lang", "zh"), {}, "没有"),
        (("--lang", "ZH"), {}, "没有"),
        ((), {"GPUBOURSE_LANG": "zh"}, "没有"),
        ((), {"LC_ALL": "zh_CN.UTF-8"}, "没有"),
        ((), {"LANG": "zh_CN.UTF-8"}, "没有"),
        (("--lang", "en"), {"LC_ALL": "zh_CN.UTF-8"}, "There is no"),
        ((), {"LC_ALL": "C.UTF-8", "LANG": "zh_CN.UTF-8"}, "There is no"),
    ],
)
def test_a_refusal_is_told_in_the_language_asked_for(
    served: Served,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    env: dict[str, str],
    told: str,
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "GPUBOURSE_LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)

    words_said = served.line("book", UNKNOWN, *words, code=4).stderr

    assert words_said.startswith("unknown_market: ")
    assert told in words_said
    assert "Did you mean T.H100SXM8.A1.CN-BJ" in words_said  # what is near is found in either


def test_a_language_that_is_not_there_is_named_with_those_that_are(served: Served) -> None:
    refusal = served.line("book", UNKNOWN, "--lang", "de", code=2).stderr
    assert "'en', 'zh'" in refusal


def test_an_empty_locale_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "")
    monkeypatch.setenv("LC_MESSAGES", "zh_TW")
    assert locale_language() == "zh"


@pytest.mark.parametrize("verb", ["inspect", "demo"])
def test_a_report_is_refused_in_the_language_asked_for_without_a_venue(
    tmp_path: Path, verb: str
) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("eight cards, as good as new\n")
    words = [verb, str(path)] if verb == "inspect" else [verb, "--dump", str(path)]

    in_chinese = said(*words, "--lang", "zh")
    in_english = said(*words, "--lang", "en")

    assert in_chinese.exit_code == in_english.exit_code == 2
    assert "not_recognised: 无法识别的设备清单文件（第 1 行，第 0 字节）" in in_chinese.stderr
    assert "请在服务器上运行 `nvidia-smi -q > dump.txt`" in in_chinese.stderr
    assert "not_recognised: the file is no inventory that we know (line 1" in in_english.stderr
