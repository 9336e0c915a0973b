"""Args that no event could hold are refused in words, and nothing else is."""

import re
import sys
from collections.abc import Iterator
from typing import Any, get_type_hints
from unicodedata import category

import msgspec
import pytest

from exchange.commands import Symbol
from exchange.market.market_rule import Clock, MarketRule
from exchange.ops import OPS
from gateway.access.invitations import Invite
from gateway.routes.system import ROUTES
from ledger.commands import OpenVenue, RegisterParty, RegisterSite
from ledger.ids import PartyId
from ledger.refusals import Reason
from ledger.shapes import (
    _END,
    _UNSEEN,
    Digest,
    Id,
    MaybeDigest,
    MaybeId,
    Name,
    Text,
    Whole,
    Word,
    in_words,
)
from tests.ledger.hall import Hall
from tests.ledger.opened import digest

UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
NAME = "it takes a name of one line, not empty, without control or format characters"


def complaint(value: object, shape: object) -> str:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert(value, shape)
    return str(caught.value)


@pytest.mark.parametrize("shape", [Name, Text, Word])
def test_text_has_one_line_and_nothing_that_nobody_sees(shape: object) -> None:
    """Every control, format and half character of Unicode, wherever it stands."""
    unseen = [sign for sign in map(chr, range(sys.maxunicode + 1)) if category(sign) in UNSEEN]
    pattern = re.compile(f"[{_UNSEEN}]")

    assert len(unseen) > 2_000
    assert [hex(ord(sign)) for sign in unseen if not pattern.fullmatch(sign)] == []
    for text in ("a\0b", "a\nb", "a\n", "\x1b[0m", "a\x7f", "a\x9bm", "a\u202e", "\U000e0041"):
        said = in_words(complaint(text, shape))
        assert "of one line" in said
        assert "without control or format characters" in said


@pytest.mark.parametrize("shape", [Name, Text, Word])
@pytest.mark.parametrize("text", ["北京 ü", "كتاب", "नमस्ते", "[/x] 'b' & <c>", "全　角", "e\u0301"])
def test_what_is_seen_is_taken(shape: object, text: str) -> None:
    assert msgspec.convert(text, shape) == text


def test_a_name_says_something() -> None:
    assert in_words(complaint("   ", Name)) == NAME
    assert in_words(complaint("", Name)) == "it takes text of at least 1 characters"
    assert msgspec.convert("  北京 ü 1  ", Name) == "  北京 ü 1  "


def test_an_id_is_ascii_to_its_end() -> None:
    for wrong in ("p-0001\n", "p-١", "P-1", "p-1 "):
        assert in_words(complaint(wrong, Id[PartyId])) == "it takes an id such as p-0042"
    assert msgspec.convert("", MaybeId[PartyId]) == ""


def test_a_digest_is_whole_or_absent() -> None:
    assert msgspec.convert(digest("paper"), Digest) == msgspec.convert(digest("paper"), MaybeDigest)
    assert msgspec.convert("", MaybeDigest) == ""
    assert "43 characters" in in_words(complaint("z" * 70_000, MaybeDigest))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (-1, "it takes a whole number of at least 0"),
        (2**53, "it takes a whole number of at most 9,007,199,254,740,991"),
        ("5", "it takes a whole number, and text came"),
        (5.0, "it takes a whole number, and a fraction came"),
        (None, "it takes a whole number, and null came"),
    ],
)
def test_a_number_that_does_not_fit_is_told_in_words(value: object, said: str) -> None:
    assert in_words(complaint(value, Whole)) == said


def test_what_is_not_known_is_passed_on() -> None:
    assert in_words("Something new") == "Something new"


def test_nobody_stops_the_venue_with_a_long_list() -> None:
    """An event has at most 60,000 bytes: what goes in is bounded, or the engine would end."""
    hall = Hall()
    seller, _ = hall.owner("91-A")
    where: dict[str, Any] = {"name": "West", "delivery_point": "CN-BJ"}

    many = {f"metro {n}": 1 for n in range(10_000)}
    said = hall.refused(Reason.bad_field, seller, "site.new", latency_us=many, **where)
    assert said == "site.new latency_us: it takes an object { … } of at most 64 members."
    hall.refused(Reason.bad_field, seller, "site.new", latency_us={"bj": 2**70}, **where)
    hall.refused(
        Reason.bad_field,
        hall.clerk,
        "party.tier",
        party=seller.party,
        kyc_tier=1,
        evidence_sha256="z" * 70_000,
    )


def shapes_taken() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each shape within what a request may bring, and the struct that bears it."""
    bodies = [route.body for route in ROUTES if route.body is not None]
    kinds = [*(op.command for op in OPS.values()), *bodies, MarketRule, Invite]
    _, schemas = msgspec.json.schema_components(dict.fromkeys(kinds))
    for name, schema in schemas.items():
        stack: list[Any] = [schema]
        while stack:
            each = stack.pop()
            if isinstance(each, dict):
                yield name, each
                stack.extend(each.values())
            elif isinstance(each, list):
                stack.extend(each)


BOUNDED_ELSEWHERE = {
    "PlaceOrder": "its nodes are as many as its lots, and a market says how many those may be",
    "CancelAll": "the JSON holds 2,000 values at most, and none goes into an event",
    "MarketRule": "a stored rule is read by it: the text of a new one is bounded",
    "Eligible": "as MarketRule, whose member it is",
}


def test_every_list_and_table_is_bounded() -> None:
    met = 0
    for struct, shape in shapes_taken():
        if struct in BOUNDED_ELSEWHERE:
            continue
        if shape.get("type") == "array":
            met += 1
            assert "maxItems" in shape, (struct, shape)
        elif shape.get("type") == "object" and isinstance(shape.get("additionalProperties"), dict):
            met += 1
            assert "maxProperties" in shape, (struct, shape)
    assert met >= 10


def test_every_pattern_is_of_a_whole_text_and_is_told_in_words() -> None:
    taken = {
        shape["pattern"]: struct
        for struct, shape in shapes_taken()
        if isinstance(shape.get("pattern"), str)
    }
    assert len(taken) >= 12
    for pattern, struct in taken.items():
        assert pattern.startswith("^"), (struct, pattern)
        assert pattern.endswith(_END), f"{struct}: {pattern} may take a line's end: write form(…)"
        said = in_words(f"Expected `str` matching regex {pattern!r}")
        assert said.startswith("it takes "), (struct, said)


def member(struct: type, name: str) -> object:
    """The shape of one member of a struct."""
    return get_type_hints(struct, include_extras=True)[name]


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("T.L40S.CN-BJ.A1", Symbol),
        ("cn-1", member(OpenVenue, "venue")),
        ("CNY", member(OpenVenue, "currency")),
        ("CN-BJ", member(RegisterSite, "delivery_point")),
        ("CN", member(RegisterParty, "jurisdiction")),
        ("09:30", Clock),
    ],
)
def test_a_line_end_is_no_part_of_a_form(text: str, shape: object) -> None:
    assert msgspec.convert(text, shape) == text
    for wrong in (f"{text}\n", f"\n{text}", f"{text}\r\n", f"{text} "):
        assert complaint(wrong, shape) == complaint("?", shape), wrong
