"""What falls due in the ledger, and what a silence of the venue does to deadlines (DOMAIN 5).

Deadlines that a person must meet at the venue (delivery, inspection, cure, proposals) move by the
length of a silence; what the world's clock does (hours of a lease, validity of a grade) does not.
"""

from collections.abc import Callable
from typing import Any

from ledger.cash.period_close import period_due
from ledger.durations import HOUR_NS
from ledger.events import Event, ProposalLapsed, UnitGraded, VenueResumed
from ledger.ids import ProposalId, UnitId
from ledger.moment import Moment
from ledger.register import Register
from ledger.rights.lease import lease_due
from ledger.settlement.delivery_versus_payment import await_deadline, settlement_due
from ledger.timers import Due, push

# A quiet engine journals `TimeAdvanced` every 5 minutes: longer than this it was down.
SILENCE_NS = HOUR_NS // 4


def fire(register: Register, kind: Due, subject: str, due_ns: int, moment: Moment) -> list[Event]:
    """The facts that one due entry brings; none if what it spoke of has changed since."""
    return _FIRE[kind](register, subject, due_ns, moment)


def grade_due(register: Register, unit: UnitId, due_ns: int, moment: Moment) -> list[Event]:
    """A report is too old: the unit's health is unknown until a fresh one comes."""
    found = register.units.get(unit)
    if found is None or found.grade == "U" or found.grade_valid_to_ns != due_ns:
        return []
    return [UnitGraded(unit=unit, grade="U", reasons=["expired"], valid_to_ns=0)]


def proposal_due(
    register: Register, proposal: ProposalId, due_ns: int, moment: Moment
) -> list[Event]:
    """A proposal that nobody approved in time."""
    found = register.proposals.get(proposal)
    if found is None or found.expires_ns > due_ns:
        return []
    return [ProposalLapsed(proposal=proposal)]


def resume(register: Register, silent_from_ns: int, moment: Moment) -> list[Event]:
    """The first fact after a silence of more than 15 minutes: asked once, at the engine's start.

    `silent_from_ns` is the journal's last stamp, `moment.at_ns` now.
    """
    if moment.at_ns - silent_from_ns <= SILENCE_NS:
        return []
    return [VenueResumed(venue=register.venue, silent_from_ns=silent_from_ns)]


def apply_venue_resumed(register: Register, event: VenueResumed, moment: Moment) -> None:
    """The time that people had left when the venue went down, they have left now."""
    silence_ns = moment.at_ns - event.silent_from_ns
    for settlement in register.settlements.values():
        if settlement.state == "inspecting":
            settlement.inspect_until_ns += silence_ns
        elif settlement.state == "failed":
            settlement.cure_until_ns += silence_ns
        else:
            settlement.due_ns += silence_ns
        await_deadline(register, settlement)
    for proposal in register.proposals.values():
        proposal.expires_ns += silence_ns
        push(register, proposal.expires_ns, Due.PROPOSAL, proposal.proposal)


_FIRE: dict[Due, Callable[[Register, Any, int, Moment], list[Event]]] = {
    Due.SETTLEMENT: settlement_due,
    Due.LEASE: lease_due,
    Due.GRADE: grade_due,
    Due.PROPOSAL: proposal_due,
    Due.PERIOD: period_due,
}
