"""WebSocket frames as bytes, built once for all readers (RFC 6455; unmasked, never fragmented)."""

import struct

_TEXT, _CLOSE, _PING, _PONG = 0x81, 0x88, 0x89, 0x8A
_SHORT_MOST = 125
_MEDIUM_MOST = 0xFFFF


def text_frame(payload: bytes) -> bytes:
    """One whole text message; *payload* is UTF-8."""
    return _header(_TEXT, len(payload)) + payload


def ping_frame() -> bytes:
    return bytes((_PING, 0))


def pong_frame(payload: bytes) -> bytes:
    """The answer to a ping, with its payload."""
    return _header(_PONG, len(payload)) + payload


def close_frame(code: int, reason: str) -> bytes:
    """The last frame; a reason past 123 bytes is cut."""
    payload = struct.pack("!H", code) + reason.encode()[: _SHORT_MOST - 2]
    return _header(_CLOSE, len(payload)) + payload


def _header(first: int, length: int) -> bytes:
    if length <= _SHORT_MOST:
        return bytes((first, length))
    if length <= _MEDIUM_MOST:
        return struct.pack("!BBH", first, 126, length)
    return struct.pack("!BBQ", first, 127, length)
