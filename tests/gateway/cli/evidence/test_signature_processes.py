"""Signatures on other cores: the same answers, each by its position, whatever becomes of a process.

What is counted is work and what waits, never time.
"""

from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.cli.evidence import signature_processes
from gateway.cli.evidence.signature_processes import (
    BATCHES_EACH,
    WORTH_A_PROCESS,
    SignatureProcesses,
    signature_checker,
)
from ledger.audit.verify import verify
from ledger.authority import signatures
from ledger.authority.signatures import CheckedHere, DueSignature, Forged
from ledger.journal.memory import MemoryJournal
from tests.ledger.audit.scene import a_week, folding_of
from tests.signing_keys import private_key

BATCH = 8
NAMES = ("k-0001", "k-0002", "k-0003")


def due(position: int, *, is_forged: bool = False) -> DueSignature:
    """A signature of one of three keys; a forged one is over other bytes."""
    name = NAMES[position % len(NAMES)]
    key, signed = private_key(name), b"position %d" % position
    signature = key.sign(b"another" if is_forged else signed)
    return DueSignature(position, name, key.public_key().public_bytes_raw(), signature, signed)


def batches(count: int, forged: set[int]) -> list[list[DueSignature]]:
    """Batches of signatures at positions from 1 on."""
    return [
        [due(at, is_forged=at in forged) for at in range(first, first + BATCH)]
        for first in range(1, count * BATCH, BATCH)
    ]


@pytest.fixture
def processes() -> Iterator[SignatureProcesses]:
    found = SignatureProcesses(1)
    yield found
    found.close()


def forged_of(processes: SignatureProcesses, given: list[list[DueSignature]]) -> list[Forged]:
    found = [each for batch in given for each in processes.take(batch)]
    return [*found, *processes.rest()]


def test_each_that_does_not_hold_is_told_once_by_its_position(
    processes: SignatureProcesses,
) -> None:
    """In the first batch, in the last, at the edges of one, and two beside each other."""
    forged = {1, 8, 9, 77, 78, 160}

    found = forged_of(processes, batches(20, forged))

    assert sorted(found) == [Forged(at, NAMES[at % len(NAMES)]) for at in sorted(forged)]


def test_what_waits_for_a_process_is_bounded_and_the_rest_is_verified_here(
    processes: SignatureProcesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    here: list[int] = []
    take = CheckedHere.take

    def noted(self: CheckedHere, batch: list[DueSignature]) -> list[Forged]:
        here.append(batch[0].position)
        return take(self, batch)

    monkeypatch.setattr(CheckedHere, "take", noted)
    monkeypatch.setattr(processes, "_answered", list)  # nothing is answered yet
    most = 0
    for batch in batches(3 * BATCHES_EACH, set()):
        processes.take(batch)
        most = max(most, processes.away)

    assert most == BATCHES_EACH
    assert len(here) == 2 * BATCHES_EACH
    assert processes.rest() == []
    assert processes.away == 0


def test_a_process_that_ended_leaves_no_signature_unverified(
    processes: SignatureProcesses,
) -> None:
    (process,) = processes._processes
    process.child.kill()
    process.child.wait()

    found = forged_of(processes, batches(4, {3, 30}))

    assert sorted(found) == [Forged(3, "k-0001"), Forged(30, "k-0001")]


def test_a_process_ends_with_the_audit() -> None:
    processes = SignatureProcesses(2)
    children = [each.child for each in processes._processes]
    assert forged_of(processes, batches(6, {5})) == [Forged(5, "k-0003")]

    processes.close()

    assert [child.returncode for child in children] == [0, 0]


def test_the_verdict_on_a_journal_is_the_same_whoever_verifies(
    processes: SignatureProcesses,
) -> None:
    floor = a_week()
    journal, folding = floor.journal(), folding_of(floor)
    assert verify(journal, folding, checker=processes) == verify(journal, folding)
    rows = journal.store.commands
    last = max(n for n, row in enumerate(rows) if row.signature)
    rows[last] = rows[last]._replace(signature=bytes(64))

    verdict = verify(journal, folding, checker=processes)

    assert verdict == verify(journal, folding)
    assert not verdict["ok"]


def test_each_key_is_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[bytes] = []

    class Counted:
        @staticmethod
        def from_public_bytes(raw: bytes) -> Ed25519PublicKey:
            loaded.append(raw)
            return Ed25519PublicKey.from_public_bytes(raw)

    monkeypatch.setattr(signatures, "Ed25519PublicKey", Counted)
    here = CheckedHere()

    for batch in batches(5, {7}):
        here.take(batch)

    assert len(loaded) == len(set(loaded)) == len(NAMES)


class ManyCommands(MemoryJournal):
    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count

    def count_commands(self, upto: int) -> int:
        return self._count


@pytest.mark.parametrize(
    ("cores", "commands", "others"),
    [(1, WORTH_A_PROCESS, 0), (2, WORTH_A_PROCESS - 1, 0), (2, WORTH_A_PROCESS, 1)],
)
def test_a_process_is_started_for_each_core_but_ours_where_it_is_worth_it(
    cores: int, commands: int, others: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signature_processes, "usable_cores", lambda: cores)

    with signature_checker(ManyCommands(commands)) as checker:
        found = len(checker._processes) if isinstance(checker, SignatureProcesses) else 0

    assert found == others
