"""The forms of the wire, pure: JSON with `_ns` as decimal text, base64url, hashes (WIRE 1).

The client and the gateway write by this one module. Inside either of them every number is an int;
on the wire a member whose name ends in `_ns` is decimal text, because nanoseconds since 1970 pass
what a JSON number holds everywhere (2^53 - 1).
"""

import base64
import binascii
import re
from hashlib import sha256
from typing import Any
from urllib.parse import quote

import msgspec

_DECIMAL = re.compile(r"-?[1-9][0-9]{0,18}|0")

_decode = msgspec.json.Decoder().decode


def plain_text(value: Any) -> str:
    """What an encoder knows of a text that bears more, a sentence or a figure: its letters."""
    if isinstance(value, str):
        return str(value)
    raise NotImplementedError(f"{type(value).__name__} has no form on the wire")


_compact = msgspec.json.Encoder(enc_hook=plain_text)
_sorted = msgspec.json.Encoder(order="sorted", enc_hook=plain_text)


def outward(value: Any) -> Any:
    """The same value in its wire form: every `_ns` int becomes decimal text, at any depth."""
    if isinstance(value, dict):
        return {
            name: str(member)
            if name.endswith("_ns") and type(member) is int
            else outward(member)
            if isinstance(member, dict | list | tuple)
            else member
            for name, member in value.items()
        }
    if isinstance(value, list | tuple):
        return [outward(item) if isinstance(item, dict | list | tuple) else item for item in value]
    return value


def inward(value: Any) -> Any:
    """A wire value with its `_ns` members as ints. Raises ValueError for what has another form."""
    if isinstance(value, dict):
        return {
            name: nanos(member)
            if name.endswith("_ns") and isinstance(member, str)
            else inward(member)
            for name, member in value.items()
        }
    if isinstance(value, list):
        return [inward(item) for item in value]
    if isinstance(value, float):
        raise ValueError(f"{value} is not a whole number")
    return value


def nanos(text: str) -> int:
    """An instant or GPU-time from its decimal text. Raises ValueError."""
    if not _DECIMAL.fullmatch(text):
        raise ValueError(f"{text[:24]!r} are no nanoseconds")
    return int(text)


def decode(raw: bytes | str) -> Any:
    """A JSON text as it stands, still in its wire form. Raises ValueError."""
    return _decode(raw)


def encode(value: Any) -> bytes:
    """Compact JSON of a value in its wire form."""
    return _compact.encode(outward(value))


def compact(value: Any) -> bytes:
    """Compact JSON of a value that is in its wire form already."""
    return _compact.encode(value)


def canonical(value: Any) -> bytes:
    """RFC 8785 of a value in its wire form: members sorted, no spaces, whole numbers only.

    Member names are ASCII, so that sorting by bytes is the RFC's order.
    """
    return _sorted.encode(value)


def body_sha256(op: str, args: dict[str, Any] | msgspec.Raw) -> bytes:
    """What requests with one key must share: the hash of canonical {"args","op"} (wire form).

    `args` may be their canonical bytes already.
    """
    return sha256(canonical({"args": args, "op": op})).digest()


def filled(path: str, parts: dict[str, str]) -> str:
    """`/v1/orders/{order}` with each part in its place, safe in an address."""
    return path.format_map({name: quote(part, safe="") for name, part in parts.items()})


def sha256_text(raw: bytes) -> str:
    """SHA-256 in base64url."""
    return text64(sha256(raw).digest())


def text64(raw: bytes) -> str:
    """base64url without padding, as every digest, key, signature and token is written."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def bytes64(text: object, length: int) -> bytes | None:
    """The *length* bytes behind base64url text; None if it is anything else."""
    if not isinstance(text, str) or len(text) != (length * 4 + 2) // 3 or not text.isascii():
        return None
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if text64(raw) == text else None
