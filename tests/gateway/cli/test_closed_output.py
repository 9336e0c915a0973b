"""Who has read enough closes the pipe (`gpubourse … | head`): every verb ends quietly, with 141."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from gateway.cli.command_line import VERBS as PLACES
from gateway.cli.command_line import every_verb, gpubourse
from gateway.cli.exit_codes import NOT_ALLOWED, OUR_FAULT, UNREAD, USAGE, ExitHandler, VerbFailed
from gateway.cli.output import Output, PlainSteps
from gateway.cli.terminal import OutputClosed, noticing_closed_output
from tests.exchange.ground import LEASE
from tests.gateway.cli.served import Served

VERBS = every_verb(gpubourse)
GROUPS = sorted({words[:-1] for words in VERBS})


@contextmanager
def unread(monkeypatch: pytest.MonkeyPatch, *names: str) -> Iterator[None]:
    """Of these streams nobody reads any more."""
    with monkeypatch.context() as patched:
        streams = []
        for name in names:
            reading, writing = os.pipe()
            os.close(reading)
            stream = io.TextIOWrapper(io.FileIO(writing, "w"), "utf-8", write_through=True)
            patched.setattr(sys, name, stream)
            streams.append(stream)
        yield
    for stream in streams:
        stream.close()  # what it still held goes nowhere, and says nothing


def ended(
    monkeypatch: pytest.MonkeyPatch, *words: str, closed: tuple[str, ...] = ("stdout",)
) -> object:
    """How a line ends of whose output nobody reads *closed*."""
    with unread(monkeypatch, *closed), pytest.raises(SystemExit) as end:
        gpubourse.main(list(words), prog_name="gpubourse")
    return end.value.code


@pytest.mark.parametrize("option", ["--help", "--schema"])
@pytest.mark.parametrize("words", VERBS, ids=" ".join)
def test_every_verbs_help_may_go_unread(
    words: tuple[str, ...],
    option: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert ended(monkeypatch, *words, option) == UNREAD
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("words", GROUPS, ids=" ".join)
def test_so_may_a_groups_and_the_release(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert len(VERBS) > len(PLACES)
    assert ended(monkeypatch, *words, "--help") == UNREAD
    assert ended(monkeypatch, "--version") == UNREAD
    assert capfd.readouterr() == ("", "")


def test_a_stream_of_messages_ends_quietly(
    served: Served, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """`watch` writes from tasks that run together."""
    monkeypatch.setenv("GPUBOURSE_VENUE", served.town.url)
    monkeypatch.setenv("GPUBOURSE_DATA", str(served.data))

    assert ended(monkeypatch, "watch", f"ticker/{LEASE}") == UNREAD
    assert capfd.readouterr() == ("", "")


def test_what_failed_keeps_its_code_where_its_words_go_unread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    both = ("stdout", "stderr")
    assert ended(monkeypatch, "inspect", closed=both) == USAGE
    assert ended(monkeypatch, "nonsense", "--debug", closed=both) == USAGE
    assert ended(monkeypatch, "cash", closed=both) == NOT_ALLOWED
    for error, code in ((VerbFailed(7, "No."), 7), (KeyError("a bug"), OUR_FAULT)):
        with (
            unread(monkeypatch, *both),
            pytest.raises(SystemExit) as end,
            ExitHandler(shows_traceback=True),
        ):
            raise error
        assert end.value.code == code


def test_progress_that_nobody_reads_ends_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.cli.output.SHORT_S", -1.0)
    with unread(monkeypatch, "stderr"):
        steps = PlainSteps(Output(is_json=False), "events", 10)
        with pytest.raises(OutputClosed):
            steps.reach(5)


def test_a_venue_that_runs_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    with unread(monkeypatch, "stderr"):
        for _ in range(2):
            Output(is_json=False).server_log("log: no head is signed until people have looked")


def test_another_line_that_was_cut_is_no_reader_who_left() -> None:
    """A database or a child that went away is a failure, not an end."""
    with pytest.raises(BrokenPipeError), noticing_closed_output():
        raise BrokenPipeError


@pytest.mark.parametrize("is_both", [False, True])
def test_the_program_itself_ends_with_141_and_says_nothing(*, is_both: bool) -> None:
    """A process of its own: what Python flushes at its end fails no more either."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "gateway", "markets", "--schema"],
        stdout=writing,
        stderr=writing if is_both else subprocess.PIPE,
        check=False,
    )
    os.close(writing)

    assert done.returncode == UNREAD
    assert not done.stderr


def test_what_is_read_whole_ends_well() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gateway", "markets", "--schema"], capture_output=True, check=True
    )
    assert json.loads(done.stdout)
