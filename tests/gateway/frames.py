"""The venue's WebSocket frames, read without a library: a test may stop in the middle of one."""

import asyncio
import json
import socket
from typing import Any

from tests.waiting import soon


def take_messages(heard: bytearray) -> list[dict[str, Any]]:
    """The whole text messages at the head of *heard*, taken out of it."""
    told: list[dict[str, Any]] = []
    while (frame := _frame_at_head(heard)) is not None:
        told.append(json.loads(frame))
    return told


async def read_up_to(raw: socket.socket, feed: str, seq: int) -> list[dict[str, Any]]:
    """What a raw socket, just upgraded, is sent of a feed, up to a `seq`."""
    raw.setblocking(False)
    heard = bytearray(await _until_upgraded(raw))
    told: list[dict[str, Any]] = []
    while not told or told[-1]["seq"] < seq:
        told += [each for each in take_messages(heard) if each.get("feed") == feed]
        if not told or told[-1]["seq"] < seq:
            heard += await _more(raw)
    return told


async def _until_upgraded(raw: socket.socket) -> bytes:
    """Read past the answer to the upgrade; what came behind it."""
    heard = b""
    while b"\r\n\r\n" not in heard:
        heard += await _more(raw)
    return heard.partition(b"\r\n\r\n")[2]


async def _more(raw: socket.socket) -> bytes:
    heard = await soon(asyncio.get_running_loop().sock_recv(raw, 65_536))
    assert heard, "the venue hung up"
    return heard


def _frame_at_head(heard: bytearray) -> bytes | None:
    """What the first frame carries, taken out; None while it has not all come."""
    if len(heard) < 2:
        return None
    length, head = heard[1], 2
    if length == 126:
        length, head = int.from_bytes(heard[2:4], "big"), 4
    elif length == 127:
        length, head = int.from_bytes(heard[2:10], "big"), 10
    if len(heard) < head + length:
        return None
    text = bytes(heard[head : head + length])
    del heard[: head + length]
    return text
