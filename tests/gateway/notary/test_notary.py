"""The notary signs what follows from what it signed before, and goes on wherever it ended."""

import errno
import os
from pathlib import Path

import pytest

from gateway.notary import log_folder, notary
from gateway.notary.log_folder import LogFolder
from gateway.notary.opened_notary import EmptyJournal, origin_of
from gateway.notary.signed_heads import NotaryRefused
from gateway.notary.signers import LAST_HEAD, SALT_FILE, SignersUnusable
from ledger.log.tiles import HEAD
from ledger.log.tree_head import verified_head
from tests.ledger.log.published import NOW_S, VENUE, Log, Rows

STEPS = (1, 2, 255, 256, 257, 600, 66_000, 70_000)


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path)


def test_the_origin_names_the_venue_and_its_journal() -> None:
    origin = origin_of(Rows(3))

    venue, journal = origin.removeprefix("gpubourse/").split("/")
    assert (venue, len(journal)) == (VENUE, 16)
    assert origin_of(Rows(5)) == origin
    assert origin_of(Rows(3, changed=3)) == origin
    assert origin_of(Rows(0)) == ""


def test_a_log_grown_in_steps_is_bit_for_bit_the_one_made_at_once(log: Log) -> None:
    with log.notary(Rows(1)) as at_work:
        for size in STEPS:
            at_work._journal = Rows(size)
            done = at_work.publish(NOW_S)
            assert (done.size, done.is_signed) == (size, True)
    log.check({size: head_of(log, size) for size in STEPS})

    again = log.elsewhere()
    again.publish(Rows(STEPS[-1]))

    grown, rebuilt = log.files(), again.files()
    older = {path for path in grown if ".p/" in path} - rebuilt.keys()
    assert older == {"tile/1/001.p/1"}, "what an older head needs, and the full one does not have"
    assert {path: raw for path, raw in grown.items() if path not in older} == rebuilt
    assert again.head() == log.head(), "the very head that was signed stands, with its time"


def head_of(log: Log, size: int) -> bytes:
    (path,) = (path for number, path in log.source.kept_sizes() if number == size)
    return verified_head(log.source.read(path, 10_000), log.verifiers).head.root


def test_a_new_process_goes_on_where_the_last_one_ended(log: Log) -> None:
    for size in (300, 301, 900):
        done = log.publish(Rows(size))
    assert (done.appended, log.check()) == (599, (900, 0))

    same = log.publish(Rows(900))
    assert (same.appended, same.is_signed, same.note) == (0, False, done.note)


def test_a_head_bears_the_time_and_never_an_earlier_one_than_the_last(log: Log) -> None:
    log.publish(Rows(5), NOW_S)
    log.publish(Rows(6), NOW_S - 86_400)
    assert log.head().signed_s == NOW_S
    log.publish(Rows(7), NOW_S + 1)
    assert log.head().signed_s == NOW_S + 1


def test_an_empty_journal_makes_no_key_and_no_log(log: Log) -> None:
    with pytest.raises(EmptyJournal):
        log.publish(Rows(0))
    assert not log.out.exists()
    assert sorted(path.name for path in log.own.iterdir()) == ["lock"]


# --- the tripwire


def refused(log: Log, rows: Rows, *words: str) -> None:
    """Nothing is signed, nothing is written, and it is told why."""
    before = files_of(log)
    with pytest.raises(NotaryRefused) as told:
        log.publish(rows)
    for each in (*words, "Nothing"):
        assert each in str(told.value)
    assert files_of(log) == before


def files_of(log: Log) -> dict[Path, bytes]:
    return {
        path: path.read_bytes()
        for folder in (log.own, log.out)
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_journal_that_lost_its_tail_is_not_signed(log: Log) -> None:
    log.publish(Rows(700))

    refused(log, Rows(699), "ends at position 699", "signed over 700", "Bring back a journal")
    log.remove()
    refused(log, Rows(650), "signed over 700")


@pytest.mark.parametrize("size", [700, 701, 2_000])
def test_a_tail_that_was_lost_and_grew_anew_is_not_signed(log: Log, size: int) -> None:
    log.publish(Rows(700))

    refused(log, Rows(size, changed=690), "Position 690 of the journal is not what this log")


def test_a_journal_rewritten_long_ago_does_not_reach_another_folder(log: Log) -> None:
    """The files in place would go on, for their tiles are whole; made anew they are held to it."""
    log.publish(Rows(700))
    elsewhere = log.elsewhere()

    refused(elsewhere, Rows(800, changed=3), "first 700 events have another root")
    assert not elsewhere.out.exists()
    log.remove()
    refused(log, Rows(800, changed=3), "first 700 events have another root")


def test_a_running_notary_looks_again_at_each_round(log: Log) -> None:
    with log.notary(Rows(300)) as at_work:
        at_work.publish(NOW_S)
        at_work._journal = Rows(400, changed=299)
        with pytest.raises(NotaryRefused, match="Position 299"):
            at_work.publish(NOW_S)
        at_work._journal = Rows(400)
        assert at_work.publish(NOW_S).size == 400
    assert log.check() == (400, 0)


def test_the_folders_head_counts_where_the_notarys_own_file_is_lost_or_old(log: Log) -> None:
    log.publish(Rows(300))
    old = (log.own / LAST_HEAD).read_bytes()
    log.publish(Rows(700))

    (log.own / LAST_HEAD).write_bytes(old)
    refused(log, Rows(500), "signed over 700")
    (log.own / LAST_HEAD).unlink()
    refused(log, Rows(500), "signed over 700")
    assert log.publish(Rows(701)).size == 701
    assert log.head().head.size == 701


def test_two_heads_of_one_size_with_two_roots_end_it(log: Log) -> None:
    log.publish(Rows(300))
    first = (log.own / LAST_HEAD).read_bytes()
    (log.own / LAST_HEAD).unlink()
    other = log.elsewhere()
    other.publish(Rows(300, changed=40))
    (log.own / LAST_HEAD).write_bytes(first)

    refused(other, Rows(301), "two heads of 300 entries with two roots", "Keep both")


def test_an_older_head_of_another_history_is_seen_in_the_folders_tiles(log: Log) -> None:
    log.publish(Rows(300))
    first = (log.own / LAST_HEAD).read_bytes()
    (log.own / LAST_HEAD).unlink()
    other = log.elsewhere()
    other.publish(Rows(700, changed=40))
    (log.own / LAST_HEAD).write_bytes(first)

    refused(other, Rows(701, changed=40), "first 300 events have another root")


def test_a_spoilt_last_head_is_no_reason_to_go_on(log: Log) -> None:
    log.publish(Rows(300))
    for raw in (b"", b"torn", (log.own / LAST_HEAD).read_bytes()[:-1]):
        (log.own / LAST_HEAD).write_bytes(raw)
        refused(log, Rows(301), f"{LAST_HEAD} cannot be believed", "Put it back")


def test_the_log_of_another_journal_is_not_continued(log: Log, tmp_path: Path) -> None:
    log.publish(Rows(300))
    other = Log(tmp_path / "other")
    other.out = log.out

    with pytest.raises(SignersUnusable, match="is missing, and this log was begun with it"):
        other.publish(Rows(300))


def test_another_salt_key_makes_no_second_tree(log: Log) -> None:
    log.publish(Rows(300))
    log.remove()
    (log.own / SALT_FILE).write_text("A" * 42 + "A\n", "utf-8")

    refused(log, Rows(300), "the salt key is another")


# --- what breaks on the way


@pytest.mark.parametrize(
    "path", ["tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/001.p/44", "tile/0/000", "key"]
)
@pytest.mark.parametrize("is_torn", [False, True])
def test_files_that_a_crash_tore_are_made_anew(log: Log, path: str, is_torn: bool) -> None:
    log.publish(Rows(300))
    whole = log.files()
    file = log.out / path
    file.write_bytes(file.read_bytes()[:-1]) if is_torn else file.unlink()

    log.publish(Rows(300))
    if path == "tile/0/000":  # a full tile is not looked at again by itself: the folder goes
        log.remove()
        log.publish(Rows(300))

    assert log.files() == whole
    assert log.check() == (300, 0)


@pytest.mark.parametrize("nth", [1, 2, 3, 4, 5, 6, 7, 9, 10])
@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
def test_a_disk_that_is_full_stops_it_and_nothing_is_half_there(
    log: Log, monkeypatch: pytest.MonkeyPatch, nth: int, call: str
) -> None:
    log.publish(Rows(300))
    head = log.head()
    with monkeypatch.context() as full:
        calls = fail_at(full, call, nth)
        with pytest.raises(OSError, match="No space") as told:
            log.publish(Rows(900))
    assert calls[0] == nth
    assert told.value.errno == errno.ENOSPC
    assert told.value.filename
    assert not list(log.out.rglob("*.unfinished"))
    assert log.head().head.size in (300, 900)
    assert log.check({300: head.head.root}).entries in (300, 900)

    log.publish(Rows(900))

    assert log.check({300: head.head.root}) == (900, 1)
    at_once = log.elsewhere()
    at_once.publish(Rows(900))
    older = {"tile/1/000.p/1"}  # of the head of 300 entries
    assert {path: raw for path, raw in log.files().items() if path not in older} == at_once.files()


def fail_at(monkeypatch: pytest.MonkeyPatch, call: str, nth: int) -> list[int]:
    """The nth call of that kind finds the disk full; how many there were."""
    calls = [0]
    real = {"write": log_folder.replace_file, "fsync": os.fsync, "replace": Path.replace}[call]

    def failing(*given: object) -> object:
        calls[0] += 1
        if calls[0] == nth:
            path = str(given[0]) if call != "fsync" else None
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
        return real(*given)  # type: ignore[operator]

    if call == "write":
        monkeypatch.setattr(log_folder, "replace_file", failing)
    elif call == "fsync":
        monkeypatch.setattr(os, "fsync", failing)
    else:
        monkeypatch.setattr(Path, "replace", failing)
    return calls


def test_a_head_that_was_signed_and_not_shown_is_shown_at_the_next_start(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.publish(Rows(300))
    real = LogFolder.write

    def dies(self: LogFolder, path: str, raw: bytes) -> None:
        if path == HEAD:
            raise KeyboardInterrupt
        real(self, path, raw)

    monkeypatch.setattr(LogFolder, "write", dies)
    with pytest.raises(KeyboardInterrupt):
        log.publish(Rows(500), NOW_S + 9)
    monkeypatch.undo()
    signed = (log.own / LAST_HEAD).read_bytes()
    assert log.head().head.size == 300

    done = log.publish(Rows(500), NOW_S + 99)

    assert (done.note, done.is_signed) == (signed, False)
    assert log.head().note == signed
    assert log.check() == (500, 0)


def test_two_notaries_do_not_work_at_once(log: Log) -> None:
    with log.notary(Rows(3)) as first:
        first.publish(NOW_S)
        with pytest.raises(SignersUnusable, match="Another notary is at work"):
            log.publish(Rows(4))
    assert log.publish(Rows(4)).size == 4


def test_memory_is_one_bundle_and_the_edge_however_long_the_log(log: Log) -> None:
    with log.notary(Rows(70_000)) as at_work:
        at_work.publish(NOW_S)
        tree = at_work._tree
        assert tree is not None
        assert sum(len(row) for row in tree._rows) == 112 + 17 + 1
        assert len(at_work._bundle) == 112


def test_progress_is_told_up_to_the_end(log: Log) -> None:
    reached: list[tuple[int, int]] = []
    with log.notary(Rows(30_000)) as at_work:
        at_work.publish(NOW_S, lambda at, last: reached.append((at, last)))

    assert reached[-1] == (30_000, 30_000)
    assert [at for at, _ in reached] == sorted(at for at, _ in reached)
    assert len(reached) == 30_000 // notary.PROGRESS_EVERY + 1
