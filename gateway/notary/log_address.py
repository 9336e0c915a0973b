"""A published log at an address: `http(s)://…`, asked with a limit of bytes and of time."""

from http.client import HTTPException
from typing import IO, Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request

from gateway.notary.http_opener import no_redirect_opener
from ledger.log.log_check import LogFault, NotPermitted, NotPublished

WAIT_S: Final = 30
SCHEMES: Final = ("http://", "https://")
OF_A_VENUE: Final = "log/"  # where a venue serves its log
FORBIDDEN: Final = (401, 403)
MISSING: Final = (404, 410)


class LogAddress:
    """Reads a log from its prefix. A bare address of a host is its venue's log."""

    def __init__(self, url: str) -> None:
        is_bare = urlsplit(url).path in ("", "/")
        self.prefix = f"{url.rstrip('/')}/{OF_A_VENUE if is_bare else ''}"
        self._opener = no_redirect_opener()

    def read(self, path: str, most: int) -> bytes:
        """The bytes at *path*. Raises NotPublished; LogFault for more than *most*, or no answer."""
        where = self.prefix + path
        try:
            request = Request(where, headers={"Accept-Encoding": "identity"})
            with self._opener.open(request, timeout=WAIT_S) as response:
                raw = _limited(response, most)
        except HTTPError as error:
            with error:
                raise _refusal(where, error.code) from None
        except (URLError, HTTPException, OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise NotAnswered(f"{where} does not answer: {reason}") from None
        if len(raw) > most:
            raise LogFault(f"{where} is longer than {most:,} bytes")
        return raw


class NotAnswered(LogFault):
    """The address gave no answer: nothing is known of the log."""


def _limited(response: IO[bytes], most: int) -> bytes:
    found = bytearray()
    while len(found) <= most and (part := response.read(most + 1 - len(found))):
        found += part
    return bytes(found)


def _refusal(where: str, status: int) -> LogFault:
    if status in FORBIDDEN:
        return NotPermitted(f"{where} is not for everybody: entries are for auditors")
    if status in MISSING:
        return NotPublished(f"{where} is missing")
    return NotAnswered(f"{where} answers {status}")
