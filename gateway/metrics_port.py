"""The metrics' own port: for programs of this machine, so many at once, each within its time."""

import io
import time
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from threading import BoundedSemaphore, Lock
from typing import Any, Final

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from gateway.addresses import host_named, is_this_machine

READERS_MOST: Final = 16  # connections at once, a thread each: descriptors are the gateway's, too
SILENCE_S: Final = 10.0  # for a whole head, and for a reply to be taken
HEAD_BYTES: Final = 16 << 10
KEPT_S: Final = 1.0  # a rendering: to make one takes the interpreter from the gateway's own loop
BETWEEN_S: Final = 0.02  # two answers, for the same reason
KINDS_MOST: Final = 8  # of text that are kept
HEAD_END: Final = b"\r\n\r\n"
PATH: Final = "/metrics"


class _NoHead(Exception):
    """Whoever connected sent no head, in its time or at all."""


class _Handler(BaseHTTPRequestHandler):
    server: "MetricsPort"

    def setup(self) -> None:
        super().setup()
        self.rfile = io.BytesIO(self._head())
        self.request.settimeout(SILENCE_S)

    def _head(self) -> bytes:
        """A whole head, of so many bytes, within its time: however slowly its bytes come."""
        until_s = time.monotonic() + SILENCE_S
        head = b""
        while HEAD_END not in head:
            left_s = until_s - time.monotonic()
            if left_s <= 0 or len(head) > HEAD_BYTES:
                raise _NoHead
            self.request.settimeout(left_s)
            more = self.request.recv(HEAD_BYTES)
            if not more:
                raise _NoHead
            head += more
        return head

    def do_GET(self) -> None:
        """The figures, for who asks by this machine's name and is no page of others."""
        hosts = self.headers.get_all("Host", [])
        host = host_named(hosts[0]) if len(hosts) == 1 else None
        origin = self.headers.get("Origin")
        if host is None or not is_this_machine(host):
            self._answer(403, b"Ask by this machine's own name, such as localhost.\n")
        elif origin is not None and origin.lower() != f"http://{hosts[0]}".lower():
            self._answer(403, b"Not from a page of another origin.\n")
        elif self.path.partition("?")[0] != PATH:
            self._answer(404, b"The figures stand at /metrics.\n")
        else:
            kind, text = self.server.rendering(self.headers.get("Accept", ""))
            self._answer(200, text, kind)

    do_HEAD = do_GET

    def _answer(self, status: int, body: bytes, kind: str = "text/plain; charset=utf-8") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def version_string(self) -> str:
        """Name no library and no release of one."""
        return "gpubourse"

    def log_message(self, *_: Any) -> None:
        """Nothing: nobody counts who reads the counts."""


class MetricsPort(ThreadingMixIn, TCPServer):
    """A thread for each connection, and so many connections: one more is closed at once."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, host: str, port: int, registry: CollectorRegistry) -> None:
        """Raises OSError for a port that is taken."""
        self._room = BoundedSemaphore(READERS_MOST)
        self._registry = registry
        self._one_at_a_time = Lock()
        self._kept: dict[str, tuple[float, bytes]] = {}  # kind -> until when, and the text
        super().__init__((host, port), _Handler)

    @property
    def number(self) -> int:
        """The port: of 0 the system chose one."""
        return int(self.server_address[1])

    def rendering(self, accept: str) -> tuple[str, bytes]:
        """All figures as text of the kind that is wanted, at most KEPT_S old."""
        encoder, kind = choose_encoder(accept)
        with self._one_at_a_time:
            time.sleep(BETWEEN_S)
            until_s, text = self._kept.get(kind, (0.0, b""))
            if time.monotonic() >= until_s:
                text = encoder(self._registry)
                if len(self._kept) >= KINDS_MOST:
                    self._kept.clear()
                self._kept[kind] = time.monotonic() + KEPT_S, text
            return kind, text

    def process_request(self, request: Any, client_address: Any) -> None:
        """Begin a thread, while there is room."""
        if self._room.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer one connection, and give back its room."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: who leaves in the middle, or says nothing in time, is no fault of ours."""
