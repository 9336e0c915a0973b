"""Reads `rocm-smi -a` text: AMD's cards by number, without a time and without health."""

import re
from collections.abc import Mapping

from ledger.inventory import identity
from ledger.inventory.report import DraftReport, UnitReading, must_be_few
from ledger.inventory.source import Source

BANNER = "ROCm System Management Interface"
FORMAT = "rocm_smi_text"

_END = "End of ROCm SMI Log"
_LINE = re.compile(r"GPU\[(\d{1,6})\]\s*: ?(.*)", re.ASCII)
_WATTS = re.compile(r"(\d{1,9})(?:[.,](\d{1,3}))?", re.ASCII)
_BYTES = re.compile(r"\d{1,15}", re.ASCII)
_POWER = {
    "power_mw": (
        "current socket graphics package power (w)",
        "average graphics package power (w)",
    ),
    "power_limit_mw": ("max graphics package power (w)",),
}

Fields = Mapping[str, tuple[str, int]]  # key in small letters -> (text as printed, line)


def read_rocm_text(source: Source) -> DraftReport:
    """One host's report. Raises: Unreadable if it is cut, or holds two hosts."""
    banners = [n for n, line in enumerate(source.lines, start=1) if BANNER in line]
    if len(banners) > 1:
        raise source.unrecognised(
            f"the file holds {len(banners)} reports, the second from line {banners[1]}",
            "Give each server's report in a file of its own",
            banners[1],
        )
    cards: dict[int, dict[str, tuple[str, int]]] = {}
    driver = None
    is_whole = False
    for number, line in enumerate(source.lines, start=1):
        if found := _LINE.match(line):
            card = cards.setdefault(int(found[1]), {})
            must_be_few(len(cards), number)
            key, _, value = found[2].partition(":")
            card.setdefault(key.strip().casefold(), (value.strip(), number))
        elif line.startswith("Driver version:"):
            driver = line.partition(":")[2].strip()
        is_whole = is_whole or _END in line
    if not is_whole:
        raise source.truncated(
            f"the report has no line `{_END}`", "Take it again with `rocm-smi -a > dump.txt`"
        )
    return DraftReport(
        format=FORMAT,
        units=[_read_card(index, cards[index]) for index in sorted(cards)],
        driver=driver,
    )


def _read_card(index: int, fields: Fields) -> UnitReading:
    def text(*keys: str) -> str | None:
        return next((fields[key][0] for key in keys if key in fields), None)

    name, sku, vbios = text("card series"), text("card sku"), text("vbios version")
    serial, serial_flag = identity.serial("amd", text("serial number"))
    is_virtual = any("SRIOV" in (words or "").upper() for words in (sku, vbios))
    is_virtual = is_virtual or (name or "").upper().endswith(" VF")
    readings, lines = _readings(fields)
    return UnitReading(
        line=min((line for _, line in fields.values()), default=1),
        vendor="amd",
        model_name=name or None,
        serial=serial,
        board_part_number=identity.identifying(text("card model")),
        uuid=identity.uuid("amd", text("unique id")),
        vbios=vbios or None,
        bus_id=text("pci bus") or None,
        slot=index,
        memory_mib=readings.get("memory_mib"),
        readings=readings,
        lines=lines,
        flags=(
            *(["virtual_function"] if is_virtual else []),
            *([serial_flag] if serial_flag else []),
        ),
    )


def _readings(fields: Fields) -> tuple[dict[str, int], dict[str, int]]:
    readings: dict[str, int] = {}
    lines: dict[str, int] = {}
    for reading, keys in _POWER.items():
        text, line = next((fields[key] for key in keys if key in fields), ("", 0))
        if watts := _WATTS.fullmatch(text):
            readings[reading] = int(watts[1]) * 1_000 + int((watts[2] or "0").ljust(3, "0"))
            lines[reading] = line
    memory, line = fields.get("vram total memory (b)", ("", 0))
    if _BYTES.fullmatch(memory):
        readings["memory_mib"] = int(memory) // (1024 * 1024)
        lines["memory_mib"] = line
    return readings, lines
