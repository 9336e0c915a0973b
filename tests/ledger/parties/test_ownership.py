"""Groups: a quarter or control makes two parties one side of the market."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.caller import Caller
from ledger.commands import DeclareOwnership
from ledger.events import GroupChanged, OwnershipDeclared
from ledger.refusals import Reason
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


def groups(street: Street) -> dict[str, str]:
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
    for owner, owned, share_bp in links:
        if owner != owned:
            declare(street, f"p-{owner:04d}", f"p-{owned:04d}", share_bp)
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


@pytest.mark.parametrize("share_bp", [2_500, 10_000])
def test_said_twice_it_moves_nobody(share_bp: int) -> None:
    street = crowd(2)
    declare(street, "p-0002", "p-0003")

    assert declare(street, "p-0002", "p-0003", share_bp) == []
