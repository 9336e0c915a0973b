"""A venue attests its days by itself, and a certificate is believed by the log's key alone."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from exchange.engine.batch_writer import Request
from exchange.engine.group_decider import Unavailable
from gateway.server.attester_process import AttesterProcess
from gateway.server.server import VenueServer, open_server
from gateway.settings import Settings
from gpubourse.places import LOG, STATE_SALT
from ledger.durations import DAY_NS, HOUR_NS
from ledger.journal.postgres import PostgresJournal
from ledger.state_map.attested_days import attested_days
from tests.exchange.ground import Floor
from tests.gateway.cli.lines import document, said
from tests.gateway.server.test_notary_process import append
from tests.house.sources import ROOT
from tests.scenes.stage import OPENING_NS, StageClock
from tests.waiting import until

pytestmark = pytest.mark.postgres


async def opened(folder: Path, dsn: str, clock: StageClock) -> VenueServer:
    settings = Settings(
        data_folder=folder,
        database_url=dsn,
        port=0,
        metrics_port=0,
        holders=("Li Wei", "Zhang San"),
        accept_jump=True,
        publishes_log=True,
    )
    return await open_server(settings, clock=clock)


def without_root(server: VenueServer) -> float | None:
    return server.parts.metrics.registry.get_sample_value("gpubourse_days_without_root")


async def a_day_passes(server: VenueServer, clock: StageClock) -> None:
    closes = server.engine.venue.day_ends_ns
    clock.skip(DAY_NS)
    await until(lambda: server.engine.venue.day_ends_ns > closes, "the day's close")


def env_of(folder: Path, dsn: str) -> dict[str, str]:
    return {"GPUBOURSE_DATABASE_URL": dsn, "GPUBOURSE_DATA": str(folder)}


def foreign(*words: str) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, str(ROOT / "examples/certificate_check.py"), *words]
    return subprocess.run(program, check=False, capture_output=True, encoding="utf-8")


async def test_a_closed_day_is_attested_and_its_certificates_need_the_logs_key_alone(
    tmp_path: Path, postgres_dsn: str
) -> None:
    clock = StageClock(OPENING_NS + 6 * HOUR_NS)
    server = await opened(tmp_path, postgres_dsn, clock)
    try:
        await a_day_passes(server, clock)
        await until(lambda: without_root(server) == 0, "the root of that day")
    finally:
        await server.close()
    assert (tmp_path / STATE_SALT).stat().st_mode & 0o777 == 0o600
    env, key = env_of(tmp_path, postgres_dsn), str(tmp_path / LOG / "key")

    for subject, words in (("k-0001", '"public_key"'), ("n-0009", "no row")):
        out = str(tmp_path / f"{subject}.json")
        made = document(said("audit", "certificate", subject, "--out", out, "--json", env=env))
        assert made["receipt"]
        checked = said("audit", "check", out, "--key", key)
        assert (checked.exit_code, words in checked.stdout) == (0, True), checked.output
        told = foreign(out, "--key", key)
        assert (told.returncode, words in told.stdout) == (0, True), told.stderr
    verdict = document(said("audit", "verify", "--json", env=env))
    (roots,) = (check for check in verdict["checks"] if check["name"] == "form 2 roots")
    assert (verdict["ok"], roots["checked"]) == (True, True)
    assert roots["detail"].startswith("1 attested")


async def test_without_its_salt_key_a_venue_serves_and_attests_no_root(
    tmp_path: Path, postgres_dsn: str, capfd: pytest.CaptureFixture[str]
) -> None:
    clock = StageClock(OPENING_NS + 6 * HOUR_NS)
    server = await opened(tmp_path, postgres_dsn, clock)
    try:
        await a_day_passes(server, clock)
        await until(lambda: without_root(server) == 0, "the root of that day")
    finally:
        await server.close()
    salt = (tmp_path / STATE_SALT).rename(tmp_path / "elsewhere")
    words = ""

    def is_said() -> bool:
        nonlocal words
        words += capfd.readouterr().err
        return "no root is attested" in words

    server = await opened(tmp_path, postgres_dsn, clock)
    try:
        await until(is_said, "the name of what is missing")
        await a_day_passes(server, clock)
        assert without_root(server) == 1
        assert server.engine.is_ready
    finally:
        await server.close()
    assert f"There is no salt key {tmp_path / STATE_SALT}" in words
    assert "roots stand in this journal that were made with it (1)" in words
    assert "Traceback" not in words
    assert not (tmp_path / STATE_SALT).exists()
    env = env_of(tmp_path, postgres_dsn)
    told = said("audit", "verify", env=env)
    assert (told.exit_code, "BUT form 2: not checked, no salt key" in told.stdout) == (0, True)

    salt.rename(tmp_path / STATE_SALT)
    server = await opened(tmp_path, postgres_dsn, clock)
    try:
        await until(lambda: without_root(server) == 0, "the root of the day that waited")
    finally:
        await server.close()
    told = said("audit", "verify", env=env)
    assert (told.exit_code, "2 attested" in told.stdout) == (0, True), told.stdout


class Busy:
    """An engine that takes nothing in at first."""

    def __init__(self, refusals: int) -> None:
        self.requests: list[Request] = []
        self._refusals = refusals

    def submit(self, request: Request) -> "asyncio.Future[Any]":
        self.requests.append(request)
        future = asyncio.get_running_loop().create_future()
        if len(self.requests) <= self._refusals:
            future.set_exception(Unavailable("overloaded", "Too many requests wait."))
        return future


async def test_a_root_is_handed_over_until_the_journal_bears_it(
    tmp_path: Path, postgres_dsn: str
) -> None:
    floor = Floor()
    floor.pass_time(floor.writer.at_ns + DAY_NS)
    append(postgres_dsn, floor)
    busy = Busy(refusals=1)
    attester = AttesterProcess(postgres_dsn, tmp_path, busy)  # type: ignore[arg-type]
    await attester.start()
    try:
        await until(lambda: len(busy.requests) > 1, "the same root again")
        stored = len(floor.batches)
        floor.keep(floor.writer.write(busy.requests[0], floor.writer.at_ns + 1))
        await asyncio.to_thread(append, postgres_dsn, floor, stored)
    finally:
        await attester.stop()
    first, second, *_ = busy.requests
    assert first.args == second.args
    assert (first.op, first.caller.is_engine) == ("state.attest", True)
    journal = PostgresJournal.for_auditor(postgres_dsn)
    try:
        (close,) = attested_days(journal).roots
    finally:
        journal.close()
    assert first.args["upto_position"] == close
