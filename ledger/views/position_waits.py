"""Who waits until something has come to a position: each is woken once, when it has."""

import asyncio
from typing import Final

NEVER: Final = 1 << 63


class PositionWaits:
    """Those who wait. To say how far it has come costs nothing while nobody waits for that."""

    def __init__(self) -> None:
        self._waiting: dict[asyncio.Future[None], int] = {}
        self._least = NEVER  # no one waits for less

    def __len__(self) -> int:
        return len(self._waiting)

    async def one(self, position: int, timeout_s: float) -> bool:
        """Whether it came to *position* in time; raises what `failed` was told meanwhile."""
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[waiting] = position
        self._least = min(self._least, position)
        try:
            await asyncio.wait({waiting}, timeout=timeout_s)
        finally:
            del self._waiting[waiting]
        if not waiting.done():
            return False
        waiting.result()
        return True

    def reached(self, position: int) -> None:
        """It has come so far: who waited for that waits no more."""
        if position < self._least:
            return
        least = NEVER
        for waiting, wanted in self._waiting.items():
            if wanted > position:
                least = min(least, wanted)
            elif not waiting.done():
                waiting.set_result(None)
        self._least = least

    def failed(self, error: Exception) -> None:
        """It cannot be said how far it has come: everybody who waits hears why."""
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_exception(error)
