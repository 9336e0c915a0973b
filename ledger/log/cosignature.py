"""What witnesses say of a tree head: their cosignatures, and since when a quorum has said so.

(C2SP tlog-cosignature: a timestamp, and a signature over it and the head.)
"""

from collections.abc import Iterable
from typing import Final, NamedTuple, TypedDict

from ledger.log.note import SignatureLine, read_note
from ledger.log.tree_head import TIMESTAMP_BYTES, TreeHead, cosigned_message, read_head_text
from ledger.log.verifier import ED25519_COSIGNER, NotCheckedHere, Verifier
from ledger.log.witness_policy import WitnessPolicy

SECONDS_MOST: Final = 1 << 33  # past it a time cannot be told in nanoseconds: it is none


class CosignedBy(TypedDict):
    """A witness that cosigned a head, as a document tells it."""

    witness: str  # its name in the policy
    signed_ns: int  # by its own clock


class Cosigned(NamedTuple):
    """Whose cosignatures a head bears, by a policy."""

    at_s: dict[str, int]  # the witness's name in the policy -> its time, seconds since 1970
    unchecked: tuple[str, ...]  # witnesses whose kind of signature this program cannot check
    quorum_s: int | None  # the earliest time at which a quorum had cosigned; None: none has


def cosigned(note: bytes, policy: WitnessPolicy) -> Cosigned:
    """What witnesses say of a head, which is believed already. Raises BadNote for no note."""
    parts = read_note(note)
    head = read_head_text(parts.text)
    at_s: dict[str, int] = {}
    unchecked: list[str] = []
    for witness in policy.witnesses:
        try:
            times = list(cosigned_at(parts.lines, witness.verifier, head))
        except NotCheckedHere:
            unchecked.append(witness.name)
            continue
        if times:
            at_s[witness.name] = min(times)
    return Cosigned(at_s, tuple(unchecked), _quorum_s(at_s, policy))


def cosigned_at(
    lines: Iterable[SignatureLine], verifier: Verifier, head: TreeHead
) -> Iterable[int]:
    """The time in each line by which a witness cosigned a head. Raises NotCheckedHere."""
    for line in lines:
        if (line.name, line.signer_id) != (verifier.name, verifier.signer_id):
            continue
        signed_s = int.from_bytes(line.signature[:TIMESTAMP_BYTES])
        if not 0 < signed_s < SECONDS_MOST:
            continue
        if verifier.is_signature(
            line.signature[TIMESTAMP_BYTES:], witnessed_message(verifier, signed_s, head)
        ):
            yield signed_s


def witnessed_message(verifier: Verifier, signed_s: int, head: TreeHead) -> bytes:
    """What a witness of this kind signs of a head."""
    if verifier.kind == ED25519_COSIGNER:
        return f"cosignature/v1\ntime {signed_s}\n{head.text}".encode()
    return cosigned_message(verifier.name, signed_s, head)


def _quorum_s(at_s: dict[str, int], policy: WitnessPolicy) -> int | None:
    for time_s in sorted({0, *at_s.values()}):
        if policy.is_quorum({name for name, own_s in at_s.items() if own_s <= time_s}):
            return time_s
    return None
