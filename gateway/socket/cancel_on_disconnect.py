"""Orders that end with their line: cancelled when its grace is over, unless its owner is back.

Which orders those are is on record (`OrderAccepted.line`): no list of them is kept here.
"""

import asyncio
from collections.abc import Callable

from gateway.access.session import Session
from ledger.ids import PartyId


class CancelOnDisconnect:
    """Who was cut off, with which lines, and when their orders are cancelled (wall time)."""

    def __init__(self, end_lines: Callable[[PartyId, list[str]], None]) -> None:
        self._end_lines = end_lines
        self._pending: dict[str, list[tuple[asyncio.TimerHandle, list[str]]]] = {}

    def disconnected(self, session: Session, lines: list[str], grace_ms: int) -> None:
        """End these lines after the grace; 0: at once."""
        if grace_ms == 0:
            self._end_lines(session.party, lines)
            return
        loop = asyncio.get_running_loop()
        handle = loop.call_later(grace_ms / 1_000, self._due, session, lines)
        self._pending.setdefault(session.principal, []).append((handle, lines))

    def returned(self, principal: str) -> list[str]:
        """The principal is back in time: nothing is cancelled; its lines are given back."""
        kept: list[str] = []
        for handle, lines in self._pending.pop(principal, []):
            handle.cancel()
            kept += lines
        return kept

    def _due(self, session: Session, lines: list[str]) -> None:
        pending = self._pending.get(session.principal, [])
        self._pending[session.principal] = [each for each in pending if each[1] is not lines]
        if not self._pending[session.principal]:
            del self._pending[session.principal]
        self._end_lines(session.party, lines)
