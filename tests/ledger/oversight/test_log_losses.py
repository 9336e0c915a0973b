"""A loss that people accept: whose log it is, what would be lost, and that each head ends once."""

from typing import Any, Final

import pytest

from ledger.events import LogLossAccepted
from ledger.ids import ProposalId
from ledger.records import LogLoss
from ledger.refusals import Reason, Refused
from ledger.state_map.register_rows import register_rows
from ledger.state_map.subjects import VENUE
from tests.ledger.hall import Hall

LOG: Final = f"gpubourse/cn-1/{'a' * 16}"
ARGS: Final[dict[str, Any]] = {
    "origin": LOG,
    "size": 700,
    "root_sha256": "A" * 43,
    "common_size": 90,
    "journal_position": 100,
    "journal_chain": "B" * 43,
    "reason": "the disk died",
}


@pytest.fixture
def hall() -> Hall:
    return Hall()


def refused(hall: Hall, why_not: Reason, **args: Any) -> Refused:
    with pytest.raises(Refused) as told:
        hall.do(hall.clerk, "log.accept_loss", **ARGS | args)
    assert told.value.reason is why_not
    return told.value


def test_two_people_accept_it_and_the_fact_says_what_they_saw(hall: Hall) -> None:
    (made,) = hall.do(hall.clerk, "log.accept_loss", **ARGS)
    assert type(made).__name__ == "ProposalMade"

    _, fact = hall.approve(hall.second)

    assert fact == LogLossAccepted(**ARGS)
    assert hall.register.log_losses == [
        LogLoss(hall.writer.position, LOG, ARGS["size"], ARGS["root_sha256"])
    ]


def test_whoever_proposed_it_does_not_approve_it(hall: Hall) -> None:
    hall.do(hall.clerk, "log.accept_loss", **ARGS)

    with pytest.raises(Refused) as told:
        hall.approve(hall.clerk)

    assert told.value.reason is Reason.same_holder
    assert not hall.register.log_losses


def test_it_takes_an_office_of_the_venue(hall: Hall) -> None:
    owner = hall.let_in("91-A", "owner")
    with pytest.raises(Refused) as told:
        hall.do(owner, "log.accept_loss", **ARGS)
    assert told.value.reason is Reason.scope_missing


def test_the_log_is_this_venues(hall: Hall) -> None:
    refused(hall, Reason.bad_field, origin=f"gpubourse/cn-2/{'a' * 16}")
    refused(hall, Reason.bad_field, origin=f"gpubourse/cn-12/{'a' * 16}")
    hall.do(hall.clerk, "log.accept_loss", **ARGS | {"origin": f"{LOG}/{'b' * 16}"})


def test_where_nothing_is_lost_nothing_is_accepted(hall: Hall) -> None:
    refused(hall, Reason.bad_combination, common_size=100, size=100)
    refused(hall, Reason.bad_combination, common_size=101)
    hall.do(hall.clerk, "log.accept_loss", **ARGS | {"common_size": 0})


def test_one_proposal_of_a_head_waits_at_a_time(hall: Hall) -> None:
    hall.do(hall.clerk, "log.accept_loss", **ARGS)
    assert "z-000001 proposes this already" in str(refused(hall, Reason.wrong_state).detail)
    hall.do(hall.clerk, "log.accept_loss", **ARGS | {"size": 701})
    hall.do(hall.second, "proposal.reject", proposal=ProposalId("z-000001"))

    hall.do(hall.second, "log.accept_loss", **ARGS)


def test_a_head_is_accepted_once_and_another_one_of_that_log_may_follow(hall: Hall) -> None:
    hall.two("log.accept_loss", **ARGS)
    at = hall.register.log_losses[0].position

    assert f"at position {at}" in str(refused(hall, Reason.wrong_state, reason="again").detail)
    hall.two("log.accept_loss", **ARGS | {"root_sha256": "C" * 43})

    assert [each.root_sha256[0] for each in hall.register.log_losses] == ["A", "C"]


def test_the_venues_row_names_the_logs_that_ended_once_there_are_any(hall: Hall) -> None:
    assert "log_losses" not in dict(register_rows(hall.register))[VENUE]

    hall.two("log.accept_loss", **ARGS)

    (row,) = dict(register_rows(hall.register))[VENUE]["log_losses"]
    assert (row["origin"], row["size"], row["root_sha256"]) == (LOG, 700, "A" * 43)
