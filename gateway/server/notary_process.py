"""The notary's own process: it follows the journal and publishes its log, head after head.

`python -m gateway.server.notary_process` reads one line of JSON from its standard input (the
database's DSN among it, which no argument may show) and ends when that input ends, or by SIGTERM.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import Final

from gateway.interpreter import Optimised, must_keep_asserts
from gateway.machine_faults import in_words
from gateway.notary.log_extent import LostEntries
from gateway.notary.notary import Notary
from gateway.notary.opened_notary import EmptyJournal, opened_notary
from gateway.notary.signed_heads import LostTail, NotaryRefused
from gateway.notary.signers import SignersUnusable
from gateway.server.child_process import ChildProcess, has_parent_ended
from gpubourse.places import LOG, NOTARY
from ledger.base64url import bytes_of_padded64, padded64, text64
from ledger.journal.postgres import PostgresJournal
from ledger.journal.protocol import JournalUnavailable
from ledger.log.witness_policy import WitnessPolicy, read_policy

HEAD_EVERY_S: Final = 5  # a head covers what was stored this long ago, at the latest
RESTS: Final = "log: no head is signed until people have looked; the venue goes on"
REFUSED: Final = 6  # it would refuse again: people must look


class NotaryProcess(ChildProcess):
    """The parent's end: keeps one child that publishes, and lets it rest where it refused."""

    def __init__(
        self,
        dsn: str,
        data_folder: Path,
        log: Callable[[str], None] = lambda _: None,
        witness_policy: bytes = b"",
    ) -> None:
        """*witness_policy*: a policy file's bytes; none: no witness is asked."""
        policy = padded64(witness_policy)
        terms = json.dumps({"dsn": dsn, "data": str(data_folder), "policy": policy})
        ended = "log: the notary's process ended"
        module = "gateway.server.notary_process"
        super().__init__(module, terms, ended, log, self._refused, self._note_loss)
        self.has_refused = False  # what was signed and the journal do not agree
        self.lost: LostEntries | None = None  # what the log has and the journal does not

    def _refused(self, code: int) -> bool:
        if code == REFUSED and not self.has_refused:
            self._log(RESTS)
        self.has_refused = code == REFUSED
        return self.has_refused

    def _note_loss(self, line: bytes) -> None:
        """The child found that the journal lost something, or that people have accepted it."""
        found = json.loads(line)
        self.lost = LostEntries(**found) if found else None
        if found and not self.has_refused:
            self._log(RESTS)
        self.has_refused = found is not None


def main() -> int:
    """Publish until told to stop. 6: it refused, or its keys cannot be used; 2: no asserts."""
    try:
        must_keep_asserts()
    except Optimised as error:
        _log(f"log: {error}")
        return 2
    over = Event()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's; it tells us by itself
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    terms = json.loads(sys.stdin.readline())
    data = Path(terms["data"])
    journal = PostgresJournal.for_auditor(terms["dsn"])
    try:
        with opened_notary(journal, data / NOTARY, data / LOG, _log, _policy(terms)) as notary:
            _follow(notary, over)
    except (NotaryRefused, SignersUnusable) as error:
        _log(f"log: {error}")
        return REFUSED
    except (JournalUnavailable, EmptyJournal) as error:
        _log(f"log: {error}")
        return 1
    finally:
        journal.close()
    return 0


def _policy(terms: dict[str, str]) -> WitnessPolicy | None:
    raw = bytes_of_padded64(terms["policy"])
    return read_policy(raw) if raw else None


def _follow(notary: Notary, over: Event) -> None:
    """A round now and every HEAD_EVERY_S seconds, and a last one over what the venue ended with.

    Where the journal lost what was signed, it waits until people have accepted that.
    """
    while not over.is_set():
        try:
            _round(notary, f"; tried again in {HEAD_EVERY_S} s")
        except LostTail as lost:
            _log(f"log: {lost}")
            _report(lost)
            if not _is_accepted(notary, lost, over):
                return
            _report(None)
            continue
        if has_parent_ended(HEAD_EVERY_S):
            break
    _round(notary, "; the next start goes on from here")


def _is_accepted(notary: Notary, lost: LostTail, over: Event) -> bool:
    """Whether people accepted the loss; False: the venue ended before they did."""
    while not over.is_set() and not has_parent_ended(HEAD_EVERY_S):
        try:
            if notary.is_accepted(lost):
                return True
        except JournalUnavailable as error:
            _log(f"log: {error}; tried again in {HEAD_EVERY_S} s")
    return False


def _report(lost: LostTail | None) -> None:
    """Let the parent know what people are to accept; None: they have."""
    found = None
    if lost is not None:
        head = lost.last
        found = LostEntries(head.origin, head.size, text64(head.root), lost.common_size)._asdict()
    with suppress(BrokenPipeError):
        os.write(sys.stdout.fileno(), f"{json.dumps(found)}\n".encode())


def _round(notary: Notary, then: str) -> None:
    """Publish once. A database that is away and a disk that is full are said, and waited for."""
    try:
        notary.publish(int(time.time()))
    except JournalUnavailable as error:
        _log(f"log: {error}{then}")
    except OSError as error:
        words = in_words(error) or f"{error.filename}: {error.strerror}"
        _log(f"log: {words.rstrip('.')}{then}")


def _log(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
