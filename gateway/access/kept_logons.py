"""The evidence of a log-on on which commands may ride without a signature of their own."""

from collections.abc import Awaitable, Callable

from gateway.access.session import Session
from ledger.journal.protocol import JournalUnavailable


async def keep_logon(session: Session, keep: Callable[[bytes], Awaitable[object]]) -> None:
    """Keep it, if anything may ride on it.

    While the database is away a key that signs every command may log on all the same, for what
    needs no database; what it sends unsigned, a cancel, is refused until it logs on anew. Raises
    JournalUnavailable for a key that signs its session alone.
    """
    if not session.is_to_be_kept:
        return
    try:
        await keep(session.evidence)
    except JournalUnavailable:
        if session.signing == "session":
            raise
        session.is_unkept = True
