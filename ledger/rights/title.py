"""Title: one holder of each thing at every instant, undivided; issued once, then only moved."""

from ledger.caller import Caller
from ledger.cash.period_close import must_be_open
from ledger.commands import IssueTitle
from ledger.events import Event, TitleIssued, TitleTransferred
from ledger.ids import ThingId, named_by
from ledger.moment import Moment
from ledger.records import Thing
from ledger.refusals import Reason, Refused, sentence_of
from ledger.register import Register
from ledger.rights.hold import must_be_unheld
from ledger.things.market_obstacles import market_lack, others_are_named, what_identity_lacks
from ledger.things.site import site_of
from ledger.things.thing import give, registrant_of

BASES = ("opening", "invoice", "court")
WITH_PAPER = ("invoice", "court")
UNPROVEN = "P0"
TITLE = "title.issue"  # the op, as its proposals bear it


def issue_title(
    register: Register, command: IssueTitle, caller: Caller, moment: Moment
) -> list[Event]:
    """The first title of each thing named, all or none: asked by who registered them.

    A clerk's approval makes it so; for a thing without papers a second clerk's, too (approvals).
    """
    _must_be_well_formed(command, moment)
    owner = register.party(command.holder or caller.party)
    if owner.is_suspended:
        raise Refused(
            Reason.party_suspended,
            sentence_of(
                "{party} is suspended and takes no title: name another holder.", party=owner.party
            ),
        )
    for thing in [_find(register, name) for name in command.things]:
        _must_be_untitled(register, thing, caller)
    effective_ns = command.effective_ns or moment.at_ns
    must_be_open(register, effective_ns)
    return [
        TitleIssued(
            node=node,
            unit=unit,
            holder=owner.party,
            basis=command.basis,
            document_sha256=command.document_sha256,
            effective_ns=effective_ns,
        )
        for node, unit in map(named_by, command.things)
    ]


def has_papers(register: Register, things: list[ThingId]) -> bool:
    """Whether every thing is known here and has provenance: then one clerk may grant its title."""
    found = [register.things.get(thing) for thing in things]
    return all(thing is not None and thing.provenance != UNPROVEN for thing in found)


def title_needs(
    register: Register, command: IssueTitle, caller: Caller, moment: Moment
) -> list[str]:
    """One clerk grants a title; two if a thing of it has no papers (DOMAIN 5)."""
    clerk = "scope:operate"
    return [clerk] if has_papers(register, command.things) else [clerk, clerk]


def proposed_titles(register: Register) -> dict[str, str]:
    """Each thing whose title somebody has asked for -> the proposal that waits."""
    return {
        thing: proposal.proposal
        for proposal in register.proposals.values()
        if proposal.op == TITLE
        for thing in proposal.args["things"]
    }


def must_not_be_proposed_already(
    register: Register, command: IssueTitle, caller: Caller, moment: Moment
) -> None:
    """Refuse `wrong_state` a second proposal for a thing while the first one waits."""
    proposed = proposed_titles(register)
    for thing in command.things:
        if thing in proposed:
            raise Refused(
                Reason.wrong_state,
                sentence_of(
                    "Title to {thing} has been asked for already, in {proposed}: a clerk "
                    "has to answer that one, or withdraw it first.",
                    thing=thing,
                    proposed=proposed[thing],
                ),
                proposal=proposed[thing],
            )


def apply_title_issued(register: Register, event: TitleIssued, moment: Moment) -> None:
    give(register, register.things[event.node or event.unit], event.holder)


def apply_title_transferred(register: Register, event: TitleTransferred, moment: Moment) -> None:
    """A sale starts the holding period anew (EXCHANGE 1)."""
    thing = register.things[event.node or event.unit]
    give(register, thing, event.to_party)
    if event.basis == "sale":
        thing.last_sale_ns = moment.at_ns


def _must_be_well_formed(command: IssueTitle, moment: Moment) -> None:
    if command.basis not in BASES:
        raise Refused(
            Reason.bad_field,
            sentence_of("A basis is one of: {bases}.", bases=", ".join(BASES)),
            field="/basis",
        )
    if command.basis in WITH_PAPER and not command.document_sha256:
        raise Refused(
            Reason.bad_field,
            sentence_of(
                "Title on the basis {basis} needs its document: give document_sha256.",
                basis=command.basis,
            ),
            field="/document_sha256",
        )
    if len(set(command.things)) != len(command.things):
        raise Refused(Reason.bad_field, "Name each thing once.", field="/things")
    if command.effective_ns > moment.at_ns:
        raise Refused(
            Reason.bad_field,
            "Title cannot begin in the future: leave effective_ns out, and it begins now.",
            field="/effective_ns",
        )


def _find(register: Register, name: ThingId) -> Thing:
    reason = "" if name in register.things else market_lack(register, name)
    if not reason:
        return register.thing(name)
    if others_are_named(register, name):
        raise Refused(Reason.bad_field, reason, field="/things")
    raise Refused(Reason.unknown_model, reason)


def _must_be_untitled(register: Register, thing: Thing, caller: Caller) -> None:
    if thing.owner:
        raise Refused(
            Reason.wrong_state,
            sentence_of(
                "{thing} has a title holder already: title is issued once.", thing=thing.thing
            ),
        )
    if registrant_of(register, thing) != caller.party:
        raise Refused(
            Reason.not_the_owner,
            sentence_of(
                "{thing} was registered by another party: only it may ask.", thing=thing.thing
            ),
        )
    site_of(register, register.nodes[thing.node])  # refuses a server that stands nowhere
    if thing.identity != "strong":
        raise Refused(
            Reason.evidence_too_weak,
            sentence_of(
                "{thing} is known with {identity} identity, and title needs strong. {lack}.",
                thing=thing.thing,
                identity=thing.identity,
                lack=what_identity_lacks(register, thing),
            ),
        )
    must_be_unheld(thing)
