"""Runs command lines as a person types them, through the click group that `gpubourse` starts."""

import json
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from gateway.cli.command_line import gpubourse


def said(*words: str, typed: str = "", env: dict[str, str] | None = None) -> Result:
    """Run one command line; *typed* is what the person answers."""
    return CliRunner().invoke(gpubourse, list(words), input=typed, env=env or {})


def verb_of(words: tuple[str, ...]) -> click.Command:
    """The verb that these words name."""
    found: click.Command = gpubourse
    for word in words:
        assert isinstance(found, click.Group)
        inner = found.get_command(click.Context(found), word)
        assert inner is not None, words
        found = inner
    return found


def takes(words: tuple[str, ...], name: str) -> bool:
    """Whether a verb has a parameter of this name."""
    return any(param.name == name for param in verb_of(words).params)


def document(result: Result) -> Any:
    """The one JSON document of a run with `--json`."""
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing of the tester's own settings, keys or journals comes into a test."""
    for name in ("VENUE", "DATA", "ME", "DATABASE_URL"):
        monkeypatch.delenv(f"GPUBOURSE_{name}", raising=False)
    for name in ("CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    return tmp_path
