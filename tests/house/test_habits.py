"""Habits that a newcomer finds in files: what is checked before a commit, and how a file ends."""

from typing import Any

import yaml  # type: ignore[import-untyped] # its stubs would be one more pin

from tests.house.advice import advise
from tests.house.sources import ROOT, committed
from tests.house.test_docs_shell import targets_of

PAGES = ("CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "README.md", "LICENSE")


def hooks() -> list[dict[str, Any]]:
    """Every hook that runs before a commit."""
    text = (ROOT / ".pre-commit-config.yaml").read_text("utf-8")
    repositories = yaml.safe_load(text)["repos"]
    assert all(each["repo"] == "local" for each in repositories), "no hook comes from elsewhere"
    return [hook for each in repositories for hook in each["hooks"]]


def test_before_a_commit_runs_what_make_check_runs() -> None:
    (hook,) = hooks()

    assert hook["entry"] == "make check"
    assert "check" in targets_of()
    assert hook["language"] == "system"
    assert hook["pass_filenames"] is False, "make check names its own files"
    assert hook["always_run"] is True


def test_the_pages_that_a_newcomer_looks_for_are_there() -> None:
    assert all((ROOT / name).is_file() for name in PAGES)


def test_files_end_as_the_editors_are_told() -> None:
    settings = (ROOT / ".editorconfig").read_text("utf-8")
    assert "insert_final_newline = true" in settings
    assert "trim_trailing_whitespace = true" in settings
    assert "end_of_line = lf" in settings
    wrong = []
    for path in committed():
        try:
            text = path.read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            continue  # a picture
        name = path.relative_to(ROOT).as_posix()
        if "\r" in text:
            wrong.append(f"{name}: a carriage return")
        if text and not text.endswith("\n"):
            wrong.append(f"{name}: no newline at its end")
        wrong += [
            f"{name}:{number}: a blank at its end"
            for number, line in enumerate(text.splitlines(), 1)
            if line != line.rstrip(" \t")
        ]
    assert not wrong, advise(wrong, "let your editor read .editorconfig")
