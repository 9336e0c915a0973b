"""A journal that lost its tail: people accept it, and the log goes on under another origin."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.notary import log_folder
from gateway.notary.log_folder import LogFolder
from gateway.notary.notary import LostTail, NotaryRefused
from gateway.notary.signers import LAST_HEAD
from ledger.base64url import text64
from ledger.journal.protocol import JournalRow
from ledger.log.log_check import check_log
from ledger.log.older_logs import ACCEPTANCE, common_size, older_logs
from ledger.log.origin import accepted_loss, named_for
from ledger.log.receipt import proven, read_receipt
from ledger.log.tree_head import TreeHead, VerifiedHead, verified_head
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
            state = (
                '{"origin":"%s","size":%d,"root_sha256":"%s","common_size":0,"journal_position":%d,'
                '"journal_chain":"%s","reason":"a disk","at_ns":1796090400000000002,"cause":%d}'
                % (head.origin, head.size, text64(head.root), position - 2, CHAIN, position - 1)
            ).encode()
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
    assert log.verifiers == named_for(first_key, found.origin)
    assert log.check() == (660, 0)
    (older,) = older_logs(log.source)
    kept = verified_head(older.note, first_key)
    assert kept.head == old
    assert check_log(older.source, old, {}).entries == 700
    assert common_size(older.source, 700, log.source, 660) == 650
    receipt = read_receipt(older.source.read(ACCEPTANCE, 100_000))
    entry = proven(receipt, log.verifiers).entry
    assert accepted_loss(entry.row) == found
    assert {path: raw for path, raw in old_files.items()} == {
        path.removeprefix("old/1/"): raw
        for path, raw in log.files().items()
        if path.startswith("old/1/") and not path.endswith(ACCEPTANCE)
    }
    assert (log.own / f"{LAST_HEAD}.1").read_bytes() == older.note

    assert log.publish(after.longer(900)).size == 900
    assert log.check() == (900, 0)
