"""The commands of one socket while the engine has them: each answered once. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

from gateway.access.session import Session
from gateway.settings import Limits
from gateway.socket.messages import ClientMessage
from ledger.durations import MS_NS


class PendingCommand(NamedTuple):
    """One command, from its message to its answer."""

    message: ClientMessage
    session: Session
    key: str
    received_ns: int


class PendingCommands:
    """By number, the oldest first. What is overdue is still known: its order may stand yet."""

    def __init__(self, limits: Limits) -> None:
        self._wait_ns = limits.answer_wait_ms * MS_NS
        self._waiting: dict[int, PendingCommand] = {}
        self._overdue: dict[int, PendingCommand] = {}  # replied to: the outcome is not known
        self._last = 0

    def add(self, command: PendingCommand) -> int:
        """A number for a command, by which its answer names it."""
        self._last += 1
        self._waiting[self._last] = command
        return self._last

    def take(self, number: int) -> tuple[PendingCommand | None, bool]:
        """The command of a number, once, and whether its sender still waits for the reply."""
        waiting = self._waiting.pop(number, None)
        if waiting is not None:
            return waiting, True
        return self._overdue.pop(number, None), False

    def fall_due(self, now_ns: int) -> Iterator[PendingCommand]:
        """The commands that have waited too long by now, each once."""
        while self.overdue_ns is not None and self.overdue_ns <= now_ns:
            number = next(iter(self._waiting))
            self._overdue[number] = self._waiting.pop(number)
            yield self._overdue[number]

    @property
    def overdue_ns(self) -> int | None:
        """When the oldest that waits will have waited too long."""
        oldest = next(iter(self._waiting.values()), None)
        return None if oldest is None else oldest.received_ns + self._wait_ns
