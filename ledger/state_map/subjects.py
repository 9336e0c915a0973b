"""What a certificate may speak of: the names of subjects, one spelling each (form 2).

An id stands for itself; what has none is named behind its kind and a stroke: `account/p-0042/
available`, `rule/identity_floor`. Things that end leave the state: their row is then none.
"""

import re
from typing import Final

from ledger.ids import (
    LeaseId,
    NodeId,
    OrderId,
    PartyId,
    PaymentId,
    PrincipalId,
    ProposalId,
    SettlementId,
    SiteId,
    UnitId,
    form_of,
)

VENUE: Final = "venue"
NAMED: Final = (
    "account",
    "bank_reference",
    "market",
    "model",
    "report",
    "rule",
)  # kinds without an id
WITH_ID: Final = {
    "lease": LeaseId,
    "node": NodeId,
    "order": OrderId,
    "party": PartyId,
    "payment": PaymentId,
    "principal": PrincipalId,
    "proposal": ProposalId,
    "settlement": SettlementId,
    "site": SiteId,
    "unit": UnitId,
}
_KIND_OF_LETTER: Final = {form_of(kind)[0]: name for name, kind in WITH_ID.items()}
_ID: Final = re.compile(r"([a-z])-([0-9]+)")


def named(kind: str, name: str) -> str:
    """The subject of what has no id."""
    assert kind in NAMED, kind
    return f"{kind}/{name}"


def kind_of(subject: str) -> str:
    """The kind of a subject, "" for what cannot be one: no map will ever have a row of it."""
    if subject == VENUE:
        return VENUE
    kind, stroke, name = subject.partition("/")
    if stroke:
        return kind if kind in NAMED and name else ""
    found = _ID.fullmatch(subject)
    if found is None or not subject.isascii():
        return ""
    letter, digits = found.groups()
    kind = _KIND_OF_LETTER.get(letter, "")
    if not kind:
        return ""
    width = form_of(WITH_ID[kind])[1]
    return kind if digits == f"{int(digits):0{width}d}" and int(digits) else ""
