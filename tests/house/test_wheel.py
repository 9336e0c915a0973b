"""The wheel holds the three buildings, gpubourse.py, the journal's SQL and the console's page."""

import subprocess
import sys
import zipfile
from pathlib import Path

from tests.house.sources import ROOT, sources
from tests.waiting import PROCESS_S


def test_the_wheel_holds_what_a_venue_needs(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PROCESS_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("gpubourse-*.whl")
    with zipfile.ZipFile(wheel) as opened:
        names = set(opened.namelist())
        entry_points = next(name for name in names if name.endswith("entry_points.txt"))
        commands = opened.read(entry_points).decode()

    assert {source.path for source in sources()} <= names
    migrations = {path.name for path in (ROOT / "sql").glob("*.sql")}
    assert {f"ledger/journal/sql/{name}" for name in migrations} <= names
    assert "gateway/catalogue.json" in names
    page = [path for path in (ROOT / "gateway/console").rglob("*") if path.is_file()]
    assert {path.relative_to(ROOT).as_posix() for path in page} <= names
    assert not [name for name in names if name.startswith(("tests/", "bench/", "setup/"))]
    assert "gpubourse = gateway.__main__:main" in commands
