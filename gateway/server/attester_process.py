"""The attester's own process: it hands the root of each day's close to the engine, as it finds it.

`python -m gateway.server.attester_process` reads one line of JSON from its standard input, writes
each root that the journal does not bear yet as a line of JSON, again every ROUND_S seconds until it
stands there, and ends when that input ends, or by SIGTERM.
"""

import asyncio
import gc
import json
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import Final

from exchange.engine.batch_writer import Request
from exchange.engine.engine import Engine
from exchange.engine.group_decider import Answer
from gateway.interpreter import Optimised, must_keep_asserts
from gateway.machine_faults import in_words
from gateway.notary.state_salt import NoSalt, SaltUnusable, make_state_salt, read_state_salt
from gateway.server.child_process import ChildProcess, has_parent_ended
from gateway.server.day_attester import DayAttester
from gateway.server.views_process import GC_THRESHOLD
from gpubourse.places import STATE_SALT
from ledger.audit.audit_fold import BROKEN
from ledger.caller import Caller
from ledger.journal.codec import UnknownTopic
from ledger.journal.postgres import PostgresJournal
from ledger.journal.protocol import Journal, JournalUnavailable
from ledger.state_map.attested_days import attested_days
from ledger.state_map.salted_map import FORM

ROUND_S: Final = 5
NICE: Final = 10  # whoever trades goes first
RESTS: Final = 6  # it would end the same way again: people must look


class AttesterProcess(ChildProcess):
    """The parent's end: each root that the child finds is handed to the engine."""

    def __init__(
        self,
        dsn: str,
        data_folder: Path,
        engine: Engine,
        log: Callable[[str], None] = lambda _: None,
    ) -> None:
        terms = json.dumps({"dsn": dsn, "data": str(data_folder)})
        ended = "state: the attester's process ended"
        module = "gateway.server.attester_process"
        super().__init__(module, terms, ended, log, lambda code: code == RESTS, self._hand_over)
        self._engine = engine

    def _hand_over(self, line: bytes) -> None:
        """What is refused, or not taken in now, is handed over again if the journal lacks it."""
        request = Request("state.attest", json.loads(line), Caller())
        self._engine.submit(request).add_done_callback(_pass_over)


def _pass_over(future: "asyncio.Future[Answer]") -> None:
    if not future.cancelled():
        future.exception()


def main() -> int:
    """Follow until told to stop. 6: the salt key or the journal cannot be used; 2: no asserts."""
    try:
        must_keep_asserts()
    except Optimised as error:
        _log(f"state: {error}")
        return 2
    over = Event()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's; it tells us by itself
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    os.nice(NICE)
    gc.set_threshold(GC_THRESHOLD)
    terms = json.loads(sys.stdin.readline())
    journal = PostgresJournal.for_auditor(terms["dsn"])
    try:
        _follow(journal, _salt_secret(journal, Path(terms["data"]) / STATE_SALT), over)
    except SaltUnusable as error:
        _log(f"state: {error}")
        return RESTS
    except JournalUnavailable as error:
        _log(f"state: {error}")
        return 1
    except OSError as error:
        _log(f"state: {in_words(error) or error}")
        return 1
    except (UnknownTopic, *BROKEN) as error:
        words = f"{type(error).__name__}: {error}"
        _log(f"state: the journal does not fold ({words}): no root is attested until people looked")
        return RESTS
    finally:
        journal.close()
    return 0


def _salt_secret(journal: Journal, path: Path) -> bytes:
    """The salt key; a new one where no root stands. Raises SaltUnusable, JournalUnavailable."""
    try:
        return read_state_salt(path)
    except NoSalt as error:
        if count := len(attested_days(journal).roots):
            raise NoSalt(
                f"{error}, and roots stand in this journal that were made with it ({count:,}). No "
                "other is made in its place: put it back and start again. Until then the venue "
                "serves, and no root is attested"
            ) from None
    except SaltUnusable as error:
        raise SaltUnusable(
            f"{error}: put it right (one line of 43 characters, chmod 600) and start again. Until "
            "then the venue serves, and no root is attested"
        ) from None
    secret = make_state_salt(path)
    _log(
        f"state: {path} was made, the salt key of the state's roots: copy it apart from the "
        "database"
    )
    return secret


def _follow(journal: Journal, salt_secret: bytes, over: Event) -> None:
    """A round now and every ROUND_S seconds. A database that is away is said, and waited for."""

    def is_over() -> bool:
        return over.is_set() or has_parent_ended(0)

    attester = DayAttester(journal, salt_secret, _log)
    while not is_over():
        try:
            attester.follow(is_over)
        except JournalUnavailable as error:
            _log(f"state: {error}; tried again in {ROUND_S} s")
        for close, root in attester.roots.items():
            args = {"form": FORM, "upto_position": close, "root": root}
            with suppress(BrokenPipeError):
                os.write(sys.stdout.fileno(), f"{json.dumps(args)}\n".encode())
        if has_parent_ended(ROUND_S):
            return


def _log(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
