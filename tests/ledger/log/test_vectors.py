"""The pinned vectors of docs/FORMATS.md 11: a head, and a receipt that bears both signatures."""

import json
from pathlib import Path

from ledger.journal.protocol import JournalRow
from ledger.log.entry import entry_of, read_entry
from ledger.log.origin import TOPIC, accepted_loss
from ledger.log.receipt import proven, read_receipt
from ledger.log.tree_head import verified_head
from ledger.log.verifier import read_verifiers
from tests.house.sources import ROOT

FOLDER = Path(ROOT) / "docs/vectors"
LOG = json.loads((FOLDER / "log.json").read_text("utf-8"))
LOSS = json.loads((FOLDER / "log_loss.json").read_text("utf-8"))
FIRST = read_verifiers(LOG["key"].encode())
STORED = json.loads((FOLDER / "journal.json").read_text("utf-8"))["stored_events"]


def test_the_pinned_head_is_signed_over_all_of_it() -> None:
    found = verified_head(LOG["head"].encode(), read_verifiers(LOG["key"].encode()))

    assert found.head.size == len(LOG["entries"])
    assert found.head.root.hex() == LOG["roots"][str(found.head.size)]


def test_the_pinned_entries_say_the_stored_rows() -> None:
    for entry, (position, stream, version, topic, state) in zip(
        LOG["entries"], STORED, strict=False
    ):
        row = JournalRow(position, stream, version, topic, state.encode())
        found = read_entry(entry.encode())
        assert found.row == row
        assert entry_of(row, found.salt).decode() == entry


def test_the_pinned_receipt_is_proven_by_both_keys() -> None:
    verifiers = read_verifiers((FOLDER / "log_key.txt").read_bytes())
    receipt = read_receipt((FOLDER / "log_200.tlog-proof").read_bytes())

    found = proven(receipt, verifiers)

    assert verifiers.ml_dsa_44 is not None
    assert receipt.entry.decode() == LOG["entries"][199]
    assert found.entry.row.position == 200
    assert (found.head.signed_s, found.head.unchecked) == (1_796_090_400, ())
    assert found.head.head.root.hex() == LOG["roots"][str(len(LOG["entries"]))]


def test_the_pinned_acceptance_names_the_head_and_makes_the_next_logs_name_and_key() -> None:
    pinned, head = LOSS, verified_head(LOG["head"].encode(), FIRST)

    loss = accepted_loss(JournalRow(5, "venue:cn-1", 1, TOPIC, pinned["event"].encode()))

    assert loss is not None
    assert (loss.head, loss.origin) == (head.head, pinned["origin"])
    assert loss.origin.startswith(f"{head.head.origin}/")
    assert FIRST.named(loss.origin).text == pinned["key"] + "\n"
    assert read_verifiers(pinned["key"].encode()).named(head.head.origin) == FIRST
