"""How many servers may wait for the word of a site's operator, and how long a no stands.

Without a bound one guest could fill the list of an operator, and ask anew as often as it is told
no. A server that the operator said no to counts as long as a proposal waits, as one that waits;
the operator itself may say yes all that time.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from ledger.caller import Caller
from ledger.events import ProposalRejected
from ledger.ids import NodeId, PartyId
from ledger.moment import Moment
from ledger.oversight.approvals import apply_proposal_ended
from ledger.records import Proposal
from ledger.refusals import Reason, Refused, sentence_of
from ledger.register import Register
from ledger.things.site import remember_refusal
from ledger.time_text import at_local

NODE_SITE: Final = "node.site"  # the op, as its proposals bear it
SERVERS_OF_ONE_MOST: Final = 1_000  # of one party, at one operator
SERVERS_MOST: Final = 4_000  # at one operator


def waiting_words(register: Register) -> Iterator[Proposal]:
    """What waits for the word of a site's operator."""
    return (each for each in register.proposals.values() if each.op == NODE_SITE)


def must_be_few(
    register: Register, operator: PartyId, more: int, caller: Caller, moment: Moment
) -> None:
    """Refuse `waiting_limit` more servers than an operator answers for, of one party or of all."""
    words = [each for each in waiting_words(register) if each.needs == [f"party:{operator}"]]
    refused = refused_servers(register, operator, moment)
    own = more + sum(len(each.args["nodes"]) for each in words if each.party == caller.party)
    own += sum(register.nodes[node].registrant == caller.party for node in refused)
    if own > SERVERS_OF_ONE_MOST:
        raise Refused(
            Reason.waiting_limit,
            sentence_of(
                "This would make {servers:,} servers of yours that wait for a word of {operator} "
                "or got a no within a day, and at most {most:,} do: wait for the answers, or "
                "withdraw what you asked (`gpubourse operator withdraw PROPOSAL --me NAME`).",
                servers=own,
                operator=operator,
                most=SERVERS_OF_ONE_MOST,
            ),
        )
    servers = more + sum(len(each.args["nodes"]) for each in words)
    if servers > SERVERS_MOST:
        raise Refused(
            Reason.waiting_limit,
            sentence_of(
                "This would make {servers:,} servers that wait for a word of {operator}, and at "
                "most {most:,} do: ask again when some are answered, within a day.",
                servers=servers,
                operator=operator,
                most=SERVERS_MOST,
            ),
        )


def refused_servers(register: Register, operator: PartyId, moment: Moment) -> dict[NodeId, int]:
    """The servers whose no of this operator still stands, and until when."""
    lasts_ns = register.rules.value("proposal", moment.at_ns)
    return {
        node: at_ns + lasts_ns
        for node, at_ns in register.parties[operator].refused_servers.items()
        if moment.at_ns < at_ns + lasts_ns
    }


def must_not_be_refused(
    register: Register, operator: PartyId, nodes: Iterable[NodeId], moment: Moment
) -> None:
    """Refuse `wrong_state` to ask an operator anew for what it said no to a moment ago."""
    refused = refused_servers(register, operator, moment)
    for node in nodes:
        if node in refused:
            raise Refused(
                Reason.wrong_state,
                sentence_of(
                    "{operator} said no to {node}, and may be asked again from {until} on. Until "
                    "then they may say yes themselves (`gpubourse operator node-site {node} --site "
                    "SITE --me THEIRS`): speak with them, or name another operator's site.",
                    operator=operator,
                    node=node,
                    until=at_local(register, refused[node]),
                ),
            )


def apply_proposal_rejected(register: Register, event: ProposalRejected, moment: Moment) -> None:
    """A no ends the proposal; that of a site's operator is remembered for as long as it stands."""
    proposal = register.proposals[event.proposal]
    if proposal.op == NODE_SITE:
        remember_refusal(register, event.party, proposal.args["nodes"], moment)
    apply_proposal_ended(register, event, moment)
