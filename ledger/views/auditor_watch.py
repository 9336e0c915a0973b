"""Ends auditors' sessions whose statement or transaction goes on for too long.

A role may set its own timeouts, so no setting of theirs is a limit. An open transaction of an
auditor keeps old rows from being cleared and old wake-ups in the queue; no append waits for it.
"""

from collections.abc import Callable
from contextlib import closing
from threading import Event
from typing import Final

import psycopg

from ledger.journal.database_connection import connect, unavailable_because
from ledger.journal.protocol import JournalUnavailable
from ledger.logins.in_the_way import end_overlong_auditors

SETTING: Final = "GPUBOURSE_AUDITOR_SECONDS"
INTERVAL_S: Final = 5.0

Log = Callable[[str], None]


def watch_auditors(dsn: str, most: int, is_over: Event, log: Log) -> None:
    """Look every few seconds until it is over; a database that is away is tried again."""
    interval_s = min(INTERVAL_S, most / 2)
    while not is_over.is_set():
        try:
            with closing(connect(dsn, application="gpubourse watch", role="viewer")) as connection:
                while not is_over.wait(interval_s):
                    for pid, application, age in end_overlong_auditors(connection, most):
                        log(
                            f"watch: ended an auditor's session after {age} s, {most} s are the"
                            f" most ({SETTING}): {application or 'of no name'} (pid {pid})"
                        )
        except psycopg.Error as error:
            log(f"watch: {unavailable_because(error)}; trying again")
        except JournalUnavailable:
            pass  # the views' runner says it
        is_over.wait(interval_s)
