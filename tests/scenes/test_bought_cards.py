"""A single card that was bought stays in a server of another, which its owner does not see."""

from pathlib import Path

import pytest

from tests.scenes.stage import DAY_NS, INVENTORIES, Stage, staged

pytestmark = pytest.mark.postgres
MINUTE_NS = 60_000_000_000
CARD = INVENTORIES / "nvidia-smi-q_L40S.txt"


def test_a_bought_card_is_offered_by_its_name(tmp_path: Path, postgres_dsn: str) -> None:
    with staged(tmp_path, postgres_dsn) as stage:
        card, symbol = bought_card(stage)
        offer = ("sell", card, "--price", "60000", "--yes")

        early = stage.line(*offer, me="buyer", code=1).stderr
        node = stage.line("sell", "n-0001", "--price", "60000", "--yes", me="buyer", code=4).stderr
        stage.pass_time(6 * DAY_NS)
        placed = stage.told(*offer, me="buyer")["result"]

        assert "holding_period: " in early
        assert card in early
        assert "unknown_node" not in early
        assert "unknown_node" in node  # the server itself is still not theirs to see
        assert (placed["market"], placed["nodes"]) == (symbol, [card])


def bought_card(stage: Stage) -> tuple[str, str]:
    """The card of a server of p-0002, bought by p-0003, and its market."""
    stage.admit()
    role = stage.told("operator", "role", "p-0003", "owner", me="clerk-1")["result"]
    stage.line("operator", "approve", role["proposal"], me="clerk-2")
    stage.line("import", str(CARD), "--site", "s-0001", "--no-claim", "--yes", me="seller")
    (unit,) = stage.told("inventory", me="seller")["units"]
    card = str(unit["unit"])
    paper = ("--document", stage.paper("invoice.txt", "one L40S\n"))
    filed = ("operator", "provenance", "file", card, "--kind", "invoice", "--names-serial")
    stage.line(*filed, *paper, me="seller")
    stage.line("operator", "provenance", "verify", card, *paper, me="clerk-1")
    asked = stage.told("operator", "title", card, "--yes", me="seller")["result"]
    stage.line("operator", "approve", asked["proposal"], me="clerk-1")
    stage.pass_time(10 * MINUTE_NS)
    sold = stage.told("sell", card, "--price", "60000", "--yes", me="seller")["result"]
    symbol = str(sold["market"])
    stage.line(
        "operator", "deposit", "p-0003", "100000", "--reference", "BANK-1", "--yes", me="clerk-1"
    )
    stage.line("order", symbol, "bid", "1", "--price", "60000", "--yes", me="buyer")
    stage.line("settle", "deliver", "x-000001", me="seller")
    stage.line("settle", "accept", "x-000001", "--yes", me="buyer")
    return card, symbol
