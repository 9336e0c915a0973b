"""A trading day from an empty folder to an audit, each step one public command."""

import pytest

from tests.scenes.stage import SERVER, Stage

pytestmark = pytest.mark.postgres


def test_a_server_is_registered_sold_inspected_and_paid(stage: Stage) -> None:
    stage.admit()
    look = stage.told("import", str(SERVER), "--site", "s-0001", "--dry-run", me="seller")
    assert look["result"]["identity"] == {"strong": 8, "medium": 0, "weak": 0}
    stage.deliver()

    strange = SERVER.read_text("utf-8").replace("1654423001593", "1654423009999")
    refused = stage.line(
        *("settle", "accept", "x-000001", "--yes"),
        *("--report", stage.paper("strange.txt", strange)),
        me="buyer",
        code=1,
    )
    assert "units_differ: 7 of 8 match." in refused.stderr
    assert "Not sold to you: nvidia/1654423009999/692-2G520-0200-000." in refused.stderr
    (waiting,) = stage.told("settle", "list", me="buyer")["rows"]
    assert waiting["state"] == "inspecting"

    accepted = stage.told(
        "settle", "accept", "x-000001", "--report", str(SERVER), "--yes", me="buyer"
    )
    assert accepted["result"]["state"] == "settled"
    bank = ("--to", "ICBC 6222 0202")
    stage.line("operator", "withdrawal", "ask", "500000", *bank, "--yes", me="seller")
    paid = ("y-000001", "--reference", "BANK-7790", "--yes")
    stage.line("operator", "withdrawal", "confirm", *paid, me="clerk-1")

    chain = stage.told("audit", "history", "u-000001")["chain_of_title"]
    assert [(link["from_party"], link["to_party"], link["basis"]) for link in chain] == [
        ("", "p-0002", "opening"),
        ("p-0002", "p-0003", "sale"),
    ]
    assert chain[1]["price_minor"] == 82_800_000
    assert_the_books_are_whole(stage)


def assert_the_books_are_whole(stage: Stage) -> None:
    """82,800,000 fen went from buyer to seller, 82,800 to the venue; all accounts sum to 0."""
    balance = stage.told("audit", "trial-balance")
    venue = next(row["account"] for row in balance["accounts"]).partition("/")[0]
    assert venue.startswith("cn-1-"), "the venue's own name is the first of the list"
    accounts = {
        row["account"].replace(venue, "cn-1"): row["balance_minor"] for row in balance["accounts"]
    }
    assert accounts == {
        "cn-1/external": -50_000_000,
        "cn-1/fees": 82_800,
        "p-0002/available": 32_800_000,
        "p-0003/available": 17_117_200,
    }
    assert balance["sum_minor"] == 0
    verdict = stage.told("audit", "verify")
    assert verdict["ok"], [check for check in verdict["checks"] if not check["ok"]]


def test_what_the_venue_knew_before_the_sale_can_be_asked_after_it(stage: Stage) -> None:
    stage.admit()
    stage.deliver()
    before = str(stage.told("audit", "replay")["position"])
    stage.line("settle", "accept", "x-000001", "--report", str(SERVER), "--yes", me="buyer")
    after = str(stage.told("audit", "replay")["position"])

    assert stage.titles_of("p-0002", before) == ["n-0001"]
    assert stage.titles_of("p-0002", after) == []
    assert stage.titles_of("p-0003", before) == []
    assert stage.titles_of("p-0003", after) == ["n-0001"]
    assert stage.told("audit", "replay", "--to", before)["position"] == int(before)


def test_the_cash_journal_is_one_that_hledger_accepts(stage: Stage) -> None:
    stage.admit()
    stage.deliver()

    lines = stage.line("audit", "trial-balance", "--format", "hledger").stdout.splitlines()

    assert lines[0].startswith("; gpubourse cn-1-")
    assert any(line.startswith("    liabilities:p-0003:escrow:x-000001") for line in lines)
    asserted = {line.split()[0] for line in lines if " = " in line}
    declared = {line.split()[1] for line in lines if line.startswith("account ")}
    assert declared - asserted == {"titles:registered", "titles:cost"}
