"""An open house for tests that take its database away, and one command to try it with."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp

from gateway.server.server import VenueServer
from gateway.settings import Settings
from gpubourse.client import Client, connect
from gpubourse.retry import ONCE, in_turn
from ledger.journal.protocol import Journal, JournalUnavailable
from tests.simulation.verdict import must_be_whole

BACK_S = 20.0


def settings(folder: Path, dsn: str = "") -> Settings:
    return Settings(
        data_folder=folder / "venue",
        database_url=dsn,
        holders=("Li Wei", "Zhang San"),
        port=0,
        metrics_port=0,
    )


def clerk(house: VenueServer) -> Client:
    """A clerk who asks but once, so that a test hears what was said."""
    key = house.parts.settings.data_folder / "keys" / "clerk-1"
    return connect(house.url, key=key, patience=ONCE)


async def party(client: Client, number: int, key: str) -> dict[str, Any]:
    """Register a party: a command that every empty venue takes. Where the rate says wait, wait."""
    args = {
        "legal_name": f"Party {number}",
        "kind": "company",
        "jurisdiction": "CN",
        "registration_no": f"91-{number}",
    }
    return await in_turn(lambda: client.command("party.new", args, key=key))


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(BACK_S):
        while not is_so():
            await asyncio.sleep(0.05)


async def status_of(house: VenueServer, path: str) -> int:
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{house.url.rstrip('/')}{path}") as answer,
    ):
        return answer.status


async def until_status(house: VenueServer, path: str, wanted: int) -> None:
    async with asyncio.timeout(BACK_S):
        while await status_of(house, path) != wanted:
            await asyncio.sleep(0.05)


async def until_whole(journal: Journal) -> None:
    """Judge the journal as soon as its database answers."""
    async with asyncio.timeout(BACK_S):
        while True:
            try:
                must_be_whole(journal)
            except JournalUnavailable:
                await asyncio.sleep(0.1)
            else:
                return
