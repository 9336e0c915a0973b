"""An owner offers what he has: several servers at once, or one of them for a month's use."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ledger.things.dumps import block, dump
from tests.scenes.stage import SERVER, Stage, staged

pytestmark = pytest.mark.postgres
MINUTE_NS = 60_000_000_000


def another_server(stage: Stage) -> str:
    """A second server with eight cards of its own, as its `nvidia-smi -q` would show it."""
    cards = [
        block(
            {
                "Serial Number": f"{1_700_000_000_000 + at}",
                "GPU UUID": f"GPU-aaaaaaaa-bbbb-cccc-dddd-{at:012x}",
            },
            bus=0x10 + at,
        )
        for at in range(1, 9)
    ]
    return stage.paper("second.txt", dump(*cards).decode())


@pytest.fixture
def owner(tmp_path: Path, postgres_dsn: str) -> Iterator[Stage]:
    """The seller owns n-0001 and n-0002, class H100SXM8.A2, and the market is open."""
    with staged(tmp_path, postgres_dsn) as stage:
        stage.admit()
        paper = ("--document", stage.paper("invoice.txt", "sixteen H100\n"))
        for path in (str(SERVER), another_server(stage)):
            stage.line("import", path, "--site", "s-0001", "--no-claim", "--yes", me="seller")
        for node in ("n-0001", "n-0002"):
            filed = (
                "operator",
                "provenance",
                "file",
                node,
                "--kind",
                "invoice",
                "--names-serial",
                *paper,
            )
            stage.line(*filed, me="seller")
            stage.line("operator", "provenance", "verify", node, *paper, me="clerk-1")
        asked = stage.told("operator", "title", "n-0001", "n-0002", "--yes", me="seller")["result"]
        stage.line("operator", "approve", asked["proposal"], me="clerk-1")
        stage.pass_time(10 * MINUTE_NS)
        yield stage


def test_two_servers_of_one_class_are_one_ask(owner: Stage) -> None:
    words = ("sell", "n-0001", "n-0002", "--price", "98000", "--yes")

    placed = owner.told(*words, me="seller")["result"]

    assert (placed["market"], placed["lots"]) == ("T.H100SXM8.A2.CN-BJ", 2)
    assert placed["nodes"] == ["n-0001", "n-0002"]
    rows = owner.told("inventory", me="seller")["rows"]
    assert [row["asset_class"] for row in rows] == ["H100SXM8.A2"] * 2
    assert "offered o-000001" in owner.line("inventory", me="seller").stdout
    again = owner.line("sell", "n-0001", "--price", "98000", "--yes", me="seller", code=1)
    assert "on_hold: n-0001 is already on offer in order o-000001" in again.stderr


def test_a_month_of_use_is_offered_and_taken_per_server_month(owner: Stage) -> None:
    month = ("--month", "2025-01", "--price", "75000", "--yes")
    offered = owner.line("sell", "n-0001", *month, me="seller").stderr
    bank = ("--reference", "BANK-1", "--yes")
    owner.line("operator", "deposit", "p-0003", "200000", *bank, me="clerk-1")

    taken = owner.told(
        "buy", "8", "H100", "2025-01", "CN-BJ", "--limit", "75054.72", "--yes", me="buyer"
    )

    assert (
        "75,000.00 yuan lies between 74,995.20 yuan and 75,054.72 yuan a server-month: "
        "the ask says 75,054.72 yuan."
    ) in offered
    assert "at 12.61 yuan a GPU-hour (75,054.72 yuan a server-month)" in offered
    assert taken["result"]["state"] == "filled"
    found = owner.told("audit", "history", "n-0001")["events"]
    (granted,) = [each["event"] for each in found if each["topic"] == "lease_granted"]
    assert (granted["lessor"], granted["lessee"]) == ("p-0002", "p-0003")
    assert owner.told("audit", "verify")["ok"]


def test_what_is_not_there_or_has_no_market_is_said(owner: Stage) -> None:
    assert owner.line("sell", "n-0009", "--price", "1", "--yes", me="seller", code=4)
    month = ("--month", "2031-01", "--price", "75000", "--yes")
    assert "unknown_market" in owner.line("sell", "n-0001", *month, me="seller", code=4).stderr
    assert owner.line("sell", "n-0001", "--month", "soon", "--price", "1", me="seller", code=2)
