"""A venue opens: its first batch, and what it refuses."""

import pytest

from ledger.commands import SetRule
from ledger.durations import DAY_NS
from ledger.events import ModelListed, PrincipalEnrolled, RoleGranted, RuleSet, VenueOpened
from ledger.offices import OFFICES
from ledger.opening.first_rules import FIRST_RULES
from ledger.refusals import Reason
from tests.ledger.opened import (
    CLERK_1,
    DAWN_NS,
    ENGINE,
    Street,
    all_of,
    digest,
    opened,
    opening,
    refusal,
)


def test_the_first_batch_says_what_kind_of_venue_it_is() -> None:
    street = Street()

    events = street.do(opening(), ENGINE)

    assert events[0] == VenueOpened(
        venue="cn-1",
        currency="CNY",
        zone="Asia/Shanghai",
        minor_digits=2,
        kind="live",
        party="p-0001",
        clerks=["k-0001", "k-0002"],
    )
    assert [each.role for each in all_of(RoleGranted, events)] == list(OFFICES)
    assert [each.rule for each in all_of(RuleSet, events)] == list(FIRST_RULES)


def test_two_people_can_act_for_it_from_the_first_batch_on() -> None:
    register = opened().register

    assert register.parties["p-0001"].principals == register.clerks == ["k-0001", "k-0002"]
    holders = [register.principals[clerk].holder_sha256 for clerk in register.clerks]
    assert holders == [digest("holder 1"), digest("holder 2")]
    assert register.principals["k-0001"].valid_to_ns == 0  # until revoked


def test_it_adopts_the_whole_catalogue() -> None:
    street = opened()
    models = street.register.models

    assert models["H100SXM8"].gpus_per_lot == 8
    assert models["H100SXM8"].is_board
    assert not models["H100SXM"].is_board
    assert not models["L40S"].is_board
    assert len(all_of(ModelListed, [event for _, _, event in street.journal])) == len(models)


@pytest.mark.parametrize("rule", FIRST_RULES)
def test_each_first_rule_is_one_that_could_be_set(rule: str) -> None:
    [event] = opened().do(SetRule(rule, FIRST_RULES[rule], 0), CLERK_1)

    assert isinstance(event, RuleSet)
    assert event.value == FIRST_RULES[rule]


def test_the_first_rules_are_in_force_at_once() -> None:
    register = opened().register

    assert register.rules.value("proposal", DAWN_NS) == DAY_NS
    assert register.rules.value("withdrawal_alone", DAWN_NS) == 100_000_000
    assert register.rules.value("market:T.*", DAWN_NS)["modes"] == ["continuous"]


def test_a_journal_is_opened_once() -> None:
    street = opened()

    with refusal(street, Reason.wrong_state):
        street.do(opening(), ENGINE)


@pytest.mark.parametrize(
    "changes", [{"kind": "sandbox"}, {"zone": "Asia/Atlantis"}, {"zone": "../etc/passwd"}]
)
def test_what_nobody_knows_is_refused(changes: dict[str, str]) -> None:
    street = Street()

    with refusal(street, Reason.bad_field):
        street.do(opening(**changes), ENGINE)


def test_the_two_clerks_are_two_people_with_two_keys() -> None:
    street = Street()
    first, second = opening().clerks
    one_person = type(first)(first.holder_sha256, second.public_key, "clerk 2")
    one_key = type(first)(second.holder_sha256, first.public_key, "clerk 2")

    with refusal(street, Reason.same_holder):
        street.do(opening(clerks=[first, one_person]), ENGINE)
    with refusal(street, Reason.bad_field):
        street.do(opening(clerks=[first, one_key]), ENGINE)


def test_replay_opens_the_same_venue() -> None:
    street = opened()

    assert street.replayed() == street.register
    assert [event for _, _, event in street.journal if isinstance(event, PrincipalEnrolled)]
