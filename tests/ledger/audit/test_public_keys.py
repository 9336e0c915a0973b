"""`audit verify` asks again whether each enrolled key counts, as the engine did."""

import pytest

from exchange.ops import signature_of
from ledger.audit.check_result import Check
from ledger.audit.signed_commands import CommandChecks, public_key
from ledger.authority.public_key import PUBLIC_KEY_RULE
from ledger.events import PrincipalEnrolled
from ledger.ids import PartyId, PrincipalId
from ledger.journal.memory import MemoryJournal
from tests import signing_keys
from tests.ledger.authority.test_public_key import BAD

GOOD = signing_keys.public_key("somebody")


def enrolled(number: int, key: str, public_key_rule: int) -> PrincipalEnrolled:
    return PrincipalEnrolled(
        party=PartyId("p-0001"),
        principal=PrincipalId(f"k-{number:04d}"),
        holder_sha256="H" * 43,
        public_key=key,
        scopes=["read"],
        ip_allow=[],
        signing="every",
        label="",
        valid_to_ns=0,
        public_key_rule=public_key_rule,
    )


def checked(*enrolments: tuple[str, int]) -> Check:
    """What comes of a journal with these enrolments: each a key and its rule."""
    checks = CommandChecks(iter(()), signature_of, MemoryJournal())
    for number, (key, rule) in enumerate(enrolments, 1):
        checks.applied(enrolled(number, key, rule), number)
    (found,) = (check for check in checks.checks() if check["name"] == "public keys")
    return found


@pytest.mark.parametrize("bad", BAD)
def test_a_key_that_does_not_count_is_a_breach(bad: str) -> None:
    found = checked((GOOD, PUBLIC_KEY_RULE), (bad, PUBLIC_KEY_RULE))

    assert not found["ok"]
    assert found["detail"].startswith("position 2: the key of k-0002 is no point")


def test_what_0_1_0_enrolled_stays_lawful_and_is_counted_apart() -> None:
    found = checked((BAD[0], 0), (GOOD, 0), (GOOD, PUBLIC_KEY_RULE))

    assert found["ok"]
    assert found["detail"] == (
        "asked anew of 1: points of the prime-order subgroup; 2 enrolled before this was asked"
    )


def test_once_it_was_asked_it_is_asked_for_ever() -> None:
    found = checked((GOOD, PUBLIC_KEY_RULE), (GOOD, 0))

    assert not found["ok"]
    assert found["detail"].startswith("position 2: k-0002 is enrolled by a rule that was out of")


def test_a_signature_counts_for_nothing_under_a_key_that_does_not_count() -> None:
    for bad in BAD:
        assert public_key(enrolled(1, bad, PUBLIC_KEY_RULE)) is None
    assert public_key(enrolled(1, GOOD, PUBLIC_KEY_RULE)) is not None
