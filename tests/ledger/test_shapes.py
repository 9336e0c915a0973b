"""Args that no event could hold are refused in words, and nothing else is."""

from typing import Any

import msgspec
import pytest

from ledger.ids import PartyId
from ledger.refusals import Reason
from ledger.shapes import Digest, Id, MaybeDigest, MaybeId, Name, Text, Whole, Word, in_words
from tests.ledger.hall import Hall
from tests.ledger.opened import digest


def complaint(value: object, shape: object) -> str:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert(value, shape)
    return str(caught.value)


@pytest.mark.parametrize("shape", [Name, Text, Word])
@pytest.mark.parametrize("text", ["a\0b", "a\nb", "a\n", "\x1b[0m", "a\x7f"])
def test_text_has_one_line_and_no_control_characters(shape: object, text: str) -> None:
    assert "of one line" in in_words(complaint(text, shape))


def test_a_name_says_something() -> None:
    assert in_words(complaint("   ", Name)) == "it takes a name of one line, not empty"
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
