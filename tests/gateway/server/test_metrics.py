"""The metrics' own port: what is counted, and for how many at once."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.request import urlopen

import pytest

from gateway.metrics import READERS_MOST, SILENCE_S, Metrics, _Handler
from tests.waiting import PATIENCE_S, wait_until

HOST = "127.0.0.1"


@pytest.fixture
def port() -> Iterator[int]:
    metrics = Metrics()
    metrics.watch("position", "The last position published", lambda: 7.0)
    yield metrics.serve(HOST, 0)
    metrics.close()


def is_answered(port: int) -> bool:
    try:
        with urlopen(f"http://{HOST}:{port}/metrics", timeout=PATIENCE_S) as reply:
            return b"gpubourse_position 7.0" in reply.read()
    except OSError:
        return False


def test_so_many_at_once_and_one_more_is_closed(port: int, capfd: pytest.CaptureFixture) -> None:
    with ExitStack() as stack:
        for _ in range(READERS_MOST):
            stack.enter_context(socket.create_connection((HOST, port), PATIENCE_S))
        more = stack.enter_context(socket.create_connection((HOST, port), PATIENCE_S))
        assert more.recv(1) == b""
    wait_until(lambda: is_answered(port), "those who left have made room")
    with socket.create_connection((HOST, port), PATIENCE_S) as broken:
        broken.sendall(b"\xff\x00" * 40_000)
    wait_until(lambda: is_answered(port), "and nonsense takes none")
    assert capfd.readouterr() == ("", "")


def test_who_says_nothing_is_let_go() -> None:
    assert _Handler.timeout == SILENCE_S == 10
