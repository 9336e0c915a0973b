"""A published log is whole, or its first fault is named: each file spoilt in each way."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.base64url import padded64
from ledger.log.entry import bundle_of
from ledger.log.head_succession import must_follow
from ledger.log.log_check import LogFault, NotPublished, check_log, read_entries, read_tile
from ledger.log.merkle import leaf_hash
from ledger.log.tiles import TilePlace
from tests.ledger.log.published import Log, Rows, flipped
from tests.oracles import naive_log

SIZES = (1, 2, 255, 256, 257, 65_536, 70_000)
SIZE = 700
KEPT = (1, 100, 256, 300)


@pytest.fixture
def log(tmp_path: Path) -> Log:
    """A log of 700 entries that was signed at 1, 100, 256 and 300, too."""
    log = Log(tmp_path)
    for size in (*KEPT, SIZE):
        log.publish(Rows(size))
    return log


def roots_of(log: Log, *sizes: int) -> dict[int, bytes]:
    leaves = [leaf_hash(each) for at in range(3) for each in read_entries(log.source, at, SIZE)]
    return {size: naive_log.tree_hash(leaves[:size]) for size in sizes}


@pytest.mark.parametrize("size", SIZES)
def test_ours_and_a_reader_that_is_not_ours_find_a_log_of_any_size_whole(
    size: int, tmp_path: Path
) -> None:
    log = Log(tmp_path)
    log.publish(Rows(size))

    entries = naive_log.verify_log(log.out, log.verifiers.ed25519.text)

    assert log.check() == (size, 0)
    assert [entry["position"] for entry in entries] == list(range(1, size + 1))
    assert proof_holds(log, size)


def proof_holds(log: Log, size: int) -> bool:
    """A receipt's path, by the naive tree."""
    leaves = [
        leaf_hash(each)
        for number in range(-(-size // 256))
        for each in read_entries(log.source, number, size)
    ]
    index = size * 2 // 3
    return list(log.receipt(index + 1).proof) == naive_log.audit_path(index, leaves)


def test_kept_heads_of_a_log_that_grew_are_held_to_it(log: Log) -> None:
    assert log.check(roots_of(log, *KEPT, SIZE)) == (SIZE, 5)
    assert sorted(size for size, _ in log.source.kept_sizes()) == [*KEPT, SIZE]


def test_a_kept_head_with_another_root_is_two_histories(log: Log) -> None:
    for size in (*KEPT, SIZE):
        with pytest.raises(LogFault, match=f"first {size:,} entries .* two histories"):
            log.check({size: bytes(32)})


def test_a_kept_head_that_is_larger_is_a_lost_tail_or_an_older_head(log: Log) -> None:
    with pytest.raises(LogFault, match="a head of 701 entries was signed, and this log has 700"):
        log.check({701: bytes(32)})


# what is done to which file -> how the fault is told
Spoiler = Callable[[Path], object]
PARTS = {
    "tile/entries/001": "position 257|tile/entries/001 is broken",
    "tile/entries/002.p/188": "position 513|002.p/188 is broken",
    "tile/0/001": "position 257 has another hash than tile/0/001 says",
    "tile/0/002.p/188": "position 513 has another hash",
    "tile/1/000.p/2": "tile/1/000.p/2 is not what the entries below it come to",
}


@pytest.mark.parametrize("path", PARTS)
def test_a_turned_bit_in_an_entry_or_a_tile_is_named(log: Log, path: str) -> None:
    file = log.out / path
    for at in (2, 9, len(file.read_bytes()) // 2, len(file.read_bytes()) - 1):
        whole = file.read_bytes()
        file.write_bytes(flipped(whole, at))
        with pytest.raises(LogFault):
            log.check()
        file.write_bytes(whole)
    file.write_bytes(flipped(file.read_bytes(), 9))
    with pytest.raises(LogFault, match=PARTS[path]):
        log.check()


@pytest.mark.parametrize("path", PARTS)
def test_a_file_that_lacks_is_cut_short_or_is_huge_is_named(log: Log, path: str) -> None:
    file = log.out / path
    whole = file.read_bytes()
    file.write_bytes(whole[:-1])
    with pytest.raises(LogFault, match=f"{path} is (cut short|broken)"):
        log.check()
    with file.open("wb") as opened:
        opened.truncate(10 << 30)  # 10 GiB, of which nothing is on the disk
    with pytest.raises(LogFault, match=f"{path} .*is longer than|{path} is broken"):
        log.check()
    file.unlink()
    with pytest.raises(NotPublished):
        log.check()
    file.mkdir()
    with pytest.raises(LogFault, match="cannot be read"):
        log.check()


def test_an_entry_changed_with_its_tiles_still_has_not_the_signed_root(log: Log) -> None:
    """Whoever rewrites a log without its key, whole and in itself right, meets the head."""
    entries = read_entries(log.source, 2, SIZE)
    entries[5] = entries[5].replace(b'"lots":', b'"lots":9')
    (log.out / "tile/entries/002.p/188").write_bytes(bundle_of(entries))
    (log.out / "tile/0/002.p/188").write_bytes(b"".join(map(leaf_hash, entries)))

    with pytest.raises(LogFault, match="700 entries have another root than the signed head"):
        log.check()


def test_entries_that_were_exchanged_are_named(log: Log) -> None:
    entries = read_entries(log.source, 2, SIZE)
    entries[4:6] = entries[5], entries[4]
    (log.out / "tile/entries/002.p/188").write_bytes(bundle_of(entries))

    with pytest.raises(LogFault, match="entry of position 517 says that it is of 518"):
        log.check()


def test_a_tile_that_was_not_full_is_the_beginning_of_the_full_one(log: Log) -> None:
    assert not (log.out / "tile/0/000.p").exists()
    assert (
        read_tile(log.source, TilePlace(0, 0, 100))
        == read_tile(log.source, TilePlace(0, 0, 256))[:3_200]
    )
    assert read_entries(log.source, 0, 100) == read_entries(log.source, 0, 256)[:100]


def test_heads_follow_one_another_by_the_logs_own_tiles(log: Log) -> None:
    newest = log.head().head
    for size, root in roots_of(log, *KEPT, SIZE).items():
        must_follow(log.source, newest._replace(size=size, root=root), newest)
        with pytest.raises(LogFault, match="two histories were signed"):
            must_follow(log.source, newest._replace(size=size, root=bytes(32)), newest)
    with pytest.raises(LogFault, match="an older head stands for the newest"):
        must_follow(log.source, newest._replace(size=701), newest)


def test_a_split_view_signed_with_the_right_keys_is_seen_by_who_kept_a_head(
    log: Log, tmp_path: Path
) -> None:
    """The same keys sign another history; its log is whole, and yet it is not that of the head."""
    kept = log.head().head
    (log.own / "last_head").unlink()
    other = log.elsewhere()
    other.publish(Rows(900, changed=650))

    assert other.check() == (900, 0)
    with pytest.raises(LogFault, match="do not begin with the 700 of the kept head"):
        must_follow(other.source, kept, other.head().head)
    with pytest.raises(LogFault, match="two histories were signed"):
        check_log(other.source, other.head().head, {kept.size: kept.root})
    assert padded64(kept.root) != padded64(other.head().head.root)
