"""The gateway's side of the one signing rule: whether a signature holds (WIRE 2).

What is signed, and its bytes, stand in the client's package: both sides go by the same lines.
"""

from typing import Any, NamedTuple

import msgspec
from cryptography.exceptions import InvalidSignature

from gpubourse.documents import command_document, signed_bytes
from gpubourse.wire import body_sha256, canonical, outward
from ledger.authority.public_key import valid_public_key
from ledger.base64url import bytes64
from ledger.refusals import Reason, Refused


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
    canonical_args = msgspec.Raw(canonical(outward(args)))
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
    return CommandBytes(signed_bytes(document), body_sha256(op, canonical_args))


def check(public_key: str, signature: str, signed: bytes) -> bytes:
    """The 64 bytes of a signature that holds; refuses `bad_signature`."""
    raw = bytes64(signature, 64)
    key = valid_public_key(public_key)
    if raw is not None and key is not None:
        try:
            key.verify(raw, signed)
        except InvalidSignature:
            pass
        else:
            return raw
    raise Refused(
        Reason.bad_signature,
        "The signature does not fit the document: sign 'gpubourse-v1\\n' and its canonical JSON "
        "with the key of this principal.",
    )
