"""A fleet from files to standing asks in four lines; and what is said where a part of it fails."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.options import VerbContext
from gateway.cli.output import Output
from gateway.cli.seller.fleet_import import FleetImport
from gateway.cli.venue_caller import VenueCaller
from tests.fleet import inventory_csv, made_servers, write_prices, write_reports
from tests.scenes.stage import Stage, staged

pytestmark = pytest.mark.postgres
TAKEN = datetime(2024, 11, 14, 20, 0, 0)  # the evening before the scene begins
SERVERS = 12
MINUTE_NS = 60_000_000_000


@pytest.fixture
def hall(tmp_path: Path, postgres_dsn: str) -> Iterator[Stage]:
    """The seller's site, an open market, and the reports of twelve servers in a folder."""
    with staged(tmp_path, postgres_dsn) as stage:
        stage.admit()
        stage.pass_time(10 * MINUTE_NS)
        fleet = made_servers(SERVERS)
        (tmp_path / "reports" / "rack-2").mkdir(parents=True)
        write_reports(tmp_path / "reports", fleet[:6], TAKEN)
        for server in fleet[6:]:
            (tmp_path / "reports/rack-2" / f"{server.host}.txt").write_bytes(server.report(TAKEN))
        write_prices(tmp_path / "prices.csv")
        yield stage


def import_line(stage: Stage, *more: str) -> tuple[str, ...]:
    return ("import", str(stage.folder / "reports"), "--site", "s-0001", *more)


def sell_line(stage: Stage, *more: str) -> tuple[str, ...]:
    return ("sell", "--prices", str(stage.folder / "prices.csv"), "--site", "s-0001", *more)


def things_of(stage: Stage) -> list[dict[str, Any]]:
    """What the seller has title to."""
    return [row for row in rows(stage, "/v1/holdings") if row["party"] == "p-0002"]


def rows(stage: Stage, path: str) -> list[dict[str, Any]]:
    """Every row of a list, as the seller reads it."""
    context = VerbContext(output=Output(is_json=True), me="seller", data=stage.data)
    return list(VenueCaller(context).rows(path))


def test_four_lines_lead_from_files_to_standing_asks(hall: Stage) -> None:
    (hall.folder / "reports" / "notes.txt").write_text("Dear all,\n", "utf-8")
    twice = made_servers(SERVERS)[7].report(TAKEN)
    (hall.folder / "reports" / "twice.txt").write_bytes(twice)

    looked = hall.line(*import_line(hall, "--dry-run"), me="seller", code=7)
    assert f"{SERVERS} servers" in looked.stderr
    assert "twice.txt is the same as" in looked.stderr
    assert rows(hall, "/v1/nodes") == []

    # one: every file is tried, each told by name, and what stands asks for title in one proposal
    told = hall.ended(*import_line(hall, "--yes", "--json"), me="seller")
    assert told.exit_code == 7
    document = json.loads(told.stdout)
    files = {Path(each["file"].split(" ")[0]).name: each for each in document["files"]}
    assert "not_recognised" in files["notes.txt"]["refused"]
    assert sum("refused" in each for each in document["files"]) == 1
    nodes = [each["result"]["nodes"] for each in document["files"] if "result" in each]
    assert sum(map(len, nodes)) == SERVERS
    (title,) = document["titles"]["proposals"]
    assert len(title["things"]) > SERVERS, "loose cards have a title each"

    # two and three: four eyes stay, and each signs by one line
    again = hall.line("operator", "approve", title["proposal"], me="seller", code=3)
    assert "scope" in again.stderr
    span = f"{title['proposal']}..z-000009"
    first = hall.line("operator", "approve", span, "--yes", me="clerk-1")
    assert f"{title['proposal']} still waits for another signature." in first.stdout
    twice = hall.line("operator", "approve", span, "--yes", me="clerk-1", code=3)
    assert "same_holder" in twice.stderr
    done = hall.line("operator", "approve", span, "--yes", me="clerk-2")
    assert "p-0002 has title to n-0001" in done.stdout
    assert {row["thing"] for row in things_of(hall)} == set(title["things"])

    # four: one ask for each, and the sum in yuan before
    looked = hall.line(*sell_line(hall, "--dry-run"), me="seller")
    assert "yuan in all, at least" in looked.stderr
    sold = hall.told(*sell_line(hall, "--yes"), me="seller")
    assert len(sold["items"]) == len(title["things"])
    assert {item["result"]["state"] for item in sold["items"]} == {"open"}
    assert all(row["order"] for row in things_of(hall))

    # said again, nothing is done twice
    assert "Nothing is left to offer" in hall.line(*sell_line(hall, "--yes"), me="seller").stdout
    hall.line(*import_line(hall, "--yes"), me="seller", code=7)
    assert len(rows(hall, "/v1/orders")) == len(title["things"])
    assert len(rows(hall, "/v1/nodes")) == SERVERS
    assert hall.told("audit", "verify")["ok"]


def test_an_import_that_was_cut_off_goes_on(hall: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    upload, sent = FleetImport._upload, []

    def cut_off(self: FleetImport, raw: bytes, args: dict[str, Any]) -> dict[str, Any]:
        sent.extend([] if args["dry_run"] else [raw])
        if len(sent) == 5:
            raise KeyboardInterrupt
        return upload(self, raw, args)

    monkeypatch.setattr(FleetImport, "_upload", cut_off)
    cut = hall.line(*import_line(hall, "--yes"), me="seller", code=130)
    assert "4 of 12 reports are imported. Say the same line again to go on" in cut.stderr
    monkeypatch.undo()

    assert len(rows(hall, "/v1/nodes")) == 4
    document = hall.told(*import_line(hall, "--yes"), me="seller")
    assert len(rows(hall, "/v1/nodes")) == SERVERS
    (title,) = document["titles"]["proposals"]  # of all, also of those that stood already
    assert title["things"][0] == "n-0001"


def test_a_csv_registers_a_fleet_and_its_reports_prove_it(hall: Stage) -> None:
    table = hall.paper("fleet.csv", inventory_csv(made_servers(SERVERS)))
    typed = hall.line("import", table, "--site", "s-0001", "--yes", "--claim", me="seller")
    assert "proposal" not in typed.output

    document = hall.told(*import_line(hall, "--yes"), me="seller")

    assert len(rows(hall, "/v1/nodes")) == SERVERS
    assert {row["identity"] for row in rows(hall, "/v1/units")} == {"strong"}
    (title,) = document["titles"]["proposals"]
    assert len(title["things"]) > SERVERS


def test_bad_prices_are_told_by_line_and_a_day_s_limit_in_servers(hall: Stage) -> None:
    (title,) = hall.told(*import_line(hall, "--yes"), me="seller")["titles"]["proposals"]
    for clerk in ("clerk-1", "clerk-2"):
        hall.line("operator", "approve", title["proposal"], me=clerk)
    template = hall.line("sell", "--template", me="seller").stdout
    assert template.splitlines()[0] == "name,price_yuan_per_gpu,free,last_price_yuan_per_gpu"
    assert "H100SXM8.A0,,6," in template
    first = template.splitlines()[1]
    assert first.split(",")[1] == ""
    filled = template.replace("H100SXM8.A0,,", "H100SXM8.A0,103500,")
    looked = hall.line("sell", "--prices", hall.paper("some.csv", filled), "--dry-run", me="seller")
    assert "has no price: it is not offered" in looked.stderr
    assert "6 asks: " in looked.stderr
    prices = "name,price\nH100SXM8.A0,30050\nn-0999,1000\nL40S.A0,dear\nV100SXM16GX8.A0,9000\n"

    no = hall.line("sell", "--prices", hall.paper("bad.csv", prices), "--yes", me="seller", code=2)

    assert "line 4: 'dear' is no amount" in no.stderr
    good = prices.replace("dear", "32000")
    no = hall.line("sell", "--prices", hall.paper("bad.csv", good), "--yes", me="seller", code=2)
    assert "line 3: n-0999 is not yours here, or has no title yet" in no.stderr
    good = good.replace("n-0999", "n-0001")
    no = hall.line("sell", "--prices", hall.paper("bad.csv", good), "--yes", me="seller", code=2)
    assert "line 2: H100SXM8.A0: Prices here go in steps of 100.00 yuan" in no.stderr
    assert rows(hall, "/v1/orders") == []
    a_day_s_limit_says_how_many_fit(hall)


def a_day_s_limit_says_how_many_fit(hall: Stage) -> None:
    boards = ("--site", "s-0001", "--class", "h100sxm8.a0", "--price", "900000", "--yes")

    some = hall.line("sell", *boards, me="seller", code=7)

    # tier 2 sells title for 20,000,000.00 yuan a day; a server of eight at this price is 7,200,000
    assert "20,000,000.00 yuan a day; 20,000,000.00 yuan of it is left" in some.stderr
    assert "2 of your 6 fit" in some.stderr
    assert "2 asks placed" in some.stdout
    none = hall.line("sell", *boards, me="seller", code=3)
    assert "5,600,000.00 yuan of it is left" in none.stderr
    assert "0 of your 4 fit" in none.stderr
    free = [row["thing"] for row in things_of(hall) if row["asset_class"] == "H100SXM8.A0"]
    whole = hall.line("sell", *free, "--price", "900000", "--yes", me="seller", code=3)
    assert "2 of the 6 servers fit" in whole.stderr
    assert "tier 3, which has no limit" in whole.stderr


def test_a_machine_of_several_reports_counts_once(hall: Stage) -> None:
    fleet = made_servers(SERVERS)
    table = hall.paper("fleet.csv", inventory_csv(fleet))
    gpus = sum(server.kind.gpus for server in fleet)
    counted = f"Read 13 reports for s-0001: {SERVERS} servers, {gpus} GPUs; identity {gpus} strong;"
    line = ("import", table, str(hall.folder / "reports"), "--site", "s-0001")

    looked = hall.line(*line, "--dry-run", me="seller").stderr
    done = hall.line(*line, "--yes", me="seller")

    assert counted in looked
    assert counted in done.stderr
    assert f"  n-0012: node0011 of {table}\n" in done.stdout
    assert "2 reports of one machine, 12 times: each machine counts once" in done.stderr


def test_a_wrong_site_is_told_before_and_what_all_refuse_is_told_once(hall: Stage) -> None:
    asked = hall.told("operator", "role", "p-0003", "operator", me="clerk-1")["result"]
    hall.line("operator", "approve", asked["proposal"], me="clerk-2")
    given = ("--party", "p-0003", "--holder", "Zhao Min", "--scopes", "read,seller")
    hall.line("keys", "new", "host", *given, me="clerk-1")
    hall.line("operator", "site", "Tianjin Hall", "--point", "CN-TJ", "--yes", me="host")
    elsewhere = ("import", str(hall.folder / "reports"), "--site", "s-0002")

    looked = hall.line(*elsewhere, "--dry-run", me="seller").stderr
    done = hall.line(*import_line(hall, "--no-claim", "--yes"), me="seller")
    assert f"  n-0012: {hall.folder / 'reports/rack-2/node0011.txt'}\n" in done.stdout
    refused = hall.line(*elsewhere, "--yes", me="seller", code=7).stderr

    warned = "s-0002 is run by p-0003: until they agree that these stand there, within a day, "
    assert warned in looked
    assert "and cannot be offered. Your own: s-0001." in looked
    told = [line for line in refused.splitlines() if "already_registered" in line]
    assert len(told) == 1, refused
    assert "(the same in 11 more reports: " in told[0]
