"""`amd-smi`: text and JSON tell the same card, its health, and when it was taken."""

import json

import pytest

from ledger.inventory import Unreadable, read_report
from ledger.reports.identity import identity
from ledger.things.grade import grade

STATIC = """GPU: 0
    ASIC:
        MARKET_NAME: AMD Instinct MI300X
        ASIC_SERIAL: 0x1234567890ABCDEF
    BUS:
        BDF: 0000:05:00.0
        MAX_PCIE_WIDTH: 16
    BOARD:
        MODEL_NUMBER: 102-G36212-0C
        PRODUCT_SERIAL: 692300001111
    LIMIT:
        MAX_POWER: 750 W
    VRAM:
        SIZE: 196592 MB
"""
METRIC = """GPU: 0
    POWER:
        SOCKET_POWER: 140 W
    PCIE:
        WIDTH: 16
    ECC:
        TOTAL_CORRECTABLE_COUNT: 1
        TOTAL_UNCORRECTABLE_COUNT: 0
"""
NO_PAGES = """GPU: 0
    RETIRED: No bad pages found.
    PENDING: No bad pages found.
    UN_RES: No bad pages found.
"""
PAGES = """GPU: 0
    RETIRED:
        PAGE_ADDRESS: 0x1000
        PAGE_SIZE: 4096
        STATUS: RETIRED
        PAGE_ADDRESS: 0x2000
        PAGE_SIZE: 4096
        STATUS: RETIRED
    PENDING: No bad pages found.
    UN_RES: No bad pages found.
"""
DATE = "Sat Nov 28 12:00:00 UTC 2026\n"
DOCUMENT = {
    "gpu_data": [
        {
            "gpu": 0,
            "asic": {"market_name": "AMD Instinct MI300X", "asic_serial": "0x1234567890ABCDEF"},
            "bus": {"bdf": "0000:05:00.0", "max_pcie_width": 16},
            "board": {"model_number": "102-G36212-0C", "product_serial": "692300001111"},
            "limit": {"max_power": {"value": 750, "unit": "W"}},
            "vram": {"size": {"value": 196592, "unit": "MB"}},
            "power": {"socket_power": {"value": 140, "unit": "W"}},
            "pcie": {"width": 16},
            "ecc": {"total_correctable_count": 1, "total_uncorrectable_count": 0},
            "retired": "No bad pages found.",
            "pending": "No bad pages found.",
            "un_res": "No bad pages found.",
        }
    ]
}


def test_the_whole_report_is_a_strong_card_with_its_health() -> None:
    report = read_report((DATE + STATIC + METRIC + NO_PAGES).encode())
    (unit,) = report.units
    assert identity(unit).strong_key == ("amd", "692300001111", "102-G36212-0C")
    assert unit.uuid == "0x1234567890abcdef"
    assert unit.memory_mib == 196_592
    assert unit.readings == {
        "dram_correctable": 1,
        "dram_uncorrectable": 0,
        "pcie_width": 16,
        "pcie_width_max": 16,
        "memory_mib": 196_592,
        "power_mw": 140_000,
        "power_limit_mw": 750_000,
        "bad_pages_retired": 0,
        "bad_pages_pending": 0,
        "bad_pages_unreservable": 0,
    }
    assert report.taken_local == "2026-11-28T12:00:00"
    assert report.taken_ns is not None
    assert grade(unit, report.taken_ns, None, None).letter == "A"


def test_retired_pages_are_counted() -> None:
    (unit,) = read_report((DATE + STATIC + METRIC + PAGES).encode()).units
    assert unit.readings["bad_pages_retired"] == 2
    assert grade(unit, 1, None, None).letter == "B"


def test_json_says_what_the_text_says() -> None:
    (text,) = read_report((STATIC + METRIC + NO_PAGES).encode()).units
    (unit,) = read_report(json.dumps(DOCUMENT).encode()).units
    assert (unit.readings, identity(unit)) == (text.readings, identity(text))
    assert read_report(json.dumps(DOCUMENT["gpu_data"]).encode()).units == (unit,)


def test_a_part_of_the_report_alone_names_no_card() -> None:
    with pytest.raises(Unreadable) as refused:
        read_report(METRIC.encode())
    assert "amd-smi static" in refused.value.advice


def test_a_virtual_function_is_at_most_medium() -> None:
    virtual = STATIC.replace("MI300X", "MI300X VF")
    (unit,) = read_report(virtual.encode()).units
    assert identity(unit).level == "medium"


def test_what_could_not_be_read_is_missing_and_never_none() -> None:
    (unit,) = read_report(STATIC.replace("750 W", "ERR!").encode()).units
    assert "power_limit_mw" not in unit.readings
    assert "unreadable:power_limit_mw" in unit.flags
