"""Beneficial-owner groups: parties tied by 25 % or control are one side of a market (DOMAIN 1)."""

from ledger.caller import Caller
from ledger.commands import DeclareOwnership
from ledger.events import Event, GroupChanged, OwnershipDeclared
from ledger.ids import GroupId, PartyId
from ledger.moment import Moment
from ledger.refusals import Reason, Refused, sentence_of
from ledger.register import Register

OP = "party.declare_ownership"
BINDING_BP = 2_500
NO_LINK = (0, False, "")  # share, control, paper


def declare_ownership(
    register: Register, command: DeclareOwnership, caller: Caller, moment: Moment
) -> list[Event]:
    """Say who owns how much of whom; it counts once the other of the two agrees, or compliance.

    A later declaration on the same two parties replaces the earlier one.
    """
    if command.owner == command.owned:
        raise Refused(Reason.bad_field, "A party does not own itself: name two parties.")
    if caller.party not in (command.owner, command.owned):
        raise Refused(
            Reason.not_your_party,
            sentence_of(
                "Only {owner} or {owned} may declare what is between them.",
                owner=command.owner,
                owned=command.owned,
            ),
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
    _must_be_news(register, declared)
    return [declared, *_moved(register, declared)]


def ownership_needs(
    register: Register, command: DeclareOwnership, caller: Caller, moment: Moment
) -> list[str]:
    """The word of the other of the two: nobody is tied to a group that they did not choose."""
    other = command.owned if caller.party == command.owner else command.owner
    return [f"party:{other}"]


def must_not_wait_already(
    register: Register, command: DeclareOwnership, caller: Caller, moment: Moment
) -> None:
    """Refuse `wrong_state` a second declaration on two parties while one waits for its answer."""
    for proposal in register.proposals.values():
        args = proposal.args
        if proposal.op == OP and (args["owner"], args["owned"]) == (command.owner, command.owned):
            raise Refused(
                Reason.wrong_state,
                sentence_of(
                    "{proposal} on {owner} and {owned} waits for an answer already: "
                    "withdraw it first.",
                    proposal=proposal.proposal,
                    owner=command.owner,
                    owned=command.owned,
                ),
            )


def apply_ownership_declared(register: Register, event: OwnershipDeclared, moment: Moment) -> None:
    link = (event.owner, event.owned)
    if is_binding(event):
        register.ownerships[link] = None
    else:
        register.ownerships.pop(link, None)
    if event.control or event.share_bp:
        register.declared[link] = _words_of(event)
    else:
        register.declared.pop(link, None)


def apply_group_changed(register: Register, event: GroupChanged, moment: Moment) -> None:
    register.parties[event.party].group = event.group


def is_binding(declared: OwnershipDeclared) -> bool:
    """Whether the link makes one group of the two parties."""
    return declared.control or declared.share_bp >= BINDING_BP


def _must_be_news(register: Register, declared: OwnershipDeclared) -> None:
    """Refuse `wrong_state` what is so already: the same link again, or the end of none."""
    known = register.declared.get((declared.owner, declared.owned), NO_LINK)
    if known == _words_of(declared) or known == NO_LINK == (*_words_of(declared)[:2], ""):
        raise Refused(
            Reason.wrong_state,
            sentence_of(
                "This is what stands between {owner} and {owned} already: nothing is "
                "to be declared.",
                owner=declared.owner,
                owned=declared.owned,
            ),
        )


def _words_of(declared: OwnershipDeclared) -> tuple[int, bool, str]:
    return declared.share_bp, declared.control, declared.document_sha256


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
