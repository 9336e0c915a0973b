"""The capacity schedule of a thing: who may use it when, so that no hour is sold twice (DOMAIN 2).

A window is a span `[from, to)` that is not free: held by a resting ask, or leased. Windows of one
thing are disjoint and stand in the order of time. Most things have none, and answer at once.
"""

from bisect import insort_right

from ledger.ids import NO_ID, LeaseId, OrderId
from ledger.records import Thing, Window


def is_free(thing: Thing, from_ns: int, to_ns: int) -> bool:
    """Whether nobody holds or leases it at any instant of the span."""
    for window in thing.windows:  # noqa: SIM110 (hot: a generator costs twice as much)
        if window.from_ns < to_ns and from_ns < window.to_ns:
            return False
    return True


def is_offered(thing: Thing, from_ns: int, to_ns: int) -> bool:
    """Whether a resting ask holds it at some instant of the span."""
    return any(
        window.order and window.from_ns < to_ns and from_ns < window.to_ns
        for window in thing.windows
    )


def leased_beyond(thing: Thing, at_ns: int) -> bool:
    """Whether a lease on it runs, or will begin, after an instant."""
    return any(window.lease and window.to_ns > at_ns for window in thing.windows)


def leases_beyond(thing: Thing, at_ns: int) -> list[LeaseId]:
    """Those leases, in the order of time."""
    return [window.lease for window in thing.windows if window.lease and window.to_ns > at_ns]


def hold_title(thing: Thing, order: OrderId) -> None:
    """A resting title ask takes the whole thing."""
    assert not thing.order, f"{thing.thing} is already on offer"
    thing.order = order


def hold_window(thing: Thing, order: OrderId, from_ns: int, to_ns: int) -> None:
    """A resting lease ask takes one window of it."""
    assert is_free(thing, from_ns, to_ns), f"{thing.thing} is not free"
    _add(thing, Window(from_ns, to_ns, order, NO_ID))


def free_order(thing: Thing, order: OrderId) -> None:
    """What an ask held and did not sell is free again, for title and for use."""
    if thing.order == order:
        thing.order = NO_ID
    if thing.windows:
        thing.windows = [window for window in thing.windows if window.order != order]


def lease_window(thing: Thing, lease: LeaseId, from_ns: int, to_ns: int) -> None:
    """A lease takes the span: out of the window that its ask held, or out of free time."""
    for window in [each for each in thing.windows if each.from_ns < to_ns and from_ns < each.to_ns]:
        assert not window.lease, f"{thing.thing} is leased twice"
        thing.windows.remove(window)
        if window.from_ns < from_ns:
            _add(thing, Window(window.from_ns, from_ns, window.order, NO_ID))
        if to_ns < window.to_ns:
            _add(thing, Window(to_ns, window.to_ns, window.order, NO_ID))
    _add(thing, Window(from_ns, to_ns, NO_ID, lease))


def end_lease(thing: Thing, lease: LeaseId) -> None:
    """A lease that has ended leaves the schedule; what it used is history, told by the journal."""
    thing.windows = [window for window in thing.windows if window.lease != lease]


def _add(thing: Thing, window: Window) -> None:
    assert window.from_ns < window.to_ns, "a window has a length"
    insort_right(thing.windows, window, key=lambda each: each.from_ns)
