"""What falls due: one heap of (instant, kind, subject) in the register, pushed by apply.

A due entry is looked at when its time comes; if what it spoke of has changed since, it is stale and
does nothing. Entries leave the heap when `TimeAdvanced` is applied, so replay keeps the same heap.
"""

from enum import IntEnum
from heapq import heapify, heappop, heappush

from ledger.register import Register


class Due(IntEnum):
    """Kinds in the order in which they run at one instant (EXCHANGE 3.3, then the ledger's own)."""

    PHASE = 1
    EXPIRY = 2
    LISTING = 3
    SETTLEMENT = 10
    LEASE = 11
    GRADE = 12
    PROPOSAL = 13
    PERIOD = 20  # a month's close: after all that still stands in it
    ATTEST = 99  # a day's close: after all that closes it


def push(register: Register, due_ns: int, kind: Due, subject: str) -> None:
    """Remember to look at *subject* when its time comes."""
    heappush(register.timers, (due_ns, int(kind), subject))


def next_due_ns(register: Register) -> int | None:
    """The earliest instant at which something may fall due."""
    return register.timers[0][0] if register.timers else None


def due(register: Register, to_ns: int) -> list[tuple[int, int, str]]:
    """Everything due at or before an instant, in order; reads the heap and leaves it as it is."""
    heap = register.timers
    found: list[tuple[int, int, str]] = []
    waiting = [0]
    while waiting:
        index = waiting.pop()
        if index < len(heap) and heap[index][0] <= to_ns:
            found.append(heap[index])
            waiting += (2 * index + 1, 2 * index + 2)
    return sorted(found)


def forget(register: Register, kind: Due, to_ns: int) -> None:
    """Take away what is due of one kind, as a release did that did not know it."""
    timers = register.timers
    kept = [timer for timer in timers if timer[1] != kind or timer[0] > to_ns]
    if len(kept) < len(timers):
        heapify(kept)
        timers[:] = kept


def drop_due(register: Register, to_ns: int) -> None:
    """Take away what `due` told of: called by apply alone."""
    while register.timers and register.timers[0][0] <= to_ns:
        heappop(register.timers)
