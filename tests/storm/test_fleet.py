"""Four hundred servers from files to standing asks, as the bench types it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fleet import made_servers

pytestmark = [pytest.mark.storm, pytest.mark.postgres]
ROOT = Path(__file__).resolve().parents[2]
SERVERS = 400


def test_four_hundred_servers_stand_on_offer_by_four_lines() -> None:
    words = [sys.executable, str(ROOT / "bench" / "fleet.py"), "--servers", str(SERVERS), "--json"]
    ended = subprocess.run(words, capture_output=True, text=True, check=False)

    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    kinds = [server.kind for server in made_servers(SERVERS)]
    things = sum(1 if "L40S" not in kind.name else kind.gpus for kind in kinds)
    assert told["asks"] == 2 * things  # from reports, and from a CSV beside them
    assert [len(steps) for steps in told["roads"].values()] == [4, 4]
