"""A certificate whose root the journal bears: believed by whoever has the log's public key alone.

certificate -> root -> the event that attests it -> leaf -> inclusion in a signed head -> log's key.
"""

from typing import NamedTuple

import msgspec

from ledger.base64url import bytes64
from ledger.events import StateAttested
from ledger.log.receipt import BadReceipt, ProvenEntry, proven, read_receipt
from ledger.log.verifier import LogVerifiers
from ledger.state_map.attested_days import TOPIC
from ledger.state_map.certificate import (
    HASH_BYTES,
    BadCertificate,
    Certificate,
    Certified,
    check_certificate,
)
from ledger.state_map.salted_map import FORM

_decode = msgspec.json.Decoder(StateAttested).decode


class NoReceipt(BadCertificate):
    """It names no event that bears its root: who checks it must have the root from elsewhere."""


class AttestedCertificate(NamedTuple):
    """What a certificate proves, and the entry of the log that its root stands in."""

    certified: Certified
    proven: ProvenEntry
    attested_ns: int  # when the venue attested the root, by its entry: the state is no later one


def check_attested(certificate: Certificate, verifiers: LogVerifiers) -> AttestedCertificate:
    """What a certificate proves to somebody who has the log's key. Raises BadCertificate."""
    if certificate.receipt is None:
        raise NoReceipt("it holds no receipt: the journal did not bear its root when it was made")
    try:
        found = proven(read_receipt(certificate.receipt.encode()), verifiers)
    except BadReceipt as error:
        raise BadCertificate(f"its receipt proves nothing: {error}") from None
    event, root = _attestation(certificate, found)
    return AttestedCertificate(check_certificate(certificate, root), found, event.at_ns)


def _attestation(certificate: Certificate, found: ProvenEntry) -> tuple[StateAttested, bytes]:
    """The entry's event, and the root that it bears of the very state the certificate is of."""
    row = found.entry.row
    if row.topic != TOPIC:
        raise BadCertificate(f"its receipt is of {row.topic}, which attests no root")
    try:
        event = _decode(row.state)
    except msgspec.DecodeError:
        raise BadCertificate("its receipt's entry is no attestation") from None
    if event.form != FORM:
        raise BadCertificate(f"its receipt is of a hash of form {event.form}, which is no root")
    if (event.venue, event.upto_position) != (certificate.venue, certificate.position):
        raise BadCertificate(
            f"its receipt is of position {event.upto_position} of {event.venue}, not of its own"
        )
    root = bytes64(event.state_sha256, HASH_BYTES)
    if root is None:
        raise BadCertificate("its receipt's entry bears no root")
    return event, root
