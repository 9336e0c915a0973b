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
    assert "No sites: none is run by this party yet" in hall.line("sites", me="guest").stdout
    found = hall.line("sites", "--all", me="guest").stdout
    assert "s-0001" in found
    assert "p-0002" in found
    lost = hall.line("operator", "node-site", "n-0001", "--site", "s-0011", me="guest", code=4)
    assert "Did you mean s-0001?" in lost.stderr
    assert "To be done" not in lost.stderr, "what is refused was never announced as done"

    one = ("import", str(SERVER), "--site", "s-0001", "--claim")
    looked = hall.line(*one, "--dry-run", me="guest")
    assert "s-0001 is run by p-0002: until they agree" in looked.stderr

    told = hall.line(*one, "--yes", me="guest").stdout
    assert "p-0002, who runs s-0001, has to agree" in told
    assert "gpubourse operator approve z-000004 --me KEY-OF-p-0002" in told
    shown = hall.line("inventory", me="guest").stdout
    assert "n-0001: it waits for p-0002 to agree, by z-000004" in shown
    assert "p-0002: waits as z-000004" in shown

    own = hall.line("status", me="guest").stdout
    assert "Of your own z-000004 waits for others until 2024-11-1" in own
    assert "Nothing waits for you" not in own
    listed = hall.line("operator", "proposals", me="seller").stdout
    assert "n-0001 stands at site s-0001, and title is asked for then" in listed
    asked = hall.line("operator", "approve", "z-000004", me="seller").stderr
    assert "waits for a person of p-0002 (" in asked

    assert "title waits as z-000005" in hall.line("inventory", me="guest").stdout
    hall.line("operator", "approve", "z-000005", me="clerk-1")

    # until there is a title the operator may take the word back; then it is nobody's to issue
    back = hall.line("operator", "node-site", "n-0001", "--not-here", "--yes", me="seller").stdout
    assert "n-0001 stands nowhere." in back
    late = hall.line("operator", "approve", "z-000005", me="clerk-2", code=1).stderr
    assert "n-0001 stands at no site" in late


def test_a_fleet_of_a_guests_waits_in_one_line_and_what_has_no_site_says_so(hall: Stage) -> None:
    (hall.folder / "reports").mkdir()
    write_reports(hall.folder / "reports", made_servers(3), TAKEN)
    told = hall.line(
        "import", str(hall.folder / "reports"), "--site", "s-0001", "--yes", me="guest"
    ).stdout
    assert "p-0002, who runs s-0001, has to agree: z-000004..z-000006 wait." in told

    no = hall.line("operator", "reject", "z-000006", "--yes", me="seller").stdout
    hall.line("operator", "approve", "z-000004..z-000005", "--yes", me="seller")
    assert "stands at no site" in hall.line("inventory", me="guest").stdout
    words = ("operator", "node-site", "n-0003", "--site", "s-0001", "--yes")
    refused = hall.line(*words, me="guest", code=1).stderr
    assert "p-0002 said no to n-0003, and may be asked again" in refused
    assert "`gpubourse operator node-site n-0003 --site SITE --me THEIRS`" in refused

    # a no that was said by mistake: the line that was told with it is the yes
    line = no.rpartition("\n  gpubourse ")[2].split()
    assert line == ["operator", "node-site", "n-0003", "--site", "s-0001", "--me", "seller"]
    assert "n-0003 stands at s-0001." in hall.line(*line, "--yes").stdout
    assert "stands at no site" not in hall.line("inventory", me="guest").stdout
