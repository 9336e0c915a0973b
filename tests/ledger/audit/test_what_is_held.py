"""An audit holds a part of the journal at a time, and waits for answers that come late.

Counted is what is held, never time or the bytes of a process.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import ClassVar

import pytest

from ledger.audit.check_result import VerifyReport
from ledger.audit.verify import verify
from ledger.authority.signatures import BATCH_SIGNATURES, CheckedHere, DueSignature, Forged
from ledger.journal.memory import MemoryJournal, MemoryStore
from ledger.journal.protocol import CommandRow, JournalRow
from tests.ledger.audit.scene import SignedFloor, a_week, folding_of

pytestmark = pytest.mark.xdist_group("verify")
READ_AHEAD = 1  # row: the first of the batch behind the one that is being gathered


class Held(bytes):
    """Bytes of a row that count how many of their kind are held, and the most so far."""

    now: ClassVar[int] = 0
    most: ClassVar[int] = 0

    def __new__(cls, raw: bytes) -> "Held":
        cls.now += 1
        cls.most = max(cls.most, cls.now)
        return super().__new__(cls, raw)

    def __del__(self) -> None:
        type(self).now -= 1


class HeldState(Held):
    """Of an event's row."""


class HeldDocument(Held):
    """Of a command's row."""


class Streamed(MemoryJournal):
    """A journal whose rows are made as they are read, as from a database, and counted."""

    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store)
        for kind in (HeldState, HeldDocument):
            kind.now = kind.most = 0

    def read(self, after: int = 0, upto: int | None = None) -> Iterator[JournalRow]:
        for row in super().read(after, upto):
            yield row._replace(state=HeldState(row.state))

    def read_commands(self, after: int = 0) -> Iterator[CommandRow]:
        for row in super().read_commands(after):
            yield row._replace(signed=HeldDocument(row.signed))


class Late:
    """A checker of which no answer is known before the end."""

    def __init__(self) -> None:
        self.batches: list[list[Forged]] = []
        self.sizes: list[int] = []

    def take(self, batch: Sequence[DueSignature]) -> list[Forged]:
        self.sizes.append(len(batch))
        self.batches.append(CheckedHere().take(batch))
        return []

    def rest(self) -> list[Forged]:
        return [each for batch in reversed(self.batches) for each in batch]


def many_commands() -> SignedFloor:
    """A week, and behind it more orders than two batches of signatures hold."""
    floor = a_week()
    for number in range(BATCH_SIGNATURES + 20):
        accepted, *_ = floor.bid(floor.buyers[0], 1, 800 + number % 7)
        order = accepted.order  # type: ignore[attr-defined]
        floor.tell(floor.buyers[0], "order.cancel", order=order)
    return floor


@pytest.fixture(scope="module")
def floor() -> SignedFloor:
    return many_commands()


def detail_of(verdict: VerifyReport, name: str) -> str:
    (found,) = (check["detail"] for check in verdict["checks"] if check["name"] == name)
    return found


def test_no_more_rows_are_held_than_two_batches_whatever_the_length(floor: SignedFloor) -> None:
    """Of events the batch that was judged and the next, which is being gathered."""
    journal = Streamed(floor.journal().store)
    most = max(len(a.rows) + len(b.rows) for a, b in pairwise(floor.batches))
    commands = len(journal.store.commands)

    assert verify(journal, folding_of(floor))["ok"]

    assert commands > 2 * BATCH_SIGNATURES
    assert HeldState.most <= most + READ_AHEAD < len(journal.store.rows)
    # Besides those whose signatures wait: two readers, each with the one at hand and the next.
    assert BATCH_SIGNATURES < HeldDocument.most <= BATCH_SIGNATURES + 4
    assert HeldState.now == 0
    assert HeldDocument.now <= 1, "the document that was asked for last is remembered"


def test_every_signature_is_handed_on_in_batches(floor: SignedFloor) -> None:
    late = Late()
    verdict = verify(floor.journal(), folding_of(floor), checker=late)
    signed = sum(1 for row in floor.journal().store.commands if row.signature)

    assert verdict["ok"]
    assert sum(late.sizes) == signed
    assert late.sizes[:-1] == [BATCH_SIGNATURES] * (signed // BATCH_SIGNATURES)
    assert detail_of(verdict, "signatures").startswith(f"{signed:,} hold")


def test_of_answers_that_come_late_the_earliest_position_is_named(floor: SignedFloor) -> None:
    """And so it is where another breach of the same check came to light before them."""
    journal = floor.journal()
    rows = journal.store.commands
    forged = [n for n, row in enumerate(rows) if row.signature][5 :: BATCH_SIGNATURES - 1]
    for n in forged:
        rows[n] = rows[n]._replace(signature=bytes(64))
    assert rows[-2].op == "order.new"
    rows[-2] = rows[-2]._replace(signature=b"")  # which is told at once

    here = verify(journal, folding_of(floor))
    late = verify(journal, folding_of(floor), checker=Late())

    assert len(forged) > 2
    first = rows[forged[0]]
    assert detail_of(late, "signatures") == detail_of(here, "signatures")
    assert detail_of(late, "signatures") == (
        f"position {first.first_position}: the signature of {first.principal} does not hold"
        f" (and {len(forged):,} more)"
    )
