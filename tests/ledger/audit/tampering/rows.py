"""Rows of the journal, changed by somebody who knows their form: bytes, places, stamps."""

from itertools import pairwise

from tests.ledger.audit.tampering.hands import Hands, is_deposit


def a_flipped_bit(hands: Hands) -> int:
    hands.makes_anew = False
    position = hands.position()
    row = hands.store.rows[position - 1]
    state = bytearray(row.state)
    state[hands.dice.randrange(len(state))] ^= 1
    hands.row(position, state=bytes(state))
    return _end_of_commit(hands, position)


def an_event_deleted(hands: Hands) -> int:
    hands.makes_anew = False
    position = hands.position()
    del hands.store.rows[position - 1]
    return position + 1


def two_events_exchanged(hands: Hands) -> int:
    """Each has the other's place, and the chain is made anew."""
    rows = hands.store.rows
    found = [row.position for row, after in pairwise(rows[1:]) if row.stream == after.stream]
    position = hands.dice.choice(found)
    one, other = rows[position - 1], rows[position]
    hands.row(position, version=other.version, state=other.state, topic=other.topic)
    hands.row(position + 1, version=one.version, state=one.state, topic=one.topic)
    return position


def a_version_skipped(hands: Hands) -> int:
    last = {row.stream: row for row in hands.store.rows}
    row = hands.dice.choice(list(last.values()))
    hands.row(row.position, version=row.version + 1)
    return row.position


def a_time_that_goes_back(hands: Hands) -> int:
    position = _first_of_batch(hands)
    _at(hands, position, 1)
    return position


def another_form_of_the_same(hands: Hands) -> int:
    position = hands.position()
    state = hands.store.rows[position - 1].state
    hands.row(position, state=state.replace(b",", b", ", 1))
    return position


def a_topic_of_nobody(hands: Hands) -> int:
    position = hands.position()
    hands.row(position, topic="banana_ripened")
    return position


def an_event_of_another_batch(hands: Hands) -> int:
    found = [row.position for row in hands.store.rows if b'"cause":' in row.state]
    position = hands.dice.choice(found)
    hands.event(position, cause=hands.read(position)["cause"] + 1)
    return position


def a_batch_dated_back(hands: Hands) -> int:
    """By one nanosecond: time still goes on, and no deadline is counted from a deposit."""
    position = hands.find("cash_posted", is_deposit)
    _at(hands, position, hands.read(position)["at_ns"] - 1)
    return position


def _first_of_batch(hands: Hands) -> int:
    found = [
        row.position
        for row in hands.store.rows
        if b'"cause":' not in row.state and row.position > 2 and row.topic != "state_attested"
    ]
    return hands.dice.choice(found)


def _at(hands: Hands, position: int, at_ns: int) -> None:
    """Another instant for a whole batch."""
    hands.event(position, at_ns=at_ns)
    for row in hands.store.rows[position:]:
        if b'"cause":%d' % position not in row.state:
            return
        hands.event(row.position, at_ns=at_ns)


def _end_of_commit(hands: Hands, position: int) -> int:
    return next(c.last_position for c in hands.store.commits if c.last_position >= position)
