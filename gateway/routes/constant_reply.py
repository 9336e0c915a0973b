"""Replies that are the same for everybody, made once and packed once, before anybody can ask."""

import gzip
import re
from collections.abc import Mapping
from hashlib import sha256
from types import MappingProxyType
from typing import Final, NamedTuple

from aiohttp import web

from ledger.base64url import text64

GZIP: Final = "gzip"
LEAST_SAVED_BYTES: Final = 64  # a body that packing shortens by less goes as it is
WORTH_PACKING_BYTES: Final = 4 << 10
ACCEPTED: Final = re.compile(r"\s*(gzip|x-gzip|\*)\s*(?:;\s*q\s*=\s*([0-9.]{1,8})\s*)?", re.I)
NOTHING_MORE: Final[Mapping[str, str]] = MappingProxyType({})
ENCODINGS_READ: Final = 32  # of one Accept-Encoding; nobody has so many


class ConstantReply(NamedTuple):
    """The bytes of a reply with their headers. To send the head alone costs nothing of the body."""

    body: bytes
    headers: Mapping[str, str]
    packed: bytes = b""  # by gzip; b"": as it is serves everybody
    packed_headers: Mapping[str, str] = NOTHING_MORE

    @classmethod
    def of(
        cls, body: bytes, content_type: str, headers: Mapping[str, str] = NOTHING_MORE
    ) -> "ConstantReply":
        """A reply of these bytes; who holds them already is told so (`If-None-Match`).

        Each form of it, plain and packed, has an `ETag` of its own (RFC 9110, 8.8.3.3).
        """
        tag = text64(sha256(body).digest())
        common = {"Content-Type": content_type, "Cache-Control": "no-cache"} | dict(headers)
        packed = gzip.compress(body, 9, mtime=0)
        if len(packed) > len(body) - LEAST_SAVED_BYTES:
            return cls(body, {"ETag": f'"{tag}"', **common})
        common["Vary"] = _also_by_encoding(common.get("Vary", ""))
        coded = {"ETag": f'"{tag}-{GZIP}"', "Content-Encoding": GZIP, **common}
        return cls(body, {"ETag": f'"{tag}"', **common}, packed, coded)

    def to(self, http: web.Request, status: int = 200) -> web.Response:
        """The reply to one request, packed where the caller takes that.

        304 without a body where the caller has the same bytes, if *status* is 200.
        """
        is_packed = bool(self.packed) and takes_gzip(http.headers.getall("Accept-Encoding", []))
        body, headers = (
            (self.packed, self.packed_headers) if is_packed else (self.body, self.headers)
        )
        held = ",".join(http.headers.getall("If-None-Match", [])).split(",")
        is_held = {headers["ETag"], "*"} & {each.strip().removeprefix("W/") for each in held}
        if is_held and status == 200:
            kept = {name: text for name, text in headers.items() if name != "Content-Encoding"}
            return web.Response(status=304, headers=kept)
        return web.Response(body=body, status=status, headers=headers)


def pack(response: web.Response, http: web.Request) -> None:
    """Pack a reply that is made for one request and tells no secret, where it is worth it.

    About 1 ms for 100 kB: the quickest level finds what rows repeat.
    """
    response.headers["Vary"] = _also_by_encoding(response.headers.get("Vary", ""))
    body = response.body
    assert isinstance(body, bytes), "a reply of ours is bytes"
    if len(body) >= WORTH_PACKING_BYTES and takes_gzip(http.headers.getall("Accept-Encoding", [])):
        response.body = gzip.compress(body, 1, mtime=0)
        response.headers["Content-Encoding"] = GZIP


def takes_gzip(lines: list[str]) -> bool:
    """Whether `Accept-Encoding` takes gzip: named, or by `*`; with a weight of nought it is not."""
    taken: dict[str, bool] = {}
    for coding in ",".join(lines).split(",", ENCODINGS_READ)[:ENCODINGS_READ]:
        if found := ACCEPTED.fullmatch(coding):
            name = found[1].lower().removeprefix("x-")
            taken[name] = found[2] is None or found[2].strip("0.") != ""
    return taken.get(GZIP, taken.get("*", False))


def _also_by_encoding(vary: str) -> str:
    """A `Vary` that also says that the coding of the bytes is the caller's choice."""
    return f"{vary}, Accept-Encoding" if vary else "Accept-Encoding"
