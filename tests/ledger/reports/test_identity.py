"""Which texts identify a GPU, and how strongly (DOMAIN 1, "Identity")."""

import pytest

from ledger.inventory import UnitReading
from ledger.reports.identity import (
    DENYLIST,
    identifying,
    identity,
    is_serial_damaged,
    serial,
    twins,
    uuid,
)

UUID = "GPU-b42dd28e-ffdd-8720-1df0-98bd8cdc05b1"


def unit(**fields: object) -> UnitReading:
    whole = {
        "line": 1,
        "vendor": "nvidia",
        "serial": "1654423001593",
        "board_part_number": "692-2G520-0200-000",
        "uuid": UUID,
    }
    return UnitReading(**(whole | fields))  # type: ignore[arg-type]


@pytest.mark.parametrize("text", [*sorted(DENYLIST), "", " ", "0", "0000000000000", "n/a", "XXXX"])
def test_a_text_that_many_cards_bear_identifies_nothing(text: str) -> None:
    assert identifying(text) is None
    assert serial("nvidia", text) == (None, "serial_not_identifying")
    assert serial("amd", text) == (None, "serial_not_identifying")


def test_zeros_with_dashes_are_zeros() -> None:
    assert identifying("000-00000-0000-000") is None


def test_a_text_is_trimmed_and_in_capitals_with_its_zeros() -> None:
    assert identifying("  00ab-1 ") == "00AB-1"


@pytest.mark.parametrize(
    ("vendor", "text", "found"),
    [
        ("nvidia", "1654423001593", ("1654423001593", None)),
        ("nvidia", "0654423001593", ("0654423001593", None)),
        ("nvidia", "654423001593", (None, "leading_zero_lost?")),
        ("nvidia", "16544230015930", (None, "serial_not_identifying")),
        ("nvidia", "165442300159X", (None, "serial_not_identifying")),
        ("nvidia", "１６５４４２３００１５９３", (None, "serial_not_identifying")),
        ("amd", "692347006052", ("692347006052", None)),
        ("amd", "short", (None, "serial_not_identifying")),
        ("intel", "ab12cd34", ("AB12CD34", None)),
    ],
)
def test_each_vendor_has_its_serial(
    vendor: str, text: str, found: tuple[str | None, str | None]
) -> None:
    assert serial(vendor, text) == found


def test_a_number_is_a_damaged_serial_and_a_serial_is_not() -> None:
    assert is_serial_damaged("1.65442E+12")
    assert is_serial_damaged("1,65442e+12")
    assert not is_serial_damaged("1654423001593")
    assert not is_serial_damaged("AB12CD34")


@pytest.mark.parametrize(
    ("vendor", "text", "found"),
    [
        ("nvidia", UUID.upper(), UUID),
        ("nvidia", UUID.replace("-", "").replace("GPU", "GPU-"), UUID),
        ("nvidia", "GPU-00000000-0000-0000-0000-000000000000", None),
        ("nvidia", "N/A", None),
        ("amd", "0x8d1457e2c20f59d2", "0x8d1457e2c20f59d2"),
        ("amd", "0x0", None),
        ("amd", "0x0000000000000000", None),
    ],
)
def test_a_uuid_has_one_spelling(vendor: str, text: str, found: str | None) -> None:
    assert uuid(vendor, text) == found


def test_serial_and_part_are_strong_uuid_medium_and_nothing_weak() -> None:
    assert identity(unit()).level == "strong"
    assert identity(unit(board_part_number=None)).level == "medium"
    assert identity(unit(serial=None)).level == "medium"
    assert identity(unit(serial=None, uuid=None)).level == "weak"


def test_a_guest_s_serial_is_no_key_for_others_share_the_card() -> None:
    known = identity(unit(flags=("virtual_function",)))
    assert (known.level, known.strong_key) == ("medium", None)


def test_junk_never_makes_two_cards_one() -> None:
    one = unit(serial=None, uuid=None)
    assert twins([one, one, one]) == []


def test_twins_name_what_they_share() -> None:
    other = "GPU-7c3cadbd-17e5-0913-f69b-c618122ea0cd"
    found = twins([unit(), unit(uuid=other), unit(serial="1654423001594")])
    assert [(twin.later, twin.first, twin.shared) for twin in found] == [
        (1, 0, "serial 1654423001593"),
        (2, 0, f"UUID {UUID}"),
    ]
