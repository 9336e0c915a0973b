"""A seller's fleet, from files to standing asks in four lines, each timed as it is typed.

A venue of `gpubourse run` on an empty folder and an embedded PostgreSQL; made reports of old and
new drivers, whole boards and loose cards (`tests/fleet.py`). First from a folder of reports; then,
at a second site, from one plain CSV of the fleet and the reports that prove it, in the same line.

    python bench/fleet.py [--servers 400] [--json]
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ledger.embedded.embedded_server import EmbeddedPostgres
from tests.fleet import MadeServer, inventory_csv, made_servers, write_prices, write_reports

SITE_ZONE = "Asia/Shanghai"
OPEN_S = 120.0
MARKET_S = 360.0  # after midnight in Beijing no market is open for five minutes


class BenchVenue:
    """A venue of its own, and the hand that types."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {
            **os.environ,
            "GPUBOURSE_DATA": str(folder / "venue"),
            "XDG_CONFIG_HOME": str(folder / "config"),
        }
        for name in ("GPUBOURSE_VENUE", "GPUBOURSE_DATABASE_URL", "GPUBOURSE_ME"):
            self.env.pop(name, None)
        words = ("run", "--holders", "Chen Jing,Zhao Lei", "--port", "0", "--metrics-port", "0")
        log = (folder / "run.log").open("wb")
        self.server = subprocess.Popen(self._words(words), env=self.env, stdout=log, stderr=log)
        until = time.monotonic() + OPEN_S
        while not (folder / "venue" / "address").exists():
            if self.server.poll() is not None or time.monotonic() > until:
                raise SystemExit((folder / "run.log").read_text("utf-8"))
            time.sleep(0.05)

    def line(self, *words: str, me: str = "") -> str:
        """One line; what it wrote. The bench ends where a line is refused."""
        typed = self._words((*words, *(("--me", me) if me else ())))
        done = subprocess.run(typed, env=self.env, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{' '.join(words)} ended {done.returncode}:\n{done.stderr}")
        return done.stdout

    def timed(self, what: str, *words: str, me: str = "") -> tuple[str, str, float]:
        begun = time.perf_counter()
        self.line(*words, me=me)
        return what, f"gpubourse {' '.join(words)}", time.perf_counter() - begun

    def close(self) -> None:
        self.server.send_signal(signal.SIGINT)
        self.server.wait(OPEN_S)
        EmbeddedPostgres(self.folder / "venue").erase()

    def _words(self, words: tuple[str, ...]) -> list[str]:
        return [sys.executable, "-m", "gateway", *words]


def admit(venue: BenchVenue) -> None:
    """A seller of tier 3, which no day's limit holds back, with two sites."""
    clerks = ("clerk-1", "clerk-2")
    venue.line("operator", "party", "Helan Computing", "--registration-no", "91", me=clerks[0])
    venue.line("operator", "tier", "p-0002", "3", me=clerks[0])
    for role in ("owner", "operator"):
        venue.line("operator", "role", "p-0002", role, me=clerks[0])
    venue.line("operator", "approve", "z-000001..z-000003", "--yes", me=clerks[1])
    given = ("--party", "p-0002", "--holder", "Li Na", "--scopes", "read,seller,trade")
    venue.line("keys", "new", "seller", *given, me=clerks[0])
    for hall in ("East Hall", "West Hall"):
        venue.line("operator", "site", hall, "--point", "CN-BJ", me="seller")


def until_open(venue: BenchVenue) -> None:
    """Until markets are open in the venue's zone."""
    until = time.monotonic() + MARKET_S
    while datetime.now(ZoneInfo(SITE_ZONE)).strftime("%H:%M") < "00:05":
        if time.monotonic() > until:
            raise SystemExit("no market opened")
        time.sleep(1)


def road(
    venue: BenchVenue, site: str, paths: list[Path], proposals: str, prices: Path
) -> list[tuple[str, str, float]]:
    """From files to standing asks."""
    files = [str(path) for path in paths]
    steps = [venue.timed("import", "import", *files, "--site", site, "--yes", me="seller")]
    for clerk in ("clerk-1", "clerk-2"):
        steps.append(venue.timed("approve", "operator", "approve", proposals, "--yes", me=clerk))
    terms = ("--site", site, "--prices", str(prices), "--yes")
    steps.append(venue.timed("sell", "sell", *terms, me="seller"))
    return steps


def standing(venue: BenchVenue) -> int:
    """How many things are on offer."""
    rows = json.loads(venue.line("inventory", "--json", me="seller"))
    held = venue.line("inventory", me="seller")
    assert rows["rows"]
    return held.count("offered o-")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--servers", type=int, default=400)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    now = datetime.now(ZoneInfo(SITE_ZONE))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first = made_servers(given.servers)
        second = [MadeServer(f"w{s.host}", s.kind, s.number + 100_000) for s in first]
        write_reports(folder / "east", first, now)
        write_reports(folder / "west", second, now)
        (folder / "west.csv").write_text(inventory_csv(second), "utf-8")
        prices = write_prices(folder / "prices.csv")
        venue = BenchVenue(folder)
        try:
            admit(venue)
            until_open(venue)
            roads = {
                "reports": road(venue, "s-0001", [folder / "east"], "z-000004", prices),
                "CSV": road(
                    venue, "s-0002", [folder / "west.csv", folder / "west"], "z-000005", prices
                ),
            }
            found = standing(venue)
        finally:
            venue.close()
    gpus = sum(server.kind.gpus for server in first)
    if given.json:
        print(json.dumps({"servers": given.servers, "gpus": gpus, "asks": found, "roads": roads}))
        return
    print(f"{given.servers:,} servers, {gpus:,} GPUs, twice; {found:,} asks stand")
    for name, steps in roads.items():
        print(f"\nfrom {name}: {sum(step[2] for step in steps):.1f} s")
        for what, line, took_s in steps:
            print(f"  {took_s:7.2f} s  {what:8} {line.replace(str(folder), '…')}")


if __name__ == "__main__":
    main()
