"""A receipt proves one entry to whoever has the log's key alone; a spoilt one proves nothing."""

from pathlib import Path

import pytest

from ledger.base64url import padded64
from ledger.journal.protocol import JournalRow
from ledger.log.entry import entry_of
from ledger.log.receipt import RECEIPT_BYTES_MOST, BadReceipt, Receipt, proven, read_receipt
from ledger.log.verifier import LogVerifiers
from tests.ledger.log.published import Log, Rows, flipped

SIZE = 700


@pytest.fixture
def log(tmp_path: Path) -> Log:
    log = Log(tmp_path)
    log.publish(Rows(SIZE))
    return log


@pytest.mark.parametrize("position", [1, 2, 256, 257, 512, 699, 700])
def test_a_receipt_proves_its_event(log: Log, position: int) -> None:
    raw = log.receipt(position).raw

    found = proven(read_receipt(raw), log.verifiers)

    assert raw.startswith(b"c2sp.org/tlog-proof@v1\nextra ")
    assert found.entry.row == Rows(SIZE).row(position)
    assert found.head == log.head()
    assert read_receipt(raw).raw == raw


def test_any_bit_that_is_turned_in_it_is_noticed(log: Log) -> None:
    raw = log.receipt(257).raw
    noticed = 0
    for at in range(0, len(raw), 5):
        with pytest.raises(BadReceipt):
            proven(read_receipt(flipped(raw, at)), log.verifiers)
        noticed += 1
    assert noticed > 800


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda it: it._replace(leaf_index=it.leaf_index + 1), "not in the tree"),
        (lambda it: it._replace(leaf_index=SIZE), "not in the tree"),
        (lambda it: it._replace(proof=it.proof[:-1]), "not in the tree"),
        (lambda it: it._replace(proof=it.proof[::-1]), "not in the tree"),
        (lambda it: it._replace(proof=(*it.proof, bytes(32))), "not in the tree"),
        (
            lambda it: it._replace(entry=it.entry[:-1]),
            "not in the tree",
        ),
        (lambda it: it._replace(note=b"no head\n"), "head cannot be believed"),
    ],
)
def test_a_changed_receipt_says_what_fails(log: Log, change: object, words: str) -> None:
    assert callable(change)
    changed: Receipt = change(log.receipt(300))

    with pytest.raises(BadReceipt, match=words):
        proven(changed, log.verifiers)


def test_another_logs_key_proves_nothing(log: Log, tmp_path: Path) -> None:
    other = Log(tmp_path / "other")
    other.publish(Rows(3))
    receipt = log.receipt(5)

    with pytest.raises(BadReceipt, match="not signed by the log's Ed25519 key"):
        proven(receipt, other.verifiers)
    mixed = LogVerifiers(log.verifiers.ed25519, other.verifiers.ml_dsa_44)
    with pytest.raises(BadReceipt, match="not signed by the log's ML-DSA-44 key"):
        proven(receipt, mixed)


def test_an_entry_at_another_place_than_it_says_is_refused(tmp_path: Path) -> None:
    class Misplaced(Rows):
        def row(self, position: int) -> JournalRow:
            return super().row(5 if position == 4 else position)

    log = Log(tmp_path)
    log.publish(Misplaced(9))

    with pytest.raises(BadReceipt, match="another position than the log has it at"):
        proven(log.receipt(4), log.verifiers)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"tlog-proof@v1", b"tlog-proof@v2"),
        (b"extra ", b"extra"),
        (b"\nindex 299", b"\nindex 0299"),
        (b"\nindex 299", b"\nindex -299"),
        (b"\nindex 299", b""),
        (b"\n\ngpubourse", b"\ngpubourse"),
        (b"=\n\ngpubourse", b"\n\ngpubourse"),
    ],
)
def test_another_form_is_no_receipt(log: Log, old: bytes, new: bytes) -> None:
    raw = log.receipt(300).raw
    assert raw.count(old) == 1

    with pytest.raises(BadReceipt):
        proven(read_receipt(raw.replace(old, new)), log.verifiers)


def test_a_receipt_without_its_entry_or_far_too_long_is_refused(log: Log) -> None:
    receipt = log.receipt(300)
    extra = f"extra {padded64(receipt.entry)}\n".encode()

    with pytest.raises(BadReceipt, match="does not hold the entry"):
        read_receipt(receipt.raw.replace(extra, b""))
    with pytest.raises(BadReceipt, match="longer than"):
        read_receipt(receipt.raw + b"x" * RECEIPT_BYTES_MOST)
    with pytest.raises(BadReceipt, match="no receipt"):
        read_receipt(b"")
    assert entry_of(Rows(SIZE).row(300), proven(receipt, log.verifiers).entry.salt) == receipt.entry
