"""kill -9 of the process, of its database, or of both, and pauses, at random moments under load.

After each: no acknowledged order lost, none done twice, positions and versions without a gap, and
`audit verify` ok. What was not answered is asked again under its key, and done once. Who watches
since before the first trade has been told each fill, each print and each row once, in order.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from statistics import median
from typing import NamedTuple

import pytest

from gpubourse import Client, RateLimited, connect
from gpubourse.key_files import KeyFile
from ledger.journal.postgres import PostgresJournal
from tests.storm.callers import LOG_ON_AGAIN_S
from tests.storm.evidence import Ack, Count, Notes, judge
from tests.storm.founding import found
from tests.storm.process import ROOT, VenueProcess
from tests.storm.watched import Seen, Watched
from tests.storm.watchers import CLERK, VISITORS
from tests.waiting import PROCESS_S, wait_until

pytestmark = [pytest.mark.postgres, pytest.mark.long]

DEALERS = 3
LOAD_S = (0.2, 1.5)  # between one kill and the next
PAUSE_S = (0.5, 4.0)
FILLS_EACH, COMMANDS_EACH = 4, 20  # at least so many a round, or the storm says nothing
ASKED_AGAIN = 5  # keys of each reading that are asked for at the gateway, too
SEED = 8470


@pytest.fixture
def venue(tmp_path: Path) -> Iterator[VenueProcess]:
    served = VenueProcess(tmp_path / "venue")
    yield served
    served.erase()


def test_a_few_kills_lose_nothing_and_double_nothing(
    venue: VenueProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    _storm(venue, ["process", "both", "server", "both"], SEED, capsys)


@pytest.mark.storm
def test_sixty_kills_lose_nothing_and_double_nothing(
    venue: VenueProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    _drawn_storm(venue, {"process": 25, "server": 25, "both": 10}, capsys)


@pytest.mark.storm
def test_who_watches_through_fifty_kills_of_both_sees_every_fill_once(
    venue: VenueProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    _drawn_storm(venue, {"both": 50}, capsys)


@pytest.mark.storm
def test_kills_and_pauses_lose_nothing_and_double_nothing(
    venue: VenueProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    kinds = {"process": 6, "server": 6, "both": 7, "pause": 8, "server's pause": 8}
    _drawn_storm(venue, kinds, capsys)


def _drawn_storm(
    venue: VenueProcess, kinds: dict[str, int], capsys: pytest.CaptureFixture[str]
) -> None:
    """So many of each, in a drawn order; `GPUBOURSE_STORM_SEED=…` runs a storm's draws again."""
    seed = int(os.environ.get("GPUBOURSE_STORM_SEED") or time.time_ns() % 10_000)
    dice = Random(f"targets {seed}")
    targets = [kind for kind, times in kinds.items() for _ in range(times)]
    dice.shuffle(targets)
    _storm(venue, targets, seed, capsys)


class Load:
    """The dealers' callers, each dealer a process with its own notes."""

    def __init__(self, venue: VenueProcess, keys: list[KeyFile], folder: Path, seed: int) -> None:
        folder.mkdir()
        self.notes = Notes(folder)
        self.keys = {key.party: key for key in keys}
        self._processes = [
            subprocess.Popen(
                [
                    *(sys.executable, "-m", "tests.storm.callers", str(venue.folder)),
                    *(str(venue.folder / "keys" / key.party), f"{seed} {key.party}"),
                    str(self.notes.path(key.party)),
                ],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
            )
            for key in keys
        ]

    def first_answer_after(self, instant_s: float, venue: VenueProcess) -> Ack:
        """The first answer that anybody heard after an instant."""

        def answered() -> list[Ack]:
            venue.must_live()
            assert all(process.poll() is None for process in self._processes), "a caller gave up"
            return [ack for ack in self.notes.read_on() if ack.heard_s > instant_s]

        found = wait_until(answered, lambda: f"nobody is served:\n{venue.told()}", PROCESS_S)
        return min(found, key=lambda ack: ack.heard_s)

    @contextmanager
    def held_still(self) -> Iterator[None]:
        """Nobody asks for anything while the whole journal is read: or it would never end."""
        for process in self._processes:
            process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            for process in self._processes:
                process.send_signal(signal.SIGCONT)

    def settle(self) -> None:
        """No new wishes; what is out is asked for until it is known."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            assert process.wait(PROCESS_S) == 0, "a caller never learnt what became of a command"

    def end(self) -> None:
        for process in self._processes:
            if process.poll() is None:
                process.kill()
                process.wait()


def _storm(
    venue: VenueProcess, targets: list[str], seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    dice = Random(seed)
    venue.start()
    venue.until_ready()
    keys = asyncio.run(found(venue.url, venue.folder / "keys", DEALERS))
    watched = Watched(venue.folder, venue.folder.with_name("watched.jsonl"))
    back_s: dict[str, list[float]] = {target: [] for target in targets}
    load: Load | None = None
    try:
        with _journal_of(venue) as journal:
            watched.begin({key.party for key in keys} | {CLERK, *VISITORS}, journal)
        load = Load(venue, keys, venue.folder.with_name("notes"), seed)
        load.first_answer_after(0, venue)
        for number, target in enumerate(targets, 1):
            time.sleep(dice.uniform(*LOAD_S))
            down_s = _strike(venue, target, load, dice)
            back_s[target].append(down_s)
            with load.held_still():
                counted = _judge(venue, load, watched, dice)
            with capsys.disabled():
                print(f"\n{number} of seed {seed}: {target}, {down_s:.1f} s, {counted}")
        load.settle()
        counted = _judge(venue, load, watched, dice)
        watched.end()
        assert venue.stop() == 130  # Ctrl-C, in order
        assert "Traceback" not in venue.log.read_text(), venue.log.read_text()
        _must_pass_the_audit(venue, counted.journal)
    except BaseException:
        with capsys.disabled():
            print(f"\nthe storm of seed {seed} failed; what the venue said last:\n{venue.told()}")
        raise
    finally:
        watched.end()
        if load is not None:
            load.end()
    with capsys.disabled():
        print(f"\n{_summary(seed, targets, back_s, counted)}")
    assert counted.seen.fills >= FILLS_EACH * len(targets), "too few fills to say so"
    assert counted.journal.acknowledged >= COMMANDS_EACH * len(targets), "too few commands"


def _strike(venue: VenueProcess, target: str, load: Load, dice: Random) -> float:
    """Kill or freeze what the target names; the seconds until somebody is served again."""
    struck_s = time.monotonic()
    if target in ("pause", "server's pause"):
        frozen = venue.freeze() if target == "pause" else venue.freeze_server()
        try:
            time.sleep(dice.uniform(*PAUSE_S))
        finally:
            venue.thaw(frozen)
        return load.first_answer_after(time.monotonic(), venue).heard_s - struck_s
    return _kill(venue, target, load, dice)


def _kill(venue: VenueProcess, target: str, load: Load, dice: Random) -> float:
    """Kill, let a keeper start again what ended; the seconds until somebody is served."""
    killed_s = time.monotonic()
    is_process_first, whole = dice.random() < 0.5, dice.random() < 0.5
    if target == "both" and is_process_first:
        venue.kill()
    server = venue.kill_server(whole=whole) if target != "process" else 0
    if target == "process" or (target == "both" and not is_process_first):
        venue.kill()
    if target != "server":
        venue.start()
    new_s = venue.until_new_server(server) if server else time.monotonic()
    return load.first_answer_after(new_s, venue).heard_s - killed_s


class Counted(NamedTuple):
    """What a judgement counted: in the journal, and by who watches."""

    journal: Count
    seen: Seen


@contextmanager
def _journal_of(venue: VenueProcess) -> Iterator[PostgresJournal]:
    journal = venue.journal()
    try:
        yield journal
    finally:
        journal.close()


def _judge(venue: VenueProcess, load: Load, watched: Watched, dice: Random) -> Counted:
    with _journal_of(venue) as journal:
        counted = judge(journal, load.notes)
        seen = watched.judge(journal)
    acks = dice.sample(load.notes.acks, min(ASKED_AGAIN, len(load.notes.acks)))
    venue.until_ready()
    asyncio.run(_must_be_told_again(venue, load, acks))
    return Counted(counted, seen)


async def _must_be_told_again(venue: VenueProcess, load: Load, acks: list[Ack]) -> None:
    """The gateway gives the first answer to a key, without the command."""
    for party in sorted({ack.party for ack in acks}):
        dealer = await _logged_on(venue, load.keys[party])
        for ack in acks:
            if ack.party == party:
                told = await dealer.get(f"/v1/commands/{ack.key}")
                assert (told["op"], told["result"]) == (ack.op, ack.result)
        await dealer.__aexit__()


async def _logged_on(venue: VenueProcess, key: KeyFile) -> Client:
    """A client; the callers log on from the same address, at a rate that all of them share."""
    while True:
        try:
            return await connect(venue.url, key=key).__aenter__()
        except RateLimited:
            await asyncio.sleep(LOG_ON_AGAIN_S)


def _must_pass_the_audit(venue: VenueProcess, counted: Count) -> None:
    line = [*(sys.executable, "-m", "gateway", "audit", "verify", "--json")]
    ended = subprocess.run(
        [*line, "--data", str(venue.folder)], cwd=ROOT, capture_output=True, check=False
    )
    assert ended.returncode == 0, ended
    verdict = json.loads(ended.stdout)
    assert verdict["ok"]
    assert verdict["positions"] > counted.positions, "the clean stop attests the state"


def _summary(
    seed: int, targets: list[str], back_s: dict[str, list[float]], counted: Counted
) -> str:
    kinds = ", ".join(
        f"{len(seconds)} {target} (served after {median(seconds):.1f} s, median)"
        for target, seconds in back_s.items()
        if seconds
    )
    count, seen = counted
    return (
        f"seed {seed}: {len(targets)} rounds: {kinds}; {count.positions:,} positions, "
        f"{count.acknowledged:,} acknowledged, lost {count.lost}, doubled {count.doubled}; "
        f"watched: {seen.fills:,} fills, {seen.prints:,} prints, {seen.rows:,} rows, each once; "
        f"{seen.snapshots} snapshots, {seen.mended} gaps mended"
    )
