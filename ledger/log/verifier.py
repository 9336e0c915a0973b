"""Who signs for a log, by what its readers know of it: a name and a public key of one of two kinds.

Ed25519 signs the note's text; ML-DSA-44 is a timestamped cosignature of the log itself, which also
holds against a quantum computer (C2SP signed-note, type 1; tlog-cosignature, type 6).
"""

import re
from hashlib import sha256
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ledger.base64url import bytes_of_padded64, padded64
from ledger.log.note import SIGNER_ID_BYTES

try:
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
except ImportError:  # cryptography before 47
    MLDSA44PublicKey = None  # type: ignore[assignment,misc]

ED25519: Final = 1
ED25519_COSIGNER: Final = 4  # a witness's: it signs a time before the head
ML_DSA_44: Final = 6
PUBLIC_KEY_BYTES: Final = {ED25519: 32, ED25519_COSIGNER: 32, ML_DSA_44: 1_312}
KIND_NAMES: Final = {
    ED25519: "Ed25519",
    ED25519_COSIGNER: "Ed25519 cosignature",
    ML_DSA_44: "ML-DSA-44",
}
_JOURNALS: Final = 3  # parts of an origin that name the journal: gpubourse/VENUE/HASH
VERIFIERS_BYTES_MOST: Final = 16 << 10

_LINE: Final = re.compile(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})")


class BadVerifier(ValueError):
    """A text that names no signer: it says why."""


class NotCheckedHere(Exception):
    """This program's `cryptography` does not know the signature's kind."""


class Verifier(NamedTuple):
    """One signer, as a reader knows it."""

    name: str
    kind: int  # ED25519, ED25519_COSIGNER, ML_DSA_44
    public_key: bytes

    @property
    def signer_id(self) -> bytes:
        """The four bytes by which a line says whose it is."""
        named = self.name.encode() + b"\n" + bytes([self.kind]) + self.public_key
        return sha256(named).digest()[:SIGNER_ID_BYTES]

    @property
    def text(self) -> str:
        """The signer in a line: name, its four bytes, kind and public key."""
        raw = padded64(bytes([self.kind]) + self.public_key)
        return f"{self.name}+{self.signer_id.hex()}+{raw}"

    def is_signature(self, signature: bytes, message: bytes) -> bool:
        """Whether it signed *message*. Raises NotCheckedHere for a kind unknown to this program."""
        try:
            if self.kind in (ED25519, ED25519_COSIGNER):
                Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, message)
            elif MLDSA44PublicKey is None:
                raise NotCheckedHere
            else:
                MLDSA44PublicKey.from_public_bytes(self.public_key).verify(signature, message)
        except UnsupportedAlgorithm as error:
            raise NotCheckedHere from error
        except (InvalidSignature, ValueError):
            return False
        return True


class LogVerifiers(NamedTuple):
    """Both signers of one log. Its origin is their name."""

    ed25519: Verifier
    ml_dsa_44: Verifier | None = None  # None: the log was begun without

    @property
    def origin(self) -> str:
        return self.ed25519.name

    @property
    def text(self) -> str:
        """A line each."""
        return "".join(f"{each.text}\n" for each in self if each is not None)

    def named(self, origin: str) -> "LogVerifiers":
        """The same keys under the name of another log of the same journal; else as they are.

        Who may sign for a journal's first log may sign for those that continue it, nobody else.
        """
        if journals_part(origin) != journals_part(self.origin):
            return self
        ed25519, ml_dsa_44 = self
        return LogVerifiers(
            ed25519._replace(name=origin),
            None if ml_dsa_44 is None else ml_dsa_44._replace(name=origin),
        )


def journals_part(origin: str) -> str:
    """What the origins of all logs of one journal begin with: its first log's is no more."""
    return "/".join(origin.split("/")[:_JOURNALS])


def read_verifiers(raw: bytes) -> LogVerifiers:
    """The signers that a file names, a line each. Raises BadVerifier."""
    if len(raw) > VERIFIERS_BYTES_MOST:
        raise BadVerifier("it is too long to be the key of a log")
    try:
        lines = raw.decode("utf-8").split("\n")
    except UnicodeDecodeError:
        raise BadVerifier("it is no text in UTF-8") from None
    found = [read_verifier(line, (ED25519, ML_DSA_44)) for line in lines if line.strip()]
    by_kind = {each.kind: each for each in found}
    if ED25519 not in by_kind:
        raise BadVerifier("it names no Ed25519 key of a log")
    if len(by_kind) < len(found) or len({each.name for each in found}) > 1:
        raise BadVerifier("it names more than one log, or one key twice")
    return LogVerifiers(by_kind[ED25519], by_kind.get(ML_DSA_44))


def read_verifier(line: str, kinds: tuple[int, ...]) -> Verifier:
    """The signer that a line names, of one of these kinds. Raises BadVerifier."""
    found = _LINE.fullmatch(line.strip())
    raw = bytes_of_padded64(found[3]) if found else None
    if found is None or not raw:
        raise BadVerifier("a line of it is no key of a log: NAME+ID+KEY")
    if raw[0] not in kinds or len(raw) - 1 != PUBLIC_KEY_BYTES[raw[0]]:
        named = " or ".join(KIND_NAMES[kind] for kind in kinds)
        raise BadVerifier(f"it names a key of another kind than {named}")
    verifier = Verifier(found[1], raw[0], raw[1:])
    if verifier.signer_id.hex() != found[2]:
        raise BadVerifier("a line of it is not whole: its ID is not that of its name and key")
    return verifier
