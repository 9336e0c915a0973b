"""Groups: a quarter or control makes two parties one side of the market."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.caller import Caller
from ledger.commands import DeclareOwnership
from ledger.events import GroupChanged, OwnershipDeclared
from ledger.refusals import Reason
from tests.ledger.hall import Hall
from tests.ledger.opened import CLERK_1, RIVAL, SELLER, Street, opened, party, refusal, settled_in
from tests.reach import Reach


def declare(
    street: Street, owner: str, owned: str, share_bp: int = 2_500, control: bool = False
) -> list[GroupChanged]:
    order = DeclareOwnership(owner, owned, share_bp, control)
    events = street.do(order, Caller(party=owner, principal="k-0099"))
    return [event for event in events if isinstance(event, GroupChanged)]


def crowd(size: int) -> Street:
    """p-0002 … of so many."""
    street = opened()
    for number in range(size):
        street.do(party(f"91-{number}"), CLERK_1)
    return street


def groups(street: Street | Hall) -> dict[str, str]:
    return {name: each.group for name, each in street.register.parties.items()}


def test_a_quarter_makes_a_group_named_by_its_lowest_id() -> None:
    street = settled_in()

    events = street.do(DeclareOwnership("p-0003", "p-0002", 2_500), SELLER)

    assert events == [
        OwnershipDeclared(
            party="p-0002",
            owner="p-0003",
            owned="p-0002",
            share_bp=2_500,
            control=False,
            document_sha256="",
        ),
        GroupChanged(party="p-0003", group="p-0002"),
    ]


def test_less_than_a_quarter_does_not_unless_it_controls() -> None:
    street = crowd(2)

    assert declare(street, "p-0002", "p-0003", 2_499) == []
    assert declare(street, "p-0002", "p-0003", 0, control=True) == [
        GroupChanged(party="p-0003", group="p-0002")
    ]


def test_links_join_whole_groups() -> None:
    street = crowd(4)
    declare(street, "p-0002", "p-0003")
    declare(street, "p-0004", "p-0005")

    moved = declare(street, "p-0003", "p-0005")

    assert moved == [
        GroupChanged(party="p-0004", group="p-0002"),
        GroupChanged(party="p-0005", group="p-0002"),
    ]


def test_a_share_that_falls_parts_them_again() -> None:
    street = crowd(3)
    declare(street, "p-0002", "p-0003")
    declare(street, "p-0003", "p-0004")

    moved = declare(street, "p-0002", "p-0003", 100)

    assert moved == [
        GroupChanged(party="p-0003", group="p-0003"),
        GroupChanged(party="p-0004", group="p-0003"),
    ]


def test_only_the_two_concerned_may_say_so() -> None:
    street = settled_in()

    with refusal(street, Reason.not_your_party):
        street.do(DeclareOwnership("p-0001", "p-0002", 5_000), RIVAL)
    with refusal(street, Reason.unknown_party):
        street.do(DeclareOwnership("p-0003", "p-0099", 5_000), RIVAL)
    with refusal(street, Reason.bad_field):
        street.do(DeclareOwnership("p-0003", "p-0003", 5_000), RIVAL)


LINKS = st.lists(
    st.tuples(st.integers(2, 7), st.integers(2, 7), st.sampled_from([0, 2_499, 2_500, 10_000])),
    max_size=12,
)


REACH = Reach(
    groups_of_three=12,
    links_that_bind=80,
    links_that_do_not=80,
    links_said_anew=40,
    groups_that_part=2,
)


@REACH.demanded
@settings(max_examples=200, derandomize=True, deadline=None)
@given(LINKS)
def test_groups_are_the_connected_components(links: list[tuple[int, int, int]]) -> None:
    street = crowd(6)
    binding: dict[tuple[int, int], bool] = {}
    said: dict[tuple[int, int], int] = {}
    for owner, owned, share_bp in links:
        if owner != owned and said.get((owner, owned), 0) != share_bp:
            declare(street, f"p-{owner:04d}", f"p-{owned:04d}", share_bp)
            said[owner, owned] = share_bp
            was = binding.get((owner, owned))
            binding[owner, owned] = share_bp >= 2_500
            REACH.met("links_that_bind" if binding[owner, owned] else "links_that_do_not")
            REACH.met("links_said_anew", was is not None)
            REACH.met("groups_that_part", bool(was) and not binding[owner, owned])

    lowest = {number: number for number in range(1, 8)}
    for _ in lowest:  # the naive way: hand the lowest id on until nothing moves
        for (owner, owned), is_binding in binding.items():
            if is_binding:
                lowest[owner] = lowest[owned] = min(lowest[owner], lowest[owned])

    assert groups(street) == {f"p-{n:04d}": f"p-{low:04d}" for n, low in lowest.items()}
    sizes = Counter(lowest.values()).values()
    REACH.met("groups_of_three", any(size >= 3 for size in sizes))
    assert street.replayed() == street.register


def test_another_share_that_binds_as_well_moves_nobody() -> None:
    street = crowd(2)
    declare(street, "p-0002", "p-0003")

    assert declare(street, "p-0002", "p-0003", 10_000) == []


@pytest.mark.parametrize(
    ("share_bp", "control", "document"), [(2_500, False, ""), (0, True, ""), (1, False, "D" * 43)]
)
def test_what_stands_already_is_not_declared_again(
    share_bp: int, control: bool, document: str
) -> None:
    street = crowd(2)
    first, second = (
        Caller(party="p-0002", principal="k-0099"),
        Caller(party="p-0003", principal="k-0098"),
    )
    order = DeclareOwnership("p-0002", "p-0003", share_bp, control, document)
    street.do(order, first)

    for caller in (first, second):  # whoever of the two says it
        with refusal(street, Reason.wrong_state):
            street.do(order, caller)


def test_the_end_of_no_link_is_not_declared() -> None:
    street = crowd(2)
    end = DeclareOwnership("p-0002", "p-0003", 0, False, "D" * 43)

    with refusal(street, Reason.wrong_state):
        street.do(end, Caller(party="p-0002", principal="k-0099"))
    declare(street, "p-0002", "p-0003", 100)
    street.do(end, Caller(party="p-0002", principal="k-0099"))
    with refusal(street, Reason.wrong_state):
        street.do(end, Caller(party="p-0002", principal="k-0099"))


# --- the other's word


def between(hall: Hall) -> tuple[Caller, Caller, dict[str, object]]:
    """Two parties, and the first's declaration that it owns half of the second."""
    ours, theirs = hall.let_in("91-A", "owner"), hall.let_in("91-B", "owner")
    return ours, theirs, {"owner": ours.party, "owned": theirs.party, "share_bp": 5_000}


def test_a_declaration_binds_nobody_until_the_other_agrees() -> None:
    hall = Hall()
    ours, theirs, args = between(hall)

    hall.do(ours, "party.declare_ownership", **args)

    assert hall.answer["needs"] == [f"party:{theirs.party}"]
    assert groups(hall)[theirs.party] == theirs.party
    hall.approve(theirs)
    assert groups(hall)[theirs.party] == ours.party


def test_the_owned_may_declare_and_the_owner_agrees() -> None:
    hall = Hall()
    ours, theirs, args = between(hall)

    hall.do(theirs, "party.declare_ownership", **args)

    assert hall.answer["needs"] == [f"party:{ours.party}"]
    hall.approve(ours)
    assert groups(hall)[theirs.party] == ours.party


def test_compliance_may_agree_in_their_place() -> None:
    hall = Hall()
    ours, theirs, args = between(hall)

    hall.do(ours, "party.declare_ownership", **args)
    hall.approve(hall.clerk)

    assert groups(hall)[theirs.party] == ours.party


def test_nobody_else_may_agree_nor_the_declaring_party_itself() -> None:
    hall = Hall()
    ours, _, args = between(hall)
    stranger = hall.let_in("91-C", "owner")
    again = hall.key(ours.party, "another person of ours", ["trade"])
    hall.do(ours, "party.declare_ownership", **args)
    (proposal,) = hall.register.proposals

    for caller in (ours, again, stranger):
        hall.refused(Reason.not_your_party, caller, "proposal.approve", proposal=proposal)
        hall.refused(Reason.not_your_party, caller, "proposal.reject", proposal=proposal)


def test_one_person_is_not_both_sides() -> None:
    hall = Hall()
    ours, theirs, args = between(hall)
    both = hall.key(theirs.party, "91-A", ["trade"])  # whoever holds our key, too
    hall.do(ours, "party.declare_ownership", **args)
    (proposal,) = hall.register.proposals

    hall.refused(Reason.same_holder, both, "proposal.approve", proposal=proposal)


def test_a_second_one_does_not_wait_beside_the_first() -> None:
    hall = Hall()
    ours, theirs, args = between(hall)
    hall.do(ours, "party.declare_ownership", **args)
    (proposal,) = hall.register.proposals

    for share_bp in (5_000, 100):
        again = args | {"share_bp": share_bp}
        hall.refused(Reason.wrong_state, ours, "party.declare_ownership", **again)
        hall.refused(Reason.wrong_state, theirs, "party.declare_ownership", **again)
    hall.do(theirs, "proposal.reject", proposal=proposal)
    hall.do(ours, "party.declare_ownership", **args)


def test_what_the_other_agreed_to_ends_with_their_word_alone() -> None:
    hall = Hall()
    ours, theirs, args = between(hall)
    hall.do(ours, "party.declare_ownership", **args)
    hall.approve(theirs)

    hall.do(ours, "party.declare_ownership", **(args | {"share_bp": 0}))

    assert groups(hall)[theirs.party] == ours.party
    hall.approve(theirs)
    assert groups(hall)[theirs.party] == theirs.party
