"""What of HTTP is taken here: HTTP/1.1, a whole body of a length that is said (decision 0086).

Each is refused from the head alone; nothing of the body is read before.
"""

from typing import Final

from aiohttp import HttpVersion11, web

from ledger.refusals import Reason, Refused, sentence_of

CONTINUE: Final = "100-continue"
SEPARATORS: Final = 4  # bytes of a header's line besides its name and value: ": " and the line end
ONCE: Final = (
    "Authorization",
    "Command-Issued-Ns",
    "Command-Signature",
    "Command-Valid-Ms",
    "Content-Type",
    "Cookie",
    "Expect",
    "Host",
    "Idempotency-Key",
    "Origin",
)
RAW_TYPES: Final = (  # of a report that comes as it is
    "text/plain", "text/csv", "text/xml", "application/xml", "application/octet-stream",
)  # fmt: skip


def must_be_plain(http: web.Request, head_bytes: int) -> None:
    """Refuse what is not spoken here; `bad_media_type` for a coded body, else `bad_shape`."""
    headers = http.headers
    if "Content-Encoding" in headers:
        raise Refused(
            Reason.bad_media_type, "A body is taken as it is: leave Content-Encoding out."
        )
    if http.version != HttpVersion11:
        raise Refused(Reason.bad_shape, "Only HTTP/1.1 is spoken here.")
    if not http.raw_path.startswith("/"):
        raise Refused(
            Reason.bad_shape, "This is no proxy: begin the address with '/' and name us in Host."
        )
    if "Transfer-Encoding" in headers:
        raise Refused(Reason.bad_shape, "Send the body whole, with its Content-Length.")
    if headers.get("Expect", CONTINUE).lower() != CONTINUE:
        raise Refused(
            Reason.bad_shape, sentence_of("Expect is {taken}, or left out.", taken=CONTINUE)
        )
    for name in ONCE:
        if name in headers and len(headers.getall(name)) > 1:
            raise Refused(
                Reason.bad_shape, sentence_of("{name} is given twice: send it once.", name=name)
            )
    if head_size(http) > head_bytes:
        raise Refused(
            Reason.too_large,
            sentence_of(
                "The address and headers are larger than {head_bytes:,} bytes.",
                head_bytes=head_bytes,
            ),
        )


def head_size(http: web.Request) -> int:
    """Bytes of a request's head, as it came (but for blanks around a value)."""
    first = len(http.method) + len(http.raw_path) + len("  HTTP/1.1\r\n")
    lines = sum(len(name) + len(value) + SEPARATORS for name, value in http.raw_headers)
    return first + lines + len("\r\n")


# The library's own readers of these two headers are never asked: what they take grows with the
# square of a Content-Type (16 KiB of semicolons: two seconds).


def media_type(http: web.BaseRequest) -> str:
    """What a body is said to be, without its parameters and in small letters."""
    value = http.headers.get("Content-Type", "application/octet-stream")
    return value.partition(";")[0].strip().lower()


def cookie(http: web.BaseRequest, *names: str) -> str:
    """The first of these cookies that is there; "" if none is."""
    pairs = (part.partition("=") for part in http.headers.get("Cookie", "").split(";"))
    found = {name.strip(): value.strip() for name, _, value in pairs}
    return next((found[name] for name in names if found.get(name)), "")


async def let_wait(_: web.Request) -> None:
    """Of `Expect`: nothing yet. Who waits for a go gets one when his body is read, not before."""


async def let_come(http: web.Request) -> None:
    """Let a body come whose sender waits for a go: nothing in its head is refused any more."""
    if "Expect" in http.headers:
        await http.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        http.writer.output_size = 0  # of the reply, nothing is out yet
