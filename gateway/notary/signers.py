"""The log's private keys and its salt key, each in a file of its own, and the last signed head.

They lie outside the database and its backups. None is ever made beside a log that is there: a log
with another key would be another log, and with another salt key no tree could be made again.
"""

import fcntl
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.notary.log_folder import write_safely
from gpubourse.key_files import OTHERS
from ledger.base64url import bytes64, bytes_of_padded64, padded64, text64
from ledger.log.entry import SALT_SOURCE_BYTES
from ledger.log.note import SignatureLine, note_bytes
from ledger.log.tree_head import TIMESTAMP_BYTES, TreeHead, cosigned_message
from ledger.log.verifier import ED25519, ML_DSA_44, LogVerifiers, Verifier
from ledger.log.witness_policy import WitnessPolicy

try:
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
except ImportError:  # cryptography before 47
    MLDSA44PrivateKey = None  # type: ignore[assignment,misc]

ED25519_FILE: Final = "ed25519.key"
ML_DSA_44_FILE: Final = "ml-dsa-44.key"
NO_ML_DSA_44_FILE: Final = "without-ml-dsa-44"
SALT_FILE: Final = "salt.key"
LAST_HEAD: Final = "last_head"
LOCK: Final = "lock"
SEED_BYTES: Final = 32
_SECRET: Final = re.compile(r"PRIVATE\+KEY\+([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})\n")
NO_ML_DSA: Final = (
    "This program's `cryptography` has no ML-DSA-44 (it is there from release 47 on): the log's "
    "heads are signed by Ed25519 alone, now and for as long as this log lasts."
)


class SignersUnusable(Exception):
    """The log's keys cannot be used: the text says which, and what to do."""


@dataclass(frozen=True, slots=True)
class LogSigners:
    """What a log signs and salts with."""

    verifiers: LogVerifiers
    ed25519: Ed25519PrivateKey
    ml_dsa_44: "MLDSA44PrivateKey | None"
    salt_source: bytes

    def named(self, origin: str) -> "LogSigners":
        """The same keys as they sign for another log of the same journal."""
        return replace(self, verifiers=self.verifiers.named(origin))

    def signed(self, head: TreeHead, signed_s: int) -> bytes:
        """The signed note of a head."""
        own = self.verifiers.ed25519
        text = head.text
        lines = [SignatureLine(own.name, own.signer_id, self.ed25519.sign(text.encode()))]
        if self.ml_dsa_44 is not None and self.verifiers.ml_dsa_44 is not None:
            own = self.verifiers.ml_dsa_44
            signature = self.ml_dsa_44.sign(cosigned_message(own.name, signed_s, head))
            stamped = signed_s.to_bytes(TIMESTAMP_BYTES) + signature
            lines.append(SignatureLine(own.name, own.signer_id, stamped))
        return note_bytes(text, lines)


@contextmanager
def one_notary(folder: Path) -> Iterator[None]:
    """The folder of the keys for one notary alone. Raises SignersUnusable while another has it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise SignersUnusable(
            f"Another notary is at work with the keys in {folder}: a running venue publishes its "
            "log by itself. Copy that folder, or stop the venue first."
        ) from None
    finally:
        os.close(handle)


def signers_in(folder: Path, origin: str, *, is_log_there: bool) -> LogSigners:
    """The keys of the log of *origin*; new ones where there is neither a key nor a log.

    Raises SignersUnusable, OSError.
    """
    files = (ED25519_FILE, SALT_FILE, ML_DSA_44_FILE)
    there = [name for name in files if (folder / name).exists()]
    is_without = (folder / NO_ML_DSA_44_FILE).exists()
    is_begun = is_log_there or bool(there) or is_without or (folder / LAST_HEAD).exists()
    if not is_begun:
        _make(folder, origin)
        is_without = (folder / NO_ML_DSA_44_FILE).exists()
    for name in files[: 2 if is_without else 3]:
        if not (folder / name).exists():
            raise SignersUnusable(
                f"{folder / name} is missing, and this log was begun with it. No other is made in "
                "its place: put it back from where you keep it. (If no head was ever signed with "
                f"the keys in {folder}, remove that folder, and they are made.)"
            )
    raw, public = _ed25519(folder, origin)
    ml_dsa_44, post_quantum = (None, None) if is_without else _ml_dsa_44(folder, origin)
    salt_source = bytes64(_secret_text(folder / SALT_FILE).strip(), SALT_SOURCE_BYTES)
    if salt_source is None:
        raise SignersUnusable(f"{folder / SALT_FILE} is broken: put it back from your copy.")
    return LogSigners(LogVerifiers(public, post_quantum), raw, ml_dsa_44, salt_source)


def must_name_log(policy: WitnessPolicy | None, verifiers: LogVerifiers) -> None:
    """Raise SignersUnusable for a policy that is of other logs."""
    if policy is not None and not policy.names_log(verifiers):
        raise SignersUnusable(
            "The witness policy names other logs than this one: add a line `log "
            f"{verifiers.ed25519.text}`, or none."
        )


def has_ml_dsa_44() -> bool:
    """Whether this program can sign by ML-DSA-44."""
    if MLDSA44PrivateKey is None:
        return False
    try:
        MLDSA44PrivateKey.from_seed_bytes(bytes(SEED_BYTES))
    except UnsupportedAlgorithm:
        return False
    return True


def _make(folder: Path, origin: str) -> None:
    """New keys, each on the disk before anything is signed by it."""
    write_safely(folder / SALT_FILE, f"{text64(secrets.token_bytes(SALT_SOURCE_BYTES))}\n".encode())
    kinds = {ED25519_FILE: ED25519}
    if has_ml_dsa_44():
        kinds[ML_DSA_44_FILE] = ML_DSA_44
    else:
        write_safely(folder / NO_ML_DSA_44_FILE, f"{NO_ML_DSA}\n".encode())
    for name, kind in kinds.items():
        seed = secrets.token_bytes(SEED_BYTES)
        verifier = Verifier(origin, kind, _public_raw(kind, seed))
        raw = padded64(bytes([kind]) + seed)
        text = f"PRIVATE+KEY+{origin}+{verifier.signer_id.hex()}+{raw}\n"
        write_safely(folder / name, text.encode())


def _public_raw(kind: int, seed: bytes) -> bytes:
    if kind == ED25519:
        return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    return MLDSA44PrivateKey.from_seed_bytes(seed).public_key().public_bytes_raw()


def _ed25519(folder: Path, origin: str) -> tuple[Ed25519PrivateKey, Verifier]:
    seed, verifier = _signer(folder / ED25519_FILE, ED25519, origin)
    return Ed25519PrivateKey.from_private_bytes(seed), verifier


def _ml_dsa_44(folder: Path, origin: str) -> tuple["MLDSA44PrivateKey", Verifier]:
    if not has_ml_dsa_44():
        raise SignersUnusable(
            f"{folder / ML_DSA_44_FILE} signs this log, and this program's `cryptography` has no "
            "ML-DSA-44: install release 47 or newer."
        )
    seed, verifier = _signer(folder / ML_DSA_44_FILE, ML_DSA_44, origin)
    return MLDSA44PrivateKey.from_seed_bytes(seed), verifier


def _signer(path: Path, kind: int, origin: str) -> tuple[bytes, Verifier]:
    found = _SECRET.fullmatch(_secret_text(path))
    raw = bytes_of_padded64(found[3]) if found else None
    if found is None or raw is None or len(raw) != 1 + SEED_BYTES or raw[0] != kind:
        raise SignersUnusable(f"{path} is broken: put it back from your copy.")
    verifier = Verifier(found[1], kind, _public_raw(kind, raw[1:]))
    if verifier.signer_id.hex() != found[2]:
        raise SignersUnusable(f"{path} is broken: put it back from your copy.")
    if verifier.name != origin:
        raise SignersUnusable(
            f"{path} signs for {verifier.name}, and this journal's log is {origin}: name this "
            "journal's own keys with --keys, or a new folder for a new log."
        )
    return raw[1:], verifier


def _secret_text(path: Path) -> str:
    if path.stat().st_mode & OTHERS:
        raise SignersUnusable(f"Others may read {path}: say 'chmod 600 {path}' first.")
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise SignersUnusable(f"{path} is broken: put it back from your copy.") from None
