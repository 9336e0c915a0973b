"""Numbers and instants from texts: one form each, whoever sends them."""

import pytest

from ledger.durations import SECOND_NS
from ledger.shapes import whole_number
from ledger.time_text import instant_ns
from tests.other_digits import OTHER_DIGITS

AT_NS = 1_796_054_400 * SECOND_NS  # 2026-11-30T16:00:00Z


@pytest.mark.parametrize("text", ["0", "7", "10", "99", "100"])
def test_a_whole_number_is_read(text: str) -> None:
    assert whole_number(text, 100) == int(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "01", "00", "101", "999", "9" * 5_000, "-1", "+1", "1_0", " 1", "1\n", "1.0", "x"),
        *(f"{before}{digit}" for before in ("", "1") for digit in OTHER_DIGITS),
    ],
)
def test_whatever_else_is_none(text: str) -> None:
    assert whole_number(text, 100) is None


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("2026-11-30T16:00:00Z", AT_NS),
        ("2026-11-30t16:00:00z", AT_NS),
        ("2026-11-30 16:00:00-00:00", AT_NS),
        ("2026-12-01T00:00:00+08:00", AT_NS),
        ("2026-11-30T16:00:00.6Z", AT_NS + 600_000_000),
        ("2026-11-30T15:59:59.999999999Z", AT_NS - 1),
        ("1970-01-01T00:00:00Z", 0),
        ("1969-12-31T23:59:59Z", -SECOND_NS),
    ],
)
def test_an_instant_is_read_to_the_nanosecond_and_never_rounded(text: str, ns: int) -> None:
    assert instant_ns(text) == ns


NO_INSTANTS = (
    "",
    "2026-11-30",
    "2026-11-30T16:00Z",
    "2026-11-30T16:00:00",
    "2026-11-30T16:00:00,6Z",
    "2026-11-30T16:00:00.Z",
    "2026-11-30T16:00:00.1234567890Z",
    "20261130T160000Z",
    "2026-W01-1",
    "2026-W01-1T00:00:00Z",
    "2026-334T00:00:00Z",
    "2026-11-30T16:00:00+0800",
    "2026-11-30T16:00:00+08",
    "2026-11-30T16:00:00+08:60",
    "2026-11-30T16:00:00+24:00",
    "2026-11-30T16:00:00+08:00:01",
    "2026-11-31T16:00:00Z",
    "2026-11-30T24:00:01Z",
    "2026-11-30T16:00:61Z",
    "0000-01-01T00:00:00Z",
    "2026-11-30T16:00:00Z\n",
    "2026-11-30X16:00:00Z",
    *(f"2026-11-30T16:00:0{digit}Z" for digit in OTHER_DIGITS),
    *(f"2026-11-30T16:00:00.{digit}Z" for digit in OTHER_DIGITS),
)


@pytest.mark.parametrize("text", NO_INSTANTS)
def test_no_other_form_of_a_time_is_taken(text: str) -> None:
    assert instant_ns(text) is None
