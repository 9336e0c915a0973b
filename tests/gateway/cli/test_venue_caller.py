"""What a verb says when the venue does not: the words and the exit code of each way to fail."""

import json
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar

import pytest

from gateway.cli import venue_caller
from gateway.problems import ProblemRaised
from gpubourse import retry
from gpubourse.retry import Patience
from tests.gateway.cli.lines import said
from tests.gateway.cli.served import Served

NOT_YET = {"code": "not_yet", "detail": "The views lag behind. Ask again."}


class Answers(BaseHTTPRequestHandler):
    """Answers every request with the next of `script`, the last one again and again."""

    script: ClassVar[list[tuple[int, bytes]]] = []

    def do_GET(self) -> None:
        script = type(self).script
        status, body = script.pop(0) if len(script) > 1 else script[0]
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    """A server of these answers."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses are short: what is tested is what is said at their end."""
    monkeypatch.setattr(retry, "FIRST_S", 0.001)


def test_nobody_there_is_said_with_the_systems_own_words() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and nobody listens
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
        ended = said("book", "T.H100SXM8.A1.CN-BJ", "--venue", nobody)

    assert ended.exit_code == 5
    assert ended.stderr == (
        f"No venue answers at {nobody} ([Errno 111] Connection refused). Start one with "
        "`gpubourse run` or `gpubourse demo`, or name another: --venue URL.\n"
    )


@pytest.mark.parametrize("wrong", ["nonsense", "ftp://127.0.0.1:8470", "http://"])
def test_what_is_no_address_ends_2(wrong: str) -> None:
    ended = said("operator", "status", "--venue", wrong)

    assert ended.exit_code == 2
    shown = repr(wrong.rstrip("/"))
    assert ended.stderr == (f"{shown} is no venue's address. Say it like http://127.0.0.1:8470.\n")


def test_something_else_that_answers_is_no_venue(address: str) -> None:
    Answers.script = [(404, b"<html>not here</html>")]

    ended = said("operator", "status", "--venue", address)

    assert ended.exit_code == 5
    assert ended.stderr == (f"What answers at {address} is no venue (HTTP 404). Check --venue.\n")


def test_a_passing_no_is_asked_again_and_at_last_told(address: str) -> None:
    Answers.script = [(503, json.dumps(NOT_YET).encode())]

    ended = said("operator", "status", "--venue", address)

    assert ended.exit_code == 5
    assert ended.stderr == "not_yet: The views lag behind. Ask again.\n"

    venue = {"position": 1, "at_ns": "1", "result": {"venue": "cn-1"}}
    Answers.script = [
        (503, json.dumps(NOT_YET).encode()),
        (200, json.dumps(venue).encode()),
        (404, json.dumps({"code": "unknown_market", "detail": "There is none."}).encode()),
    ]
    ended = said("book", "T.X", "--venue", address)
    assert (ended.exit_code, ended.stderr) == (4, "unknown_market: There is none.\n")


def test_without_a_key_nobody_is_asked() -> None:
    ended = said("inventory", "--venue", "http://127.0.0.1:1")

    assert ended.exit_code == 3
    assert ended.stderr == (
        "This needs somebody who signs. Say --me NAME, the name of a key in the data folder: "
        "--me seller.\n"
    )


def test_an_outcome_that_is_not_known_names_its_key(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(venue_caller, "PATIENCE", Patience(tries=2))

    def is_down(*_: object) -> None:
        raise ProblemRaised("unavailable")

    monkeypatch.setattr(served.town.parts.intake, "submit", is_down)

    ended = served.line("cancel", "--all", "--key", "once-more", me="trader", code=5)

    assert ended.stderr == (
        "The outcome is not known yet. Say the same again with --key once-more: it is never done "
        "twice.\n"
    )
