"""The door's side of the one signing rule: whether a signature holds (WIRE 2).

What is signed, and its bytes, stand in the client's package: both sides go by the same lines.
"""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gpubourse.documents import (
    PREFIX,
    VERSION,
    command_document,
    logon_document,
    sign,
    signed_bytes,
)
from gpubourse.wire import bytes64, sha256_text, text64
from ledger.refusals import Reason, Refused

__all__ = [
    "PREFIX",
    "VERSION",
    "bytes64",
    "check",
    "command_document",
    "logon_document",
    "sha256_text",
    "sign",
    "signed_bytes",
    "text64",
]


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
