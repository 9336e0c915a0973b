"""Machines and GPUs of a fleet are counted once each, and a refusal that many share is one line."""

from datetime import datetime

from gateway.cli.seller.alike_refusals import alike_in_words
from gateway.cli.seller.machine_count import MachineCount
from ledger.inspection.report_inspection import inspect_report
from tests.fleet import MadeServer, inventory_csv, made_servers
from tests.ledger.things.dumps import CSV_HEADER

EARLY, LATE = datetime(2024, 11, 14, 8, 0, 0), datetime(2024, 11, 14, 20, 0, 0)


def add(count: MachineCount, name: str, raw: bytes) -> list[bool]:
    found = inspect_report(raw)
    return count.add(name, found.nodes, found.report.taken_ns or 0)


def test_a_table_beside_its_dumps_and_a_second_dump_count_once() -> None:
    fleet = made_servers(3)
    count = MachineCount()

    add(count, "fleet.csv", inventory_csv(fleet).encode())
    news = [add(count, each.host, each.report(EARLY)) for each in fleet]
    add(count, "again.txt", fleet[0].report(LATE))

    assert news == [[False], [False], [False]]
    assert len(count.reports) == 3
    assert len(count.cards) == sum(server.kind.gpus for server in fleet)
    assert set(count.levels()) == {"strong"}, "a dump proves what a table says"
    assert set(count.grades()) == {"A"}, "the newest report grades"
    assert count.repeated_in_words() == [
        "fleet.csv, node0000, again.txt are 3 reports of one machine: it counts once",
        "fleet.csv, node0001 are 2 reports of one machine: it counts once",
        "fleet.csv, node0002 are 2 reports of one machine: it counts once",
    ]


def test_many_machines_of_several_reports_are_one_sentence() -> None:
    fleet = made_servers(4)
    count = MachineCount()
    for name in ("morning", "evening"):
        for each in fleet:
            add(count, f"{name}/{each.host}", each.report(EARLY if name == "morning" else LATE))

    assert count.repeated_in_words() == [
        "2 reports of one machine, 4 times: each machine counts once"
    ]


def test_one_card_that_moved_makes_no_two_servers_one() -> None:
    class WithAStranger(MadeServer):
        @property
        def serials(self) -> list[str]:
            return [first.serials[0], *super().serials[1:]]

        @property
        def uuids(self) -> list[str]:
            return [first.uuids[0], *super().uuids[1:]]

    first, second = made_servers(2)
    count = MachineCount()
    add(count, "first", first.report(EARLY))
    add(count, "second", WithAStranger(*second).report(LATE))

    assert len(count.reports) == 2
    assert len(count.cards) == 15, "of sixteen seen, one twice"
    assert count.repeated_in_words() == []


def test_cards_without_serial_and_uuid_are_never_the_same() -> None:
    rows = ["nvidia,NVIDIA L40S,,,,a,0", "nvidia,NVIDIA L40S,,,,a,1"]
    table = "\n".join([CSV_HEADER, *rows]).encode()
    count = MachineCount()
    for name in ("one", "other"):
        add(count, name, table)

    assert (len(count.reports), len(count.cards)) == (2, 4)


def test_what_the_venue_says_of_a_card_goes_before_what_its_report_shows() -> None:
    found = inspect_report(made_servers(1)[0].report(EARLY))
    count = MachineCount()
    count.add("dump", found.nodes, 1, [{"identity": "medium", "grade": "C"}] * 8)

    assert (count.levels(), count.grades()) == ({"medium": 8}, {"C": 8})


def test_refusals_that_differ_in_ids_alone_are_one_line() -> None:
    told = [("a", f"code: GPU {at}: this card is u-00000{at} in n-0001, so no") for at in range(8)]
    told += [(name, "code: GPU 0: this card is u-000009 in n-0002, so no") for name in "bcdef"]
    told += [("g", "other: the file is empty")]

    assert alike_in_words(told) == [
        "a: code: GPU 0: this card is u-000000 in n-0001, so no "
        "(the same 13 times in 5 more reports: b, c, d and 2 more)",
        "g: other: the file is empty",
    ]
    assert alike_in_words(told[:8]) == [f"a: {told[0][1]} (the same 8 times in this report)"]
    assert alike_in_words(told[-1:]) == ["g: other: the file is empty"]
