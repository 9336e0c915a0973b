"""A place named wrong is never our fault: each option of a file or folder, of each verb."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click
import pytest
from click.testing import Result

from gateway.cli import command_line
from tests.gateway.cli.lines import own_home, said
from tests.gateway.cli.test_command_line import VERBS

__all__ = ["own_home"]
# Verb and option that a verb writes to: its place is looked at before anything else is.
WRITTEN: Final = {
    ("audit certificate", "--out"): ("n-0001",),
    ("audit export", "--out"): ("--format", "csv"),
    ("audit prove", "--out"): ("5",),
    ("audit watch", "--kept"): ("log", "--once"),
    ("log publish", "--out"): (),
    ("log publish", "--keys"): ("--out", "{home}/log"),
}
FOLDERS: Final = {("audit export", "--out"), ("log publish", "--out"), ("log publish", "--keys")}
# What is read alone; `--data` has its own walk in host/test_machine_faults.py.
READ: Final = {
    *("--data", "--document", "--dump", "--evidence", "--expect-file", "--key", "--policy"),
    *("--prices", "--receipt", "--report", "--salt-file", "--tls-cert", "--witnesses"),
    *("file", "files"),
}
WORD: Final = {"POSITION": "5", "POSITION|TIME": "5", "DAY": "2024-11-15", "YYYY-MM": "2024-11"}
PLACES: Final = ("{home}/nowhere/x", "{home}/file/x", "/proc/x", "{home}/file/x/y")


def options() -> Iterator[tuple[tuple[str, ...], click.Command, click.Parameter, str]]:
    """Every parameter of any verb that names a file or a folder."""
    for words in VERBS:
        command: click.Command = command_line.gpubourse
        for word in words:
            assert isinstance(command, click.Group)
            command = command.get_command(click.Context(command), word) or command
        for param in command.params:
            is_place = isinstance(param.type, click.Path | click.File)
            if is_place or param.metavar in ("FILE", "DIR"):
                yield words, command, param, param.opts[0]


def test_each_place_that_a_verb_takes_is_known_as_written_or_as_read() -> None:
    met = {(" ".join(words), name) for words, _, _, name in options()}

    assert set(WRITTEN) <= met
    others = {each for each in met - set(WRITTEN) if each[1] not in READ}
    assert others == {("audit verify-log", "--kept")}, "say here whether it is written or read"


def must_be_the_users(ended: Result) -> None:
    assert "Our fault" not in ended.stderr, ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.exit_code in (1, 2, 3, 4, 5, 7), (ended.exit_code, ended.stderr)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "file").write_text("a file", "utf-8")
    return tmp_path


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("verb", WRITTEN, ids=" ".join)
def test_a_place_that_takes_no_file_is_told_before_any_work(
    verb: tuple[str, str], place: str, home: Path
) -> None:
    if verb in FOLDERS and place.startswith("{home}/nowhere"):
        return  # a folder is made with all above it
    named = place.format(home=home)
    rest = (word.format(home=home) for word in WRITTEN[verb])

    ended = said(*verb[0].split(), *rest, verb[1], named)

    must_be_the_users(ended)
    assert ended.exit_code == 2, ended.stderr
    assert any(str(each) in ended.stderr for each in (named, *list(Path(named).parents)[:-1]))


def test_so_is_that_of_a_salt_key_to_be_made(home: Path) -> None:
    for place in PLACES:
        rest = ("--make-salt", "--salt-file", place.format(home=home))
        ended = said("audit", "certificate", "n-0001", "--out", str(home / "c.json"), *rest)
        must_be_the_users(ended)
        assert ended.exit_code == 2


@pytest.mark.parametrize(
    ("words", "name"),
    [(words, name) for words, _, _, name in options() if name != "--data"],
    ids=lambda each: each if isinstance(each, str) else " ".join(each),
)
def test_a_place_that_is_not_there_is_never_our_fault(
    words: tuple[str, ...], name: str, home: Path
) -> None:
    (found,) = [each for each in options() if (each[0], each[3]) == (words, name)]
    _, command, param, _ = found
    others = []
    for each in command.params:
        if each.required and each is not param:
            text = WORD.get(each.make_metavar(click.Context(command)), "n-0001")
            text = str(home / "given") if isinstance(each.type, click.Path) else text
            others += [text] if isinstance(each, click.Argument) else [each.opts[0], text]
    for place in PLACES:
        named = place.format(home=home)
        given = [named] if isinstance(param, click.Argument) else [name, named]
        data = ["--data", str(home / "data")] if "--data" in str(command.params) else []
        must_be_the_users(said(*words, *others, *given, *data))
