"""A certificate: what a root says of one subject, for somebody who has nothing but the root."""

from collections.abc import Iterable
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct

from ledger.base64url import bytes64, text64
from ledger.state_map.map_proof import (
    BadProof,
    Neighbour,
    OtherBranch,
    OtherLeaf,
    Way,
    WayStep,
    root_by,
    way_to,
)
from ledger.state_map.map_tree import leaf_sha256, place_of, root_of
from ledger.state_map.row import Row, canonical
from ledger.state_map.salted_map import FORM, SALT_BYTES, map_of, salt_of, state_root

CERTIFICATE_BYTES_MOST: Final = 64 << 20
HASH_BYTES: Final = 32
POSITION_MOST: Final = 2**63 - 1


class Certificate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The row of a subject, or that it has none, and the path that ties it to the root."""

    form: int  # 2
    venue: str  # whose state
    position: int  # the state after this event, and no later one
    subject: str
    root: str  # base64url, as every hash and salt here
    row: str | None  # its very bytes: canonical JSON; None: the subject has no row
    salt: str | None  # of that row
    path: list[tuple[int, str]]  # from the root down: bits shared, hash of the other side
    other_leaf: tuple[str, str] | None = None  # stands instead: its place, its leaf's hash
    other_branch: tuple[int, str, str, str] | None = None  # instead: bits, prefix, both sides
    receipt: str | None = None  # of the event that attests the root (C2SP tlog-proof)
    zone: str = ""  # the venue's, to tell times in; not under the root, and no time rests on it


class BadCertificate(ValueError):
    """What is no certificate, or does not hold; the text says what of it."""


class Certified(NamedTuple):
    """What a certificate proves under its root."""

    certificate: Certificate
    row: Row | None


def certify(
    rows: Iterable[tuple[str, bytes]],
    subjects: Iterable[str],
    venue: str,
    position: int,
    salt_secret: bytes,
) -> list[Certificate]:
    """The certificate of each subject in one state."""
    by_subject = dict(rows)
    tree = map_of(by_subject.items(), salt_secret, position)
    root = text64(state_root(venue, position, root_of(tree)))
    made: list[Certificate] = []
    for subject in subjects:
        way = way_to(tree, place_of(subject))
        row = by_subject.get(subject)
        salt = None if row is None else text64(salt_of(salt_secret, subject, position))
        other = way.neighbour
        made.append(
            Certificate(
                form=FORM,
                venue=venue,
                position=position,
                subject=subject,
                root=root,
                row=None if row is None else row.decode(),
                salt=salt,
                path=[(step.bits, text64(step.sibling)) for step in way.steps],
                other_leaf=_leaf_text(other) if isinstance(other, OtherLeaf) else None,
                other_branch=_branch_text(other) if isinstance(other, OtherBranch) else None,
            )
        )
    return made


def read_certificate(raw: bytes) -> Certificate:
    """A certificate from a file's bytes. Raises BadCertificate."""
    try:
        certificate = msgspec.json.decode(raw, type=Certificate)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadCertificate(f"it is no certificate of form 2: {error}") from None
    if certificate.form != FORM:
        raise BadCertificate(f"it is no certificate of form 2, but of {certificate.form}")
    return certificate


def check_certificate(certificate: Certificate, root: bytes) -> Certified:
    """What *certificate* proves under *root*, which comes from elsewhere. Raises BadCertificate."""
    row, leaf = _row_and_leaf(certificate)
    steps = tuple(WayStep(bits, _hash(text, "path")) for bits, text in certificate.path)
    try:
        top = root_by(Way(steps, leaf, _neighbour(certificate)), place_of(certificate.subject))
    except BadProof as error:
        raise BadCertificate(f"{error}") from None
    if not 0 <= certificate.position <= POSITION_MOST:
        raise BadCertificate("its position is none")
    found = state_root(certificate.venue, certificate.position, top)
    if found != _hash(certificate.root, "root"):
        raise BadCertificate("row and path do not come to the root that it names")
    if found != root:
        raise BadCertificate("its row and path hold, but under another root")
    return Certified(certificate, row)


def _row_and_leaf(certificate: Certificate) -> tuple[Row | None, bytes | None]:
    if certificate.row is None:
        if certificate.salt is not None:
            raise BadCertificate("it has a salt, and no row")
        return None, None
    salt = bytes64(certificate.salt, SALT_BYTES)
    if salt is None:
        raise BadCertificate("its salt is not 16 bytes of base64url")
    raw = certificate.row.encode()
    try:
        row = msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        raise BadCertificate("its row is no JSON") from None
    if not isinstance(row, dict) or canonical(row) != raw:
        raise BadCertificate("its row is no canonical JSON object")
    if row.get("subject") != certificate.subject:
        raise BadCertificate("its row is another subject's")
    return row, leaf_sha256(salt, raw)


def _neighbour(certificate: Certificate) -> Neighbour | None:
    leaf, branch = certificate.other_leaf, certificate.other_branch
    if leaf is not None and branch is not None:
        raise BadCertificate("it names two things in the way")
    if leaf is not None:
        return OtherLeaf(_hash(leaf[0], "other_leaf"), _hash(leaf[1], "other_leaf"))
    if branch is not None:
        bits, *texts = branch
        prefix, zero, one = (_hash(text, "other_branch") for text in texts)
        return OtherBranch(bits, prefix, zero, one)
    return None


def _hash(text: str, member: str) -> bytes:
    raw = bytes64(text, HASH_BYTES)
    if raw is None:
        raise BadCertificate(f"its {member} is not 32 bytes of base64url")
    return raw


def _leaf_text(other: OtherLeaf) -> tuple[str, str]:
    return text64(other.place), text64(other.leaf_sha256)


def _branch_text(other: OtherBranch) -> tuple[int, str, str, str]:
    return other.bits, text64(other.prefix), text64(other.zero), text64(other.one)
