"""What a request may look like, and what it may not."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway import wire
from gpubourse.wire import canonical, encode
from ledger.refusals import Reason, Refused
from tests.reach import Reach

REFUSED_SHAPES = [
    (b'{"lots":1,"lots":2}', "twice"),
    (b'{"lots":1.5}', "whole number"),
    (b'{"lots":1e3}', "whole number"),
    (b'{"lots":NaN}', "whole number"),
    (b'{"lots":Infinity}', "whole number"),
    (b'{"lots":9007199254740992}', "beyond"),
    (b'{"lots":' + b"9" * 5_000 + b"}", "beyond"),
    (b'{"lots":' + b"1" * 24 + b"}", f"number {'1' * 24} is"),
    (b'{"lots":' + b"1" * 31 + b"}", f"number {'1' * 24}… is"),
    (b'{"lots":' + b"1" * 31 + b".5}", f"{'1' * 24}… is not a whole"),
    (b'{"lots":1} x', "not JSON"),
    (b"{'lots':1}", "not JSON"),
    (b'{"lots":01}', "not JSON"),
    (b'\xef\xbb\xbf{"lots":1}', "not JSON"),
    (b'{"label":"\xff"}', "UTF-8"),
    (b'{"label":"\\ud800"}', "surrogate"),
    ('{"手":1}'.encode(), "ASCII"),
    (b"[" * 17 + b"]" * 17, "deeper"),
    (b"[" * 100_000 + b"]" * 100_000, "deeper"),
]


@pytest.mark.parametrize(("body", "words"), REFUSED_SHAPES)
def test_what_is_not_strict_json_is_refused_with_the_reason(body: bytes, words: str) -> None:
    with pytest.raises(Refused) as refused:
        wire.decode(body)

    assert refused.value.reason.name == "bad_shape"
    assert words in refused.value.detail


@pytest.mark.parametrize(
    "member", [b"5", b'"05"', b'"+5"', b'"5.0"', b'"-0"', b'""', b"[]", b'"9223372036854775808"']
)
def test_nanoseconds_are_decimal_text_within_64_bits(member: bytes) -> None:
    with pytest.raises(Refused) as refused:
        wire.decode(b'{"args":{"expires_ns":' + member + b"}}")

    assert refused.value.reason.name == "bad_field"
    assert refused.value.field == "/args/expires_ns"


def test_nanoseconds_become_ints_and_go_out_as_text_at_any_depth() -> None:
    inside = wire.decode(
        b'{"a_ns":"1796090400000000000","rows":[{"to_ns":"7","lots":3}],"b_ns":null}'
    )

    assert inside == {"a_ns": 1796090400000000000, "rows": [{"to_ns": 7, "lots": 3}], "b_ns": None}
    assert json.loads(encode(inside)) == {
        "a_ns": "1796090400000000000",
        "rows": [{"to_ns": "7", "lots": 3}],
        "b_ns": None,
    }


def test_a_text_has_at_most_1024_characters() -> None:
    assert wire.decode(json.dumps({"label": "界" * 1_024}).encode()) == {"label": "界" * 1_024}
    with pytest.raises(Refused) as refused:
        wire.decode(json.dumps({"label": "界" * 1_025}).encode())
    assert refused.value.field == "/label"


def test_depth_16_is_still_taken() -> None:
    assert wire.decode(b"[" * 16 + b"]" * 16) is not None


def test_a_body_that_is_no_object_is_refused_and_an_empty_one_is_empty() -> None:
    assert wire.decode_object(b"") == {}
    with pytest.raises(Refused):
        wire.decode_object(b"[1]")


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-wire.NUMBER_MOST, wire.NUMBER_MOST)
    | st.text(st.characters(codec="utf-8"), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(st.characters(codec="ascii"), max_size=8).filter(
                lambda name: not name.endswith("_ns")
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


CANONICAL = Reach(
    objects=5,
    lists=25,
    nested=30,
    beyond_ascii=15,
    escaped=20,
    negative=15,
)


@CANONICAL.demanded
@settings(max_examples=200, derandomize=True, deadline=None)
@given(PLAIN)
def test_canonical_is_what_pythons_own_json_says_sorted_and_tight(value: object) -> None:
    reference = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    assert canonical(value) == reference.encode()
    CANONICAL.met("objects", isinstance(value, dict) and len(value) > 1)
    CANONICAL.met("lists", isinstance(value, list) and len(value) > 1)
    CANONICAL.met("nested", any(start in reference[1:] for start in "[{"))
    CANONICAL.met("beyond_ascii", not reference.isascii())
    CANONICAL.met("escaped", "\\" in reference)
    CANONICAL.met("negative", "-" in reference)


BYTES = Reach(read=4, refused=90)
NEARLY = st.sampled_from([b"", b"[", b'{"lots":', b'{"at_ns":"', b'"', b"1", b"-", b"null", b"{}"])


@BYTES.demanded
@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.lists(st.binary(max_size=20) | NEARLY, max_size=4).map(b"".join))
def test_no_bytes_at_all_do_worse_than_a_refusal(body: bytes) -> None:
    try:
        value = wire.decode(body)
    except Refused as refused:
        value = refused.reason.name
        BYTES.met("refused")
    else:
        BYTES.met("read")
    assert json.loads(encode(value)) is not NotImplemented


@pytest.mark.parametrize("text", ["-5", "-0", "+5", "05", "", str(2**63)])
def test_no_instant_lies_below_zero_or_has_another_form(text: str) -> None:
    with pytest.raises(Refused) as refused:
        wire.decode_object(f'{{"expires_ns":"{text}"}}'.encode())

    assert (refused.value.reason, refused.value.field) == (Reason.bad_field, "/expires_ns")
