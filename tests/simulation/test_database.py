"""A house whose database goes away, is newer, or is another's: words, and nothing lost."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import aiohttp
import psycopg
import pytest

from gateway.server.server import OWN_READS, CannotOpen, VenueServer, open_server
from gateway.settings import Limits
from gpubourse import Patience, Unavailable
from gpubourse.key_files import new_command_key
from ledger.embedded.embedded_server import EmbeddedPostgres
from tests.simulation.houses import clerk, frozen, party, settings, status_of, until_status
from tests.simulation.verdict import must_be_whole_at
from tests.waiting import patience, soon, until

pytestmark = pytest.mark.postgres

ROOT = Path(__file__).parents[2]
VIEWS_CONNECTIONS = Limits().database_reads + OWN_READS
SUCCESSOR = """
import sys
from ledger.journal.postgres import PostgresJournal
journal = PostgresJournal(sys.argv[1], courtesy=False)
journal.take_fence()
print("taken", flush=True)
sys.stdin.read()
"""


async def test_a_database_that_goes_away_and_comes_back_loses_nothing(
    house: VenueServer, server: EmbeddedPostgres
) -> None:
    keys = [new_command_key() for _ in range(3)]
    async with clerk(house) as one:
        first = await party(one, 0, keys[0])
        await asyncio.to_thread(server.stop)
        for _ in range(2):
            with pytest.raises(Unavailable, match=keys[1]) as unknown:
                await party(one, 1, keys[1])
            assert "unavailable" in str(unknown.value)
        await until(lambda: not house.engine.is_ready)
        assert await status_of(house, "/readyz") == 503
        assert await status_of(house, "/livez") == 200
        await asyncio.to_thread(server.start)
        await until(lambda: house.engine.is_ready)

        second = await party(one, 1, keys[1])
        assert second["party"] != first["party"]
        assert await party(one, 1, keys[1]) == second
        assert await party(one, 0, keys[0]) == first
        await until_status(house, "/readyz", 200)
    must_be_whole_at(server.dsn)


async def test_what_needs_the_database_says_so_and_asks_to_come_again(
    house: VenueServer, server: EmbeddedPostgres
) -> None:
    async with clerk(house) as one:
        await asyncio.to_thread(server.stop)
        for path in ("/v1/parties", "/v1/commands/none", "/v1/audit/events"):
            with pytest.raises(Unavailable, match="unavailable: the database"):
                await one.get(path)
        with pytest.raises(Unavailable, match="unavailable"):  # its key cannot be looked up
            await one.upload("/v1/imports", "import.new", b"no report", {"site": "s-0001"})
        with pytest.raises(Unavailable, match="unavailable"):  # on the socket
            await one.command("order.cancel_all", {})
        assert (await one.get("/v1/venue"))["venue"].startswith("cn-1-")


async def test_a_database_that_stands_still_is_told_and_what_is_known_is_served(
    house: VenueServer, server: EmbeddedPostgres
) -> None:
    """Nobody's question hangs: readiness is 503 with the reason, a read that waits says so."""
    url = house.url.rstrip("/")
    async with clerk(house) as one, aiohttp.ClientSession() as http:
        first = await party(one, 0, new_command_key())
        await until_status(house, "/readyz", 200)
        with frozen(server):
            for _ in range(VIEWS_CONNECTIONS + 1):  # more than the views have connections
                async with patience(), http.get(f"{url}/readyz") as answer:
                    ready = await answer.json()
                    assert (answer.status, ready["ready"], ready["views_lag"]) == (503, False, None)
                    assert ready["reason"] == "the database does not answer"
            async with patience(), http.get(f"{url}/livez") as answer:
                assert answer.status == 200
            with pytest.raises(Unavailable, match=r"not answered within|no answer within"):
                await soon(one.get("/v1/parties"))
            assert (await soon(one.get("/v1/venue")))["venue"].startswith("cn-1-")
        await until_status(house, "/readyz", 200)
        async with clerk(house, Patience()) as reader:  # the views may still be on their way
            told = [row["party"] async for row in reader.rows("/v1/parties")]
        assert told[1:] == [first["party"]]


async def test_a_newer_schema_is_refused_in_words(tmp_path: Path, postgres_dsn: str) -> None:
    with psycopg.connect(postgres_dsn) as owner:
        owner.execute("INSERT INTO migrations (name, sha256) VALUES ('9001_later.sql', 'x')")
    with pytest.raises(CannotOpen, match=r"newer.*9001_later\.sql|9001_later\.sql.*newer"):
        await open_server(settings(tmp_path, postgres_dsn))
    with psycopg.connect(postgres_dsn) as owner:
        assert owner.execute("SELECT count(*) FROM stored_events").fetchone() == (0,)


async def test_a_second_house_on_one_folder_hears_who_holds_it_and_harms_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.journal.writer_lock._GRACE_S", 0.2)
    house = await open_server(settings(tmp_path))
    server = EmbeddedPostgres(tmp_path / "venue")
    try:
        with pytest.raises(CannotOpen, match=rf"held by another engine.*process {os.getpid()} on"):
            await open_server(settings(tmp_path))
        assert server.is_alive(), "the other house's database was stopped under it"
        async with clerk(house) as one:
            await party(one, 0, new_command_key())
    finally:
        await house.close()
    assert not server.is_alive()
    server.erase()


async def test_a_deposed_house_leaves_its_successor_the_server_and_the_address(
    tmp_path: Path,
) -> None:
    house = await open_server(settings(tmp_path))
    server = EmbeddedPostgres(tmp_path / "venue")
    successor = subprocess.Popen(
        [sys.executable, "-c", SUCCESSOR, server.dsn],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert successor.stdout is not None
        assert await asyncio.to_thread(successor.stdout.readline) == "taken\n"
        (tmp_path / "venue" / "address").write_text("http://127.0.0.1:1/\n")
        async with clerk(house) as one:
            with pytest.raises(Unavailable):
                await party(one, 0, new_command_key())
        await until(lambda: house.engine.stop_reason)
        await house.close()
        assert server.is_alive(), "the successor's database was stopped under it"
        assert (tmp_path / "venue" / "address").exists(), "the successor's address was forgotten"
    finally:
        successor.communicate()
        server.erase()
