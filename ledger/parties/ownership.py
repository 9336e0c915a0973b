"""Beneficial-owner groups: parties tied by 25 % or control are one side of a market (DOMAIN 1)."""

from ledger.caller import Caller
from ledger.commands import DeclareOwnership
from ledger.events import Event, GroupChanged, OwnershipDeclared
from ledger.ids import GroupId, PartyId
from ledger.moment import Moment
from ledger.refusals import Reason, Refused
from ledger.register import Register

BINDING_BP = 2_500


def declare_ownership(
    register: Register, command: DeclareOwnership, caller: Caller, moment: Moment
) -> list[Event]:
    """Say who owns how much of whom; a declared link counts at once, confirmed or not.

    A later declaration on the same two parties replaces the earlier one.
    """
    if command.owner == command.owned:
        raise Refused(Reason.bad_field, "A party does not own itself: name two parties.")
    if caller.party not in (command.owner, command.owned):
        raise Refused(
            Reason.not_your_party,
            f"Only {command.owner} or {command.owned} may declare what is between them.",
        )
    register.party(command.owner)
    register.party(command.owned)
    declared = OwnershipDeclared(
        party=caller.party,
        owner=command.owner,
        owned=command.owned,
        share_bp=command.share_bp,
        control=command.control,
        document_sha256=command.document_sha256,
    )
    return [declared, *_moved(register, declared)]


def apply_ownership_declared(register: Register, event: OwnershipDeclared, moment: Moment) -> None:
    link = (event.owner, event.owned)
    if is_binding(event):
        register.ownerships[link] = None
    else:
        register.ownerships.pop(link, None)


def apply_group_changed(register: Register, event: GroupChanged, moment: Moment) -> None:
    register.parties[event.party].group = event.group


def is_binding(declared: OwnershipDeclared) -> bool:
    """Whether the link makes one group of the two parties."""
    return declared.control or declared.share_bp >= BINDING_BP


def _moved(register: Register, declared: OwnershipDeclared) -> list[Event]:
    """A GroupChanged for each party whose group is another one once *declared* counts."""
    links = dict(register.ownerships)
    if is_binding(declared):
        links[declared.owner, declared.owned] = None
    else:
        links.pop((declared.owner, declared.owned), None)
    touched: dict[PartyId, GroupId] = {}
    for party in (declared.owner, declared.owned):
        group = _connected(party, links)
        touched.update(dict.fromkeys(group, GroupId(min(group, key=_number))))
    return [
        GroupChanged(party=party, group=touched[party])
        for party in sorted(touched, key=_number)
        if register.parties[party].group != touched[party]
    ]


def _connected(party: PartyId, links: dict[tuple[PartyId, PartyId], None]) -> list[PartyId]:
    """All that hang together with *party* over binding links, itself among them."""
    found = [party]
    for each in found:  # grows as it is walked
        for owner, owned in links:
            if owner == each and owned not in found:
                found.append(owned)
            elif owned == each and owner not in found:
                found.append(owner)
    return found


def _number(party: PartyId) -> int:
    return int(party[2:])
