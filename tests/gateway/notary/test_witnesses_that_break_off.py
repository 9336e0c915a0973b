"""A witness may break off anywhere: it is passed over and told, and no error leaves its thread."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from gateway.notary.witnesses import Witnesses, _ShownHead
from ledger.log.note import SignatureLine, read_note
from ledger.log.witness_policy import Witness
from tests.gateway.notary.test_witnesses import Watched
from tests.waiting import PATIENCE_S

RESET = struct.pack("ii", 1, 0)  # linger for no time: the close is a reset
SIZE = "Content-Type: text/x.tlog.size"
END_OF_CHUNKS = b"\r\n\r\n"  # behind the last: all has come by then
End = Callable[[socket.socket], None]


def ends(line: socket.socket) -> None:
    line.shutdown(socket.SHUT_WR)


def resets(line: socket.socket) -> None:
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


def stalls(line: socket.socket) -> None:
    """Until the caller has had enough."""
    with suppress(ConnectionError):
        line.recv(1)


class Breaking:
    """A witness that writes `answer` to whoever asks, and then does `end`."""

    def __init__(self) -> None:
        self.answer, self.end = b"", ends
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            line, _ = self._listening.accept()
            with line, suppress(ConnectionError):
                if not take_request(line):
                    return
                line.sendall(self.answer)
                self.end(line)

    def close(self) -> None:
        with socket.create_connection(self._listening.getsockname()):
            pass
        self._thread.join()
        self._listening.close()


def take_request(line: socket.socket) -> bytes:
    """All of a request; nothing of who says nothing."""
    taken = b""
    while b"\r\n\r\n" not in taken:
        if not (more := line.recv(65_536)):
            return b""
        taken += more
    head, _, body = taken.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += line.recv(65_536)
    return taken


def by_length(status: int, body: bytes, *lines: str) -> bytes:
    head = (f"HTTP/1.1 {status} x", *lines, f"Content-Length: {len(body)}", "", "")
    return "\r\n".join(head).encode() + body


def by_chunks(status: int, body: bytes, *lines: str) -> bytes:
    head = (f"HTTP/1.1 {status} x", *lines, "Transfer-Encoding: chunked", "", "")
    return "\r\n".join(head).encode() + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)


def answers(cosignature: bytes) -> list[bytes]:
    """Each sort of answer that there is, whole."""
    return [
        form(status, body, *lines)
        for form in (by_length, by_chunks)
        for status, body, lines in (
            (200, cosignature, ()),
            (409, b"700\n", (SIZE,)),
            (409, b"no", ()),
            (403, b"who are you?", ()),
            (302, b"there", ("Location: http://127.0.0.1:9/",)),
            (503, b"later", ()),
        )
    ]


class Asking:
    """A venue that asks one witness for a head, in this thread."""

    def __init__(self, watched: Watched) -> None:
        self.breaking = Breaking()
        watched.stack.callback(self.breaking.close)
        watched.urls[0] = self.breaking.url
        self.words = watched.log.words
        self.policy = watched.policy
        self.witness: Witness = self.policy.witnesses[0]
        head = watched.log.head()
        self.shown = _ShownHead(head.head, head.note, watched.log.source)
        text = read_note(head.note).text.encode()
        self.cosignature = watched.a.line(text, head.head.size, head.head.root)

    def told(self, answer: bytes, end: End, wait_s: float = PATIENCE_S) -> str:
        """What is told of a witness that answers so, "" if it cosigned; an error would come out."""
        self.breaking.answer, self.breaking.end = answer, end
        self.words.clear()
        found: dict[str, SignatureLine] = {}
        witnesses = Witnesses(self.policy, self.words.append, wait_s)
        witnesses._note_answer(self.witness, self.shown, found)
        assert bool(found) is not bool(self.words), "it is taken, or told"
        return "".join(self.words)


@pytest.fixture
def asking(tmp_path: Path) -> Iterator[Asking]:
    with ExitStack() as stack:
        yield Asking(Watched(tmp_path, stack))


@pytest.mark.parametrize("end", [ends, resets])
def test_an_answer_that_is_cut_at_any_byte_is_passed_over_and_told(
    asking: Asking, end: End
) -> None:
    for whole in answers(asking.cosignature):
        for kept in range(len(whole) - (len(END_OF_CHUNKS) if b"chunked" in whole else 0)):
            assert asking.told(whole[:kept], end), whole[:kept]


def test_an_answer_that_stalls_at_any_part_is_passed_over_and_told(asking: Asking) -> None:
    for whole in answers(asking.cosignature):
        head = whole.index(b"\r\n\r\n") + 4
        for kept in (0, 1, head // 2, head, head + 1):
            assert asking.told(whole[:kept], stalls, wait_s=0.05), whole[:kept]


@pytest.mark.parametrize(
    "spoilt", [b"zz\r\n", b"-1\r\n", b"\r\n", b"ffffffffffffffffff\r\n1", b"4"]
)
def test_an_answer_of_spoilt_chunks_is_passed_over_and_told(asking: Asking, spoilt: bytes) -> None:
    for whole in answers(asking.cosignature):
        if b"chunked" in whole:
            head = whole.index(b"\r\n\r\n") + 4
            assert asking.told(whole[:head] + spoilt, ends)


def test_a_whole_answer_is_taken(asking: Asking) -> None:
    taken = [not asking.told(whole, ends) for whole in answers(asking.cosignature)]
    assert taken == [True, *[False] * 5] * 2


@contextmanager
def no_thread_fails() -> Iterator[None]:
    failed: list[object] = []
    before, threading.excepthook = threading.excepthook, failed.append
    try:
        yield
    finally:
        threading.excepthook = before
    assert failed == []


def test_its_thread_ends_as_any_other(asking: Asking) -> None:
    """What is told once is not told anew, and a new reason is."""
    breaking, shown = asking.breaking, asking.shown
    breaking.answer, breaking.end = by_length(409, b"700\n", SIZE)[:-2], ends
    witnesses = Witnesses(asking.policy, asking.words.append, PATIENCE_S)
    with no_thread_fails():
        for _ in range(2):
            witnesses.with_cosignatures(shown.head, shown.note, shown.source)
        told = [line for line in asking.words if "witness a " in line]
        assert told == ["log: the witness a gives no cosignature: its answer breaks off"]
        breaking.answer = by_length(200, asking.cosignature)
        witnesses.with_cosignatures(shown.head, shown.note, shown.source)
    assert asking.words[-1] == "log: the witness a cosigns again"
