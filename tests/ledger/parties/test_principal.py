"""Keys: who may enrol whom, with which scopes, and how a key ends."""

import pytest
from msgspec.structs import replace

from ledger import commands as c
from ledger.authority.public_key import PUBLIC_KEY_RULE
from ledger.caller import Caller
from ledger.events import NothingToDo, PrincipalEnrolled
from ledger.parties.principal import VALID_NS
from ledger.refusals import Reason
from tests.ledger.opened import (
    CLERK_1,
    DAWN_NS,
    RIVAL,
    SELLER,
    digest,
    enrolment,
    opened,
    refusal,
    settled_in,
)
from tests.signing_keys import public_key


def test_a_clerk_enrols_a_key_for_a_year() -> None:
    street = settled_in()

    [event] = street.do(enrolment("p-0002", "new", ["read", "trade"]), CLERK_1)

    assert event == PrincipalEnrolled(
        party="p-0002",
        principal="k-0005",
        holder_sha256=digest("holder new"),
        public_key=public_key("key new"),
        scopes=["read", "trade"],
        ip_allow=[],
        signing="every",
        label="",
        valid_to_ns=DAWN_NS + VALID_NS,
        public_key_rule=PUBLIC_KEY_RULE,
    )
    assert street.register.parties["p-0002"].principals == ["k-0003", "k-0005"]


def test_a_party_enrols_its_own_and_nobody_elses() -> None:
    street = settled_in()

    street.do(enrolment("p-0002", "own", ["read", "admin"]), SELLER)
    with refusal(street, Reason.not_your_party):
        street.do(enrolment("p-0003", "foreign", ["read"]), SELLER)


@pytest.mark.parametrize("scope", ["operate", "comply"])
def test_a_scope_of_an_office_is_for_a_party_that_bears_the_office(scope: str) -> None:
    street = settled_in()

    with refusal(street, Reason.role_missing):
        street.do(enrolment("p-0002", "new", [scope]), CLERK_1)
    street.do(enrolment("p-0001", "new", [scope]), CLERK_1)


def test_reading_all_is_the_clerks_to_give() -> None:
    street = settled_in()

    with refusal(street, Reason.role_missing):
        street.do(enrolment("p-0002", "spy", ["audit"]), SELLER)
    street.do(enrolment("p-0002", "auditor", ["audit"]), CLERK_1)


@pytest.mark.parametrize(
    "changes",
    [
        {"scopes": []},
        {"scopes": ["read", "read"]},
        {"scopes": ["root"]},
        {"signing": "never"},
        {"valid_to_ns": DAWN_NS},
        {"ip_allow": ["203.0.113.7/24"]},
        {"ip_allow": ["home"]},
        {"public_key": "A" * 42 + "B"},  # not its one spelling
        {"public_key": "A" * 42 + "*"},
    ],
)
def test_a_key_is_well_formed(changes: dict[str, object]) -> None:
    street = settled_in()

    with refusal(street, Reason.bad_field):
        street.do(replace(enrolment("p-0002", "new", ["read"]), **changes), CLERK_1)


def test_networks_and_an_own_end_are_kept() -> None:
    street = settled_in()
    order = enrolment(
        "p-0002", "new", ["read"], ip_allow=["203.0.113.0/24", "::1"], valid_to_ns=DAWN_NS + 1
    )

    street.do(order, CLERK_1)

    assert street.register.principals["k-0005"].ip_allow == ("203.0.113.0/24", "::1")
    assert street.register.principals["k-0005"].valid_to_ns == DAWN_NS + 1


def test_audit_is_a_gift_where_no_office_of_the_party_brings_it() -> None:
    street = settled_in()

    street.do(enrolment("p-0002", "new", ["read", "audit"]), CLERK_1)
    assert street.register.principals["k-0005"].is_audit_given
    assert not street.register.principals["k-0001"].is_audit_given, "a clerk's office brings it"


def test_a_key_is_enrolled_once() -> None:
    street = settled_in()

    with refusal(street, Reason.wrong_state):
        street.do(enrolment("p-0003", "91-A", ["read"]), CLERK_1)


def test_a_key_ends_by_a_clerk_or_by_its_own_party() -> None:
    street = settled_in()

    with refusal(street, Reason.not_your_party):
        street.do(c.RevokePrincipal("k-0003"), RIVAL)
    street.do(c.RevokePrincipal("k-0003"), SELLER)
    assert street.register.principals["k-0003"].is_revoked
    assert street.do(c.RevokePrincipal("k-0003"), CLERK_1) == [
        NothingToDo(
            party="p-0002",
            op="principal.revoke",
            stands={"principal": "k-0003", "party": "p-0002", "state": "revoked"},
        )
    ]


def test_a_key_that_was_never_enrolled() -> None:
    street = settled_in()

    with refusal(street, Reason.unknown_principal):
        street.do(c.RevokePrincipal("k-0099"), CLERK_1)


def test_the_venue_keeps_two_people_who_can_act() -> None:
    street = opened()

    with refusal(street, Reason.wrong_state):
        street.do(c.RevokePrincipal("k-0002"), CLERK_1)
    street.do(enrolment("p-0001", "third", ["operate"]), CLERK_1)
    street.do(c.RevokePrincipal("k-0002"), CLERK_1)
    with refusal(street, Reason.wrong_state):
        street.do(c.RevokePrincipal("k-0003"), CLERK_1)


def test_replay_knows_the_same_keys() -> None:
    street = settled_in()
    street.do(c.RevokePrincipal("k-0003"), SELLER)

    assert street.replayed() == street.register
    assert Caller(party="p-0002").is_engine is False
