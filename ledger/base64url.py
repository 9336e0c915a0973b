"""base64url without padding: how every digest, key, signature and token is written (WIRE 1)."""

from base64 import b64decode
from binascii import a2b_base64, b2a_base64
from hashlib import sha256
from typing import Final

_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")


def text64(raw: bytes) -> str:
    """Bytes as text."""
    return ascii64(raw).decode()


def ascii64(raw: bytes) -> bytes:
    """Bytes as text, its characters as bytes."""
    return b2a_base64(raw, newline=False).translate(_URL_SAFE, b"=")


def bytes64(text: object, length: int) -> bytes | None:
    """The *length* bytes behind a text in its one spelling; None if it is anything else."""
    if not isinstance(text, str) or len(text) != (length * 4 + 2) // 3 or not text.isascii():
        return None
    try:
        raw = b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
    except ValueError:
        return None
    return raw if text64(raw) == text else None


def any_bytes64(text: str) -> bytes:
    """The bytes behind a text of any length and spelling. Raises ValueError."""
    return b64decode(text + "=" * (-len(text) % 4), b"-_")


def padded64(raw: bytes) -> str:
    """Bytes as text in the standard alphabet, padded: what the transparency log's files have."""
    return b2a_base64(raw, newline=False).decode()


def bytes_of_padded64(text: str) -> bytes | None:
    """The bytes behind standard base64 in its one spelling; None if it is anything else."""
    try:
        raw = a2b_base64(text, strict_mode=True)
    except ValueError:
        return None
    return raw if padded64(raw) == text else None


def sha256_text(raw: bytes) -> str:
    """SHA-256 in base64url."""
    return text64(sha256(raw).digest())
