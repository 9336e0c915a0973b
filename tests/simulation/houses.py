"""An open venue for tests that take its database away, and one command to try it with."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp

from gateway.server.server import VenueServer
from gateway.settings import Settings
from gpubourse.client import Client, connect
from gpubourse.retry import ONCE, Patience, in_turn
from ledger.embedded.embedded_server import EmbeddedPostgres, read_postmaster
from ledger.embedded.server_places import known_server_folder
from ledger.journal.protocol import Journal, JournalUnavailable
from tests.simulation.verdict import must_be_whole
from tests.waiting import until


def settings(folder: Path, dsn: str = "") -> Settings:
    return Settings(
        data_folder=folder / "venue",
        database_url=dsn,
        holders=("Li Wei", "Zhang San"),
        port=0,
        metrics_port=0,
    )


def clerk(house: VenueServer, patience: Patience = ONCE) -> Client:
    """A clerk whose client asks once, so that a test sees the first answer; or oftener."""
    key = house.parts.settings.data_folder / "keys" / "clerk-1"
    return connect(house.url, key=key, patience=patience)


async def party(client: Client, number: int, key: str) -> dict[str, Any]:
    """Register a party: a command that every empty venue takes. Where the rate says wait, wait."""
    args = {
        "legal_name": f"Party {number}",
        "kind": "company",
        "jurisdiction": "CN",
        "registration_no": f"91-{number}",
    }
    return await in_turn(lambda: client.command("party.new", args, key=key))


async def status_of(house: VenueServer, path: str) -> int:
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{house.url.rstrip('/')}{path}") as answer,
    ):
        return answer.status


async def until_status(house: VenueServer, path: str, wanted: int) -> None:
    async def is_so() -> bool:
        return await status_of(house, path) == wanted

    await until(is_so, f"{path} does not answer {wanted}")


async def until_whole(journal: Journal) -> None:
    """Judge the journal as soon as its database answers."""

    def is_judged() -> bool:
        try:
            must_be_whole(journal)
        except JournalUnavailable:
            return False
        return True

    await until(is_judged, "the database does not answer")


@contextmanager
def frozen(server: EmbeddedPostgres) -> Iterator[None]:
    """Every process of a database server stands still, its connections open, as a machine may."""
    folder = known_server_folder(server.venue)
    assert folder is not None
    postmaster = read_postmaster(folder)
    assert postmaster is not None
    family = [postmaster.pid, *_children(postmaster.pid)]
    for process in family:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in family:
            os.kill(process, signal.SIGCONT)


def _children(parent: int) -> list[int]:
    """The processes that *parent* began."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            after_name = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        if int(after_name[1]) == parent:
            found.append(int(stat.parent.name))
    return found
