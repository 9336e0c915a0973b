"""A journal of each earlier release is opened, upgraded, verified and traded on."""

from pathlib import Path
from typing import Any

import psycopg
import pytest

from exchange.engine.replay import READING_CODEC, replayed
from gateway.demo.participants import ParticipantKeys
from gateway.demo.past import VENUE
from gateway.demo.seats import keep_key_files
from gateway.server.server import VenueServer, open_server
from gateway.settings import Settings
from gpubourse import connect
from ledger.base64url import text64
from ledger.journal.migrations import migrate
from ledger.journal.postgres import PostgresJournal
from ledger.journal.protocol import Commit, JournalUnavailable
from ledger.register import Register
from tests.gateway.cli.lines import document, said
from tests.gateway.town import TownClock
from tests.ledger.journal.old_journals import RELEASES, SEED, load

pytestmark = [pytest.mark.postgres, pytest.mark.long]


def stored(dsn: str, upto: int = 1 << 62) -> tuple[list[Any], list[Any]]:
    """Each event and command up to a position, as it is stored."""
    with psycopg.connect(dsn) as connection:
        events = connection.execute(
            "SELECT * FROM stored_events WHERE notification_id <= %s ORDER BY notification_id",
            [upto],
        ).fetchall()
        commands = connection.execute(
            "SELECT * FROM commands WHERE last_position <= %s ORDER BY first_position", [upto]
        ).fetchall()
    return events, commands


def check(verdict: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [each for each in verdict["checks"] if each["name"] == name]
    return dict(found)


async def opened(dsn: str, folder: Path, register: Register, at_ns: int) -> VenueServer:
    """The demo's venue again, from its last stamp on, its seats' keys in the folder."""
    keep_key_files(folder, register, ParticipantKeys.of(SEED, VENUE))
    settings = Settings(
        data_folder=folder,
        database_url=dsn,
        kind="demo",
        port=0,
        metrics_port=0,
        accept_jump=True,
    )
    return await open_server(settings, clock=TownClock(at_ns))


def test_there_is_one_of_each_earlier_release() -> None:
    assert RELEASES


@pytest.mark.parametrize("release", RELEASES)
def test_an_auditor_is_told_to_have_it_upgraded(empty_postgres_dsn: str, release: str) -> None:
    load(empty_postgres_dsn, release)

    with pytest.raises(JournalUnavailable, match=r"lacks \d{4}_\w+\.sql: start `gpubourse run`"):
        PostgresJournal.for_auditor(empty_postgres_dsn)


@pytest.mark.parametrize("release", RELEASES)
async def test_it_is_upgraded_verified_and_traded_on(
    empty_postgres_dsn: str, tmp_path: Path, release: str
) -> None:
    dsn = empty_postgres_dsn
    load(dsn, release)
    before = stored(dsn)
    migrate(dsn)
    journal = PostgresJournal(dsn)
    left, register = journal.head(), replayed(journal).register
    (last,) = journal.read(left - 1)
    server = await opened(dsn, tmp_path, register, READING_CODEC.decode(last).at_ns + 2)
    try:
        await trade(server, tmp_path)
        async with connect(server.url) as visitor:
            told = visitor.venue
    finally:
        await server.close()

    assert stored(dsn, left) == before, "what was written stays written"
    mark, *after = journal.read(left)
    first, _ = journal.commits_around(left)
    assert (mark.position, mark.topic) == (left + 1, "journal_upgraded")
    assert first is not None
    assert first[:3] == (left, 1, 0)
    assert text64(first.chain).encode() in mark.state
    assert {"traded", "order_accepted"} <= {row.topic for row in after}, "it was traded on"
    with psycopg.connect(dsn) as connection:
        assert connection.execute("SELECT count(*) FROM commits WHERE epoch = 0").fetchone() == (1,)
    journal.close()
    must_verify(dsn, left, first, f"{told.position}:{told.chain}")


async def trade(server: VenueServer, folder: Path) -> None:
    """The trader's seat takes the best ask of an open market."""
    async with connect(server.url, me="trader", data=folder) as trader:
        markets = [row async for row in trader.rows("/v1/markets")]
        open_ones = [row for row in markets if row["phase"] == "continuous"]
        best = next(row for row in open_ones if row["best_ask_ticks"])
        order = await trader.place(
            market=best["market"], side="bid", price_ticks=best["best_ask_ticks"], lots=1
        )
        assert order.filled_lots == 1


def must_verify(dsn: str, left: int, first: Commit, pair: str) -> None:
    here = {"GPUBOURSE_DATABASE_URL": dsn}
    pairs = ["--expect", first.pair, "--expect", pair]
    verdict = document(said("audit", "verify", *pairs, "--json", env=here))

    assert verdict["ok"], [each for each in verdict["checks"] if not each["ok"]]
    assert f"from position {left + 1:,} on" in check(verdict, "rules")["detail"]
    assert check(verdict, "expected")["detail"].startswith("2 pairs")
    hashes = check(verdict, "I14 state hashes")["detail"]
    assert int(hashes.split()[0]) >= 4, "each day's close, and the clean stop, folds to its hash"
