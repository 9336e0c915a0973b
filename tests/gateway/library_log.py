"""What a library tells its log is a fault of ours that no reply shows: no test may leave one."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from gateway.faults import http_log

OF_AIOHTTP: Final = ("access", "internal", "server", "web", "websocket")  # "client" is a test's own
LOGS: Final = (http_log().name, "asyncio", *(f"aiohttp.{name}" for name in OF_AIOHTTP))


class _Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        self.told.append(f"{record.name}: {record.getMessage()} {error!r}")


@contextmanager
def nothing_logged() -> Iterator[None]:
    """Fail behind the block if the HTTP server or the loop logged a warning or an error in it."""
    kept = _Kept()
    logs = [logging.getLogger(name) for name in LOGS]
    for log in logs:
        log.addHandler(kept)
    try:
        yield
    finally:
        for log in logs:
            log.removeHandler(kept)
    assert not kept.told, kept.told
