"""A saved state is believed only as far as it can be checked."""

import psycopg
import pytest

from ledger.journal import checkpoint
from ledger.journal.checkpoint import (
    Checkpoint,
    Checkpoints,
    MemoryCheckpoints,
    PostgresCheckpoints,
)
from ledger.journal.postgres import PostgresJournal
from ledger.journal.protocol import SavedState


def saved(position: int, codec_version: int = 1) -> Checkpoint:
    return Checkpoint(position, 1, bytes(32), codec_version, b"\x00state %d" % position)


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.postgres)])
def checkpoints(request: pytest.FixtureRequest) -> Checkpoints:
    if request.param == "memory":
        return MemoryCheckpoints()
    return PostgresCheckpoints(request.getfixturevalue("postgres_dsn"))


def test_the_newest_comes_back_byte_for_byte(checkpoints: Checkpoints) -> None:
    assert checkpoints.newest_valid(100, codec_version=1) is None
    checkpoints.store(saved(10))
    checkpoints.store(saved(20))
    assert checkpoints.newest_valid(100, codec_version=1) == saved(20)


def test_one_of_another_codec_is_passed_over(checkpoints: Checkpoints) -> None:
    checkpoints.store(saved(10))
    checkpoints.store(saved(20, codec_version=2))
    assert checkpoints.newest_valid(100, codec_version=1) == saved(10)


def test_one_from_beyond_the_head_is_passed_over(checkpoints: Checkpoints) -> None:
    checkpoints.store(saved(10))
    checkpoints.store(saved(20))
    assert checkpoints.newest_valid(19, codec_version=1) == saved(10)


def test_only_the_newest_are_kept(checkpoints: Checkpoints) -> None:
    for position in range(1, 6):
        checkpoints.store(saved(position), keep=2)
    assert checkpoints.newest_valid(4, codec_version=1) == saved(4)
    assert checkpoints.newest_valid(3, codec_version=1) is None


@pytest.mark.postgres
def test_a_damaged_one_is_passed_over_with_a_warning(postgres_dsn: str) -> None:
    warnings: list[str] = []
    checkpoints = PostgresCheckpoints(postgres_dsn, warnings.append)
    checkpoints.store(saved(10))
    checkpoints.store(saved(20))
    with psycopg.connect(postgres_dsn) as owner:
        owner.execute("UPDATE checkpoints SET blob = set_byte(blob, 3, 7) WHERE position = 20")
    assert checkpoints.newest_valid(100, codec_version=1) == saved(10)
    assert warnings == ["checkpoint 20 is passed over: it is damaged"]


@pytest.mark.postgres
def test_a_state_fits_to_the_byte(postgres_dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "BLOB_BYTES_MOST", len(saved(10).blob))
    checkpoints = PostgresCheckpoints(postgres_dsn)

    checkpoints.store(saved(10))
    with pytest.raises(AssertionError, match="too large"):
        checkpoints.store(saved(100))
    assert checkpoints.newest_valid(100, codec_version=1) == saved(10)


def test_an_auditor_reads_each_with_whether_it_is_whole(postgres_dsn: str) -> None:
    checkpoints = PostgresCheckpoints(postgres_dsn)
    checkpoints.store(saved(20)._replace(chain=b"\x07" * 32))
    checkpoints.store(saved(10))
    with psycopg.connect(postgres_dsn) as owner:
        owner.execute("UPDATE checkpoints SET blob = set_byte(blob, 3, 7) WHERE position = 20")
    journal = PostgresJournal.for_auditor(postgres_dsn)
    try:
        found = journal.saved_states()

        assert found == [
            SavedState(10, 1, 1, bytes(32), b"", is_whole=True),
            SavedState(20, 1, 1, bytes(32), b"\x07" * 32, is_whole=False),
        ]
        assert journal.saved_bytes(found[0]) == saved(10).blob
        assert journal.saved_bytes(found[0]._replace(position=11)) == b""
    finally:
        journal.close()
