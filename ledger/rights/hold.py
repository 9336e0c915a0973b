"""Holds of their own: bars that a person or a conflict lays on a thing, until they are lifted."""

from collections.abc import Iterable
from functools import reduce

from ledger.events import HoldPlaced, HoldReleased
from ledger.ids import HoldId, advance_counter
from ledger.moment import Moment
from ledger.records import Thing
from ledger.refusals import Reason, Refused, Sentence, sentence_of
from ledger.register import Register
from ledger.things.thing import thing_of

# kind of hold -> how it ends (DOMAIN 2)
_ENDS = {"identity": sentence_of("an inspector has to look at every card of it and give a report")}
_ENDS_ELSE = sentence_of("who placed it has to lift it")


def what_lifts(kinds: Iterable[str]) -> str:
    """How holds of these kinds end, in words; "" of no kind."""
    ends = list(dict.fromkeys(_ENDS.get(kind, _ENDS_ELSE) for kind in kinds))
    return reduce(_and, ends) if ends else ""


def _and(one: Sentence, other: Sentence) -> Sentence:
    return sentence_of("{one} and {other}", one=one, other=other)


def must_be_unheld(thing: Thing) -> None:
    """Refuse `on_hold` a thing that any hold of its own bars."""
    for hold, kind in thing.holds.items():
        raise Refused(
            Reason.on_hold,
            sentence_of(
                "{thing} is on hold {hold} ({kind}): {what_lifts} first.",
                thing=thing.thing,
                hold=hold,
                kind=kind,
                what_lifts=what_lifts([kind]),
            ),
        )


def apply_hold_placed(register: Register, event: HoldPlaced, moment: Moment) -> None:
    advance_counter(register.counters, event.hold)
    holds = _holds_on(register, event)
    if holds is not None:
        holds[event.hold] = event.kind


def apply_hold_released(register: Register, event: HoldReleased, moment: Moment) -> None:
    holds = _holds_on(register, event)
    if holds is not None:
        del holds[event.hold]


def _holds_on(register: Register, event: HoldPlaced | HoldReleased) -> dict[HoldId, str] | None:
    """The holds of what is barred; a unit that has no market yet keeps them until it has one."""
    unit = register.units.get(event.unit)
    thing = register.things.get(event.thing)
    if thing is None and unit is not None:
        thing = thing_of(register, unit)
    if thing is not None:
        return thing.holds
    return unit.holds if unit is not None else None
