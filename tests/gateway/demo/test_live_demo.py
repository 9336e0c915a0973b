"""The living demo as a visitor meets it: it opens, the market moves, Ctrl-C ends it, it goes on."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from exchange.simulation.cast import machines
from exchange.simulation.draw import Draw
from exchange.simulation.dumps import report
from ledger.embedded.embedded_server import EmbeddedPostgres
from tests.house.sources import python_path
from tests.waiting import PATIENCE_S, PROCESS_S, wait_until

ROOT = Path(__file__).parents[3]

pytestmark = [pytest.mark.postgres, pytest.mark.long]


class Demo:
    """A demo in a process of its own, with what it has said so far."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gateway", "demo", "--data", str(folder), "--days", "2",
             "--port", "0", *words],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self.said: list[str] = []
        threading.Thread(target=lambda: self.said.extend(self.process.stdout or ())).start()

    @property
    def text(self) -> str:
        return "".join(self.said)

    def heard(self, pattern: str) -> re.Match[str]:
        """Wait for a line that matches."""

        def found() -> re.Match[str] | None:
            has_ended = self.process.poll() is not None
            match = re.search(pattern, self.text)
            assert match or not has_ended, f"the demo ended early:\n{self.text}"
            return match

        match = wait_until(found, lambda: f"no line like {pattern!r}:\n{self.text}", PROCESS_S)
        assert match is not None
        return match

    @property
    def url(self) -> str:
        return self.heard(r"open at (http://127\.0\.0\.1:\d+)/")[1]

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=PATIENCE_S) as response:
            return json.load(response)

    def end(self) -> int:
        """Ctrl-C; the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE_S)


@contextmanager
def demo(folder: Path, *words: str) -> Iterator[Demo]:
    running = Demo(folder, *words)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.process.kill()
            running.process.wait()


def printed_lines(text: str) -> list[list[str]]:
    """Each line to type that was printed, alone or within a sentence, as the words of one verb."""
    found = [shlex.split(line) for line in re.findall(r"gpubourse (\w+ [^`\n]*)", text)]
    lines = [words for words in found if words[:2] != ["is", "open"]]
    assert lines, text
    return lines


READ_ELSEWHERE = {  # lines of README that no demo is needed for, or that its last line covers
    ("run",): "tests/scenes: a venue of one's own",
    ("audit", "psql"): "a terminal of its own",
    ("audit", "verify"): "the line that a demo ends with",
}


def must_follow_the_readme(demo: Demo, folder: Path, tmp_path: Path) -> None:
    """Every `gpubourse` line of README, in its order, with the names that this demo gives."""
    draw = Draw(7)
    dump = report(draw, next(machines(draw)), time.time_ns() - 3_600_000_000_000)
    (tmp_path / "dump.txt").write_bytes(dump)
    terms = next(line for line in printed_lines(demo.text) if line[0] == "buy")
    named = {
        "http://127.0.0.1:8470": demo.url,
        "75000": terms[terms.index("--limit") + 1],
        "2026-12": terms[3],
    }
    blocks = re.findall(r"^```sh\n(.*?)^```", (ROOT / "README.md").read_text("utf-8"), re.M | re.S)
    lines = [shlex.split(line, comments=True) for block in blocks for line in block.splitlines()]
    followed = 0
    for line in (line[1:] for line in lines if line[:1] == ["gpubourse"]):
        if any(tuple(line[: len(each)]) == each for each in READ_ELSEWHERE):
            continue
        if line[0] == "sell":
            named["n-0401"], named["98000"] = titled(demo, folder)
        if line[:2] == ["audit", "check-certificate"]:
            named["ROOT"] = json.loads((tmp_path / "n-0001.json").read_text("utf-8"))["root"]
        if line[:2] == ["audit", "certificate"]:
            must_come_to_attest(folder, tmp_path / "first.json")
        words = [named.get(word, word) for word in line]
        words += ["--count", "1"] if line[0] == "watch" else []
        ended = said(*words, cwd=tmp_path, PYTHONPATH=python_path(), GPUBOURSE_DATA=str(folder))
        assert ended.returncode == 0, f"{words}: {ended.stdout}{ended.stderr}"
        followed += 1
    assert followed >= 12


def titled(demo: Demo, folder: Path) -> tuple[str, str]:
    """The visitor's newest server once it has title and a market, and a price that is taken."""
    first_node = demo.heard(r"Your node: \S+#/thing/(n-\d+)")[1]

    def found() -> tuple[str, str] | None:
        told = said("holdings", "--me", "seller", "--data", str(folder), "--json")
        rows = [row for row in json.loads(told.stdout)["rows"] if row["thing"] != first_node]
        if not rows:
            return None
        symbol = f"T.{rows[-1]['asset_class']}.{rows[-1]['delivery_point']}"
        listed = demo.get("/v1/instruments?kind=title&limit=1000")["rows"]
        if symbol not in [row["market"] for row in listed]:
            return None
        now = demo.get(f"/v1/markets/{symbol}/worth")["result"]["now"]
        return rows[-1]["thing"], str((now["reference_minor"] or 9_800_000) // 100)

    return wait_until(found, "no title to the second server", look_s=1.0) or ("", "")


def said(
    *words: str, typed: str = "", cwd: Path = ROOT, **environment: str
) -> "subprocess.CompletedProcess[str]":
    """One verb, run to its end."""
    return subprocess.run(
        [sys.executable, "-m", "gateway", *words],
        cwd=cwd,
        env={**os.environ, **environment},
        input=typed,
        capture_output=True,
        text=True,
        timeout=PROCESS_S,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "demo"
    EmbeddedPostgres(tmp_path / "demo").erase()


def must_come_to_attest(folder: Path, out: Path) -> None:
    """Wait for a day's root that the log holds: the attester works behind a demo that is open."""

    def is_attested() -> bool:
        out.unlink(missing_ok=True)
        words = ("audit", "certificate", "n-0001", "--out", str(out), "--data", str(folder))
        assert said(*words).returncode == 0
        return bool(json.loads(out.read_text("utf-8"))["receipt"])

    wait_until(is_attested, "no certificate has a receipt", look_s=1.0)


def test_it_opens_moves_ends_and_goes_on(folder: Path, tmp_path: Path) -> None:
    machine = next(machines(Draw(99)))  # a server that this demo's seed has never seen
    dump = tmp_path / "mine.xml"
    dump.write_bytes(report(Draw(99), machine, time.time_ns() - 3_600_000_000_000))

    with demo(folder, "--speed", "3600", "--dump", str(dump)) as first:
        assert first.get("/readyz")["ready"] is True
        assert len(re.findall(r"#enrol=[\w-]{43}", first.text)) == 3
        node = first.heard(r"Your node: \S+#/thing/(n-\d+)")[1]
        stood = first.get("/v1/venue")["position"]
        wait_until(
            lambda: first.get("/v1/venue")["position"] > stood + 20,
            "the market does not move",
            look_s=0.2,
        )
        offered = first.get("/v1/venue")["result"]["seats"]
        assert list(offered) == ["seller", "trader", "auditor"]
        assert not [code for code in offered.values() if code in first.text], "a code serves once"
        for number, line in enumerate(printed_lines(first.text)):
            paper = tmp_path / f"{number}.pdf"
            paper.write_text(f"paper {number}")
            words = [str(paper) if word == "FILE" else word for word in line]
            followed = said(*words, typed="y\n")
            assert followed.returncode == 0, f"{line}: {followed.stdout}{followed.stderr}"
        must_follow_the_readme(first, folder, tmp_path)
        assert first.end() == 0
        last = re.search(
            r"Ended at position ([\d,]+) after [\d,]+ trades; books sum to 0", first.text
        )
        assert last is not None, first.text

    with demo(folder) as second:
        assert second.get("/v1/venue")["position"] >= int(last[1].replace(",", ""))
        assert "making" not in second.text.replace("making .venv", "")
        assert second.get("/v1/venue")["result"]["kind"] == "demo"
        assert second.end() == 0

    (line,) = printed_lines(last.string[last.start() :])
    assert line[:2] == ["audit", "verify"]
    verified = said(*line)
    assert verified.returncode == 0, verified.stdout + verified.stderr

    proof = said("audit", "history", node, "--data", str(folder), "--json")
    assert proof.returncode == 0, proof.stderr
    assert "title_issued" in proof.stdout, "the offices answer a visitor within a venue hour"


def test_ctrl_c_while_the_past_is_made_leaves_whole_days(folder: Path) -> None:
    with demo(folder, "--days", "400") as running:
        running.heard(r"history: making")
        assert running.end() == 130
        assert "goes on" in running.text


def test_a_database_that_holds_a_journal_is_left_alone(tmp_path: Path, postgres_dsn: str) -> None:
    words = ("demo", "--headless", "--days", "1", "--json", "--data", str(tmp_path / "demo"))
    first = said(*words, GPUBOURSE_DATABASE_URL=postgres_dsn)
    assert first.returncode == 0, first.stderr
    again = said(*words, GPUBOURSE_DATABASE_URL=postgres_dsn)
    assert again.returncode == 2
    assert "holds a journal already" in again.stderr
    assert "Traceback" not in again.stderr


def test_a_demo_that_runs_is_left_alone(folder: Path) -> None:
    with demo(folder) as running:
        assert running.get("/readyz")["ready"] is True
        headless = said("demo", "--headless", "--days", "1", "--data", str(folder))
        assert headless.returncode == 2
        assert "A venue runs in" in headless.stderr
        second = said("demo", "--data", str(folder))
        assert second.returncode == 5
        assert "Traceback" not in second.stderr
        assert running.get("/readyz")["ready"] is True
