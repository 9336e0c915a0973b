"""Unexpected errors: answered `internal` and kept in the log, never shown to the caller."""

import logging
from types import TracebackType
from typing import Final, Self

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

_log = logging.getLogger(__name__)
PASSING: Final = (web.HTTPException, ConnectionError)  # aiohttp's own no; a line that was cut


class Fault:
    """Keeps the error that ended a block unforeseen.

    Written as a context manager so that the error is looked at here, and nowhere caught and
    forgotten: it goes to the log with its traceback, under the name that the caller is told.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.error: Exception | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> bool:
        if not isinstance(error, Exception) or isinstance(error, PASSING):
            return False
        self.error = error
        _log.error("our fault in %s", self.name, exc_info=error)
        return True


def http_log() -> logging.Logger:
    """Where the server keeps its own errors: bytes that are no HTTP are their sender's."""
    log = logging.getLogger(f"{__name__}.http")
    log.addFilter(_is_ours)
    return log


def _is_ours(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, HttpProcessingError)
