"""Each day's close gets its root from a fold behind the engine, begun where it soundly can."""

import pytest

from exchange.engine.replay import naming_attestation, replayed, save
from exchange.state_rows import subject_rows
from gateway.server import day_attester
from gateway.server.day_attester import DayAttester
from ledger.durations import DAY_NS
from ledger.journal.memory import MemoryJournal
from ledger.journal.protocol import SavedState
from ledger.state_map.salted_map import root_text
from tests.exchange.ground import Floor
from tests.ledger.audit.rooted import SECRET, attestation


def days_of(count: int, floor: Floor | None = None) -> Floor:
    floor = floor or Floor()
    floor.pass_time(floor.writer.at_ns + count * DAY_NS)
    return floor


def saved(floor: Floor, blob: bytes = b"") -> tuple[SavedState, bytes]:
    """What is saved of a floor now, and named by its journal: as at a clean stop."""
    last, _ = floor.journal().commits_around(floor.writer.position)
    assert last is not None
    new = save(floor.venue, floor.writer.versions, last)
    floor.keep(floor.writer.note([naming_attestation("cn-1", new)], floor.writer.at_ns + 1))
    state = SavedState(
        new.position, new.form, new.codec_version, new.state_sha256, new.chain, is_whole=True
    )
    return state, blob or new.blob


def journal_of(floor: Floor, *states: tuple[SavedState, bytes]) -> MemoryJournal:
    journal = floor.journal()
    journal.store.saved.update(states)
    return journal


def attest_all(floor: Floor) -> None:
    attester = DayAttester(floor.journal(), SECRET)
    attester.follow()
    for close, root in attester.roots.items():
        floor.keep(floor.writer.write(attestation(close, root), floor.writer.at_ns + 1))


def test_each_close_has_the_root_of_the_state_at_its_position() -> None:
    floor = days_of(3)
    journal = floor.journal()
    attester = DayAttester(journal, SECRET)
    attester.follow()

    assert attester.position == journal.head()
    assert list(attester.roots) == list(floor.venue.rootless)
    for close, root in attester.roots.items():
        rows = subject_rows(replayed(journal, close))
        assert root == root_text(rows, "cn-1", close, SECRET)


def test_a_root_that_stands_is_not_made_again_and_a_new_close_is() -> None:
    floor = days_of(2)
    attest_all(floor)
    assert not floor.venue.rootless
    days_of(1, floor)
    attester = DayAttester(floor.journal(), SECRET)
    attester.follow()

    assert list(attester.roots) == list(floor.venue.rootless)
    assert len(attester.roots) == 1


def test_no_map_is_made_of_a_close_whose_root_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    floor = days_of(2)
    attest_all(floor)
    made: list[int] = []

    def counted(rows: object, venue: str, position: int, secret: bytes) -> str:
        made.append(position)
        return "A" * 43

    monkeypatch.setattr(day_attester, "root_text", counted)
    DayAttester(floor.journal(), SECRET).follow()
    assert made == []
    days_of(1, floor)
    DayAttester(floor.journal(), SECRET).follow()
    assert made == list(floor.venue.rootless)


def test_a_stop_closes_no_day_so_nothing_waits_behind_it() -> None:
    floor = days_of(1)
    attest_all(floor)
    older = saved(floor)
    floor.keep(floor.writer.advance(floor.writer.at_ns + 1))
    newer = saved(floor)
    attester = DayAttester(journal_of(floor, older, newer), SECRET)

    assert older[0].position < newer[0].position
    assert attester.position == newer[0].position


def test_it_follows_and_a_root_that_came_is_no_longer_handed_over() -> None:
    floor = days_of(1)
    journal = floor.journal()
    attester = DayAttester(journal, SECRET)
    attester.follow()
    ((close, root),) = attester.roots.items()
    batch = floor.writer.write(attestation(close, root), floor.writer.at_ns + 1)
    journal.append(batch.rows)
    attester.follow()

    assert attester.roots == {}
    assert attester.position == journal.head()


def test_it_begins_with_a_saved_state_that_the_journal_names() -> None:
    floor = days_of(2)
    attest_all(floor)
    state = saved(floor)
    days_of(1, floor)
    attester = DayAttester(journal_of(floor, state), SECRET)
    whole = DayAttester(floor.journal(), SECRET)

    assert attester.position == state[0].position
    assert whole.position == 0
    for each in (attester, whole):
        each.follow()
    assert attester.roots == whole.roots
    assert len(attester.roots) == 1


def test_no_saved_state_hides_a_close_that_waits() -> None:
    floor = days_of(1)
    attest_all(floor)
    before = saved(floor)
    days_of(1, floor)
    after = saved(floor)
    attester = DayAttester(journal_of(floor, before, after), SECRET)

    assert attester.position == before[0].position, "from the newer one the close is never passed"
    attester.follow()
    assert list(attester.roots) == list(floor.venue.rootless)
    late = DayAttester(journal_of(floor, after), SECRET)
    assert late.position == 0


@pytest.mark.parametrize("is_forged", [True, False])
def test_a_saved_state_that_the_journal_does_not_name_is_passed_over(*, is_forged: bool) -> None:
    floor = days_of(1)
    attest_all(floor)
    state, blob = saved(floor)
    journal = journal_of(floor, (state, blob[:-1] + b"\x07" if is_forged else blob))
    words: list[str] = []
    attester = DayAttester(journal, SECRET, words.append)

    assert attester.position == (0 if is_forged else state.position)
    assert [each for each in words if "passed over" in each] == words
    assert bool(words) is is_forged


def test_one_that_is_over_folds_no_further() -> None:
    attester = DayAttester(days_of(1).journal(), SECRET)
    attester.follow(lambda: True)

    assert attester.position == 0
