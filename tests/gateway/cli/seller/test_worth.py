"""`inspect --venue`: worth from the venue's public figures, and none that is made up."""

from pathlib import Path
from typing import Any

from tests.exchange.ground import LEASE, TITLE
from tests.gateway.cli.served import Served
from tests.ledger.things.dumps import dump, several


def worth(served: Served, tmp_path: Path) -> dict[str, Any]:
    """What a healthy server with eight H100 is worth there."""
    (tmp_path / "dump.txt").write_bytes(dump(*several(8)))
    found = served.document("inspect", str(tmp_path / "dump.txt"), "--venue", served.town.url)
    assert isinstance(found["worth"], dict)
    return found["worth"]


def test_nothing_known_is_said_as_nothing(served: Served, tmp_path: Path) -> None:
    (told,) = worth(served, tmp_path)["classes"]

    assert (told["model"], told["grade"], told["lots"]) == ("H100SXM8", "A", 1)
    (papers,) = told["with_papers"]
    assert papers["market"] == TITLE
    assert papers["best_bid_minor"] is None
    assert papers["last_minor"] is None
    assert papers["proceeds_minor"] is None
    assert all(rent["month_minor"] is None for rent in told["rent"])


def test_a_bid_and_a_rent_are_the_venues_figures(served: Served, tmp_path: Path) -> None:
    served.line("order", TITLE, "bid", "2", "--price", "103500", "--yes", me="trader")
    served.line("order", LEASE, "ask", "1", "--price-ticks", "1302", "--yes", me="seller")
    served.line("order", LEASE, "bid", "1", "--price-ticks", "1302", "--yes", me="trader")

    found = worth(served, tmp_path)

    (told,) = found["classes"]
    (papers,) = told["with_papers"]
    assert (papers["best_bid_minor"], papers["best_bid_lots"]) == (10_350_000, 2)
    assert papers["proceeds_minor"] == 82_800_000
    (rent,) = [rent for rent in told["rent"] if rent["market"] == LEASE]
    assert rent["month_minor"] == 7_749_504
    assert rent["last_age_s"] is not None
    assert any("best bid 103,500.00 yuan a GPU for 2 lots" in said for said in found["sentences"])
    assert any("77,495.04 yuan a month, only with papers" in said for said in found["sentences"])


def test_another_delivery_point_has_no_figures(served: Served, tmp_path: Path) -> None:
    (tmp_path / "dump.txt").write_bytes(dump(*several(8)))

    found = served.document(
        "inspect", str(tmp_path / "dump.txt"), "--venue", served.town.url, "--point", "CN-NX"
    )

    (told,) = found["worth"]["classes"]
    assert told["with_papers"] == told["rent"] == told["as_it_is"] == []


def test_a_venue_that_is_not_there_ends_5_in_words(served: Served, tmp_path: Path) -> None:
    (tmp_path / "dump.txt").write_bytes(dump(*several(8)))

    told = served.line(
        "inspect", str(tmp_path / "dump.txt"), "--venue", "http://127.0.0.1:1", code=5
    )

    assert "No venue answers" in told.stderr
