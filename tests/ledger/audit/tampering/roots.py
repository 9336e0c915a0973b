"""Roots of form 2, by somebody who has the database and not the salt key."""

from ledger.base64url import text64
from ledger.events import StateAttested
from tests.ledger.audit.tampering.hands import Hands


def a_root_forged(hands: Hands) -> int:
    """The root of another state than the events give."""
    position = _root(hands)
    hands.event(position, state_sha256=text64(hands.dice.randbytes(32)))
    return position


def a_root_where_no_day_was_closed(hands: Hands) -> int:
    position = _root(hands)
    hands.event(position, upto_position=hands.read(position)["upto_position"] - 1)
    return position


def a_root_attested_twice(hands: Hands) -> int:
    """Once more, with the same root, as if the first had not been there."""
    event = hands.read(_root(hands))
    return hands.append(StateAttested("cn-1", 2, event["upto_position"], event["state_sha256"]))


def _root(hands: Hands) -> int:
    return hands.find("state_attested", lambda event: bool(event["form"] == 2))
