"""A journal that lost its tail: people accept it, and the log goes on under another origin."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.json import encode
from msgspec.structs import replace

from gateway.notary.signed_heads import LostTail, NotaryRefused
from gateway.notary.signers import LAST_HEAD, signers_in
from ledger.base64url import text64
from ledger.events import LogLossAccepted
from ledger.journal.protocol import JournalRow
from ledger.log.log_check import check_log
from ledger.log.older_logs import ACCEPTANCE, common_size, older_logs
from ledger.log.origin import accepted_loss
from ledger.log.receipt import proven, read_receipt
from ledger.log.tree_head import TreeHead, VerifiedHead, verified_head
from ledger.log.verifier import LogVerifiers
from tests.ledger.log.published import NOW_S, VENUE, Log, Rows

CHAIN = "A" * 43


class After(Rows):
    """A journal that was cut behind *kept* events and grew on; some of its events accept losses."""

    def __init__(self, kept: int, size: int, losses: dict[int, TreeHead], salt: int = 5) -> None:
        super().__init__(size)
        self.kept = kept
        self.losses = losses
        self.salt = salt

    def row(self, position: int) -> JournalRow:
        if position in self.losses:
            head = self.losses[position]
            event = LogLossAccepted(
                head.origin, head.size, text64(head.root), 0, position - 2, CHAIN, "a disk"
            )
            state = encode(replace(event, at_ns=NOW_S * 10**9, cause=position - 1))
            return JournalRow(position, f"venue:{VENUE}", position, "log_loss_accepted", state)
        if position <= self.kept:
            return Rows(position).row(position)
        return Rows(position, changed=position).row(position)._replace(version=self.salt)

    def longer(self, size: int) -> "After":
        return After(self.kept, size, self.losses, self.salt)


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path)


def ended(log: Log, size: int = 700) -> TreeHead:
    """A log of so many entries, and its last head."""
    log.publish(Rows(size))
    return log.head().head


def test_a_loss_that_was_accepted_begins_a_log_that_holds_its_acceptance(log: Log) -> None:
    old = ended(log)
    first_key = log.verifiers
    old_files = log.files()
    after = After(650, 660, {655: old})

    done = log.publish(after)

    assert (done.size, done.appended, done.is_signed) == (660, 660, True)
    found = accepted_loss(after.row(655))
    assert found is not None
    assert log.head().head.origin == found.origin
    assert found.origin.startswith(f"{old.origin}/")
    assert log.verifiers == first_key.named(found.origin)
    assert log.check() == (660, 0)
    (older,) = older_logs(log.source)
    kept = verified_head(older.note, first_key)
    assert kept.head == old
    assert check_log(older.source, old, {}).entries == 700
    assert common_size(older.source, 700, log.source, 660) == 650
    receipt = read_receipt(older.source.read(ACCEPTANCE, 100_000))
    entry = proven(receipt, log.verifiers).entry
    assert accepted_loss(entry.row) == found
    assert old_files == {
        path.removeprefix("old/1/"): raw
        for path, raw in log.files().items()
        if path.startswith("old/1/") and not path.endswith(ACCEPTANCE)
    }
    assert (log.own / f"{LAST_HEAD}.1").read_bytes() == older.note

    assert log.publish(after.longer(900)).size == 900
    assert log.check() == (900, 0)


def tree_of(log: Log) -> dict[str, bytes]:
    """All files of both folders."""
    return {
        path.relative_to(folder.parent).as_posix(): path.read_bytes()
        for folder in (log.own, log.out)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def refused(log: Log, rows: Rows, *words: str) -> LostTail:
    """Nothing is signed, and no file is written or moved."""
    before = tree_of(log)
    with pytest.raises(LostTail) as told:
        log.publish(rows)
    for each in (*words, "Nothing is signed", "operator accept-loss"):
        assert each in str(told.value)
    assert tree_of(log) == before
    return told.value


@pytest.mark.parametrize(
    ("size", "kept", "words"),
    [(660, 650, "ends at position 660"), (750, 650, "Position 651 "), (750, 699, "Position 700 ")],
)
def test_what_the_refusal_knows_is_what_people_sign(
    log: Log, size: int, kept: int, words: str
) -> None:
    old = ended(log)

    told = refused(log, After(kept, size, {}), words)

    assert (told.last, told.common_size) == (old, kept)


def test_how_much_is_left_is_not_known_without_the_published_folder(log: Log) -> None:
    old = ended(log)
    log.remove()

    assert refused(log, After(650, 660, {})).common_size == 0
    done = log.publish(After(650, 660, {655: old}))

    assert done.size == 660
    (older,) = older_logs(log.source)
    assert verified_head(older.note, log.verifiers.named(old.origin)).head == old


@pytest.mark.parametrize("field", ["size", "root", "origin"])
def test_an_acceptance_of_another_head_begins_nothing(log: Log, field: str) -> None:
    old = ended(log)
    other = old._replace(
        **{field: {"size": 699, "root": bytes(32), "origin": "gpubourse/x/y"}[field]}
    )

    told = refused(log, After(650, 660, {655: other}))

    assert ("Position 655 accepts the end of another head" in str(told)) == (field != "origin")
    assert log.publish(After(650, 670, {655: other, 665: old})).size == 670
    assert log.check() == (670, 0)


def test_where_nothing_was_lost_the_log_goes_on_and_says_so(log: Log) -> None:
    old = ended(log)

    for size in (710, 720):
        log.publish(After(size, size, {705: old}))

    assert log.head().head.origin == old.origin
    assert log.check() == (720, 0)
    assert not list(older_logs(log.source))
    told = [line for line in log.words if "nothing was lost" in line]
    assert len(told) == 1
    assert "position 705" in told[0]


def test_a_second_loss_is_accepted_as_the_first_one_was(log: Log) -> None:
    first = ended(log)
    log.publish(After(650, 800, {655: first}))
    second = log.head().head
    cut = Cut(After(650, 800, {655: first}), 750, {755: second})

    assert refused(log, Cut(cut.before, 750, {})).common_size == 750
    log.publish(cut)

    assert log.head().head.origin not in (first.origin, second.origin)
    assert log.check() == (760, 0)
    older = list(older_logs(log.source))
    heads = [
        verified_head(each.note, log.verifiers.named(origin)).head
        for each, origin in zip(older, (first.origin, second.origin), strict=True)
    ]
    assert heads == [first, second]
    for each, head, next_head in zip(older, heads, (second, log.head().head), strict=True):
        check_log(each.source, head, {})
        receipt = read_receipt(each.source.read(ACCEPTANCE, 100_000))
        found = accepted_loss(proven(receipt, log.verifiers.named(next_head.origin)).entry.row)
        assert found is not None
        assert (found.head, found.origin) == (head, next_head.origin)


class Cut(Rows):
    """A journal that another one was cut to, and that grew by ten events since."""

    def __init__(self, before: Rows, kept: int, losses: dict[int, TreeHead]) -> None:
        super().__init__(kept + 10)
        self.before = before
        self.kept = kept
        self.grown = After(0, kept + 10, losses, salt=7)

    def row(self, position: int) -> JournalRow:
        return (self.before if position <= self.kept else self.grown).row(position)


def test_an_acceptance_that_was_lost_with_another_tail_is_accepted_anew(log: Log) -> None:
    """The second loss takes the first one's acceptance along: the log that it began has it."""
    first = ended(log)
    log.publish(After(650, 660, {655: first}))
    second = log.head().head
    cut = Cut(After(650, 660, {}), 640, {})

    assert refused(log, cut).last == second
    refused(log, Cut(cut.before, 640, {645: first}))
    log.publish(Cut(cut.before, 640, {645: second}))

    assert log.check() == (650, 0)
    one, two = older_logs(log.source)
    assert common_size(one.source, 700, two.source, 660) == 650
    assert common_size(two.source, 660, log.source, 650) == 640


def test_an_acceptance_that_was_lost_before_it_was_acted_on_counts_no_more(log: Log) -> None:
    ended(log)

    refused(log, Cut(After(650, 660, {}), 645, {}))


def test_a_damaged_older_log_stays_as_it_is_and_its_last_head_too(log: Log) -> None:
    old = ended(log)
    (log.out / "tile/entries/001").unlink()
    (log.out / "tile/0/002.p/188").write_bytes(b"torn")

    log.publish(After(650, 660, {655: old}))

    assert log.check() == (660, 0)
    (older,) = older_logs(log.source)
    assert (log.out / "old/1/tile/0/002.p/188").read_bytes() == b"torn"
    assert verified_head(older.note, log.verifiers.named(old.origin)).head == old


def test_a_head_that_was_signed_and_never_shown_is_shown_with_the_log_that_ended(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.publish(Rows(600))
    with monkeypatch.context() as broken:
        broken.setattr("gateway.notary.notary.Notary._show", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            log.publish(Rows(700))
    keys = log.verifiers
    signed = verified_head((log.own / LAST_HEAD).read_bytes(), keys)
    assert (log.head().head.size, signed.head.size) == (600, 700)

    log.publish(After(650, 660, {655: signed.head}))

    (older,) = older_logs(log.source)
    assert older.note == signed.note
    assert check_log(older.source, signed.head, {}).entries == 700


def test_a_folder_elsewhere_that_still_has_the_older_log_puts_it_aside(log: Log) -> None:
    log.publish(Rows(690))
    elsewhere = log.elsewhere()
    elsewhere.publish(Rows(690))
    behind = elsewhere.head()
    old = ended(log)
    log.publish(After(650, 660, {655: old}))

    elsewhere.publish(After(650, 670, {655: old}))

    assert elsewhere.check() == (670, 0)
    (older,) = older_logs(elsewhere.source)
    assert older.note == behind.note
    assert check_log(older.source, behind.head, {}).entries == 690
    assert log.publish(After(650, 670, {655: old})).note == elsewhere.head().note


def test_without_any_head_no_log_is_begun_over_one_that_ended(log: Log) -> None:
    old = ended(log)
    log.publish(After(650, 660, {655: old}))
    log.remove()
    (log.own / LAST_HEAD).unlink()

    with pytest.raises(NotaryRefused, match="Put back"):
        log.publish(After(650, 660, {655: old}))


def test_the_notarys_own_file_from_before_the_loss_is_behind_the_folder(log: Log) -> None:
    old = ended(log)
    before = (log.own / LAST_HEAD).read_bytes()
    log.publish(After(650, 660, {655: old}))
    (log.own / LAST_HEAD).write_bytes(before)
    (log.own / f"{LAST_HEAD}.1").unlink()

    log.publish(After(650, 670, {655: old}))

    assert log.check() == (670, 0)


# --- whatever breaks between two steps


class Killed(BaseException):
    """The machine stopped here."""


def kill_at(monkeypatch: pytest.MonkeyPatch, nth: int) -> list[int]:
    """Die right before the nth change of a file or a folder; how many there were."""
    calls = [0]

    def dying(real: object) -> object:
        def call(*given: object, **named: object) -> object:
            calls[0] += 1
            if calls[0] == nth:
                raise Killed
            return real(*given, **named)  # type: ignore[operator]

        return call

    for owner, name in ((Path, "replace"), (Path, "mkdir"), (Path, "rmdir"), (os, "fsync")):
        monkeypatch.setattr(owner, name, dying(getattr(owner, name)))
    return calls


def heads_anywhere(log: Log) -> Iterator[VerifiedHead]:
    """Each head that lies in any file, on its way or not."""
    keys = log_keys(log)
    for raw in tree_of(log).values():
        if raw.startswith(b"gpubourse/"):
            text = raw.decode().split("\n")
            if text[1].isdigit():
                yield verified_head(raw, keys.named(text[0]))


def log_keys(log: Log) -> LogVerifiers:
    origin = (log.own / "ed25519.key").read_text().split("+")[2]
    return signers_in(log.own, origin, is_log_there=True).verifiers


def test_it_goes_on_from_any_step_it_dies_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    walked = 0
    for nth in range(1, 200):
        log = Log(tmp_path / str(nth))
        old = ended(log)
        after = After(650, 660, {655: old})
        with monkeypatch.context() as killed:
            calls = kill_at(killed, nth)
            try:
                log.publish(after)
                break
            except Killed:
                walked += 1
        assert calls[0] == nth
        roots = {(each.head.origin, each.head.size): each.head.root for each in heads_anywhere(log)}
        assert len(roots) == len({each.head for each in heads_anywhere(log)})
        assert (old.origin, old.size) in roots

        log.publish(after)

        assert log.check() == (660, 0)
        (older,) = older_logs(log.source)
        assert verified_head(older.note, log.verifiers.named(old.origin)).head == old
        assert check_log(older.source, old, {}).entries == 700
        proven(read_receipt(older.source.read(ACCEPTANCE, 100_000)), log.verifiers)
        assert not list(log.out.rglob("*.unfinished"))
        assert sorted(path.name for path in (log.out / "old").iterdir()) == ["1"]
    assert walked > 30, walked
