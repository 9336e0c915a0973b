"""Orders that end with their socket: cancelled when its grace is over, unless its owner is back."""

import asyncio
from collections.abc import Callable
from typing import Final

from gateway.access.session import Session

ORDERS_PER_CANCEL: Final = 1_000


class CancelOnDisconnect:
    """Who was cut off, with which orders, and when they are cancelled (wall time)."""

    def __init__(self, cancel: Callable[[Session, list[str]], None]) -> None:
        self._cancel = cancel
        self._pending: dict[str, list[tuple[asyncio.TimerHandle, list[str]]]] = {}

    def disconnected(self, session: Session, orders: list[str], grace_ms: int) -> None:
        """Cancel these orders after the grace; 0: at once."""
        if grace_ms == 0:
            self._cancel_each(session, orders)
            return
        loop = asyncio.get_running_loop()
        handle = loop.call_later(grace_ms / 1_000, self._due, session, orders)
        self._pending.setdefault(session.principal, []).append((handle, orders))

    def returned(self, principal: str) -> list[str]:
        """The principal is back in time: nothing is cancelled; its orders are given back."""
        kept: list[str] = []
        for handle, orders in self._pending.pop(principal, []):
            handle.cancel()
            kept += orders
        return kept

    def _due(self, session: Session, orders: list[str]) -> None:
        pending = self._pending.get(session.principal, [])
        self._pending[session.principal] = [each for each in pending if each[1] is not orders]
        if not self._pending[session.principal]:
            del self._pending[session.principal]
        self._cancel_each(session, orders)

    def _cancel_each(self, session: Session, orders: list[str]) -> None:
        """A long day's orders are named in more than one command."""
        for first in range(0, len(orders), ORDERS_PER_CANCEL):
            self._cancel(session, orders[first : first + ORDERS_PER_CANCEL])
