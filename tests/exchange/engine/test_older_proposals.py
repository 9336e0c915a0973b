"""A proposal that waits since a release whose shapes took more is refused in words, and folds."""

import pytest

from ledger.events import ProposalMade
from ledger.ids import PartyId, ProposalId
from ledger.refusals import Reason, Refused
from tests.exchange.ground import Floor


def test_what_todays_shapes_refuse_is_told_to_who_approves_it() -> None:
    floor = Floor()
    register = floor.venue.register
    clerk = register.clerks[0]
    needs = ["scope:operate"]
    args = {"model": "H100\u202eSXM8"}
    made = ProposalMade(
        ProposalId("z-000001"), "model.new", PartyId("p-0001"), clerk, "", 2**62, needs, args
    )
    floor.happen(made)
    assert register.proposals[ProposalId("z-000001")].args == args

    with pytest.raises(Refused) as refused:
        floor.clerk(1, "proposal.approve", proposal="z-000001")

    assert refused.value.reason is Reason.wrong_state
    assert "proposed under older rules" in refused.value.detail
    floor.clerk(1, "proposal.reject", proposal="z-000001")
