"""The one signing rule: which document is signed, and the exact bytes (WIRE 2). Pure.

Signed bytes are a fixed line and the document as canonical JSON; the signature is Ed25519's.
"""

from typing import Any, Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gpubourse import wire

PREFIX: Final = b"gpubourse-v1\n"
VERSION: Final = 1


def command_document(
    *,
    args: dict[str, Any] | msgspec.Raw,
    issued_ns: int,
    key: str,
    op: str,
    party: str,
    principal: str,
    valid_ms: int,
    venue: str,
) -> dict[str, Any]:
    """The document of one command; `args` in their wire form, path parameters among them."""
    return {
        "args": args,
        "issued_ns": str(issued_ns),
        "key": key,
        "op": op,
        "party": party,
        "principal": principal,
        "v": VERSION,
        "valid_ms": valid_ms,
        "venue": venue,
    }


def logon_document(
    *, challenge: str, party: str, principal: str, scopes: list[str], ttl_s: int, venue: str
) -> dict[str, Any]:
    """The document that opens a session."""
    return {
        "challenge": challenge,
        "op": "logon",
        "party": party,
        "principal": principal,
        "scopes": scopes,
        "ttl_s": ttl_s,
        "v": VERSION,
        "venue": venue,
    }


def signed_bytes(document: dict[str, Any]) -> bytes:
    """Exactly what a signature covers."""
    return PREFIX + wire.canonical(document)


def sign(private_key: Ed25519PrivateKey, document: dict[str, Any]) -> str:
    """The signature of a document, base64url."""
    return wire.text64(private_key.sign(signed_bytes(document)))
