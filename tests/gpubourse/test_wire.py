"""The forms that the client and the gateway share: read as they were written, in whole numbers."""

import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpubourse import BadReply, wire
from gpubourse.book_copy import CHECKED_LEVELS, BookLevel, HeldBook, checksum
from gpubourse.errors import BadChecksum
from gpubourse.records import CancelReply, OrderReply
from gpubourse.replies import read
from ledger import base64url
from tests.reach import Reach

NANOS = st.integers(-(2**63), 2**63 - 1)
PLAIN = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8)
NAMES = st.sampled_from(["lots", "fills", "label", "nanos"])
VALUES = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.builds(
            lambda at_ns, members: {"at_ns": at_ns, **members},
            NANOS | st.none(),
            st.dictionaries(NAMES, inner, max_size=3),
        )
    ),
    max_leaves=8,
)
LEVELS = st.lists(st.tuples(*[st.integers(0, 2**53 - 1)] * 4).map(BookLevel._make), max_size=14)
FORMS = Reach(instants=20, instants_unknown=3, instants_in_lists=3, negative=5)
TEXTS = Reach(read_back=20, none_at_all=3)
BOOKS = Reach(one_sided=5, both_sides=40, deeper_than_checked=3)
ORDER = {
    "order": "o-1",
    "state": "open",
    "market": "T",
    "side": "bid",
    "price_ticks": 5,
    "lots": 1,
    "filled_lots": 0,
    "open_lots": 1,
    "held_minor": 5,
    "fills": [],
}


@FORMS.demanded
@settings(max_examples=200, derandomize=True, deadline=None)
@given(VALUES)
def test_what_goes_out_comes_in_again(value: object) -> None:
    told = repr(wire.outward(value))

    assert wire.inward(wire.outward(value)) == value
    FORMS.met("instants", "'at_ns': '" in told)
    FORMS.met("instants_unknown", "'at_ns': None" in told)
    FORMS.met("instants_in_lists", "[{'at_ns': '" in told)
    FORMS.met("negative", "'at_ns': '-" in told)


@pytest.mark.parametrize("text", ["05", "+5", "5.0", "-0", "", "x"])
def test_nanoseconds_of_another_form_are_no_reply(text: str) -> None:
    with pytest.raises(ValueError, match="nanoseconds"):
        wire.inward({"rows": [{"at_ns": text}]})


def test_a_fraction_is_no_reply() -> None:
    with pytest.raises(ValueError, match="whole number"):
        wire.inward({"lots": 1.5})


def test_a_part_of_a_path_stays_in_its_place() -> None:
    assert wire.filled("/v1/orders/{order}", {"order": "key:a/b?c"}) == "/v1/orders/key%3Aa%2Fb%3Fc"


@TEXTS.demanded
@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.binary(max_size=40) | st.sampled_from(["", "AA", "AB", "A=", "é", None]))
def test_client_and_register_have_one_base64url(given_: bytes | str | None) -> None:
    text = wire.text64(given_) if isinstance(given_, bytes) else given_

    for length in (0, 1, 32):
        assert wire.bytes64(text, length) == base64url.bytes64(text, length)
    if isinstance(given_, bytes):
        assert text == base64url.text64(given_)
        assert wire.bytes64(text, len(given_)) == given_
        assert wire.sha256_text(given_) == base64url.sha256_text(given_)
    TEXTS.met("read_back", isinstance(given_, bytes) and bool(given_))
    TEXTS.met("none_at_all", isinstance(given_, str) and wire.bytes64(text, 1) is None)


@BOOKS.demanded
@settings(max_examples=200, derandomize=True, deadline=None)
@given(LEVELS, LEVELS)
def test_a_checksum_is_of_the_best_levels_in_a_row(
    bids: list[BookLevel], asks: list[BookLevel]
) -> None:
    checked = [*asks[:CHECKED_LEVELS], *bids[:CHECKED_LEVELS]]
    row = b"".join(
        number.to_bytes(8, "little", signed=True)
        for level in checked
        for number in (level.price_ticks, level.lots, level.conditional_lots)
    )

    assert checksum(bids, asks) == zlib.crc32(row)
    assert checksum([list(each) for each in bids], [list(each) for each in asks]) == checksum(
        bids, asks
    )  # the venue has its levels as lists
    BOOKS.met("one_sided", bool(bids) != bool(asks))
    BOOKS.met("both_sides", bool(bids and asks))
    BOOKS.met("deeper_than_checked", max(len(bids), len(asks)) > CHECKED_LEVELS)


def test_the_published_checksum() -> None:
    asks = [(1035, 2, 1, 0), (1040, 6, 2, 0), (1060, 16, 4, 0)]

    assert checksum([], asks) == 2047252526


def test_a_book_that_differs_from_the_venues_is_not_shown() -> None:
    held = HeldBook("T")
    body = {"phase": "continuous", "bids": [], "asks": [[1035, 2, 1, 0], [1040, 6, 2, 0]]}
    snapshot = {"kind": "snapshot", "seq": 1, "at_ns": 1, "body": body}
    assert held.take(snapshot).best_ask == (1035, 2, 1, 0)

    with pytest.raises(BadChecksum):
        held.take({"kind": "delta", "seq": 2, "at_ns": 2, "body": body, "crc": 7})


def test_members_of_a_newer_venue_are_passed_over() -> None:
    order = read(OrderReply, {**ORDER, "colour": "blue"})

    assert (order.order, order.lots) == ("o-1", 1)
    assert not hasattr(order, "colour")


def test_what_the_wire_leaves_out_or_says_null_of_is_none() -> None:
    assert read(OrderReply, ORDER).cause is None
    assert read(OrderReply, {**ORDER, "nodes": None}).nodes is None


@pytest.mark.parametrize("wrong", [{"lots": None}, {"lots": "1"}, {"state": 5}])
def test_what_must_be_there_is_never_made_up(wrong: dict[str, object]) -> None:
    with pytest.raises(BadReply) as bad:
        read(OrderReply, {**ORDER, **wrong})
    assert bad.value.reply == {**ORDER, **wrong}
    with pytest.raises(BadReply, match="lots_ended"):
        read(CancelReply, ORDER)
