"""Holds of their own: bars that a person or a conflict lays on a thing, until they are lifted."""

from ledger.events import HoldPlaced, HoldReleased
from ledger.ids import seen
from ledger.records import Thing
from ledger.refusals import Reason, Refused
from ledger.register import Register


def must_be_unheld(thing: Thing) -> None:
    """Refuse `on_hold` a thing that any hold of its own bars."""
    for hold, kind in thing.holds.items():
        raise Refused(
            Reason.on_hold,
            f"{thing.thing} is on hold {hold} ({kind}): nothing may be done with it until the hold "
            "is lifted.",
            hold=hold,
        )


def apply_hold_placed(register: Register, event: HoldPlaced) -> None:
    """A unit without a market has nothing to bar; the event alone remembers it."""
    seen(register.counters, event.hold)
    thing = register.things.get(event.node or event.unit)
    if thing is not None:
        thing.holds[event.hold] = event.kind


def apply_hold_released(register: Register, event: HoldReleased) -> None:
    thing = register.things.get(event.node or event.unit)
    if thing is not None:
        del thing.holds[event.hold]
