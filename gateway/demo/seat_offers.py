"""A demo's seats, offered on its page: for each an invitation that still serves.

`GET /v1/venue` lists them as `seats`; the links in the terminal are others, so that neither spends
the other's.
"""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Final

from gateway.demo.seats import Seat, links
from gateway.server.server import VenueServer
from gpubourse.errors import VenueError

CHECK_EVERY_S: Final = 1.0


async def keep_offered(server: VenueServer, folder: Path, seats: list[Seat]) -> None:
    """Put a new invitation where one was used up or ran out; until cancelled."""
    parts = server.parts
    while True:
        spent = [
            seat for seat in seats if not parts.invitations.is_out(parts.offered.get(seat.name, ""))
        ]
        if spent:
            with suppress(VenueError):  # the engine is being rebuilt: next time
                found = await links(server.url, folder, spent)
                parts.offered.update(_codes(found))
        await asyncio.sleep(CHECK_EVERY_S)


def _codes(links_by_seat: dict[str, str]) -> dict[str, str]:
    return {seat: link.partition("#enrol=")[2] for seat, link in links_by_seat.items()}
