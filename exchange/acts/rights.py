"""Whether an act was its signer's, asked of the state before it by the deciders' own functions."""

from typing import Final

from exchange.books.state import Venue
from exchange.ops import OPS
from exchange.venue import must_be_allowed
from ledger.authority.scopes_in_force import as_of_now
from ledger.caller import Caller
from ledger.commands import Command
from ledger.events import Event
from ledger.moment import Moment
from ledger.refusals import Reason, Refused

# Refusals that say whose act it is not; what else a decider refuses is no question of rights.
OF_RIGHTS: Final = frozenset(
    {
        Reason.bad_signature,
        Reason.scope_missing,
        Reason.party_suspended,
        Reason.role_missing,
        Reason.tier_too_low,
        Reason.not_your_party,
        Reason.not_the_owner,
        Reason.same_holder,
    }
)


def must_be_its_signers(
    venue: Venue, command: Command, op: str, caller: Caller, moment: Moment
) -> list[Event]:
    """Refuse what whoever asked had no right to; else what the op's decider would bring.

    Nothing of it if the decider refuses for another reason (a report that does not come along), or
    does much more than to ask: then its question alone is asked.
    """
    row = OPS[op]
    caller = as_of_now(venue.register, caller, moment.at_ns)
    must_be_allowed(venue.register, command, caller)
    try:
        if row.whose is None:
            return row.decide(venue, command, caller, moment)
        row.whose(venue, command, caller, moment)
    except Refused as refused:
        if refused.reason in OF_RIGHTS:
            raise
    return []


def needs_of(venue: Venue, command: Command, op: str, caller: Caller, moment: Moment) -> list[str]:
    """Whose yes the command takes besides its signer's own act, as of now."""
    return OPS[op].needs(venue.register, command, caller, moment)
