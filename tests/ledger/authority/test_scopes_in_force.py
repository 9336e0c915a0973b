"""What a key may do at an instant: its last instant, the offices behind its scopes, its spans."""

from dataclasses import replace

import pytest

from ledger.authority.scopes_in_force import (
    CLOCK_AHEAD_NS,
    as_of_now,
    end_in_words,
    may,
    must_be_timely,
    scopes_in_force,
)
from ledger.caller import Caller
from ledger.durations import MS_NS
from ledger.ids import GroupId, PartyId, PrincipalId
from ledger.offices import ROLES_OF_SCOPE
from ledger.records import Party, Principal
from ledger.refusals import Reason, Refused
from ledger.register import Register

AT_NS = 1_000
KEY = PrincipalId("k-0007")
OFFICE, ROLE = next(  # an office that brings no audit with it
    (scope, role)
    for scope, roles in ROLES_OF_SCOPE.items()
    for role in roles
    if role not in ROLES_OF_SCOPE["audit"]
)


def principal(**change: object) -> Principal:
    made = Principal(
        principal=KEY,
        party=PartyId("p-0042"),
        holder_sha256="H" * 43,
        public_key="P" * 43,
        scopes=("read", OFFICE, "audit"),
        ip_allow=(),
        signing="any",
        label="",
        valid_to_ns=0,
    )
    return replace(made, **change)  # type: ignore[arg-type]


def register_of(key: Principal, *roles: str) -> Register:
    party = Party(
        party=key.party,
        legal_name="Example Ltd",
        kind="company",
        jurisdiction="CN",
        registration_no="1",
        group=GroupId("g-0001"),
        kyc_tier=0,
        roles=dict.fromkeys(roles),
    )
    return Register(parties={key.party: party}, principals={key.principal: key})


@pytest.mark.parametrize(
    ("valid_to_ns", "words"),
    [
        (0, ""),  # until it is revoked
        (1, "is past its time"),
        (AT_NS - 1, "is past its time"),
        (AT_NS, "is past its time"),
        (AT_NS + 1, ""),
    ],
)
def test_a_key_ends_at_its_instant(valid_to_ns: int, words: str) -> None:
    key = principal(valid_to_ns=valid_to_ns)

    assert end_in_words(key, AT_NS) == words
    assert bool(scopes_in_force(register_of(key), key, AT_NS)) is not bool(words)


def test_a_revoked_key_has_no_scope_whatever_its_time() -> None:
    key = principal(is_revoked=True, valid_to_ns=AT_NS + 1)

    assert end_in_words(key, AT_NS) == "was revoked"
    assert scopes_in_force(register_of(key, ROLE), key, AT_NS) == ()


def test_a_scope_rests_on_its_office_and_audit_may_be_given() -> None:
    key = principal()
    assert scopes_in_force(register_of(key), key, AT_NS) == ("read",)
    assert scopes_in_force(register_of(key, ROLE), key, AT_NS) == ("read", OFFICE)

    given = principal(is_audit_given=True)
    assert scopes_in_force(register_of(given), given, AT_NS) == ("read", "audit")


def test_may_asks_for_a_known_key_and_its_scope() -> None:
    register = register_of(principal())

    assert may(register, KEY, "read", AT_NS)
    assert not may(register, KEY, OFFICE, AT_NS)
    assert not may(register, PrincipalId("k-0008"), "read", AT_NS)


def test_a_caller_keeps_what_is_in_force_of_what_the_session_has() -> None:
    register = register_of(principal())
    caller = Caller(party=PartyId("p-0042"), principal=KEY, scopes=("read", OFFICE))

    assert as_of_now(register, caller, AT_NS).scopes == ("read",)
    less = Caller(party=PartyId("p-0042"), principal=KEY, scopes=("read",))
    assert as_of_now(register, less, AT_NS) is less
    assert as_of_now(register, Caller(), AT_NS) == Caller(), "the engine asks nobody"


@pytest.mark.parametrize(
    ("party", "key", "words"),
    [
        ("p-0042", "k-0008", "No key k-0008 acts for p-0042"),
        ("p-0043", "k-0007", "No key k-0007 acts for p-0043"),
    ],
)
def test_an_unknown_key_and_another_partys_key_sign_nothing(
    party: str, key: str, words: str
) -> None:
    caller = Caller(party=PartyId(party), principal=PrincipalId(key), scopes=("read",))
    with pytest.raises(Refused, match=words) as refused:
        as_of_now(register_of(principal()), caller, AT_NS)
    assert refused.value.reason is Reason.bad_signature


SIGNED = b'gpubourse-v1\n{"issued_ns":"9000000000000","valid_ms":5}'
ISSUED_NS = 9_000_000_000_000


@pytest.mark.parametrize(
    ("received_ns", "reason"),
    [
        (ISSUED_NS + 5 * MS_NS, None),
        (ISSUED_NS + 5 * MS_NS + 1, Reason.too_late),
        (ISSUED_NS - CLOCK_AHEAD_NS, None),
        (ISSUED_NS - CLOCK_AHEAD_NS - 1, Reason.clock_ahead),
    ],
)
def test_a_signed_command_counts_within_its_span(received_ns: int, reason: Reason | None) -> None:
    if reason is None:
        must_be_timely(SIGNED, received_ns)
        return
    with pytest.raises(Refused) as refused:
        must_be_timely(SIGNED, received_ns)
    assert refused.value.reason is reason
    by = {"behind_ns": received_ns - ISSUED_NS, "valid_ms": 5}
    if reason is Reason.clock_ahead:
        by = {"ahead_ns": ISSUED_NS - received_ns}
    assert refused.value.context == by | {"issued_ns": ISSUED_NS, "received_ns": received_ns}


def test_who_signed_by_a_wrong_clock_is_told_by_how_much() -> None:
    with pytest.raises(Refused, match=r"signed 10 minutes ago.*is that clock right") as late:
        must_be_timely(SIGNED, ISSUED_NS + 600_000 * MS_NS)
    with pytest.raises(Refused, match="1 second ahead of the venue's: set it right") as early:
        must_be_timely(SIGNED, ISSUED_NS - 1_500 * MS_NS)

    assert {late.value.reason, early.value.reason} == {Reason.too_late, Reason.clock_ahead}


def test_what_is_no_signed_command_has_no_span() -> None:
    must_be_timely(SIGNED.removeprefix(b"gpubourse-v1\n"), 0)
