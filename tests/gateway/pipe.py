"""A socket's way out without a socket: how far its reader lags is the test's to say."""

import asyncio
from typing import Any

from tests.gateway.frames import take_messages


class Pipe(asyncio.Transport):
    """Keeps what it is sent until it is read."""

    def __init__(self, lag: int | None = None) -> None:
        super().__init__()
        self.lag = lag  # bytes that seem to wait; None: those that were not read yet
        self.is_cut = False
        self.sent: list[bytes] = []  # that was not read yet

    def write(self, data: Any) -> None:
        assert not self.is_cut, "asyncio would log each write to a line that is gone"
        self.sent.append(bytes(data))

    def get_write_buffer_size(self) -> int:
        return sum(map(len, self.sent)) if self.lag is None else self.lag

    def is_closing(self) -> bool:
        return self.is_cut

    def abort(self) -> None:
        self.is_cut = True

    def read(self) -> list[dict[str, Any]]:
        """Every message that waits."""
        heard = bytearray(b"".join(self.sent))
        self.sent.clear()
        return take_messages(heard)
