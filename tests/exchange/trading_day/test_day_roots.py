"""A day's close waits for one root: the engine writes it whenever it comes, and judges it not."""

import pytest
from msgspec import json

from exchange.engine.checkpoint_codec import pack, unpack
from exchange.engine.replay import replayed
from exchange.state_form import state_sha256
from exchange.state_rows import subject_rows
from gateway.server.audit_rules import venue_folding
from ledger.base64url import text64
from ledger.durations import DAY_NS
from ledger.events import StateAttested
from ledger.journal.memory import MemoryJournal
from ledger.questions.redecision import redecide
from ledger.refusals import Reason, Refused
from tests.exchange.ground import Floor
from tests.ledger.audit.rooted import attest_days, attestation
from tests.ledger.audit.tampering.lawful import write_history

ROOT = text64(bytes(32))
OTHER = text64(b"r" * 32)


@pytest.fixture
def floor() -> Floor:
    """A venue that has closed three days."""
    floor = Floor()
    floor.pass_time(floor.writer.at_ns + 3 * DAY_NS)
    assert len(floor.venue.rootless) == 3
    return floor


def attest(floor: Floor, position: int, root: str = ROOT) -> StateAttested:
    batch = floor.writer.write(attestation(position, root), floor.writer.at_ns + 1)
    floor.keep(batch)
    (event,) = batch.events
    assert isinstance(event, StateAttested)
    return event


def test_a_close_is_the_last_position_before_its_hash(floor: Floor) -> None:
    for close in floor.venue.rootless:
        venue = replayed(floor.journal(), close)
        row = floor.journal().store.rows[close]
        assert (row.position, row.topic) == (close + 1, "state_attested")
        assert state_sha256(venue).encode() in row.state


def test_the_root_of_a_close_is_written_as_it_comes_and_in_any_order(floor: Floor) -> None:
    first, second, third = floor.venue.rootless
    for close in (third, first):
        event = attest(floor, close)
        assert (event.form, event.upto_position, event.state_sha256) == (2, close, ROOT)
    assert list(floor.venue.rootless) == [second]


@pytest.mark.parametrize("root", [ROOT, OTHER])
def test_a_root_is_attested_once(floor: Floor, root: str) -> None:
    close, *_ = floor.venue.rootless
    attest(floor, close)
    with pytest.raises(Refused, match="waits for its root") as refused:
        attest(floor, close, root)
    assert refused.value.reason is Reason.wrong_state


def test_what_is_no_close_of_a_day_gets_no_root(floor: Floor) -> None:
    floor.keep(floor.writer.attest(floor.writer.at_ns + 1))  # as at a clean stop
    head = floor.writer.position
    refused = 0
    for position in (*range(1, head + 2), 10**9):
        if position not in floor.venue.rootless:
            with pytest.raises(Refused, match=f"position {position} waits"):
                attest(floor, position)
            refused += 1
    assert refused == head + 2 - 3


@pytest.mark.parametrize("form", [1, 3])
def test_a_hash_of_another_form_is_no_root(floor: Floor, form: int) -> None:
    close, *_ = floor.venue.rootless
    with pytest.raises(Refused, match="form"):
        floor.writer.write(attestation(close, ROOT, form), floor.writer.at_ns + 1)


def test_a_root_changes_no_row_and_no_hash(floor: Floor) -> None:
    before, rows = state_sha256(floor.venue), dict(subject_rows(floor.venue))
    attest(floor, next(iter(floor.venue.rootless)))

    assert state_sha256(floor.venue) == before
    assert dict(subject_rows(floor.venue)) == rows


def test_which_closes_wait_is_saved_and_folded_again(floor: Floor) -> None:
    attest(floor, next(iter(floor.venue.rootless)))
    blob = pack(floor.venue, floor.writer.versions)

    assert unpack(blob, state_sha256(floor.venue))[0].rootless == floor.venue.rootless
    assert replayed(floor.journal()).rootless == floor.venue.rootless


def test_a_root_is_taken_as_given_and_its_close_is_decided_again() -> None:
    journal = MemoryJournal()
    journal.take_fence()
    write_history(journal, days=3, servers=1)
    batches = attest_days(journal)
    found = redecide(journal, venue_folding())
    assert found["difference"] is None
    assert found["given"]["attested"] >= len(batches) > 1

    last, other = batches[-1].rows[0], batches[0].rows[0]
    upto = json.decode(other.state)["upto_position"]
    state = json.encode(json.decode(last.state) | {"upto_position": upto})
    journal.store.rows[last.position - 1] = last._replace(state=state)
    difference = redecide(journal, venue_folding())["difference"]
    assert difference is not None
    assert difference["position"] == last.position
    assert "a root is refused wrong_state" in difference["detail"]
