"""A notary as it is opened: one for each folder of keys, with its log's keys, or new ones."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gateway.notary.accepted_losses import StoredRows
from gateway.notary.log_folder import LogFolder
from gateway.notary.notary import Log, Notary
from gateway.notary.signers import (
    LAST_HEAD,
    NO_ML_DSA,
    LogSigners,
    must_name_log,
    one_notary,
    signers_in,
)
from gateway.notary.witnesses import Witnesses
from ledger.log.note import BadNote, read_note
from ledger.log.origin import origin_of_first
from ledger.log.tiles import HEAD
from ledger.log.tree_head import read_head_text
from ledger.log.verifier import LogVerifiers
from ledger.log.witness_policy import WitnessPolicy


class EmptyJournal(Exception):
    """There is no event to publish yet."""


@contextmanager
def opened_notary(
    journal: StoredRows, own: Path, out: Path, log: Log, policy: WitnessPolicy | None = None
) -> Iterator[Notary]:
    """The one notary of a journal that is not empty: *own* is its own folder, *out* the log's.

    *policy* says whose cosignatures are asked for.

    Raises SignersUnusable, EmptyJournal, JournalUnavailable, OSError.
    """
    with one_notary(own):
        signers = _signers(journal, own, out)
        if signers.ml_dsa_44 is None:
            log(f"log: {NO_ML_DSA}")
        witnesses = Witnesses(policy, log) if policy is not None else None
        must_name_log(policy, _verifiers_of_newest(signers, own, out))
        yield Notary(journal, signers, own, LogFolder(out), log, witnesses)


def _verifiers_of_newest(signers: LogSigners, own: Path, out: Path) -> LogVerifiers:
    """The keys under the name of the log that goes on, as far as its last head says it."""
    for path in (own / LAST_HEAD, out / HEAD):
        with suppress(BadNote, OSError):
            origin = read_head_text(read_note(path.read_bytes()).text).origin
            return signers.verifiers.named(origin)
    return signers.verifiers


def salt_source_of(journal: StoredRows, own: Path, out: Path) -> bytes:
    """The salt key of a journal's log, made with its other keys where no log was begun yet.

    Raises SignersUnusable (another notary is at work, too), EmptyJournal, JournalUnavailable.
    """
    with one_notary(own):
        return _signers(journal, own, out).salt_source


def _signers(journal: StoredRows, own: Path, out: Path) -> LogSigners:
    origin = origin_of(journal)
    if not origin:
        raise EmptyJournal("The journal is empty: there is nothing to publish yet.")
    is_log_there = (out / HEAD).exists() or (out / "tile").exists()
    return signers_in(own, origin, is_log_there=is_log_there)


def origin_of(journal: StoredRows) -> str:
    """The name of a journal's log; "" for an empty journal."""
    first = next(iter(journal.read(0, 1)), None)
    return origin_of_first(first) if first is not None else ""
