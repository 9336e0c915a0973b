"""The one signing rule: what is signed, and how it is checked (WIRE 2).

Signed bytes are a fixed line and the document as canonical JSON; the signature is Ed25519's.
"""

from typing import Any, Final, NamedTuple

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gateway import wire
from ledger.base64url import bytes64, text64
from ledger.refusals import Reason, Refused

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


class CommandBytes(NamedTuple):
    """A command in bytes: what is signed, and the hash that requests with one key must share."""

    signed: bytes
    body_sha256: bytes


def command_bytes(
    *,
    args: dict[str, Any],
    issued_ns: int,
    key: str,
    op: str,
    party: str,
    principal: str,
    valid_ms: int,
    venue: str,
) -> CommandBytes:
    """The bytes of one command; `args` with `_ns` as ints, brought into their wire form once."""
    canonical_args = msgspec.Raw(wire.canonical(wire.outward(args)))
    document = command_document(
        args=canonical_args,
        issued_ns=issued_ns,
        key=key,
        op=op,
        party=party,
        principal=principal,
        valid_ms=valid_ms,
        venue=venue,
    )
    return CommandBytes(signed_bytes(document), wire.body_sha256(op, canonical_args))


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
    return text64(private_key.sign(signed_bytes(document)))


def check(public_key: str, signature: str, signed: bytes) -> bytes:
    """The 64 bytes of a signature that holds; refuses `bad_signature`."""
    raw = bytes64(signature, 64)
    key = bytes64(public_key, 32)
    if raw is not None and key is not None:
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(raw, signed)
        except (InvalidSignature, ValueError):
            pass
        else:
            return raw
    raise Refused(
        Reason.bad_signature,
        "The signature does not fit the document: sign 'gpubourse-v1\\n' and its canonical JSON "
        "with the key of this principal.",
    )
