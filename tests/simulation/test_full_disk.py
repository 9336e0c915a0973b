"""A database whose disk is full: the reason in words, and nothing acknowledged is lost."""

import asyncio
import os
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from gateway.server.server import VenueServer, open_server
from gpubourse import Client, Patience, Refused, Unavailable
from gpubourse.key_files import new_command_key
from ledger.embedded.embedded_server import EmbeddedPostgres
from tests.simulation.houses import clerk, party, settings, until_whole
from tests.simulation.verdict import must_be_whole_at
from tests.waiting import until

pytestmark = pytest.mark.postgres

COMMANDS_MOST = 60
FULL = """
CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$
"""


async def test_a_full_disk_is_named_and_nothing_acknowledged_is_lost(
    house: VenueServer, server: EmbeddedPostgres, caplog: pytest.LogCaptureFixture
) -> None:
    key = new_command_key()
    async with clerk(house) as one:
        first = await party(one, 0, new_command_key())
        owner = psycopg.connect(server.dsn, autocommit=True)
        owner.execute(FULL)
        owner.execute(
            "CREATE TRIGGER full_disk BEFORE INSERT ON commands EXECUTE FUNCTION full_disk()"
        )
        with pytest.raises(Unavailable, match="unavailable"):
            await party(one, 1, key)
        await until(lambda: "disk is full: free some space" in caplog.text)
        async with clerk(house, Patience()) as reader:  # the views may still be on their way
            told = [row["party"] async for row in reader.rows("/v1/parties")]
        assert told[1:] == [first["party"]]
        owner.execute("DROP TRIGGER full_disk ON commands")
        owner.close()
        await until(lambda: house.engine.is_ready)

        second = await party(one, 1, key)
        assert await party(one, 1, key) == second
    must_be_whole_at(server.dsn)


@pytest.mark.storm
def test_a_disk_that_is_really_full() -> None:
    """Where a small disk can be had (as root): the server itself runs out of room, and ends."""
    small = Path(tempfile.mkdtemp(prefix="gpubourse-small-"))
    mount = ["mount", "-t", "tmpfs", "-o", "size=160m,mode=755", "gpubourse", str(small)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        small.rmdir()
        pytest.skip("no small disk can be mounted here")
    try:
        (small / "venue").mkdir(mode=0o755)  # so that the server's user may live here
        asyncio.run(_until_full_and_back(small))
    finally:
        EmbeddedPostgres(small / "venue").erase()
        subprocess.run(["umount", str(small)], check=True)
        small.rmdir()


async def _until_full_and_back(small: Path) -> None:
    acknowledged: dict[str, dict[str, Any]] = {}
    filler = small / "filler"
    house = await open_server(settings(small))
    try:
        async with clerk(house) as one:
            await _until_it_waits(house, one, acknowledged, filler)
        assert house.engine.stop_reason == ""
        filler.unlink()
        await until(lambda: house.engine.is_ready)
        async with clerk(house, Patience()) as one:
            for number, (key, result) in enumerate(acknowledged.items()):
                assert await party(one, number, key) == result
        await until_whole(house.parts.journal)
    finally:
        await house.close()


async def _until_it_waits(
    house: VenueServer, one: Client, acknowledged: dict[str, dict[str, Any]], filler: Path
) -> None:
    """Fill the disk, then bring large reports and commands until the engine waits for room."""
    for number in range(COMMANDS_MOST):
        key = new_command_key()
        with suppress(Unavailable):
            acknowledged[key] = await party(one, len(acknowledged), key)
        if "disk is full" in house.engine.waits_for:
            return
        if number == 3:
            _fill(filler)
        with suppress(Refused, Unavailable):
            report = os.urandom(1 << 21)
            await one.upload("/v1/imports", "import.new", report, {"site": "s-0001"})
    raise AssertionError("the disk was never full")


def _fill(path: Path) -> None:
    """Write until nothing more fits."""
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(1 << 16))
