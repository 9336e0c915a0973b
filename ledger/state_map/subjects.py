"""What a certificate may speak of: the names of subjects, one spelling each (form 2).

An id stands for itself; what has none is named behind its kind and a stroke: `account/p-0042/
available`, `rule/identity_floor`. Things that end leave the state: their row is then none.
"""

import re
from difflib import get_close_matches
from typing import Final

from ledger.ids import (
    HoldId,
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
_ID: Final = re.compile(r"([a-z])-([0-9]{1,18})", re.ASCII)
_WIDTHS: Final = dict(form_of(kind) for kind in (*WITH_ID.values(), HoldId))
_POINT: Final = "[A-Z]{2}-[A-Z0-9]{1,3}"
_SYMBOL: Final = (
    rf"T\.[A-Z0-9]{{2,16}}\.[ABCU][012]\.{_POINT}"
    rf"|L\.[A-Z0-9]{{2,16}}\.{_POINT}\.[0-9]{{4}}-(0[1-9]|1[0-2])"
)
# kind without an id -> the form of its names, and one of them
FORMS: Final[dict[str, tuple[re.Pattern[str], str]]] = {
    "account": (
        re.compile(
            r"p-[0-9]{4,}/(available|on_hold/h-[0-9]{6,}|escrow/x-[0-9]{6,}"
            r"|(rent_escrow|deposit)/l-[0-9]{4,}|withdrawing/y-[0-9]{6,})"
            r"|[a-z]{2}-[1-9][0-9]*/(fees|external)",
            re.ASCII,
        ),
        "p-0002/available",
    ),
    "bank_reference": (re.compile(r"[^\x00-\x1f]+"), "BANK-2024-000017"),
    "market": (re.compile(_SYMBOL), "T.H100SXM8.A1.CN-BJ"),
    "model": (re.compile("[A-Z0-9]{2,16}"), "H100SXM8"),
    "report": (re.compile("[A-Za-z0-9_-]{43}"), "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"),
    "rule": (re.compile(r"[a-z][a-z0-9_]*|market:[A-Z0-9.*-]+"), "grade_valid"),
}
_ACCOUNTS: Final = (
    *("available", "on_hold", "escrow", "rent_escrow", "deposit"),
    *("withdrawing", "fees", "external"),
)


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
        return kind if kind in FORMS and FORMS[kind][0].fullmatch(name) else ""
    found = _ID.fullmatch(subject)
    if found is None or not subject.isascii():
        return ""
    letter, digits = found.groups()
    kind = _KIND_OF_LETTER.get(letter, "")
    if not kind:
        return ""
    width = form_of(WITH_ID[kind])[1]
    return kind if digits == f"{int(digits):0{width}d}" and int(digits) else ""


def nearest_subject(text: str) -> str:
    """The subject that a text without a subject's form most likely means; "" if none is near."""
    word = text.strip()
    kind, stroke, name = word.partition("/")
    near = get_close_matches(kind.lower(), NAMED, 1) if stroke else []
    tries = [_id_of(word), *(_named_as(each, name) for each in near)]
    tries += [_named_as(each, word) for each in ("account", "market", "model")]
    return next((each for each in tries if kind_of(each)), "")


def _named_as(kind: str, name: str) -> str:
    """A name in the spelling of its kind."""
    if kind == "account":
        owner, *rest = name.split("/")
        likely = get_close_matches(rest[0].lower(), _ACCOUNTS, 1) if rest else []
        name = "/".join([_id_of(owner) or owner.lower(), *likely, *map(_id_of, rest[1:])])
    elif kind in ("market", "model"):
        name = name.upper()
    elif kind == "rule" and ":" not in name:
        name = name.lower()
    return named(kind, name)


def _id_of(text: str) -> str:
    """An id with its letter small and its zeros; "" for what is none."""
    found = _ID.fullmatch(text.strip().lower())
    width = _WIDTHS.get(found[1], 0) if found else 0
    return f"{found[1]}-{int(found[2]):0{width}d}" if found and width else ""
