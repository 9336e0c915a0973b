"""Which public keys count: the one question of whatever takes an Ed25519 key (WIRE 2)."""

from functools import lru_cache
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from nacl.bindings import crypto_core_ed25519_is_valid_point

from ledger.base64url import bytes64
from ledger.refusals import Reason, Refused

PUBLIC_KEY_BYTES: Final = 32
KEPT: Final = 4_096  # keys whose answer is remembered
PUBLIC_KEY_RULE: Final = 1  # what a journal says of a key that this page was asked about


@lru_cache(KEPT)
def valid_public_key(text: str) -> Ed25519PublicKey | None:
    """The key behind its base64url text; None if it does not count.

    It counts if the text is its one spelling, and the bytes are the canonical encoding of a point
    of the curve, in the subgroup of prime order, and not the identity. Under any other key one
    signature may fit many documents (RFC 8032, 8.4 and 5.1.3; docs/decisions/0089).
    """
    raw = bytes64(text, PUBLIC_KEY_BYTES)
    if raw is None or not crypto_core_ed25519_is_valid_point(raw):
        return None
    return Ed25519PublicKey.from_public_bytes(raw)


def must_be_a_public_key(text: str) -> None:
    """Refuse `bad_field` a key that does not count."""
    if valid_public_key(text) is None:
        raise Refused(
            Reason.bad_field,
            "A public key is 32 bytes in base64url without padding that encode a point of "
            "Ed25519's prime-order subgroup: make a fresh one.",
            field="/public_key",
        )
