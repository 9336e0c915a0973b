"""`inspect --venue`: worth from the venue's public figures, and none that is made up."""

from datetime import datetime
from pathlib import Path
from typing import Any

from gateway.cli.seller.worth import Lots, changed_by, total_rows
from tests.exchange.ground import LEASE, TITLE
from tests.fleet import made_servers
from tests.gateway.cli.served import Served
from tests.ledger.things.dumps import block, dump, several


def worth(served: Served, tmp_path: Path) -> dict[str, Any]:
    """What a healthy server with eight H100 is worth there."""
    (tmp_path / "dump.txt").write_bytes(dump(*several(8)))
    found = served.document("inspect", str(tmp_path / "dump.txt"), "--venue", served.town.url)
    assert isinstance(found["worth"], dict)
    return found["worth"]


def test_nothing_known_is_said_as_nothing(served: Served, tmp_path: Path) -> None:
    found = worth(served, tmp_path)

    (told,) = found["classes"]
    assert (told["model"], told["grade"], told["number"]) == ("H100SXM8", "A", 1)
    (there,) = told["points"]
    assert there["market"] == "T.H100SXM8.A0.CN-BJ"
    assert there["now"] is None
    (papers,) = there["changes"]
    assert (papers["market"], papers["change_minor"]) == (TITLE, None)
    assert papers["now"]["best_bid_minor"] is None
    assert there["rent"]["last_minor"] is None
    class_unsold, papers_unknown, rent = found["sentences"]
    assert "nobody bids, asks or ever sold this class here" in class_unsold
    assert "not known what they change" in papers_unknown
    assert "nobody bids, asks or has let it yet, only with papers" in rent


def test_a_bid_and_a_rent_are_the_venues_figures(served: Served, tmp_path: Path) -> None:
    served.line("order", TITLE, "bid", "2", "--price", "103500", "--yes", me="trader")
    served.line("order", LEASE, "ask", "1", "--price-ticks", "1302", "--yes", me="seller")
    served.line("order", LEASE, "bid", "1", "--price-ticks", "1302", "--yes", me="trader")

    found = worth(served, tmp_path)

    (told,) = found["classes"]
    (there,) = told["points"]
    (papers,) = there["changes"]
    assert (papers["now"]["best_bid_minor"], papers["now"]["best_bid_lots"]) == (10_350_000, 2)
    assert papers["now"]["proceeds_minor"] == 82_800_000
    assert there["rent"]["market"] == LEASE
    assert there["rent"]["last_minor"] == 7_749_504
    _, with_papers, rent = found["sentences"]
    assert "no two figures of like age" in with_papers
    assert "best bid 103,500.00 yuan a GPU" in with_papers
    assert "Rent in 2024-12" in rent
    assert "last let for 77,495.04 yuan a month" in rent


def test_an_old_report_is_priced_as_what_it_is_and_not_as_what_a_fresh_one_would_be(
    served: Served, tmp_path: Path
) -> None:
    served.line("order", TITLE, "bid", "2", "--price", "103500", "--yes", me="trader")
    old = dump(*several(8), stamp="Mon Jul 15 10:00:00 2024")
    (tmp_path / "dump.txt").write_bytes(old)
    found = served.document("inspect", str(tmp_path / "dump.txt"), "--venue", served.town.url)

    (told,) = found["worth"]["classes"]
    assert (told["model"], told["grade"]) == ("H100SXM8", "U")
    (there,) = told["points"]
    assert there["market"] == "T.H100SXM8.U0.CN-BJ"
    today, fresh, papers, rent = found["worth"]["sentences"]
    assert today.startswith("1 x H100SXM8 grade U (its report is too old to be graded by; when it")
    assert "was taken: A) at CN-BJ, as it is, without papers: nobody bids" in today
    assert fresh.startswith("A fresh report that grades it A: ")
    assert papers.startswith("Complete papers (P1) and a report that grades it A: ")
    assert "best bid 103,500.00 yuan a GPU" in papers
    assert "only with papers and a fresh report of grade A or B" in rent


def test_what_a_report_alone_would_not_mend_is_said(served: Served) -> None:
    def changed(*reasons: str) -> str:
        lots = Lots("RTX4090", "U", "U", frozenset(reasons), 1)
        return changed_by(lots, {"by": "report"})

    assert changed("report_too_old") == "A fresh report that grades it A"
    assert changed("no_ecc") == "An inspector's load test that grades it A"
    assert changed("no_health_reading") == "A report that shows its health and grades it A"


def test_a_delivery_point_without_markets_has_no_figures(served: Served, tmp_path: Path) -> None:
    (tmp_path / "dump.txt").write_bytes(dump(*several(8)))

    found = served.document(
        "inspect", str(tmp_path / "dump.txt"), "--venue", served.town.url, "--point", "CN-NX"
    )

    (told,) = found["worth"]["classes"]
    assert told["points"] == []
    assert found["worth"]["sentences"] == [
        "Nothing is traded at CN-NX: these points have markets: CN-BJ."
    ]


def test_a_venue_that_is_not_there_ends_5_in_words(served: Served, tmp_path: Path) -> None:
    (tmp_path / "dump.txt").write_bytes(dump(*several(8)))

    told = served.line(
        "inspect", str(tmp_path / "dump.txt"), "--venue", "http://127.0.0.1:1", code=5
    )

    assert "No venue answers" in told.stderr


def test_what_has_no_figure_is_named_with_the_reason(served: Served, tmp_path: Path) -> None:
    """None of a report's units is passed over: not traded here, not known, no whole board."""
    reports = {
        "cards": (
            dump(block({"FB Memory Usage/Total": "46068 MiB"}, name="NVIDIA L40S")),
            "nobody sells or lets",
        ),
        "strange": (dump(block(name="NVIDIA Z900")), "no model that this venue's catalogue"),
        "board": (dump(*several(3)), "sold as a whole board alone"),
    }
    for name, (raw, words) in reports.items():
        path = tmp_path / f"{name}.txt"
        path.write_bytes(raw)
        found = served.document("inspect", str(path), "--venue", served.town.url)
        assert any(words in each for each in found["worth"]["sentences"]), (name, found["worth"])
    memory = {"FB Memory Usage/Total": "46068 MiB"}
    other = {
        "Serial Number": "1654423001777",
        "GPU UUID": f"GPU-{'7' * 8}-ffdd-8720-1df0-{'7' * 12}",
    }
    two = block(memory | other, name="NVIDIA A40", bus=0x19)
    both = tmp_path / "both.txt"
    both.write_bytes(dump(block(memory, name="NVIDIA L40S"), two))
    written = served.line("inspect", str(both), "--venue", served.town.url)
    assert written.stdout.count("nobody sells or lets this model") == 2, written.stdout


def test_a_fleet_is_one_table_with_its_total(served: Served, tmp_path: Path) -> None:
    """Three reports of two servers: each machine counts once, and each point has its sum."""
    served.line("order", TITLE, "ask", "1", "--price", "103500", "--yes", me="maker")
    fleet = tmp_path / "fleet"
    fleet.mkdir()
    first, second = made_servers(2)
    (fleet / "first.txt").write_bytes(first.report(datetime(2024, 11, 15, 8, 0, 0)))
    (fleet / "again.txt").write_bytes(first.report(datetime(2024, 11, 15, 9, 0, 0)))
    (fleet / "second.txt").write_bytes(second.report(datetime(2024, 11, 15, 8, 0, 0)))

    written = served.line("inspect", str(fleet), "--venue", served.town.url).stdout
    found = served.document("inspect", str(fleet), "--venue", served.town.url)

    rows = [
        line.split() for line in written.splitlines() if " CN-BJ " in line and " at " not in line
    ]
    assert rows == [
        ["H100SXM8.A0", "CN-BJ", "2", "16", "-", "-", "-", "-"],
        ["all", "of", "these", "CN-BJ", "2", "16", "-", "-", "-", "-"],
    ]
    assert written.count("2 x H100SXM8 grade A at CN-BJ, as it is, without papers: ") == 1
    assert [each["number"] for each in found["worth"]["classes"]] == [2]
    assert all("worth" not in each for each in found["files"])


def test_a_total_adds_what_is_known() -> None:
    def point(bid: int | None, taken: int | None, last: int | None) -> list[dict[str, Any]]:
        now = {"best_bid_minor": bid, "proceeds_minor": taken, "last_minor": last}
        return [{"delivery_point": "CN-BJ", "now": now}]

    worth = {
        "currency": "CNY",
        "classes": [
            {"model": "H100SXM8", "grade": "A", "number": 2, "points": point(100, 800, 200)},
            {"model": "L40S", "grade": "A", "number": 3, "points": point(None, None, 50)},
            {"model": "L40S", "grade": "U", "number": 1, "points": [
                {"delivery_point": "CN-BJ", "now": None}
            ]},
            {"model": "L40S", "grade": "A", "number": 1, "points": point(None, None, 50)},
        ],
    }  # fmt: skip
    assert total_rows(worth) == [
        ("H100SXM8.A0", "CN-BJ", "2", "16", "1.00 yuan", "8.00 yuan", "2.00 yuan", "32.00 yuan"),
        ("L40S.A0", "CN-BJ", "4", "4", "-", "-", "0.50 yuan", "2.00 yuan"),
        ("L40S.U0", "CN-BJ", "1", "1", "-", "-", "-", "-"),
        ("all of these", "CN-BJ", "7", "21", "-", "8.00 yuan", "-", "34.00 yuan"),
    ]
