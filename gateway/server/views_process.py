"""The views' own process: the ledger's rules and the market's, joined, and the runner that follows.

`python -m gateway.server.views_process` reads the database's DSN from the first line of its
standard input (an argument would show a password to everybody on the machine) and ends when that
input ends: so it ends with its parent, however the parent ends. SIGTERM ends it, too.
"""

import gc
import os
import signal
import sys
from collections.abc import Callable
from threading import Event, Thread

from exchange.engine.batch_writer import codec_for
from exchange.postings import ALL as POSTINGS
from exchange.views import market_rows
from gateway.interpreter import Optimised, must_keep_asserts
from gateway.server.child_process import STOP_SECONDS, ChildProcess, has_parent_ended
from ledger.journal.codec import UnknownTopic
from ledger.shapes import whole_number
from ledger.views.auditor_watch import SETTING, watch_auditors
from ledger.views.rows import balance_rows, projections
from ledger.views.rows.projections import ViewRules
from ledger.views.runner import Runner

AUDITOR_SECONDS = 600  # how long an auditor's transaction may go on, unless the setting says
AUDITOR_SECONDS_MOST = 10**9
GC_THRESHOLD = 200_000  # rows are many, young and without cycles: 18k -> 25k events/s


def view_rules() -> ViewRules:
    """Every event of the venue, and what it does to the views."""
    return ViewRules(
        codec=codec_for(""),  # it reads; nothing is filed
        rules={**projections.RULES, **market_rows.RULES},
        tables={**projections.TABLES, **market_rows.TABLES},
        postings=POSTINGS,
        kinds={**balance_rows.KINDS, **market_rows.KINDS},
    )


class ViewsProcess(ChildProcess):
    """The parent's end: keeps one child that keeps the views."""

    def __init__(self, dsn: str, log: Callable[[str], None] = lambda _: None) -> None:
        super().__init__("gateway.server.views_process", dsn, "views: their process ended", log)


def main() -> int:
    """Keep the views until told to stop. 70: a newer release wrote this journal; 2: no asserts."""
    try:
        must_keep_asserts()
    except Optimised as error:
        _log(f"views: {error}")
        return 2
    over = Event()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's; it tells us by itself
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    gc.set_threshold(GC_THRESHOLD)
    dsn = sys.stdin.readline().strip()
    most = auditor_seconds(_log)
    watch = Thread(target=watch_auditors, args=(dsn, most, over, _log), daemon=True)
    watch.start()
    try:
        Runner(dsn, view_rules()).follow(lambda: over.is_set() or has_parent_ended(0), _log)
    except UnknownTopic as error:
        _log(f"views: {error}")
        return 70
    finally:
        over.set()
        watch.join(STOP_SECONDS)
    return 0


def auditor_seconds(log: Callable[[str], None]) -> int:
    """How long an auditor's transaction may go on."""
    text = os.environ.get(SETTING, "")
    if found := whole_number(text, AUDITOR_SECONDS_MOST):
        return found
    if text:
        log(f"{SETTING} is a whole number of seconds from 1, and {text!r} is none")
    return AUDITOR_SECONDS


def _log(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
