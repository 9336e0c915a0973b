"""An owner without a hall brings servers to another's: what each of the two is told."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.fleet import made_servers, write_reports
from tests.scenes.stage import SERVER, Stage, staged

pytestmark = pytest.mark.postgres
MINUTE_NS = 60_000_000_000
TAKEN = datetime(2024, 11, 14, 20, 0, 0)  # the evening before the scene begins


@pytest.fixture
def hall(tmp_path: Path, postgres_dsn: str) -> Iterator[Stage]:
    """The site of p-0002, and `guest`, the key of an owner that has none."""
    with staged(tmp_path, postgres_dsn) as stage:
        stage.admit()
        given = stage.told("operator", "role", "p-0003", "owner", me="clerk-1")["result"]
        stage.line("operator", "approve", given["proposal"], me="clerk-2")
        words = ("--party", "p-0003", "--holder", "Zhao Min", "--scopes", "read,seller")
        stage.line("keys", "new", "guest", *words, me="clerk-1")
        stage.pass_time(10 * MINUTE_NS)
        yield stage


def test_a_guests_server_has_a_title_two_words_after_the_import(hall: Stage) -> None:
    one = ("import", str(SERVER), "--site", "s-0001", "--claim")
    looked = hall.line(*one, "--dry-run", me="guest")
    assert "s-0001 is run by p-0002: until they agree" in looked.stderr

    told = hall.line(*one, "--yes", me="guest").stdout
    assert "p-0002, who runs s-0001, has to agree" in told
    assert "gpubourse operator approve z-000004 --me KEY-OF-p-0002" in told
    shown = hall.line("inventory", me="guest").stdout
    assert "n-0001: it waits for p-0002 to agree, by z-000004" in shown
    assert "p-0002: waits as z-000004" in shown

    assert "node.site" in hall.line("operator", "proposals", me="seller").stdout
    hall.line("operator", "approve", "z-000004", me="seller")

    assert "title waits as z-000005" in hall.line("inventory", me="guest").stdout
    for clerk in ("clerk-1", "clerk-2"):
        hall.line("operator", "approve", "z-000005", me=clerk)
    assert "p-0003" in hall.line("inventory", me="guest").stdout


def test_a_fleet_of_a_guests_waits_in_one_line_and_what_has_no_site_says_so(hall: Stage) -> None:
    (hall.folder / "reports").mkdir()
    write_reports(hall.folder / "reports", made_servers(3), TAKEN)
    told = hall.line(
        "import", str(hall.folder / "reports"), "--site", "s-0001", "--yes", me="guest"
    ).stdout
    assert "p-0002, who runs s-0001, has to agree: z-000004..z-000006 wait." in told

    hall.line("operator", "reject", "z-000006", "--yes", me="seller")
    hall.line("operator", "approve", "z-000004..z-000005", "--yes", me="seller")
    assert "stands at no site" in hall.line("inventory", me="guest").stdout
    again = hall.line("operator", "node-site", "n-0003", "--site", "s-0001", "--yes", me="guest")
    assert "waits for another person's signature" in again.stdout
