"""Frames as RFC 6455 lays them out: the length in 7, 16 or 64 bits, and each form's last length."""

import pytest

from gateway.feeds.frames import close_frame, ping_frame, pong_frame, text_frame


@pytest.mark.parametrize(
    ("length", "head"),
    [
        (0, "8100"),
        (1, "8101"),
        (125, "817d"),
        (126, "817e007e"),
        (65_535, "817effff"),
        (65_536, "817f0000000000010000"),
    ],
)
def test_a_length_takes_the_shortest_form(length: int, head: str) -> None:
    payload = b"x" * length

    assert text_frame(payload) == bytes.fromhex(head) + payload


def test_pings_and_pongs() -> None:
    assert ping_frame() == b"\x89\x00"
    assert pong_frame(b"") == b"\x8a\x00"
    assert pong_frame(b"ab") == b"\x8a\x02ab"


@pytest.mark.parametrize(("reason", "kept"), [("", 0), ("r" * 123, 123), ("r" * 124, 123)])
def test_a_close_bears_its_code_and_as_much_of_its_reason_as_fits(reason: str, kept: int) -> None:
    assert close_frame(1008, reason) == bytes((0x88, 2 + kept)) + b"\x03\xf0" + b"r" * kept
