"""The capacity schedule: no hour is sold twice."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.records import Thing, Window
from ledger.rights import capacity
from tests.reach import Reach

DAY_1, DAY_15, NEXT = (
    1_796_054_400_000_000_000,
    1_797_264_000_000_000_000,
    1_798_732_800_000_000_000,
)


def board() -> Thing:
    return Thing("n-0003", "n-0003", [], "H100SXM8", 3)


def test_a_lease_of_days_1_to_14_splits_the_month() -> None:
    thing = board()

    capacity.lease_window(thing, "l-0009", DAY_1, DAY_15)

    assert thing.windows == [Window(DAY_1, DAY_15, "", "l-0009")]
    assert not capacity.is_free(thing, DAY_1, NEXT)
    assert capacity.is_free(thing, DAY_15, NEXT)


def test_spans_that_only_touch_do_not_overlap() -> None:
    thing = board()
    capacity.hold_window(thing, "o-000001", 10, 20)

    assert capacity.is_free(thing, 0, 10)
    assert capacity.is_free(thing, 20, 30)
    assert not capacity.is_free(thing, 19, 20)
    assert not capacity.is_free(thing, 0, 30)


def test_a_lease_takes_the_window_that_its_ask_held() -> None:
    thing = board()
    capacity.hold_window(thing, "o-000001", 10, 20)

    capacity.lease_window(thing, "l-0009", 10, 20)
    capacity.free_order(thing, "o-000001")

    assert thing.windows == [Window(10, 20, "", "l-0009")]


def test_a_lease_of_a_part_leaves_the_rest_held() -> None:
    thing = board()
    capacity.hold_window(thing, "o-000001", 10, 20)

    capacity.lease_window(thing, "l-0009", 12, 15)

    assert thing.windows == [
        Window(10, 12, "o-000001", ""),
        Window(12, 15, "", "l-0009"),
        Window(15, 20, "o-000001", ""),
    ]


def test_an_ask_that_ends_frees_title_and_use() -> None:
    thing = board()
    capacity.hold_title(thing, "o-000001")
    capacity.hold_window(thing, "o-000002", 10, 20)

    capacity.free_order(thing, "o-000001")
    assert thing.order == ""
    assert len(thing.windows) == 1

    capacity.free_order(thing, "o-000002")
    assert thing.windows == []


def test_leases_beyond_an_instant() -> None:
    thing = board()
    assert not capacity.leased_beyond(thing, 0)
    capacity.hold_window(thing, "o-000001", 30, 40)
    capacity.lease_window(thing, "l-0009", 10, 20)

    assert capacity.leased_beyond(thing, 19)
    assert not capacity.leased_beyond(thing, 20)
    assert capacity.leases_beyond(thing, 0) == ["l-0009"]

    capacity.end_lease(thing, "l-0009")
    assert thing.windows == [Window(30, 40, "o-000001", "")]


def test_a_second_lease_of_an_hour_is_a_bug() -> None:
    thing = board()
    capacity.lease_window(thing, "l-0009", 10, 20)

    with pytest.raises(AssertionError, match="leased twice"):
        capacity.lease_window(thing, "l-0010", 19, 21)
    with pytest.raises(AssertionError, match="not free"):
        capacity.hold_window(thing, "o-000001", 0, 11)


spans = st.tuples(st.integers(0, 24), st.integers(1, 8)).map(lambda s: (s[0], s[0] + s[1]))


REACH = Reach(
    held=100,
    refused_a_hold=60,
    leased=100,
    leased_out_of_a_hold=12,
    refused_a_lease=25,
    freed=25,
    ended=35,
)
steps_of_a_day = st.tuples(
    st.sampled_from(["hold", "hold", "lease", "lease", "free", "end"]), spans, st.integers(0, 10**6)
)


@REACH.demanded
@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.lists(steps_of_a_day, min_size=4, max_size=30))
def test_windows_stay_disjoint_and_in_order(steps: list) -> None:
    thing = board()
    for number, (verb, (from_ns, to_ns), which) in enumerate(steps, start=1):
        meeting = [w for w in thing.windows if w.from_ns < to_ns and from_ns < w.to_ns]
        orders = [w.order for w in thing.windows if w.order]
        leases = [w.lease for w in thing.windows if w.lease]
        if verb == "hold":
            is_free = capacity.is_free(thing, from_ns, to_ns)
            assert is_free == (not meeting)
            REACH.met("held" if is_free else "refused_a_hold")
            if is_free:
                capacity.hold_window(thing, f"o-{number}", from_ns, to_ns)
        elif verb == "lease":
            is_leased = any(w.lease for w in meeting)
            REACH.met("refused_a_lease" if is_leased else "leased")
            REACH.met("leased_out_of_a_hold", bool(meeting) and not is_leased)
            if not is_leased:
                capacity.lease_window(thing, f"l-{number}", from_ns, to_ns)
        elif verb == "free" and orders:
            REACH.met("freed")
            order = orders[which % len(orders)]
            capacity.free_order(thing, order)
            assert all(w.order != order for w in thing.windows)
        elif verb == "end" and leases:
            REACH.met("ended")
            lease = leases[which % len(leases)]
            capacity.end_lease(thing, lease)
            assert all(w.lease != lease for w in thing.windows)

    edges = [edge for window in thing.windows for edge in (window.from_ns, window.to_ns)]
    assert edges == sorted(edges)
    assert all(w.from_ns < w.to_ns and bool(w.order) != bool(w.lease) for w in thing.windows)
