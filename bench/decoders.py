"""Time a byte of each decoder that a stranger can reach, at four sizes up to its limit.

Each shape of JSON that a careless decoder pays too much for, and each way to cut a socket's frames;
each figure is the least of ten runs, in processor time. Told is the largest size over the second:
above 1.5 a decoder does more than its share. Work itself, counted and not timed, is
`tests/gateway/test_decoders.py`.

    python bench/decoders.py [--runs 10] [--all]
"""

import argparse
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from gateway import wire
from gateway.access.limits import TokenBuckets
from gateway.settings import Limits
from gateway.socket.frame_reader import FrameReader
from gateway.socket.inputs import Connected, TextReceived
from gateway.socket.protocol import SocketProtocol
from ledger.refusals import Refused
from tests.gateway.hostile_texts import SHAPES, sizes_up_to
from tests.gateway.raw_socket import CONT, PING, TEXT, frame

LIMITS = Limits()
MOST = 1.5
FRAMES: dict[str, Callable[[int], bytes]] = {
    "empty fragments": lambda size: frame(TEXT, fin=False) + frame(CONT, fin=False) * (size // 6),
    "pings": lambda size: frame(PING) * (size // 6),
    "a long message": lambda size: frame(TEXT, b"x" * (size - 14)),
}


class Decoder(NamedTuple):
    """What is read, how, and what at most."""

    name: str
    made: Callable[[int], bytes]
    read: Callable[[bytes], object]
    most: int


def a_body(body: bytes) -> None:
    with suppress(Refused):
        wire.decode_object(body, LIMITS.body_bounds)


def a_message(text: bytes) -> None:
    protocol = SocketProtocol(LIMITS, TokenBuckets())
    protocol.receive(Connected("challenge", 0))
    protocol.receive(TextReceived(text, 0))


def in_chunks(step: int) -> Callable[[bytes], None]:
    def read(sent: bytes) -> None:
        reader = FrameReader(LIMITS.socket_message_bytes, lambda: 0)
        for start in range(0, len(sent), step):
            for _ in reader.read(sent[start : start + step]):
                pass

    return read


def decoders() -> list[Decoder]:
    """Every one, at its limit."""
    anonymous, session = LIMITS.body_bytes_anonymous, LIMITS.body_bytes
    found = []
    for name, shape in SHAPES.items():
        made = _bytes_of(shape)
        found += [
            Decoder(f"body, no session: {name}", made, a_body, anonymous),
            Decoder(f"body, a session: {name}", made, a_body, session),
            Decoder(f"message: {name}", made, a_message, LIMITS.socket_message_bytes),
        ]
    for name, frames in FRAMES.items():
        for step in (1, 1 << 18):
            most = LIMITS.socket_message_bytes
            found.append(Decoder(f"frames by {step}: {name}", frames, in_chunks(step), most))
    return found


def _bytes_of(shape: Callable[[int], str]) -> Callable[[int], bytes]:
    return lambda size: shape(size).encode()


def ns_a_byte(decoder: Decoder, size: int, runs: int) -> float:
    """The least of some runs."""
    sent = decoder.made(size)
    best = float("inf")
    for _ in range(runs):
        began = time.thread_time_ns()
        decoder.read(sent)
        best = min(best, time.thread_time_ns() - began)
    return best / len(sent)


def main() -> None:
    words = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    words.add_argument("--runs", type=int, default=10)
    words.add_argument("--all", action="store_true", help="each decoder, not the worst ten alone")
    caller = words.parse_args()
    rows = []
    for decoder in decoders():
        figures = [ns_a_byte(decoder, size, caller.runs) for size in sizes_up_to(decoder.most)]
        rows.append((figures[3] / figures[1], decoder, figures))
    rows.sort(key=lambda row: -row[0])
    print(f"{'decoder':50} {'limit':>9}   ns a byte at 1/64, 1/16, 1/4, 1 of it   last/second")
    for ratio, decoder, figures in rows if caller.all else rows[:10]:
        shown = " ".join(f"{figure:9.2f}" for figure in figures)
        print(f"{decoder.name:50} {decoder.most:>9,} {shown} {ratio:9.2f}")
    beyond = sum(ratio > MOST for ratio, _, _ in rows)
    print(f"decoders         {len(rows):>10,} looked at; {beyond} above {MOST}")


if __name__ == "__main__":
    main()
