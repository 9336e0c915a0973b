"""The trading day as a shell script, against `gpubourse run` on an empty folder."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ledger.embedded.embedded_server import EmbeddedPostgres
from tests.scenes.stage import SERVER, must_have_the_server
from tests.waiting import PATIENCE_S, PROCESS_S, wait_until

SCRIPT = Path(__file__).with_name("trading_day.sh")

pytestmark = [pytest.mark.postgres, pytest.mark.long]


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
    ports = ("--port", "0", "--metrics-port", "0")  # the system's choice, told in the folder
    words = [sys.executable, "-m", "gateway", "run", "--holders", "Chen Jing,Zhao Lei", *ports]
    log = (tmp_path / "run.log").open("wb")
    with log, subprocess.Popen(words, env=environment, stdout=log, stderr=log) as venue:
        try:
            until_open(tmp_path / "venue" / "address", venue)
            day = subprocess.run(
                [SCRIPT, SERVER],
                env=environment,
                capture_output=True,
                text=True,
                timeout=PROCESS_S,  # at midnight in Beijing it waits five minutes for the market
                check=False,
            )
        finally:
            venue.send_signal(signal.SIGINT)
            venue.wait(PATIENCE_S)
            EmbeddedPostgres(tmp_path / "venue").erase()  # as root its files lie elsewhere

    assert day.returncode == 0, f"{day.stdout}\n{day.stderr}"
    assert "8 of 8 match, same grade" in day.stderr
    assert "position" in day.stdout
    assert venue.returncode == 130
    closing = (tmp_path / "run.log").read_text("utf-8").splitlines()[-1]
    assert closing.startswith("Closed at position ")


def until_open(path: Path, venue: "subprocess.Popen[bytes]") -> None:
    """Until the venue has written where it answers."""

    def is_open() -> bool:
        assert venue.poll() is None, "the venue ended before it was open"
        return path.exists()

    wait_until(is_open, "the venue does not open")
