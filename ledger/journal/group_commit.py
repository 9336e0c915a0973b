"""One commit group on the wire: fence, events, commands, chain and wake-up in one query, one fsync.

A simple query of several statements is one transaction, and COPY may stand in it. So a group
costs the server one message to plan and us one wait per COPY and one for the commit. The fence
row is locked FOR SHARE before the first row goes out: a successor's UPDATE of it waits for us,
and if it came first we read its epoch, break the COPY off, and nothing was stored.

A warning is not a commit: when the wait for a synchronous standby is cancelled, PostgreSQL commits
here alone, warns, and says that all went well. So whoever writes counts warnings.
"""

import select
import time
from typing import Never

from psycopg import pq
from psycopg.pq.abc import PGconn, PGresult

from ledger.journal.continuity import OutOfSequence
from ledger.journal.copy_stream import COMMAND_COLUMNS, EVENT_COLUMNS
from ledger.journal.database_connection import ServerWarnings, unavailable
from ledger.journal.protocol import Commit, Deposed, JournalUnavailable

CHANNEL = "stored_events"  # where the stock library's subscriptions listen
APPEND_SECONDS_MOST = 60  # a server that is silent for longer is as good as gone

_LOCK_FENCE = "SELECT epoch FROM public.fence FOR SHARE"
_COPY_EVENTS = f"COPY public.stored_events ({', '.join(EVENT_COLUMNS)}) FROM STDIN (FORMAT binary)"
_COPY_COMMANDS = f"COPY public.commands ({', '.join(COMMAND_COLUMNS)}) FROM STDIN (FORMAT binary)"
_NOTIFY = f"NOTIFY {CHANNEL}"

_INTEGRITY = b"23"  # class 23: a unique key or a check stood in the way


def commit_group(
    wire: PGconn, commit: Commit, events: bytes, commands: bytes | None, warnings: ServerWarnings
) -> None:
    """Store packed `events` and `commands` (None: none) as `commit`; return once durable.

    Raises Deposed if the fence moved, OutOfSequence if a place or key was taken (nothing stored),
    JournalUnavailable for anything else, a warning among it (`warnings` are this wire's), after
    which the outcome is unknown and `wire` is done.
    """
    commit_group = _GroupCommit(wire)
    copies = [_COPY_EVENTS] if commands is None else [_COPY_EVENTS, _COPY_COMMANDS]
    commit_group.send("; ".join((_LOCK_FENCE, *copies, _insert(commit), _NOTIFY)).encode())
    commit_group.must_hold(commit.epoch)
    commit_group.copy(events)
    if commands is not None:
        commit_group.copy(commands)
    commit_group.finish()
    warnings.must_be_none()


def _insert(commit: Commit) -> str:
    """The commit's own row: numbers and hexadecimal digits, so that nothing is to be escaped."""
    last, first, epoch, chain = commit
    return f"INSERT INTO public.commits VALUES ({last}, {first}, {epoch}, '\\x{chain.hex()}')"


class _GroupCommit:
    """The conversation of one group. The interpreter's lock is free during every wait."""

    def __init__(self, wire: PGconn) -> None:
        self._wire = wire
        self._deadline = time.monotonic() + APPEND_SECONDS_MOST
        self._poll = select.poll()

    def send(self, query: bytes) -> None:
        self._wire.send_query(query)
        self._flush()

    def must_hold(self, epoch: int) -> None:
        result = self._expect(pq.ExecStatus.TUPLES_OK)
        found = int(result.get_value(0, 0) or 0) if result.ntuples else 0
        if found != epoch:
            self._expect(pq.ExecStatus.COPY_IN)
            self._wire.put_copy_end(b"the fence was taken by another engine")
            self._flush()
            while self._result() is not None:
                pass
            raise Deposed(f"epoch {epoch} is over: the fence stands at {found}")

    def copy(self, packed: bytes) -> None:
        self._expect(pq.ExecStatus.COPY_IN)
        while self._wire.put_copy_data(packed) == 0:
            self._wait(select.POLLOUT)
        while self._wire.put_copy_end() == 0:
            self._wait(select.POLLOUT)
        self._flush()
        self._expect(pq.ExecStatus.COMMAND_OK)

    def finish(self) -> None:
        """Read the INSERT's answer and the NOTIFY's, which is sent only after the commit."""
        self._expect(pq.ExecStatus.COMMAND_OK)
        self._expect(pq.ExecStatus.COMMAND_OK)
        end = self._result()
        if end is not None:
            self._fail(end)

    def _expect(self, status: int) -> PGresult:
        result = self._result()
        if result is None:
            raise unavailable(None, self._wire.get_error_message())
        if result.status != status:
            self._fail(result)
        return result

    def _fail(self, result: PGresult) -> Never:
        state = result.error_field(pq.DiagnosticField.SQLSTATE)
        message = result.get_error_message()
        if state is None:
            raise unavailable(None, message)
        while self._result() is not None:
            pass
        if state.startswith(_INTEGRITY):
            raise OutOfSequence(message)
        raise unavailable(state.decode(), message)

    def _result(self) -> PGresult | None:
        while self._wire.is_busy():
            self._wait(select.POLLIN)
            self._wire.consume_input()
        return self._wire.get_result()

    def _flush(self) -> None:
        while self._wire.flush():
            self._wait(select.POLLIN | select.POLLOUT)
            self._wire.consume_input()

    def _wait(self, events: int) -> None:
        left = self._deadline - time.monotonic()
        self._poll.register(self._wire.socket, events)
        if left <= 0 or not self._poll.poll(left * 1000):
            raise JournalUnavailable(
                f"the database did not confirm within {APPEND_SECONDS_MOST} s: outcome not known"
            )
