"""What the gateway counts, for Prometheus (WIRE 3: /metrics on a port of its own)."""

from collections.abc import Callable
from socketserver import ThreadingMixIn
from threading import BoundedSemaphore, Thread
from typing import Any, Protocol
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, make_wsgi_app

PORTS = 65_536
PORTS_TRIED = 20
READERS_MOST = 16  # connections at once, a thread each: descriptors are the gateway's, too
SILENCE_S = 10.0  # of one that says nothing, and its thread ends


class CountedRoute(Protocol):
    """A route, as far as it is counted."""

    @property
    def method(self) -> str: ...

    @property
    def path(self) -> str: ...


class _Handler(WSGIRequestHandler):
    timeout = SILENCE_S

    def log_message(self, *_: Any) -> None:
        """Nothing: nobody counts who reads the counts."""


class _Server(ThreadingMixIn, WSGIServer):
    """A thread for each connection, and so many connections: one more is closed at once."""

    daemon_threads = True

    def __init__(self, *args: Any) -> None:
        self._room = BoundedSemaphore(READERS_MOST)
        super().__init__(*args)

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._room.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: who leaves in the middle, or says nothing in time, is no fault of ours."""


class Metrics:
    """One registry per server, so that two servers in a process do not mix."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "gpubourse_requests",
            "Requests answered, by route and status",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "gpubourse_request_seconds",
            "From the request to its answer",
            ["method", "route"],
            buckets=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10),
            registry=self.registry,
        )
        self._running: tuple[WSGIServer, Thread] | None = None

    def request(self, route: CountedRoute, status: int, seconds: float) -> None:
        """Count one answered request."""
        self._requests.labels(route.method, route.path, status).inc()
        self._seconds.labels(route.method, route.path).observe(seconds)

    def watch(self, name: str, words: str, read: Callable[[], float]) -> None:
        """Show a figure that is read when somebody asks for it."""
        Gauge(f"gpubourse_{name}", words, registry=self.registry).set_function(read)

    def serve(self, host: str, port: int) -> int:
        """Serve them on this port, or the next free one; the port, or 0 if none was free."""
        app = make_wsgi_app(self.registry)
        for tried in range(port, min(port + PORTS_TRIED, PORTS)):
            try:
                server = make_server(host, tried, app, _Server, _Handler)
            except OSError:
                continue
            thread = Thread(target=server.serve_forever, name="metrics", daemon=True)
            thread.start()
            self._running = server, thread
            return int(server.server_port)  # of port 0 the system chose one
        return 0

    def close(self) -> None:
        if self._running is not None:
            server, thread = self._running
            server.shutdown()
            server.server_close()
            thread.join()
            self._running = None
