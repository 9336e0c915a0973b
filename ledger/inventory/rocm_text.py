"""Reads `rocm-smi -a`, text or JSON: AMD's cards by number, without a time and without health."""

import re
from collections.abc import Mapping
from typing import Any

from ledger.refusals import sentence_of
from ledger.reports import identity
from ledger.reports.report import NAME_MOST, ONE_A_FILE, DraftReport, UnitReading, must_be_few
from ledger.reports.shared_boards import may_share_serial
from ledger.reports.source import Source
from ledger.reports.words import is_no_value

BANNER = "ROCm System Management Interface"
FORMAT = "rocm_smi_text"
JSON_FORMAT = "rocm_smi_json"

_END = "End of ROCm SMI Log"
_LINE = re.compile(r"GPU\[(\d{1,6})\]\s*: ?(.*)", re.ASCII)
_CARD = re.compile(r"card(\d{1,6})", re.ASCII)
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
            sentence_of(
                "the file holds {number} reports, the second from line {line}",
                number=len(banners),
                line=banners[1],
            ),
            ONE_A_FILE,
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
            sentence_of("the report has no line `{line}`", line=_END),
            sentence_of("Take it again with `rocm-smi -a > dump.txt`"),
        )
    return DraftReport(
        format=FORMAT,
        units=[_read_card(index, cards[index]) for index in sorted(cards)],
        driver=driver,
    )


def read_rocm_json(document: Any) -> DraftReport | None:
    """The same of `rocm-smi -a --json`: `{"card0": {…}, …, "system": {…}}`; else None."""
    if not isinstance(document, dict):
        return None
    cards: dict[int, dict[str, tuple[str, int]]] = {}
    for name, card in document.items():
        if (found := _CARD.fullmatch(name)) and isinstance(card, dict):
            cards[int(found[1])] = {
                key.casefold(): (value.strip(), 1)
                for key, value in card.items()
                if isinstance(value, str)
            }
            must_be_few(len(cards))
    if not any("unique id" in card or "card series" in card for card in cards.values()):
        return None
    system = document.get("system")
    driver = system.get("Driver version") if isinstance(system, dict) else None
    return DraftReport(
        format=JSON_FORMAT,
        units=[_read_card(index, cards[index]) for index in sorted(cards)],
        driver=driver if isinstance(driver, str) else None,
    )


def _read_card(index: int, fields: Fields) -> UnitReading:
    def text(*keys: str) -> str | None:
        texts = (fields[key][0] for key in keys if key in fields)
        return next((each for each in texts if len(each) <= NAME_MOST), None)

    name, sku, vbios = text("card series"), text("card sku"), text("vbios version")
    serial, serial_flag = identity.serial("amd", text("serial number"))
    is_virtual = any("SRIOV" in (words or "").upper() for words in (sku, vbios))
    is_virtual = is_virtual or (name or "").upper().endswith(" VF")
    readings, lines = _readings(fields)
    return UnitReading(
        line=min((line for _, line in fields.values()), default=1),
        vendor="amd",
        model_name=None if is_no_value(name or "") else name,
        serial=serial,
        board_part_number=identity.board_part("amd", text("card model")),
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
            *(["name_missing"] if serial and not name else []),
            *(["shared_serial"] if serial and may_share_serial(name) else []),
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
