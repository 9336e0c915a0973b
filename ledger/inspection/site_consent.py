"""Where servers stand that have no title yet: the word of the site's operator, and a wrong site.

An import at another operator's site names that operator and waits for a word of theirs, as a
proposal. Until it comes the servers are registered without a site: no title is issued to them, so
nothing of them is offered. Whoever registered an untitled server may name another site (DOMAIN 1).
"""

from collections.abc import Iterable, Sequence

from ledger.caller import Caller
from ledger.commands import IssueTitle, SetNodeSite
from ledger.events import Event, NodeSiteSet, NothingToDo
from ledger.ids import NO_ID, NodeId, Numbers, ProposalId, SiteId, ThingId
from ledger.inspection.site_words import (
    NODE_SITE,
    must_be_few,
    must_not_be_refused,
    refused_servers,
    waiting_words,
)
from ledger.moment import Moment
from ledger.offices import must_hold
from ledger.oversight.approvals import propose
from ledger.records import Node, Site, Thing
from ledger.refusals import Reason, Refused, sentence_of
from ledger.register import Register
from ledger.rights.title import TITLE, proposed_titles, title_needs
from ledger.things.site import find_site, must_take_servers

RULE = "site_consent"


def set_node_site(
    register: Register, command: SetNodeSite, caller: Caller, moment: Moment
) -> list[Event]:
    """The servers stand at the site named, all or none; with `claim` their titles are asked for.

    Those that stand there already are passed over; where all do, `NothingToDo`. Without a site the
    word of who runs it is taken back. As long as a no of an operator stands it may still say yes:
    it names its own site, and the servers stand there.
    """
    must_hold(register, caller, "owner", "operator")
    if len(set(command.nodes)) != len(command.nodes):
        raise Refused(Reason.bad_field, "Name each server once.", field="/nodes")
    if not command.site:
        return _taken_back(register, command, caller)
    site = find_site(register, command.site)
    must_take_servers(site)
    is_own = site.operator == caller.party
    refused = refused_servers(register, caller.party, moment) if is_own else {}
    nodes = [
        _late_yes(register, name, caller, command)
        if name in refused
        else _find(register, name, caller)
        for name in command.nodes
    ]
    events: list[Event] = [
        NodeSiteSet(node=node.node, site=site.site, operator=site.operator)
        for node in nodes
        if node.site != site.site
    ]
    if command.claim:
        events += _claim(register, nodes, caller, moment)
    if not events:
        stands = {"site": site.site, "nodes": list(command.nodes)}
        return [NothingToDo(party=caller.party, op=NODE_SITE, stands=stands)]
    if is_own:  # else the word that comes would move them again
        must_not_wait_for_a_site(register, command)
    return events


def node_site_needs(
    register: Register, command: SetNodeSite, caller: Caller, moment: Moment
) -> list[str]:
    """The word of who runs the site, unless the caller does, or takes its own word back."""
    if not command.site:
        return []
    operator = find_site(register, command.site).operator
    return [] if operator == caller.party else [f"party:{operator}"]


def is_consent_due(register: Register, site: Site, caller: Caller, moment: Moment) -> bool:
    """Whether an import of this caller's at this site waits for its operator."""
    if site.operator == caller.party:
        return False
    return register.rules.in_force(RULE, moment.at_ns)


def propose_site(
    register: Register,
    site: Site,
    nodes: Sequence[NodeId],
    caller: Caller,
    moment: Moment,
    *,
    claim: bool,
    numbers: Numbers,
) -> list[Event]:
    """The proposal that the site's operator answers; [] where no server is to be placed.

    What the operator said no to a moment ago is not asked anew.
    """
    refused = refused_servers(register, site.operator, moment)
    nodes = [node for node in nodes if node not in refused]
    if not nodes:
        return []
    command = SetNodeSite(nodes=nodes, site=site.site, claim=claim)
    needs = node_site_needs(register, command, caller, moment)
    return propose(register, NODE_SITE, command, caller, needs, moment, numbers)


def waiting_sites(register: Register) -> dict[NodeId, str]:
    """Each server whose site somebody has asked to set -> the proposal that waits."""
    return {
        node: proposal.proposal
        for proposal in waiting_words(register)
        for node in proposal.args["nodes"]
    }


def may_wait_for_a_word(
    register: Register, command: SetNodeSite, caller: Caller, moment: Moment
) -> None:
    """Refuse what may not be asked of a site's operator now: twice, after a no, or too much."""
    must_not_wait_for_a_site(register, command)
    operator = find_site(register, command.site).operator
    must_not_be_refused(register, operator, command.nodes, moment)
    must_be_few(register, operator, len(command.nodes), caller, moment)


def must_not_wait_for_a_site(register: Register, command: SetNodeSite) -> None:
    """Refuse `wrong_state` a second proposal for a server while the first one waits."""
    waiting = waiting_sites(register)
    for node in command.nodes:
        if node in waiting:
            raise Refused(
                Reason.wrong_state,
                sentence_of(
                    "A site of {node} waits for a word already, in {proposal}: let it be "
                    "answered, or withdraw it first (`gpubourse operator withdraw {proposal} "
                    "--me NAME`).",
                    node=node,
                    proposal=waiting[node],
                ),
            )


def must_wait_for_no_other_site(register: Register, nodes: Iterable[NodeId], site: SiteId) -> None:
    """Refuse `wrong_state` an import that places servers which wait for a word at another site."""
    waiting = waiting_sites(register)
    for node in nodes:
        proposal = register.proposals[ProposalId(waiting[node])] if node in waiting else None
        if proposal is not None and proposal.args["site"] != site:
            must_not_wait_for_a_site(register, SetNodeSite(nodes=[node], site=site))


def _taken_back(register: Register, command: SetNodeSite, caller: Caller) -> list[Event]:
    """The servers stand nowhere: who runs the site where they stood says so, as of a no."""
    if command.claim:
        raise Refused(
            Reason.bad_combination,
            "What stands nowhere has no title: leave `claim` out, or name a site.",
        )
    for name in command.nodes:
        node = _known(register, name)
        if node.site and node.operator != caller.party:
            raise Refused(
                Reason.not_your_party,
                sentence_of(
                    "{node} stands at a site of {operator}: only they may say that it does not. "
                    "Name the site where it stands.",
                    node=name,
                    operator=node.operator,
                ),
            )
        if not node.site:
            raise Refused(
                Reason.wrong_state,
                sentence_of("{node} stands at no site: there is no word to take back.", node=name),
            )
        _must_be_untitled(register, node)
    return [NodeSiteSet(node=name, site=NO_ID, operator=NO_ID) for name in command.nodes]


def _known(register: Register, name: NodeId) -> Node:
    node = register.nodes.get(name)
    if node is None:
        raise Refused(
            Reason.unknown_node,
            sentence_of("There is no server {node}: see `inventory`.", node=name),
        )
    return node


def _find(register: Register, name: NodeId, caller: Caller) -> Node:
    """A server that the caller registered and nobody holds title to.

    A hold on it does not matter: the one there is before a title, of identity, says nothing of
    its place, and the inspector who lifts it has to know where to go.
    """
    node = _known(register, name)
    if node.registrant != caller.party:
        raise Refused(
            Reason.not_the_owner,
            sentence_of("{node} was registered by another party: only it may say.", node=name),
        )
    _must_be_untitled(register, node)
    return node


def _late_yes(register: Register, name: NodeId, caller: Caller, command: SetNodeSite) -> Node:
    """A server that the caller said no to, a moment ago, and takes now: whose it is asked for that.

    One that found another place meanwhile is its registrant's alone to move.
    """
    node = _known(register, name)
    if node.site or node.registrant == caller.party:
        return _find(register, name, caller)
    if command.claim:
        raise Refused(
            Reason.bad_combination,
            sentence_of(
                "{node} was registered by {registrant}, who alone asks for its title: leave "
                "`claim` out.",
                node=name,
                registrant=node.registrant,
            ),
        )
    _must_be_untitled(register, node)
    return node


def _must_be_untitled(register: Register, node: Node) -> None:
    for thing in things_of(register, node):
        if thing.owner:
            raise Refused(
                Reason.wrong_state,
                sentence_of(
                    "{thing} has a title holder, and is offered and let as standing at {site}: "
                    "keep it there, or sell it, and the delivery takes it to the buyer's site "
                    "(`gpubourse settle instruct X --mode carrier --to-site SITE --me NAME`).",
                    thing=thing.thing,
                    site=node.site,
                ),
            )


def things_of(register: Register, node: Node) -> list[Thing]:
    """The board, or the cards that are lots of their own."""
    names: Iterable[ThingId] = (node.node, *node.units)
    return [register.things[name] for name in names if name in register.things]


def _claim(
    register: Register, nodes: Iterable[Node], caller: Caller, moment: Moment
) -> list[Event]:
    """The proposal of title to what may have it now: known strongly, and asked for by nobody."""
    waiting = proposed_titles(register)
    things = [
        thing.thing
        for node in nodes
        for thing in things_of(register, node)
        if thing.identity == "strong" and not thing.holds and thing.thing not in waiting
    ]
    if not things:
        return []
    title = IssueTitle(things=things)
    needs = title_needs(register, title, caller, moment)
    return propose(register, TITLE, title, caller, needs, moment)
