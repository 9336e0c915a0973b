"""Whom each unit concerns: its owner, or who registered it while it has none, and its lessees.

Kept by events. What an event changes is found from the thing that it names, never by a walk over
all leases or all units.
"""

from collections import Counter

from exchange.books.state import Venue
from ledger.events import (
    Event,
    LeaseEnded,
    LeaseGranted,
    NodeRegistered,
    TitleIssued,
    TitleTransferred,
    UnitRegistered,
)


class UnitParties:
    """Parties by unit, and units by party: one index, both ways."""

    def __init__(self) -> None:
        self._node_of: dict[str, str] = {}
        self._units_of: dict[str, list[str]] = {}  # by node
        self._registrant: dict[str, str] = {}  # by thing
        self._owner: dict[str, str] = {}  # by thing: node or unit
        self._leases: dict[str, tuple[str, str, str]] = {}  # lease -> node, lessor, lessee
        self._lessees: dict[str, Counter[str]] = {}  # node -> how many leases each has of it
        self._parties: dict[str, frozenset[str]] = {}  # by unit
        self._units: dict[str, dict[str, None]] = {}  # by party

    def fill(self, venue: Venue) -> None:
        """Begin with the things there are when nothing is in the air."""
        register = venue.register
        for node in register.nodes.values():
            self._registrant[node.node] = node.registrant
            self._units_of[node.node] = list(node.units)
        for unit in register.units.values():
            self._node_of[unit.unit] = unit.node
            self._registrant[unit.unit] = unit.registrant
        for thing in register.things.values():
            if thing.owner:
                self._owner[thing.thing] = thing.owner
        for lease in register.leases.values():
            self._lease(lease.lease, lease.node, lease.lessor, lease.lessee)
        for name in self._node_of:
            self._settle(name)

    def parties_of(self, unit: str) -> frozenset[str]:
        """Who is concerned by a unit."""
        return self._parties.get(unit, frozenset())

    def units_of(self, key: str) -> list[str]:
        """The units behind a key, in the order of their ids: itself, or all of a party's."""
        return [key] if key in self._node_of else sorted(self._units.get(key, ()))

    def units_at(self, node: str) -> list[str]:
        """The units of a node."""
        return self._units_of.get(node, [])

    def concerned_by(self, prefix: str, subject: str) -> tuple[list[str], set[str]]:
        """The units and the parties that the stream of a thing concerns, as they are now."""
        if prefix == "unit":
            return [subject], set(self.parties_of(subject))
        if prefix == "node":
            owner = self._owner.get(subject) or self._registrant.get(subject, "")
            return self.units_at(subject), {owner} - {""}
        node, lessor, lessee = self._leases.get(subject, ("", "", ""))
        return self.units_at(node), {lessor, lessee} - {""}

    def fold(self, event: Event) -> list[str]:
        """Take in one event; the units whose parties are others now."""
        if isinstance(event, UnitRegistered):
            self._node_of[event.unit] = event.node
            self._units_of.setdefault(event.node, []).append(event.unit)
            self._registrant[event.unit] = event.registrant
            touched = [str(event.unit)]
        elif isinstance(event, NodeRegistered):
            self._registrant[event.node] = event.registrant
            return []
        elif isinstance(event, LeaseGranted):
            self._lease(event.lease, event.node, event.lessor, event.lessee)
            touched = self.units_at(event.node)
        elif isinstance(event, LeaseEnded):
            touched = self._end_lease(event.lease)
        elif isinstance(event, TitleIssued | TitleTransferred):
            self._owner[event.thing] = (
                event.holder if isinstance(event, TitleIssued) else event.to_party
            )
            touched = [event.thing] if event.thing in self._node_of else self.units_at(event.thing)
        else:
            return []
        return [unit for unit in touched if self._settle(unit)]

    def _lease(self, lease: str, node: str, lessor: str, lessee: str) -> None:
        self._leases[lease] = (node, lessor, lessee)
        self._lessees.setdefault(node, Counter())[lessee] += 1

    def _end_lease(self, lease: str) -> list[str]:
        node, _, lessee = self._leases.pop(lease, ("", "", ""))
        lessees = self._lessees.get(node)
        if lessees is None:
            return []
        lessees[lessee] -= 1
        if lessees[lessee] > 0:
            return []
        del lessees[lessee]
        if not lessees:
            del self._lessees[node]
        return self.units_at(node)

    def _settle(self, unit: str) -> bool:
        """Bring a unit's parties to what the other tables say; whether they are others now."""
        node = self._node_of[unit]
        owner = self._owner.get(unit) or self._owner.get(node) or self._registrant.get(unit, "")
        before = self.parties_of(unit)
        after = frozenset({owner, *self._lessees.get(node, ())} - {""})
        for party in before - after:
            del self._units[party][unit]
            if not self._units[party]:
                del self._units[party]
        for party in after - before:
            self._units.setdefault(party, {})[unit] = None
        self._parties[unit] = after
        return after != before
