"""A party that has nothing yet asks each list of the command line; then nobody reads the answer."""

import click
import pytest

from gateway.cli.command_line import every_verb, gpubourse
from gateway.cli.exit_codes import UNREAD
from tests.gateway.cli.test_closed_output import ended
from tests.scenes.stage import Stage

pytestmark = pytest.mark.postgres
HOST = ("demo", "run")  # they go on until somebody ends them


def verb_of(words: tuple[str, ...]) -> click.Command:
    found: click.Command = gpubourse
    for word in words:
        assert isinstance(found, click.Group)
        inner = found.get_command(click.Context(found), word)
        assert inner is not None
        found = inner
    return found


def takes(words: tuple[str, ...], name: str) -> bool:
    return any(param.name == name for param in verb_of(words).params)


def asks_only(words: tuple[str, ...]) -> bool:
    """Whether a verb reads a venue, and needs to be told nothing but who asks."""
    needs_more = any(param.required for param in verb_of(words).params)
    return takes(words, "venue") and not takes(words, "is_yes") and not needs_more


READS = [words for words in every_verb(gpubourse) if words[0] not in HOST and asks_only(words)]


def test_every_list_ends_quietly_where_nobody_reads_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """In text and with `--json`, of rows, and of none."""
    stage.admit()
    monkeypatch.setenv("GPUBOURSE_DATA", str(stage.data))
    heard = {
        (*words, *form): ended(
            monkeypatch, *words, *form, *(["--me", "seller"] if takes(words, "me") else [])
        )
        for words in READS
        for form in ((), ("--json",))
    }

    assert len(READS) > 12, READS
    assert {line: code for line, code in heard.items() if code != UNREAD} == {}
    assert "Traceback" not in capfd.readouterr().err
