"""The metrics' own port: what is counted, and for how many at once."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from urllib.request import urlopen

import pytest

from gateway import metrics_port
from gateway.metrics import Metrics
from gateway.metrics_port import HEAD_BYTES, KEPT_S, READERS_MOST, SILENCE_S
from tests.waiting import PATIENCE_S, wait_until

HOST = "127.0.0.1"


LOOKS: list[None] = []  # at the figure


def looked_at() -> float:
    LOOKS.append(None)
    return 7.0


@pytest.fixture
def port() -> Iterator[int]:
    metrics = Metrics()
    metrics.watch("position", "The last position published", looked_at)
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


def is_cut(line: socket.socket, more: bytes) -> bool:
    """Whether the other side has ended a line on which one goes on to write."""
    try:
        line.sendall(more)
        return line.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


@pytest.mark.parametrize("more", [b"", b"x"], ids=["silent", "slow"])
def test_who_says_nothing_is_let_go(
    port: int, monkeypatch: pytest.MonkeyPatch, more: bytes
) -> None:
    """Nor does he stay who writes his head byte after byte: the time is the whole head's."""
    assert SILENCE_S == 10
    monkeypatch.setattr(metrics_port, "SILENCE_S", 0.3)
    monkeypatch.setattr(metrics_port, "HEAD_BYTES", 1 << 30)
    with ExitStack() as stack:
        lines = [
            stack.enter_context(socket.create_connection((HOST, port), PATIENCE_S))
            for _ in range(READERS_MOST)
        ]
        for line in lines:
            line.sendall(b"GET /metrics HTTP/1.1\r\nX: ")
            line.setblocking(False)
        for line in lines:
            wait_until(partial(is_cut, line, more))
        wait_until(lambda: is_answered(port), "all places are free")


def heard(port: int, *lines: str) -> bytes:
    """All that comes back to a request by hand."""
    with socket.create_connection((HOST, port), PATIENCE_S) as line:
        line.sendall("\r\n".join((*lines, "", "")).encode())
        with line.makefile("rb") as reply:
            return reply.read()


def asked(port: int, *lines: str) -> tuple[int, str, bytes]:
    """Status, head and body."""
    head, _, body = heard(port, "GET /metrics HTTP/1.1", *lines).partition(b"\r\n\r\n")
    return int(head.split()[1]), head.decode(), body


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (["Host: 127.0.0.1:8471"], 200),
        (["Host: LOCALHOST"], 200),
        (["Host: [::1]:8471"], 200),
        (["Host: localhost", "Origin: http://localhost"], 200),
        (["Host: evil.example:8471"], 403),
        (["Host: 127.0.0.1.evil.example"], 403),
        (["Host: evil.example@127.0.0.1"], 403),
        (["Host: 10.0.0.1"], 403),
        (["Host: "], 403),
        ([], 403),
        (["Host: localhost", "Host: evil.example"], 403),
        (["Host: localhost", "Origin: http://evil.example"], 403),
        (["Host: localhost", "Origin: null"], 403),
        (["Host: localhost:8471", "Origin: http://localhost:3000"], 403),
    ],
)
def test_no_page_of_others_reads_it(port: int, lines: list[str], status: int) -> None:
    found, head, body = asked(port, *lines)
    assert (found, b"gpubourse_position 7.0" in body) == (status, status == 200)
    assert "Access-Control" not in head


@pytest.mark.parametrize(
    "first",
    [
        "GET /metrics HTTP/1.1", "HEAD /metrics HTTP/1.1", "GET / HTTP/1.1",
        "POST /metrics HTTP/1.1", "OPTIONS * HTTP/1.1", "GET /metrics HTTP/9.9",
        "nonsense", "GET /metrics",
    ],
)  # fmt: skip
def test_no_reply_names_what_serves_it(port: int, first: str) -> None:
    reply = heard(port, first, "Host: localhost").decode().lower()
    assert not [name for name in ("python", "wsgi", "basehttp") if name in reply], reply


def test_a_head_that_is_too_large_is_not_read_to_its_end(port: int) -> None:
    with socket.create_connection((HOST, port), PATIENCE_S) as line:
        line.setblocking(False)
        wait_until(partial(is_cut, line, b"x" * HEAD_BYTES))


def test_who_asks_in_a_loop_is_answered_from_what_is_kept(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    LOOKS.clear()
    monkeypatch.setattr(metrics_port, "KEPT_S", PATIENCE_S)
    assert KEPT_S == 1
    kinds = ("text/plain", "application/openmetrics-text; version=1.0.0")
    for kind in kinds:
        for _ in range(5):
            status, _, body = asked(port, "Host: localhost", f"Accept: {kind}")
            assert (status, b"gpubourse_position 7.0" in body) == (200, True)
    assert len(LOOKS) == len(kinds)
