"""The cases of the Autobahn test suite, sections 1 to 7, for a server that takes text messages.

Each case is bytes in and inputs of the protocol out. The suite's numbers stand beside them. Section
9 is size, which a limit of ours ends; 12 and 13 are compression, which is not offered.
"""

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.socket import frame_reader
from gateway.socket.frame_reader import FrameReader
from gateway.socket.inputs import (
    BinaryReceived,
    CloseReceived,
    FrameBroken,
    Input,
    PartReceived,
    PingReceived,
    PongReceived,
    TextReceived,
)
from tests.gateway.raw_socket import BINARY, CLOSE, CONT, PING, PONG, TEXT, ending, frame, text
from tests.reach import Reach

MOST = 65_536
PART = PartReceived(0)
HELLO = "Hello-µ@ßöäüàá-UTF-8!!"


def said(message: str | bytes) -> TextReceived:
    return TextReceived(message.encode() if isinstance(message, str) else message, 0)


def read(*chunks: bytes, most: int = MOST) -> list[Input]:
    """What these chunks bring; the reason of a broken frame is left out."""
    reader = FrameReader(most, lambda: 0)
    came = [each for chunk in chunks for each in reader.read(chunk)]
    return [FrameBroken(each.code, "") if isinstance(each, FrameBroken) else each for each in came]


def broken(code: int) -> FrameBroken:
    return FrameBroken(code, "")


def parts(opcode: int, *payloads: bytes) -> list[bytes]:
    """One message in fragments."""
    last = len(payloads) - 1
    return [
        frame(CONT if n else opcode, payload, fin=n == last) for n, payload in enumerate(payloads)
    ]


def bytewise(data: bytes) -> Iterable[bytes]:
    return (data[n : n + 1] for n in range(len(data)))


# --- 1: framing


@pytest.mark.parametrize("size", [0, 125, 126, 127, 128, 65_535, 65_536])
def test_1_a_message_of_any_size_is_read_whole_however_it_is_cut(size: int) -> None:
    message = b"*" * size
    sent = frame(TEXT, message)
    for step in (len(sent), 997):
        came = read(*(sent[n : n + step] for n in range(0, len(sent), step)))
        assert came[-1] == said(message)
        assert set(came[:-1]) <= {PART}
    assert read(frame(BINARY, message)) == [BinaryReceived(0)]


def test_1_a_message_byte_by_byte_is_a_part_at_each_byte_but_the_last() -> None:
    sent = text("ping")

    assert read(*bytewise(sent)) == [PART] * (len(sent) - 1) + [said("ping")]


def test_a_message_beyond_the_limit_is_too_long_in_one_frame_or_in_many() -> None:
    assert read(frame(TEXT, b"x" * 10), most=10) == [said(b"x" * 10)]
    assert read(frame(TEXT, b"x" * 11), most=10) == [broken(1009)]
    assert read(frame(TEXT, b"x" * 1_000)[:8], most=10) == [broken(1009)]  # by its head alone
    assert read(*parts(TEXT, b"x" * 5, b"x" * 5), most=10) == [PART, said(b"x" * 10)]
    assert read(*parts(TEXT, b"x" * 5, b"x" * 6), most=10) == [PART, broken(1009)]
    assert read(*parts(TEXT, *[b"x" * 1_000] * 9)[:1], most=10) == [broken(1009)]


def test_a_ping_inside_a_message_is_no_part_of_its_size() -> None:
    first, last = parts(TEXT, b"x" * 9, b"x")

    came = read(first, frame(PING, b"p" * 125), last, most=10)

    assert came == [PART, PingReceived(b"p" * 125, 0), said(b"x" * 10)]


# --- 2: pings and pongs


@pytest.mark.parametrize("payload", [b"", b"Hello", bytes(range(0x7D)), b"\xfe" * 125])
def test_2_a_ping_brings_its_payload(payload: bytes) -> None:
    assert read(frame(PING, payload)) == [PingReceived(payload, 0)]
    assert read(*bytewise(frame(PING, payload)))[-1] == PingReceived(payload, 0)


def test_2_5_a_ping_of_126_bytes_breaks_it() -> None:
    assert read(frame(PING, b"*" * 126)) == [broken(1002)]


def test_2_7_a_pong_that_nobody_asked_for_is_one() -> None:
    assert read(frame(PONG, b"x"), frame(PING)) == [PongReceived(0), PingReceived(b"", 0)]


def test_2_10_ten_pings_are_ten() -> None:
    assert read(b"".join([frame(PING)] * 10)) == [PingReceived(b"", 0)] * 10


# --- 3: reserved bits; 4: opcodes; 5.1 in RFC 6455: masks


@pytest.mark.parametrize("rsv", range(1, 8))
@pytest.mark.parametrize("opcode", [TEXT, BINARY, PING, PONG, CLOSE])
def test_3_a_reserved_bit_breaks_it_behind_what_came_before(rsv: int, opcode: int) -> None:
    bad = frame(opcode, rsv=rsv)

    assert read(text("ping") + bad + frame(PING)) == [said("ping"), broken(1002)]


@pytest.mark.parametrize("opcode", [3, 4, 5, 6, 7, 11, 12, 13, 14, 15])
def test_4_an_opcode_that_does_not_exist_breaks_it(opcode: int) -> None:
    assert read(text("ping") + frame(opcode, b"x")) == [said("ping"), broken(1002)]


@pytest.mark.parametrize("opcode", [CONT, TEXT, BINARY, CLOSE, PING, PONG])
@pytest.mark.parametrize("payload", [b"", b"xx"])
def test_an_unmasked_frame_breaks_it(opcode: int, payload: bytes) -> None:
    assert read(frame(opcode, payload, is_masked=False)) == [broken(1002)]


# --- 5: fragments


@pytest.mark.parametrize("opcode", [PING, PONG, CLOSE])
def test_5_1_a_control_frame_in_fragments_breaks_it(opcode: int) -> None:
    assert read(frame(opcode, b"x", fin=False)) == [broken(1002)]


def test_5_3_to_5_8_fragments_make_one_message_with_pings_between_them() -> None:
    first, last = parts(TEXT, b"frag", b"ment")
    ping = frame(PING, b"p")

    assert read(first + last) == [PART, said("fragment")]
    assert read(first + ping + last) == [PART, PingReceived(b"p", 0), said("fragment")]
    assert read(*bytewise(first + ping + last))[-1] == said("fragment")


@pytest.mark.parametrize("fin", [True, False])
def test_5_9_to_5_14_nothing_is_continued_that_was_not_begun(fin: bool) -> None:
    stray = frame(CONT, b"x", fin=fin)

    assert read(stray) == [broken(1002)]
    assert read(text("ping") + stray) == [said("ping"), broken(1002)]


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_5_15_to_5_20_a_new_message_inside_another_breaks_it(opcode: int) -> None:
    first, last = parts(TEXT, b"frag", b"ment")

    assert read(first, frame(opcode, b"x"), last) == [PART, broken(1002)]
    assert read(first, frame(opcode, b"x", fin=False)) == [PART, broken(1002)]


def test_an_empty_fragment_is_a_part() -> None:
    assert read(*parts(TEXT, *[b""] * 5)) == [PART] * 4 + [said("")]


# --- 6: UTF-8

GOOD = [
    "",
    HELLO,
    "κόσμε",
    "\x00\x7f\x80\u07ff\u0800\uffff\U00010000\U0010ffff",
    "\ud7ff\ue000\ufffd\U0001fffe\ufffe\uffff",
]
BAD = [
    b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited",
    b"\xf8\x88\x80\x80\x80", b"\xfc\x84\x80\x80\x80\x80", b"\xf7\xbf\xbf\xbf", b"\xf4\x90\x80\x80",
    b"\x80", b"\xbf", b"\x80\xbf\x80", b"\xc0 \xc1 ", b"\xe0 ", b"\xf0 ", b"\xfe", b"\xff",
    b"\xc0\xaf", b"\xe0\x80\xaf", b"\xf0\x80\x80\xaf", b"\xc1\xbf", b"\xe0\x9f\xbf",
    b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xed\xa0\x80\xed\xb0\x80",
    b"\xce", b"\xce\xba\xe1", b"\xf0\x9f\x98",
]  # fmt: skip


@pytest.mark.parametrize("message", GOOD)
def test_6_2_and_6_5_to_6_23_good_utf8_is_read_whole_and_byte_by_byte(message: str) -> None:
    sent = message.encode()

    assert read(frame(TEXT, sent)) == [said(sent)]
    assert read(*parts(TEXT, *bytewise(sent), b""))[-1] == said(sent)


@pytest.mark.parametrize("message", BAD)
def test_6_3_and_6_6_to_6_21_bad_utf8_breaks_it_whole_and_byte_by_byte(message: bytes) -> None:
    assert read(frame(TEXT, message)) == [broken(1007)]
    assert read(*parts(TEXT, *bytewise(message), b""))[-1] == broken(1007)
    assert read(frame(BINARY, message)) == [BinaryReceived(0)]


def test_6_4_bad_utf8_breaks_it_at_the_fragment_where_it_is_seen() -> None:
    first, second, last = parts(TEXT, "κόσμε".encode(), b"\xf4\x90", b"edited")

    assert read(first, second) == [PART, broken(1007)]
    assert read(first, second, last) == [PART, broken(1007)]


# --- 7: the end


def test_7_1_nothing_is_read_behind_a_close() -> None:
    for after in (text("ping"), frame(PING), ending(1000), frame(15)):
        assert read(ending(1000) + after) == [CloseReceived(1000)]
        assert read(ending(1000), after) == [CloseReceived(1000)]


def test_7_3_a_close_has_no_code_or_two_bytes_of_it() -> None:
    assert read(ending()) == [CloseReceived(0)]
    assert read(frame(CLOSE, b"\x03")) == [broken(1002)]
    assert read(ending(1000, b"Hello")) == [CloseReceived(1000)]
    assert read(ending(1000, b"*" * 123)) == [CloseReceived(1000)]
    assert read(ending(1000, b"*" * 124)) == [broken(1002)]


def test_7_5_a_reason_that_is_not_utf8_breaks_it() -> None:
    assert read(ending(1000, BAD[0])) == [broken(1007)]


@pytest.mark.parametrize(
    "code", [*range(1000, 1004), *range(1007, 1012), 3000, 3999, 4000, 4999]
)  # fmt: skip
def test_7_7_a_code_that_may_be_sent_is_read(code: int) -> None:
    assert read(ending(code)) == [CloseReceived(code)]


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65_535])
def test_7_9_and_7_13_a_code_that_may_not_be_sent_breaks_it(code: int) -> None:
    """7.9.5 is 1006, which aiohttp's own reader takes."""
    assert read(ending(code)) == [broken(1002)]
    assert read(ending(code, b"reason")) == [broken(1002)]


# --- any bytes, cut anywhere

FRAMES = st.sampled_from([
    text("ping"), *parts(TEXT, b"a", b"", b"b"), frame(BINARY, b"x"), frame(PING, b"p"),
    frame(PONG), ending(1000), frame(PING, fin=False), frame(TEXT, b"\xff"), frame(TEXT, b"x" * 70),
])  # fmt: skip

CUTS = Reach(whole=30, broken=60, message=9, part=60)


@CUTS.demanded
@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.lists(FRAMES | st.binary(max_size=9), max_size=8).map(b"".join), st.data())
def test_how_bytes_are_cut_changes_nothing_but_the_parts(sent: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(sent)), max_size=5)))
    chunks = [sent[a:b] for a, b in zip([0, *cuts], [*cuts, len(sent)], strict=True)]

    def without_parts(came: list[Input]) -> list[Input]:
        return [each for each in came if each != PART]

    whole, cut = read(sent, most=64), read(*chunks, most=64)
    assert without_parts(cut) == without_parts(whole)
    is_broken = any(isinstance(each, FrameBroken) for each in whole)
    CUTS.met("broken" if is_broken else "whole")
    CUTS.met("message", any(isinstance(each, TextReceived) for each in whole))
    CUTS.met("part", PART in cut)


def test_every_input_that_a_reader_can_hand_in_is_met_above() -> None:
    handed_in = {
        each for each in vars(frame_reader).values()
        if isinstance(each, type) and each.__module__ == "gateway.socket.inputs"
    }  # fmt: skip

    assert handed_in == {
        BinaryReceived, CloseReceived, FrameBroken, PartReceived,
        PingReceived, PongReceived, TextReceived,
    }  # fmt: skip
