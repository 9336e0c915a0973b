"""Whatever others wrote reaches a terminal as text: nothing in it is obeyed, nothing is lost."""

import ast
import io
import json
import re
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from rich.cells import cell_len
from rich.console import Console

from gateway.cli.exit_codes import ExitHandler, VerbFailed
from gateway.cli.output import Output
from gateway.cli.terminal import UNSEEN, show_text, visible

ROOT = Path(__file__).resolve().parents[3]
CLI = ROOT / "gateway" / "cli"
DOORS = {"terminal.py"}
OWN_WORDS = {"import_report.py": 1}  # its template, a constant
HOSTILE = ("[/x] ICBC", "[bold]Li Na", "\x1b]0;x\x07", "\x9b2J", "\u202eCBCI", ":smile:", "\ud800")


def writings(path: Path) -> Iterator[int]:
    """Lines that write by another door than `show_text`."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="click"), attr="echo" | "secho")):
                yield node.lineno
            case ast.Call(func=ast.Name(id="print")):
                yield node.lineno
            case ast.Attribute(value=ast.Name(id="sys"), attr="stdout" | "stderr") if (
                path.name not in ("output.py",)
            ):
                yield node.lineno


@pytest.mark.parametrize("is_terminal", [False, True])
def test_no_table_cuts_a_cell_off(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], *, is_terminal: bool
) -> None:
    """In a pipe a row is one line; on a terminal what is long is wrapped, and no hash is broken."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(Console, "is_terminal", property(lambda _: is_terminal))
    monkeypatch.setenv("TERM", "xterm-256color")
    digest, facts = "A" * 43, " ".join(f"fact_{n}=n-{n:04}" for n in range(60))
    rows = [(7, "filed", f"{facts} sha256={digest}"), (12_345, "短", "brief")]

    for is_last_long in (False, True):
        Output(is_json=False).table(("at>", "event", "what"), rows, is_last_long=is_last_long)
        lines = capfd.readouterr().out.splitlines()
        whole = "".join("".join(lines).split())

        assert facts.replace(" ", "") + f"sha256={digest}" in whole
        assert "\\u001b" not in whole, "a colour that the door would show as an escape"
        assert max(map(cell_len, lines)) <= 80 or not is_terminal
        assert (len(lines) == 3) is not is_terminal
        assert any(digest in line for line in lines)
    if not is_terminal:
        assert lines[0] == "   at  event  what"
        assert lines[2] == "12345  短     brief", "cells are taken as they are"


def test_nothing_of_the_command_line_shortens_a_text_by_itself() -> None:
    """What is cut off cannot be found again. `short` of figures is for long names in a table."""
    cuts = {
        f"{path.relative_to(CLI)}:{number}"
        for path in CLI.rglob("*.py")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if re.search(r"\[:[^\]]*\] \+ \"…\"", line)
    }
    assert {each.partition(":")[0] for each in cuts} == {"figures.py"}


def test_there_is_one_door() -> None:
    files = sorted(CLI.rglob("*.py"))
    found = {
        str(path.relative_to(CLI)): list(writings(path))
        for path in files
        if path.name not in DOORS
        and len(list(writings(path))) > OWN_WORDS.get(path.name, 0)
        and path.name != "exit_codes.py"  # writes a traceback that a developer asked for
    }

    assert len(files) > 20
    assert list(writings(CLI / "terminal.py"))
    assert not found


@pytest.mark.parametrize("is_json", [False, True])
@pytest.mark.parametrize("text", HOSTILE)
def test_every_way_of_output_shows_what_others_wrote(
    text: str, is_json: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    output = Output(is_json=is_json)
    ways = {
        "write": lambda: output.write(f"p-0004 is {text}."),
        "log": lambda: output.log(f"p-0004 is {text}."),
        "table": lambda: output.table((text, "n>"), [(text, 1), (text, 2)], title=text),
        "end": lambda: _ends(VerbFailed(1, text)),
        "usage": lambda: _ends(click.UsageError(text)),
    }
    for name, way in ways.items():
        way()
        told = "".join(capfd.readouterr())
        assert visible(text) in told, name
        assert all(is_harmless(sign) for sign in told), name


def _ends(error: Exception) -> None:
    with pytest.raises(SystemExit), ExitHandler(shows_traceback=False):
        raise error


def is_harmless(sign: str) -> bool:
    return sign == "\n" or unicodedata.category(sign) not in UNSEEN


@pytest.mark.parametrize("text", [*HOSTILE, "\U000e0041", "a\nb", "\x7f"])
def test_a_document_means_the_same(text: str, capfd: pytest.CaptureFixture[str]) -> None:
    Output(is_json=True).document({"legal_name": text})

    told = capfd.readouterr().out
    assert json.loads(told) == {"legal_name": text}
    assert all(is_harmless(sign) for sign in told)


def test_a_cell_keeps_to_its_line(capfd: pytest.CaptureFixture[str]) -> None:
    Output(is_json=False).table(("name",), [("a\nb\tc",)])

    assert capfd.readouterr().out.splitlines() == ["name", "a\\nb\\tc"]


def test_what_an_encoding_lacks_is_shown_as_an_escape(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="strict")
    monkeypatch.setattr(sys, "stdout", plain)

    show_text("北京 ü")

    assert plain.buffer.getvalue() == b"\\u5317\\u4eac \\xfc\n"  # type: ignore[attr-defined]


def test_what_is_seen_stays_as_it_is() -> None:
    for text in ("北京 ü", "全　角", "e\u0301", "a\nb\tc", "👍"):
        assert visible(text) == text
