"""What the views keep of proposals and their approvals, of attestations and of silences."""

from typing import Any

from ledger.events import (
    ProposalApproved,
    ProposalLapsed,
    ProposalMade,
    ProposalRejected,
    ProposalWithdrawn,
    StateAttested,
    VenueResumed,
)
from ledger.views.rows.changes import (
    Change,
    RowInsert,
    RowSweep,
    RowUpdate,
    Rules,
    ViewTable,
    columns,
)

_SHIFTS = (  # what a silence moves (DOMAIN 5): table, deadline, the rows that still wait for it
    ("settlements", "due_ns", ("open", "delivering")),
    ("settlements", "inspect_until_ns", ("inspecting",)),
    ("settlements", "cure_until_ns", ("failed",)),
    ("proposals", "expires_ns", ("waiting",)),
)


def proposal_made(event: ProposalMade, position: int) -> list[Change]:
    row = columns(event, ended="", approvals=0, position=position)
    return [RowInsert("proposals", (event.proposal,), row)]


def proposal_approved(event: ProposalApproved, position: int) -> list[Change]:
    return [
        RowUpdate(
            "proposals",
            (event.proposal,),
            {"ended": "approved"} if event.is_last else {},
            {"approvals": 1},
        ),
        _verdict(event, "approved", position),
    ]


def proposal_rejected(event: ProposalRejected, position: int) -> list[Change]:
    return [
        RowUpdate("proposals", (event.proposal,), {"ended": "rejected"}),
        _verdict(event, "rejected", position),
    ]


def proposal_withdrawn(event: ProposalWithdrawn, position: int) -> list[Change]:
    return [RowUpdate("proposals", (event.proposal,), {"ended": "withdrawn"})]


def state_of_proposal(row: dict[str, Any]) -> str:
    """The column `state`, which the database computes (sql/0014_waiting_proposals.sql)."""
    if row["ended"]:
        return str(row["ended"])
    return "approved" if row["approvals"] >= len(row["needs"]) else "waiting"


def proposal_lapsed(event: ProposalLapsed, position: int) -> list[Change]:
    return [RowUpdate("proposals", (event.proposal,), {"ended": "lapsed"})]


def _verdict(event: ProposalApproved | ProposalRejected, verdict: str, position: int) -> RowUpdate:
    row = columns(event, verdict=verdict, position=position)
    return RowUpdate("approvals", (event.proposal, event.principal), row)


def state_attested(event: StateAttested, position: int) -> list[Change]:
    return [RowInsert("attestations", (position,), columns(event, position=position))]


def venue_resumed(event: VenueResumed, position: int) -> list[Change]:
    """Deadlines that a person must meet at the venue move by the length of the silence."""
    silence_ns = event.at_ns - event.silent_from_ns
    return [RowSweep(table, due, silence_ns, waiting) for table, due, waiting in _SHIFTS]


RULES: Rules = {
    ProposalMade: proposal_made,
    ProposalApproved: proposal_approved,
    ProposalRejected: proposal_rejected,
    ProposalWithdrawn: proposal_withdrawn,
    ProposalLapsed: proposal_lapsed,
    StateAttested: state_attested,
    VenueResumed: venue_resumed,
}

TABLES = {
    "proposals": ViewTable(("proposal",)),
    "approvals": ViewTable(("proposal", "principal")),
    "attestations": ViewTable(("position",), is_settled=True),
}
