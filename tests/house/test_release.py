"""The version stands in pyproject.toml and nowhere else; CHANGELOG keeps up with it."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, version

import pytest
from click.testing import CliRunner

from gateway import release as told
from gateway.cli.command_line import gpubourse
from gateway.routes.openapi import document
from gateway.settings import Limits
from tests.house.advice import advise
from tests.house.sources import ROOT, committed

HEADING = re.compile(r"^## \[([^\]]+)\](?: - (\d{4}-\d{2}-\d{2}))?$", re.MULTILINE)
NUMBERS = re.compile(r"\d+\.\d+\.\d+")
# where a version is the subject, or another package's
SAYS_IT = {"pyproject.toml", "CHANGELOG.md"}
OTHERS = (".lock", "package-lock.json", "setup/package.json")
# pages and tables that say since which release something holds
HISTORY = ("docs/", "setup/catalogue.toml", "gateway/catalogue.json")


def declared() -> str:
    """The version that pyproject.toml declares."""
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    return str(tomllib.loads(text)["project"]["version"])


def headings() -> list[tuple[str, str]]:
    """CHANGELOG's sections, newest first: a version (or Unreleased) and its day."""
    return HEADING.findall((ROOT / "CHANGELOG.md").read_text("utf-8"))


def numbers(text: str) -> tuple[int, ...]:
    """A version, to be compared."""
    return tuple(int(part) for part in text.split("."))


def test_the_installed_package_is_of_the_declared_version() -> None:
    assert version("gpubourse") == declared(), "say `make setup`: it installs the new version"


def test_no_file_states_the_version_a_second_time() -> None:
    literal = re.compile(rf"(?<![\d.]){re.escape(declared())}(?![\d.]*\d)")
    wrong = []
    for path in committed():
        name = path.relative_to(ROOT).as_posix()
        if name in SAYS_IT or name.endswith(OTHERS) or name.startswith(HISTORY):
            continue
        try:
            lines = path.read_text("utf-8").splitlines()
        except UnicodeDecodeError:
            continue  # a picture
        wrong += [f"{name}:{n} {line.strip()}" for n, line in enumerate(lines, 1)
                  if literal.search(line)]  # fmt: skip
    assert not wrong, advise(wrong, "ask gateway.release.release(): it reads the installed package")


def test_every_place_that_tells_the_version_tells_this_one() -> None:
    said = CliRunner().invoke(gpubourse, ["--version"])

    assert (said.exit_code, said.stdout) == (0, f"gpubourse, version {declared()}\n")
    assert document([], told.release(), Limits())["info"]["version"] == declared()


def test_files_without_a_package_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(told, "version", missing)

    assert told.release() == told.NOT_INSTALLED


def test_the_changelog_begins_with_what_is_not_released() -> None:
    first, *released = headings()

    assert first == ("Unreleased", ""), "what a change brings is told there, by hand, with it"
    assert released
    assert all(NUMBERS.fullmatch(name) and day for name, day in released)


def test_releases_are_told_newest_first_and_none_is_ahead() -> None:
    _, *released = headings()
    order = [numbers(name) for name, _ in released]

    assert order == sorted(order, reverse=True)
    assert [day for _, day in released] == sorted((day for _, day in released), reverse=True)
    assert order[0] <= numbers(declared()), "CHANGELOG tells a release that pyproject is not yet"
