"""Hostile clients of a socket, each as the bytes that it writes without end, and how it ends."""

from collections.abc import Callable, Iterator
from itertools import cycle
from typing import NamedTuple

from tests.gateway.raw_socket import BINARY, CONT, PING, PONG, TEXT, ending, frame, text

BIG = '{"op":"subscribe","id":1,"feeds":[' + ",".join(["0"] * 1_900) + "]}"


def over_and_over(*frames: bytes) -> Callable[[], Iterator[bytes]]:
    return lambda: cycle(frames)


def one_by_one(data: bytes) -> Callable[[], Iterator[bytes]]:
    return lambda: (bytes((byte,)) for byte in cycle(data))


def after(first: bytes, *then: bytes) -> Callable[[], Iterator[bytes]]:
    def sent() -> Iterator[bytes]:
        yield first
        yield from cycle(then)

    return sent


class Hostile(NamedTuple):
    """What it writes without end, and the code with which it is let go (None: it is not yet)."""

    sends: Callable[[], Iterator[bytes]]
    code: int | None = None


SORTS: dict[str, Hostile] = {
    "pings": Hostile(over_and_over(frame(PING) * 100)),
    "pongs": Hostile(over_and_over(frame(PONG, b"x" * 125) * 50)),
    "one byte at a time": Hostile(one_by_one(frame(TEXT, b"x" * 60_000))),
    "empty fragments": Hostile(after(frame(TEXT, fin=False), frame(CONT, fin=False) * 100)),
    "fragments of a byte": Hostile(
        after(frame(TEXT, fin=False), frame(CONT, b"x", fin=False) * 100)
    ),
    "half a frame": Hostile(after(frame(TEXT, b"x" * 60_000)[:100], b"")),
    "pings as messages": Hostile(over_and_over(text('{"op":"ping","id":1}') * 50)),
    "orders of a stranger": Hostile(
        over_and_over(text('{"op":"order.new","id":1,"key":"k","args":{}}') * 50)
    ),
    "wrong log-ons": Hostile(over_and_over(text('{"op":"logon","id":1,"token":"no"}') * 50)),
    "huge messages": Hostile(over_and_over(text(BIG.ljust(65_000)))),
    "no JSON": Hostile(over_and_over(text("{") * 50), 4010),
    "deep nests": Hostile(over_and_over(text("[" * 3_000)), 4010),
    "unmasked": Hostile(over_and_over(frame(PING, is_masked=False)), 1002),
    "reserved bits": Hostile(over_and_over(frame(TEXT, b"{}", rsv=4)), 1002),
    "no UTF-8": Hostile(over_and_over(frame(TEXT, b"\xff")), 1007),
    "too long": Hostile(over_and_over(text("x" * 65_537)), 1009),
    "binary": Hostile(over_and_over(frame(BINARY, b"x")), 1003),
    "closes": Hostile(over_and_over(ending(1000)), 1000),
}
