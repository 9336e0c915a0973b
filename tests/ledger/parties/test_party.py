"""Parties: registered once, known to a tier, given roles, stopped and let go on."""

import pytest

from ledger import commands as c
from ledger.events import KycTierSet, NothingToDo, PartyRegistered
from ledger.parties.party import STANDING
from ledger.refusals import Reason
from tests.ledger.opened import (
    CLERK_1,
    ENGINE,
    RIVAL,
    SELLER,
    opened,
    party,
    refusal,
    settled_in,
)
from tests.signing_keys import public_key


def test_a_party_is_known_by_its_number_in_its_country() -> None:
    street = opened()

    [event] = street.do(c.RegisterParty(" Helan Ltd ", "company", "CN", " 91110x "), CLERK_1)

    assert event == PartyRegistered(
        party="p-0002",
        legal_name="Helan Ltd",
        kind="company",
        jurisdiction="CN",
        registration_no="91110X",
    )
    assert street.register.parties["p-0002"].group == "p-0002"


def test_the_same_number_twice_names_the_party_that_has_it() -> None:
    street = settled_in()

    with refusal(street, Reason.registration_no_used) as _:
        street.do(party("91-a"), CLERK_1)
    street.do(c.RegisterParty("Namesake", "company", "DE", "91-A"), CLERK_1)


@pytest.mark.parametrize(
    "order",
    [
        party("91-C", kind="person"),
        c.RegisterParty("Helan", "company", "CN", "  "),
        c.RegisterParty("   ", "company", "CN", "91-C"),
    ],
)
def test_a_party_has_a_kind_a_name_and_a_number(order: c.RegisterParty) -> None:
    street = opened()

    with refusal(street, Reason.bad_field):
        street.do(order, CLERK_1)


@pytest.mark.parametrize(
    "order",
    [
        party("91-C"),
        c.SetKycTier("p-0003", 2),
        c.GrantRole("p-0002", "lender"),
        c.RevokeRole("p-0003", "owner"),
        c.SuspendParty("p-0003", "rivalry"),
        c.ReinstateParty("p-0003", "rivalry"),
        c.ListModel("B300X8", "nvidia", "sxm", 8, 288 * 1024, 1400, 40_000, True, True, ["B300"]),
    ],
)
def test_the_venues_offices_are_not_everybodys(order: c.Command) -> None:
    street = settled_in()

    with refusal(street, Reason.role_missing):
        street.do(order, SELLER)


@pytest.mark.parametrize(
    "order",
    [
        c.SetKycTier("p-0099", 2),
        c.GrantRole("p-0099", "owner"),
        c.RevokeRole("p-0099", "owner"),
        c.SuspendParty("p-0099", "x"),
        c.ReinstateParty("p-0099", "x"),
        c.EnrolPrincipal("p-0099", "A" * 43, public_key("a"), ["read"]),
    ],
)
def test_who_is_not_registered_is_unknown(order: c.Command) -> None:
    street = settled_in()

    with refusal(street, Reason.unknown_party):
        street.do(order, CLERK_1)


def test_a_tier_says_how_well_a_party_is_known() -> None:
    street = settled_in()

    assert street.do(c.SetKycTier("p-0002", 1, "E" * 43), CLERK_1) == [
        KycTierSet(party="p-0002", kyc_tier=1, evidence_sha256="E" * 43, valid_to_ns=0)
    ]
    assert street.register.parties["p-0002"].kyc_tier == 1
    assert street.do(c.SetKycTier("p-0002", 1), CLERK_1) == [
        NothingToDo("p-0002", "party.tier", {"party": "p-0002", "kyc_tier": 1})
    ]


def test_a_tier_that_ends_is_not_known_here_yet() -> None:
    street = settled_in()

    with refusal(street, Reason.bad_field):
        street.do(c.SetKycTier("p-0002", 1, "", 1), CLERK_1)


def test_roles_come_and_go() -> None:
    street = settled_in()

    street.do(c.GrantRole("p-0002", "inspector"), CLERK_1)
    assert list(street.register.parties["p-0002"].roles) == ["owner", "operator", "inspector"]
    street.do(c.RevokeRole("p-0002", "owner"), CLERK_1)
    assert list(street.register.parties["p-0002"].roles) == ["operator", "inspector"]


def test_a_role_twice_is_nothing_to_do() -> None:
    street = settled_in()

    assert street.do(c.GrantRole("p-0002", "owner"), CLERK_1) == [
        NothingToDo("p-0002", "party.grant_role", {"party": "p-0002", "role": "owner"})
    ]
    assert street.do(c.RevokeRole("p-0002", "lender"), CLERK_1) == [
        NothingToDo("p-0002", "party.revoke_role", {"party": "p-0002", "role": "lender"})
    ]


def test_a_role_that_nobody_knows_is_refused() -> None:
    street = settled_in()

    with refusal(street, Reason.bad_field):
        street.do(c.GrantRole("p-0002", "king"), CLERK_1)
    with refusal(street, Reason.bad_field):
        street.do(c.RevokeRole("p-0002", "king"), CLERK_1)


@pytest.mark.parametrize("role", ["issuer", "lender", "broker"])
def test_who_lends_or_acts_for_others_is_known_to_tier_3(role: str) -> None:
    street = settled_in()

    with refusal(street, Reason.tier_too_low):
        street.do(c.GrantRole("p-0002", role), CLERK_1)
    street.do(c.SetKycTier("p-0002", 3), CLERK_1)
    street.do(c.GrantRole("p-0002", role), CLERK_1)


def test_the_venue_keeps_its_offices_and_is_never_suspended() -> None:
    street = opened()

    with refusal(street, Reason.wrong_state):
        street.do(c.RevokeRole("p-0001", "clerk"), CLERK_1)
    with refusal(street, Reason.wrong_state):
        street.do(c.SuspendParty("p-0001", "coup"), CLERK_1)


@pytest.mark.parametrize("verb", ["suspend", "reinstate"])
@pytest.mark.parametrize("is_suspended", [False, True])
def test_every_standing_and_verb(is_suspended: bool, verb: str) -> None:
    street = settled_in()
    if is_suspended:
        street.do(c.SuspendParty("p-0003", "fraud"), CLERK_1)
    orders = {
        "suspend": c.SuspendParty("p-0003", "fraud"),
        "reinstate": c.ReinstateParty("p-0003", "cleared"),
    }

    after = STANDING.get((is_suspended, verb))
    if after is None:
        with refusal(street, Reason.wrong_state):
            street.do(orders[verb], CLERK_1)
    else:
        street.do(orders[verb], CLERK_1)
        assert street.register.parties["p-0003"].is_suspended is after


def test_the_engine_needs_no_role() -> None:
    street = opened()

    street.do(party("91-E"), ENGINE)

    assert "p-0002" in street.register.parties


def test_replay_knows_the_same_parties() -> None:
    street = settled_in()
    street.do(c.SuspendParty(RIVAL.party, "fraud"), CLERK_1)

    assert street.replayed() == street.register
