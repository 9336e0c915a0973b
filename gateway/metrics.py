"""What the gateway counts, for Prometheus (WIRE 3: /metrics on a port of its own)."""

from collections.abc import Callable
from threading import Thread
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from gateway.metrics_port import MetricsPort

PORTS = 65_536
PORTS_TRIED = 20


class CountedRoute(Protocol):
    """A route, as far as it is counted."""

    @property
    def method(self) -> str: ...

    @property
    def path(self) -> str: ...


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
        self._running: tuple[MetricsPort, Thread] | None = None

    def request(self, route: CountedRoute, status: int, seconds: float) -> None:
        """Count one answered request."""
        self._requests.labels(route.method, route.path, status).inc()
        self._seconds.labels(route.method, route.path).observe(seconds)

    def watch(self, name: str, words: str, read: Callable[[], float]) -> None:
        """Show a figure that is read when somebody asks for it."""
        Gauge(f"gpubourse_{name}", words, registry=self.registry).set_function(read)

    def serve(self, host: str, port: int) -> int:
        """Serve them on this port, or the next free one; the port, or 0 if none was free."""
        for tried in range(port, min(port + PORTS_TRIED, PORTS)):
            try:
                server = MetricsPort(host, tried, self.registry)
            except OSError:
                continue
            thread = Thread(target=server.serve_forever, name="metrics", daemon=True)
            thread.start()
            self._running = server, thread
            return server.number
        return 0

    def close(self) -> None:
        if self._running is not None:
            server, thread = self._running
            server.shutdown()
            server.server_close()
            thread.join()
            self._running = None
