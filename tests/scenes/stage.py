"""A whole venue in this process, on a clock that the test sets; every step is one command line."""

import asyncio
import json
import os
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from click.testing import CliRunner, Result

from exchange.engine.clock import Clock
from gateway.cli.command_line import gpubourse
from gateway.server.server import VenueServer, open_server
from gateway.settings import Settings
from tests.waiting import PATIENCE_S, wait_until

OPENING_NS = 1_731_600_000_000_000_000  # 2024-11-15T00:00+08:00
HOUR_NS = 3_600_000_000_000
DAY_NS = 24 * HOUR_NS
INVENTORIES = Path(__file__).resolve().parents[3] / "shared" / "data" / "inventories"
SERVER = INVENTORIES / "nvidia-smi-q_H100SXMx8.txt"


class StageClock(Clock):
    """Venue time begins where the scene does, runs as the machine's, and is set forward at will."""

    def __init__(self, from_ns: int) -> None:
        self._offset_ns = from_ns - time.monotonic_ns()

    def now_ns(self) -> int:
        return self._offset_ns + time.monotonic_ns()

    def wall_ns(self) -> int:
        return time.time_ns()

    def skip(self, length_ns: int) -> None:
        self._offset_ns += length_ns


class Stage:
    """An open house on its own loop and thread, and the hand that types."""

    def __init__(self, folder: Path, dsn: str, from_ns: int) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.clock = StageClock(from_ns)
        self.dsn = dsn  # of the journal; another one at the next opening is another journal
        self.publishes_log = False  # from the next opening on
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._house: VenueServer | None = None

    # --- the house

    def open(self) -> None:
        """Open the house; the first time as a new venue."""
        settings = Settings(
            data_folder=self.data,
            database_url=self.dsn,
            port=0,  # the system's choice, told in the folder
            metrics_port=0,
            holders=("Chen Jing", "Zhao Lei"),
            accept_jump=True,
            publishes_log=self.publishes_log,
        )
        opening = open_server(settings, clock=self.clock)
        self._house = asyncio.run_coroutine_threadsafe(opening, self._loop).result(PATIENCE_S)

    def close(self) -> None:
        """Close the house, as Ctrl-C does; its journal stays."""
        if self._house is not None:
            closing: Future[None] = asyncio.run_coroutine_threadsafe(
                self._house.close(), self._loop
            )
            closing.result(PATIENCE_S)
            self._house = None

    def end(self) -> None:
        self.close()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_S)
        self._loop.close()

    def pass_time(self, length_ns: int) -> None:
        """Let venue time go on, and wait until the engine has done all that fell due."""
        assert self._house is not None
        self.clock.skip(length_ns)
        target_ns = self.clock.now_ns()
        engine = self._house.engine
        wait_until(
            lambda: engine.at_ns >= target_ns and engine.is_ready,
            "the engine does not catch up with the clock",
        )

    # --- the hand that types

    def line(self, *words: str, me: str = "", code: int = 0) -> Result:
        """One command line; it must end with *code*."""
        ended = self.ended(*words, me=me)
        assert ended.exit_code == code, f"{' '.join(words)} --me {me}\n{ended.output}"
        return ended

    def ended(self, *words: str, me: str = "", answer: str = "") -> Result:
        """One command line, however it ends; *answer* is what the person types when asked."""
        env = {"GPUBOURSE_DATA": str(self.data), "GPUBOURSE_DATABASE_URL": self.dsn}
        typed = [*words, *(["--me", me] if me else [])]
        return CliRunner().invoke(gpubourse, typed, input=answer, env=env)

    def told(self, *words: str, me: str = "") -> Any:
        """The one document of a command line with --json."""
        return json.loads(self.line(*words, "--json", me=me).stdout)

    def titles_of(self, party: str, moment: str) -> list[str]:
        """The things that a party had title to, at a position or an instant."""
        found = self.told("audit", "as-of", moment, party)
        return [title["thing"] for title in found["titles"]]

    def paper(self, name: str, text: str) -> str:
        """A file of the scene's own."""
        path = self.folder / name
        path.write_text(text, "utf-8")
        return str(path)

    # --- what more than one scene needs

    def admit(self) -> None:
        """A seller (p-0002, with a site s-0001 at CN-BJ) and a buyer (p-0003), both of tier 2."""
        for name, number in (("Helan Computing", "91640500"), ("Pudong Models", "91310115")):
            self.line("operator", "party", name, "--registration-no", number, me="clerk-1")
        for party in ("p-0002", "p-0003"):
            self.line("operator", "tier", party, "2", me="clerk-1")
        for role in ("owner", "operator"):
            asked = self.told("operator", "role", "p-0002", role, me="clerk-1")["result"]
            self.line("operator", "approve", asked["proposal"], me="clerk-2")
        for name, party, holder, scopes in (
            ("seller", "p-0002", "Li Na", "read,seller,trade"),
            ("buyer", "p-0003", "Wang Wei", "read,trade"),
        ):
            given = ("--party", party, "--holder", holder, "--scopes", scopes)
            self.line("keys", "new", name, *given, me="clerk-1")
        self.line("operator", "site", "Beijing West Hall", "--point", "CN-BJ", me="seller")

    def deliver(self) -> None:
        """The real server with papers and title, sold at 103,500.00 and delivered: x-000001."""
        self.line("import", str(SERVER), "--site", "s-0001", "--no-claim", "--yes", me="seller")
        for kind in ("invoice", "customs"):
            paper = ("--document", self.paper(f"{kind}.txt", f"{kind} of eight H100\n"))
            self.line(
                "operator",
                "provenance",
                "file",
                "n-0001",
                "--kind",
                kind,
                *paper,
                "--names-serial",
                me="seller",
            )
            self.line("operator", "provenance", "verify", "n-0001", *paper, me="clerk-1")
        asked = self.told("operator", "title", "n-0001", "--yes", me="seller")["result"]
        self.line("operator", "approve", asked["proposal"], me="clerk-1")
        self.pass_time(10 * 60 * 1_000_000_000)  # the market opens at 00:05
        self.line("sell", "n-0001", "--price", "103500", "--yes", me="seller")
        bank = ("--reference", "BANK-7781", "--yes")
        self.line("operator", "deposit", "p-0003", "1000000", *bank, me="clerk-1")
        self.line("buy", "8", "H100", "A1", "CN-BJ", "--limit", "105000", "--yes", me="buyer")
        self.line("settle", "deliver", "x-000001", me="seller")


@contextmanager
def staged(folder: Path, dsn: str, from_ns: int = OPENING_NS) -> Iterator[Stage]:
    """A scene's stage, with its house open."""
    must_have_the_server()
    stage = Stage(folder, dsn, from_ns)
    try:
        stage.open()
        yield stage
    finally:
        stage.end()


def must_have_the_server() -> None:
    """Skip without the shared data; in CI its absence is a failure."""
    if not SERVER.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{SERVER} is missing")
        pytest.skip(f"{SERVER} is not on this machine")
