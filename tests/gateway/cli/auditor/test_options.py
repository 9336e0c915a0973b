"""What a verb is given has an effect or is refused; what it advises is what it takes."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click
import pytest

from gateway.cli import command_line
from tests.gateway.cli.auditor.test_unreadable_journals import asked, traded
from tests.gateway.cli.lines import own_home, said
from tests.gateway.cli.test_command_line import VERBS
from tests.house.sources import sources

__all__ = ["own_home"]
OPTION: Final = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
QUOTED: Final = re.compile(r"`[^`]*`|'gpubourse[^']*'")
OF_ANOTHER: Final = {
    ("import_report.py", "--all"),  # of `sites`, which the text quotes before it
    ("keyring.py", "--state"),  # of `operator proposals`, whose line it makes
}
REST: Final = {"audit export": ("--out", "{home}/{form}")}


def command_of(words: tuple[str, ...]) -> click.Command:
    command: click.Command = command_line.gpubourse
    for word in words:
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), word)
        assert found is not None
        command = found
    return command


def formats() -> Iterator[tuple[tuple[str, ...], str]]:
    for words in VERBS:
        for param in command_of(words).params:
            if "--format" in param.opts and isinstance(param.type, click.Choice):
                yield from ((words, str(choice)) for choice in param.type.choices)


@pytest.mark.parametrize(("words", "form"), list(formats()), ids=str)
def test_a_format_beside_json_has_an_effect_or_is_refused(
    words: tuple[str, ...], form: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rest = (each.format(home=tmp_path, form=form) for each in REST.get(" ".join(words), ()))

    ended = asked(monkeypatch, traded(), *words[1:], *rest, "--format", form, "--json")

    if ended.exit_code == 0:
        assert isinstance(json.loads(ended.stdout), dict)
    else:
        assert ended.exit_code in (2, 5), ended.stderr
        assert ended.exit_code == 5 or "--json" in ended.stderr


def test_every_with_once_is_refused(tmp_path: Path) -> None:
    ended = said("audit", "watch", "log", "--kept", str(tmp_path / "k"), "--once", "--every", "30")

    assert (ended.exit_code, "--every" in ended.stderr) == (2, True)


@pytest.mark.parametrize("words", VERBS, ids=" ".join)
def test_a_verb_that_finds_no_log_advises_options_that_it_takes(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    """Every option of an advice, outside a quoted line of another verb, is the verb's own."""
    command = command_of(words)
    if not {"--key"} & {each for param in command.params for each in param.opts}:
        return
    arguments = {"position": "5", "file": str(tmp_path / "f"), "place": ""}
    given = [arguments.get(str(p.name)) for p in command.params if isinstance(p, click.Argument)]
    if None in given or words[0] != "audit":
        return
    more = ("--kept", str(tmp_path / "k")) if words == ("audit", "watch") else ()
    for place in given, [each or str(tmp_path) for each in given]:
        typed = [str(each) for each in place if each]
        ended = said(*words, *typed, *more, "--data", str(tmp_path / "data"))
        own = {each for param in command.params for each in param.opts}

        assert ended.exit_code != 0
        assert set(OPTION.findall(QUOTED.sub("", ended.stderr))) <= own, ended.stderr


def test_a_verbs_own_file_names_options_of_its_verbs() -> None:
    """Each `--option` of a VerbFailed, outside a quoted line, is one of some verb of that file."""
    by_file: dict[str, set[str]] = {}
    for words in VERBS:
        command = command_of(words)
        code = command.callback.__wrapped__.__code__  # type: ignore[union-attr]
        own = {each for param in command.params for each in param.opts}
        by_file.setdefault(Path(code.co_filename).name, {"--help"}).update(own)
    wrong = [
        f"{source.path}:{text.lineno}: {option}"
        for source in sources()
        if source.path.startswith("gateway/cli/") and Path(source.path).name in by_file
        for call in ast.walk(source.tree)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "VerbFailed"
        for text in ast.walk(call)
        if isinstance(text, ast.Constant) and isinstance(text.value, str)
        for option in OPTION.findall(QUOTED.sub("", text.value))
        if option not in by_file[Path(source.path).name]
        if (Path(source.path).name, option) not in OF_ANOTHER
    ]
    assert len(by_file) > 20
    assert wrong == [], "the verb does not take it: name what it takes"
