"""A client's bytes to inputs of the protocol: frames, fragments, UTF-8 (RFC 6455). Pure.

Framing is the `websockets` library's own protocol, without its I/O. Here fragments are joined, and
the bytes are handed to it in short pieces: who reads may stop between any two inputs.
"""

from codecs import IncrementalDecoder, getincrementaldecoder
from collections.abc import Callable, Iterator
from typing import Final

from websockets.frames import Close, Frame, Opcode
from websockets.protocol import SERVER, Protocol

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

PIECE_BYTES: Final = 1_024  # at most so many bytes are taken apart before an input is handed out
CONTROL_BYTES: Final = 125  # of a ping between fragments: no part of the message's own size
NOT_UTF8: Final = FrameBroken(1007, "a text is not UTF-8")
TOO_LONG: Final = FrameBroken(1009, "message too long")

_utf8 = getincrementaldecoder("utf-8")


class FrameReader:
    """One client's frames. After a `FrameBroken` or a `CloseReceived` it reads nothing more.

    Close it in the end: the library's parser and its error hold each other until a collection.
    """

    def __init__(self, message_bytes_most: int, clock: Callable[[], int]) -> None:
        self._most = message_bytes_most
        self._clock = clock  # ns of the loop
        self._frames = Protocol(SERVER, max_size=message_bytes_most + CONTROL_BYTES)
        self._parts: list[bytes] = []  # of the message that is not whole yet
        self._size = 0
        self._text: IncrementalDecoder | None = None  # None: the message is binary
        self.is_done = False

    def close(self) -> None:
        """Let the library's parser go."""
        self._frames.parser.close()
        self._frames.parser_exc = None

    def read(self, data: bytes) -> Iterator[Input]:
        """What these bytes end: frame by frame, and a `PartReceived` if they end none."""
        is_part = True
        for start in range(0, len(data), PIECE_BYTES):
            for received in self._piece(data[start : start + PIECE_BYTES]):
                if self.is_done:
                    return
                is_part = False
                self.is_done = isinstance(received, FrameBroken | CloseReceived)
                yield received
        if is_part and not self.is_done:
            yield PartReceived(self._clock())

    def _piece(self, piece: bytes) -> Iterator[Input]:
        frames = self._frames
        frames.receive_data(piece)
        for frame in frames.events_received():
            assert isinstance(frame, Frame), "the handshake is over"
            yield self._frame(frame)
        frames.data_to_send()  # its own answers: ours go by the outbox
        if frames.parser_exc is not None:
            sent = frames.close_sent
            assert sent is not None, "a broken frame is answered with a close"
            yield TOO_LONG if sent.code == TOO_LONG.code else FrameBroken(sent.code, sent.reason)

    def _frame(self, frame: Frame) -> Input:
        now_ns = self._clock()
        if frame.opcode is Opcode.PING:
            return PingReceived(bytes(frame.data), now_ns)
        if frame.opcode is Opcode.PONG:
            return PongReceived(now_ns)
        if frame.opcode is Opcode.CLOSE:
            return CloseReceived(Close.parse(frame.data).code if frame.data else 0)
        return self._data(frame, now_ns)

    def _data(self, frame: Frame, now_ns: int) -> Input:
        if frame.opcode is not Opcode.CONT:
            self._parts, self._size = [], 0
            self._text = _utf8() if frame.opcode is Opcode.TEXT else None
        self._size += len(frame.data)
        if self._size > self._most:
            return TOO_LONG
        if self._text is not None:
            try:
                self._text.decode(frame.data, final=frame.fin)
            except UnicodeDecodeError:
                return NOT_UTF8
        if frame.data:
            self._parts.append(bytes(frame.data))
        if not frame.fin:
            return PartReceived(now_ns)
        message, self._parts = b"".join(self._parts), []
        return BinaryReceived(now_ns) if self._text is None else TextReceived(message, now_ns)
