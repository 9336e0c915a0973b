"""The signatures of an audit: verified in batches, for none of them needs the state.

They are the dearest part of an audit, so whoever has another core may take batches there
(`gateway/cli/evidence/signature_processes.py`). A signature is tried with the key that the journal
had enrolled by then; which key that is, is not asked here.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

BATCH_SIGNATURES: Final = 128  # some 15 ms of work; so many are held until they are handed on


class DueSignature(NamedTuple):
    """A signature that must hold, and where it stands."""

    position: int  # of its command's batch
    principal: str
    public_key: bytes  # 32 bytes
    signature: bytes
    signed: bytes


class Forged(NamedTuple):
    """A signature that does not hold."""

    position: int
    principal: str


class SignatureChecker(Protocol):
    """Whoever verifies: here and now, or elsewhere and later."""

    def take(self, batch: Sequence[DueSignature]) -> list[Forged]:
        """Verify these, at once or by and by; what is known by now not to hold, of any batch."""
        ...

    def rest(self) -> list[Forged]:
        """Wait for all that was taken; what does not hold, and was not told yet."""
        ...


class CheckedHere:
    """Verifies in this process, at once; each key is loaded once."""

    def __init__(self) -> None:
        self._public_keys: dict[bytes, Ed25519PublicKey] = {}

    def take(self, batch: Sequence[DueSignature]) -> list[Forged]:
        return [
            Forged(due.position, due.principal)
            for due in batch
            if not is_signature(self._public_key(due.public_key), due.signature, due.signed)
        ]

    def rest(self) -> list[Forged]:
        return []

    def _public_key(self, raw: bytes) -> Ed25519PublicKey:
        public_key = self._public_keys.get(raw)
        if public_key is None:
            public_key = self._public_keys[raw] = Ed25519PublicKey.from_public_bytes(raw)
        return public_key


def is_signature(public_key: Ed25519PublicKey, signature: bytes, signed: bytes) -> bool:
    """Whether it is that key's, over these bytes."""
    try:
        public_key.verify(signature, signed)
    except InvalidSignature:
        return False
    return True
