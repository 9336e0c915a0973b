"""The wheel holds the three buildings, the client, the journal's SQL and the console's page.

Who installs it gets a typed client: `mypy --strict` takes a right program, and finds a wrong one.
"""

import re
import site
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from tests.house.sources import ROOT, sources
from tests.waiting import PROCESS_S

pytestmark = pytest.mark.xdist_group("wheel")  # it is built once

RIGHT = """
import asyncio
from gpubourse import Refused, connect

async def main() -> None:
    async with connect(me="trader") as venue:
        book = await venue.book("L.H100SXM8.CN-BJ.2026-12")
        if (best := book.best_ask) is None:
            return
        try:
            order = await venue.place(
                market=book.market, side="bid", price_ticks=best.price_ticks, lots=1
            )
        except Refused as no:
            raise SystemExit(no.code) from no
        await venue.amend(order.order, lots=2, key="more")
        await venue.cancel(order.order, key="no-more")
        paid: list[int] = [fill.notional_minor for fill in order.fills]
        async for update in venue.watch_orders():
            states: list[str] = [row.state for row in update.body]
            print(paid, states)

asyncio.run(main())
"""
WRONG = {  # what is wrong -> its line, and mypy's word for it
    "swapped": ('venue.place(market="bid", side=book.market, price_ticks=1, lots=1)', "arg-type"),
    "wrong_type": (
        'venue.place(market=book.market, side="bid", price_ticks="1302", lots=1)',
        "arg-type",
    ),
    "misspelt": ("(await venue.cancel('o-000001')).lots_endet", "attr-defined"),
    "no_such_word": (
        'venue.place(market=book.market, side="buy", price_ticks=1, lots=1)',
        "arg-type",
    ),
    "forgotten": ('venue.place(market=book.market, side="bid", lots=1)', "call-arg"),
}
PROGRAM = """
from gpubourse import connect

async def main() -> None:
    async with connect(me="trader") as venue:
        book = await venue.book("T.H100SXM8.A1.CN-BJ")
        print(book.phase, {line})
"""
FOUND = re.compile(r"^(\w+)\.py:\d+: error: .*\[([\w-]+)\]$", re.MULTILINE)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this folder."""
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "-d", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PROCESS_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("gpubourse-*.whl")
    return built


def test_the_wheel_holds_what_a_venue_needs(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        names = set(opened.namelist())
        entry_points = next(name for name in names if name.endswith("entry_points.txt"))
        commands = opened.read(entry_points).decode()

    assert {source.path for source in sources()} <= names
    assert "gpubourse/py.typed" in names  # so that a user's type checker reads its types
    migrations = {path.name for path in (ROOT / "sql").glob("*.sql")}
    assert {f"ledger/journal/sql/{name}" for name in migrations} <= names
    assert "gateway/catalogue.json" in names
    page = [path for path in (ROOT / "gateway/console").rglob("*") if path.is_file()]
    assert {path.relative_to(ROOT).as_posix() for path in page} <= names
    assert not [name for name in names if name.startswith(("tests/", "bench/", "setup/"))]
    assert "gpubourse = gateway.__main__:main" in commands


def test_a_users_type_checker_sees_the_installed_client(wheel: Path, tmp_path: Path) -> None:
    python = installed(wheel, tmp_path / "venv")
    (tmp_path / "right.py").write_text(RIGHT, "utf-8")
    for name, (line, _) in WRONG.items():
        (tmp_path / f"{name}.py").write_text(PROGRAM.format(line=line), "utf-8")

    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--python-executable", str(python)]
        + ["--config-file", "", "--no-error-summary", "right.py"]
        + [f"{name}.py" for name in WRONG],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PROCESS_S,
        check=False,
    )

    found = sorted(FOUND.findall(done.stdout))
    assert found == sorted((name, word) for name, (_, word) in WRONG.items()), done.stdout


def installed(wheel: Path, folder: Path) -> Path:
    """A Python that has this wheel, and the libraries of this one: nothing of the source tree."""
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    told = subprocess.run(
        [str(python), "-c", "import site; print(site.getsitepackages()[0])"],
        capture_output=True,
        text=True,
        check=True,
    )
    packages = Path(told.stdout.strip())
    with zipfile.ZipFile(wheel) as opened:
        opened.extractall(packages)
    libraries = "\n".join(site.getsitepackages())
    (packages / "libraries.pth").write_text(f"{libraries}\n", "utf-8")
    return python
