"""The trading day as a shell script, against `gpubourse run` on an empty folder."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ledger.embedded.server import EmbeddedPostgres
from tests.scenes.stage import SERVER, free_port, must_have_the_server

SCRIPT = Path(__file__).with_name("trading_day.sh")
OPEN_S = 60
DAY_S = 500  # at midnight in Beijing it waits five minutes for the market
CLOSE_S = 5

pytestmark = pytest.mark.postgres


def test_the_day_can_be_typed(tmp_path: Path) -> None:
    must_have_the_server()
    environment = dict(
        os.environ,
        PATH=f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        GPUBOURSE_DATA=str(tmp_path / "venue"),
        XDG_CONFIG_HOME=str(tmp_path / "config"),
    )
    for name in ("GPUBOURSE_VENUE", "GPUBOURSE_DATABASE_URL", "GPUBOURSE_ME"):
        environment.pop(name, None)
    ports = ("--port", str(free_port()), "--metrics-port", str(free_port()))
    words = [sys.executable, "-m", "gateway", "run", "--holders", "Chen Jing,Zhao Lei", *ports]
    log = (tmp_path / "run.log").open("wb")
    with log, subprocess.Popen(words, env=environment, stdout=log, stderr=log) as venue:
        try:
            wait_for(tmp_path / "venue" / "address", venue)
            day = subprocess.run(
                [SCRIPT, SERVER],
                env=environment,
                capture_output=True,
                text=True,
                timeout=DAY_S,
                check=False,
            )
        finally:
            venue.send_signal(signal.SIGINT)
            begun = time.monotonic()
            venue.wait(OPEN_S)
            took_s = time.monotonic() - begun
            EmbeddedPostgres(tmp_path / "venue").erase()  # as root its files lie elsewhere

    assert day.returncode == 0, f"{day.stdout}\n{day.stderr}"
    assert "8 of 8 match, same grade" in day.stderr
    assert "position" in day.stdout
    assert venue.returncode == 130
    assert took_s < CLOSE_S
    closing = (tmp_path / "run.log").read_text("utf-8").splitlines()[-1]
    assert closing.startswith("Closed at position ")


def wait_for(path: Path, venue: "subprocess.Popen[bytes]") -> None:
    """Until the venue has written where it answers."""
    deadline = time.monotonic() + OPEN_S
    while not path.exists():
        assert venue.poll() is None, "the venue ended before it was open"
        assert time.monotonic() < deadline, "the venue did not open"
        time.sleep(0.1)
