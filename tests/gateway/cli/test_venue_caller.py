"""What a verb says when the venue does not: the words and the exit code of each way to fail."""

import json
import shlex
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar

import pytest

from gateway.cli import venue_caller
from gateway.cli.options import VerbContext
from gateway.cli.output import Output
from gateway.cli.venue_caller import VenueCaller
from gateway.problems import ProblemRaised
from gpubourse import retry
from gpubourse.retry import Patience
from tests.exchange.ground import LEASE
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

    ended = served.line("cancel", "--all", "--yes", "--key", "once-more", me="trader", code=5)

    assert ended.stderr == (
        "Asks again under the key once-more.\n"
        "The outcome is not known yet. Say the same again with --key once-more: it is never done "
        "twice.\n  gpubourse cancel --all --yes --key once-more --me trader\n"
    )


def test_who_interrupts_a_command_is_told_how_to_ask_again_and_it_is_done_once(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C behind the venue's back: the line that is printed, typed as it is, doubles nothing."""
    calls = VenueCaller._do
    done = []

    def interrupted(caller: VenueCaller, send: Any) -> Any:
        reply = calls(caller, send)
        result = reply.get("result") if isinstance(reply, dict) else None
        if isinstance(result, dict) and str(result.get("order", "")).startswith("o-"):
            done.append(result["order"])
            raise KeyboardInterrupt
        return reply

    words = ("order", LEASE, "bid", "1", "--price", "75000", "--label", "two words", "--yes")
    with monkeypatch.context() as ctrl_c:
        ctrl_c.setattr(VenueCaller, "_do", interrupted)
        told = served.line(*words, me="trader", code=130).stderr

    assert "Interrupted: whether it was done is not known." in told
    again = shlex.split(told.splitlines()[-1].strip().removeprefix("gpubourse "))
    for _ in range(2):
        asked = served.line(*again)
        assert f"{done[0]} is open" in asked.stdout
        assert "Asks again under the key" in asked.stderr
    assert served.document("book", LEASE)["result"]["bids"] == [[1_260, 1, 1, 0]]


def test_each_command_of_a_line_has_a_key_of_its_own_and_the_same_when_asked_again(
    served: Served,
) -> None:
    """A line of several commands: asked again, each is the first's answer, and none is doubled."""

    def placed() -> list[str]:
        context = VerbContext(
            output=Output(is_json=True),
            venue=served.town.url,
            me="trader",
            data=served.data,
            key="once-more",
        )
        caller = VenueCaller(context)
        args = {"market": LEASE, "side": "bid", "type": "limit", "time_in_force": "gtc"}
        return [
            caller.command(
                "order.new", "POST", "/v1/orders", {**args, "price_ticks": ticks, "lots": 1}
            )["result"]["order"]
            for ticks in (1_200, 1_201)
        ]

    first = placed()

    assert len(set(first)) == 2
    assert placed() == first
    assert len(served.document("book", LEASE)["result"]["bids"]) == 2
