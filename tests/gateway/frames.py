"""The venue's WebSocket frames, read without a library: a test may stop in the middle of one."""

import json
from typing import Any


def take_messages(heard: bytearray) -> list[dict[str, Any]]:
    """The whole text messages at the head of *heard*, taken out of it."""
    told: list[dict[str, Any]] = []
    while (frame := _frame_at_head(heard)) is not None:
        told.append(json.loads(frame))
    return told


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
