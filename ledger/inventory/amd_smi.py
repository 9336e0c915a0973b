"""Reads `amd-smi static`, `metric` and `bad-pages`, text or JSON, one or several together.

Its identity: the board's product serial with its model number; the ASIC's serial is what
`rocm-smi` calls the unique id. It prints no time: that of a `date` before the first GPU is taken.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ledger.refusals import sentence_of
from ledger.reports import identity
from ledger.reports.report import NAME_MOST, DraftReport, UnitReading, must_be_few
from ledger.reports.shared_boards import may_share_serial
from ledger.reports.source import Source
from ledger.reports.taken import read_taken
from ledger.reports.words import is_no_value, is_not_applicable

FORMAT: Final = "amd_smi"
TAKE: Final = "(date -u; amd-smi static; amd-smi metric; amd-smi bad-pages) > dump.txt"

_GPU: Final = re.compile(r"GPU: (\d{1,6})\s*", re.ASCII)
_NUMBER: Final = re.compile(r"(\d{1,15})(?: ?(?:MB|MiB))?", re.ASCII)
_WATTS: Final = re.compile(r"(\d{1,9})(?:[.](\d{1,3}))? ?(?:W)?", re.ASCII)
_DEPTH_MOST: Final = 16
# The paths that tell these are its output, and no other indented text.
_MARKS: Final = ("asic/", "board/", "bus/", "ecc/", "vbios/", "ifwi/", "retired", "pending", "bdf")

Fields = Mapping[str, tuple[str, int]]  # "board/product_serial" -> (text as printed, line)
_Cards = dict[int, dict[str, tuple[str, int]]]

_COUNTS: Final = {  # reading -> where it stands
    "dram_correctable": ("ecc/total_correctable_count",),
    "dram_uncorrectable": ("ecc/total_uncorrectable_count",),
    "pcie_width": ("pcie/width",),
    "pcie_width_max": ("bus/max_pcie_width", "bus/max_pcie_lanes"),
    "memory_mib": ("vram/size", "vram/vram_size_mb", "mem_usage/total_vram"),
}
_POWER: Final = {
    "power_mw": ("power/socket_power", "power/current_socket_power", "power/average_socket_power"),
    "power_limit_mw": ("limit/socket_power_limit", "limit/max_power", "power/power_limit"),
}
_PAGES: Final = {
    "bad_pages_retired": "retired",
    "bad_pages_pending": "pending",
    "bad_pages_unreservable": "un_res",
}


def begins(line: str) -> bool:
    """Whether a line begins a GPU's block of the text."""
    return _GPU.fullmatch(line) is not None


def read_amd_text(source: Source) -> DraftReport | None:
    """One host's blocks, put together by the GPU's number; None if it is no output of `amd-smi`.

    Raises: Unreadable `truncated` where a section has begun and bears nothing.
    """
    cards: _Cards = {}
    card: dict[str, tuple[str, int]] | None = None
    sections: list[tuple[int, str]] = []
    stamp: tuple[str, int] | None = None
    for number, line in enumerate(source.lines, start=1):
        if found := _GPU.fullmatch(line):
            card = cards.setdefault(int(found[1]), {})
            must_be_few(len(cards), number)
            sections = []
        elif line.strip() and line[0].isspace() and card is not None:
            indent = len(line) - len(line.lstrip())
            while sections and sections[-1][0] >= indent:
                sections.pop()
            key, _, value = line.strip().partition(":")
            above = sections[-1][1] if sections else ""
            path = above + key.strip().casefold()[:NAME_MOST].replace(" ", "_")
            if path.endswith("/page_address"):  # one of several of the same name
                path = f"{above}{number}/page_address"
            if value.strip():
                card.setdefault(path, (value.strip(), number))
            elif len(sections) < _DEPTH_MOST:
                sections.append((indent, path + "/"))
        elif card is None and stamp is None and read_taken(line, None).ns is not None:
            stamp = (line.strip(), number)
    draft = _draft(source, cards)
    if draft is not None and stamp is not None:
        draft.stamp, draft.stamp_line = stamp
    return draft


def read_amd_json(source: Source, document: Any) -> DraftReport | None:
    """The same of its JSON: a list of GPUs, or `{"gpu_data": […]}`, or one GPU; else None."""
    found = document.get("gpu_data", document) if isinstance(document, dict) else document
    each = found if isinstance(found, list) else [found]
    cards: _Cards = {}
    for gpu in each:
        number = gpu.get("gpu") if isinstance(gpu, dict) else None
        if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < 10**6:
            return None
        cards.setdefault(number, {}).update(_leaves(gpu))
        must_be_few(len(cards))
    return _draft(source, cards)


def _draft(source: Source, cards: _Cards) -> DraftReport | None:
    if not any(path.startswith(_MARKS) for card in cards.values() for path in card):
        return None
    for index, card in cards.items():
        if not any(path.startswith(("asic/", "board/")) for path in card):
            raise source.unrecognised(
                sentence_of(
                    "GPU {index} shows neither its ASIC nor its board: this is a part of the "
                    "report",
                    index=index,
                ),
                sentence_of("Take it with `{line}`", line=TAKE),
                min((line for _, line in card.values()), default=1),
            )
    return DraftReport(
        format=FORMAT, units=[_read_card(index, cards[index]) for index in sorted(cards)]
    )


def _read_card(index: int, fields: Fields) -> UnitReading:
    def text(*paths: str) -> str | None:
        texts = (fields[path][0] for path in paths if path in fields)
        named = (each for each in texts if len(each) <= NAME_MOST and not is_no_value(each))
        return next(named, None)

    name = text("asic/market_name", "board/product_name")
    serial, serial_flag = identity.serial("amd", text("board/product_serial"))
    versions = (name, text("vbios/part_number", "ifwi/part_number"), text("vbios/name"))
    is_virtual = any(
        "SRIOV" in (words or "").upper() or (words or "").upper().endswith(" VF")
        for words in versions
    )
    readings, lines, flags = _readings(fields)
    part = identity.board_part("amd", text("board/model_number"))
    return UnitReading(
        line=min((line for _, line in fields.values()), default=1),
        vendor="amd",
        model_name=name,
        serial=serial,
        board_part_number=part,
        uuid=identity.uuid("amd", text("asic/asic_serial")),
        vbios=text("vbios/part_number", "vbios/version", "ifwi/part_number"),
        bus_id=text("bus/bdf", "bdf"),
        slot=index,
        memory_mib=readings.get("memory_mib"),
        readings=readings,
        lines=lines,
        flags=(
            *(["virtual_function"] if is_virtual else []),
            *([serial_flag] if serial_flag else []),
            *(["part_not_identifying"] if serial and not part else []),
            *(["name_missing"] if serial and not name else []),
            *(["shared_serial"] if serial and may_share_serial(name) else []),
            *(["correctable_ecc"] if readings.get("dram_correctable") else []),
            *flags,
        ),
    )


def _readings(fields: Fields) -> tuple[dict[str, int], dict[str, int], list[str]]:
    readings: dict[str, int] = {}
    lines: dict[str, int] = {}
    flags = []
    for reading, paths in (*_COUNTS.items(), *_POWER.items()):
        text, line = next((fields[path] for path in paths if path in fields), ("", 0))
        value = _milliwatts(text) if reading in _POWER else _number(text)
        if value is not None:
            readings[reading], lines[reading] = value, line
        elif not is_not_applicable(text):
            flags.append(f"unreadable:{reading}")
    for reading, path in _PAGES.items():
        counted = _pages(fields, path)
        if counted is not None:
            readings[reading], lines[reading] = counted
    return readings, lines, flags


def _pages(fields: Fields, path: str) -> tuple[int, int] | None:
    """How many bad pages of one state, and where they are told; None if nothing tells it."""
    text, line = fields.get(path, ("", 0))
    if text.casefold().startswith("no bad pages"):
        return 0, line
    begins_with = path + "/"
    pages = [
        line
        for name, (_, line) in fields.items()
        if name.startswith(begins_with) and name.endswith("/page_address")
    ]
    return (len(pages), pages[0]) if pages else None


def _number(text: str) -> int | None:
    found = _NUMBER.fullmatch(text)
    return int(found[1]) if found else None


def _milliwatts(text: str) -> int | None:
    found = _WATTS.fullmatch(text)
    return int(found[1]) * 1_000 + int((found[2] or "0").ljust(3, "0")) if found else None


def _leaves(gpu: dict[str, Any]) -> Iterator[tuple[str, tuple[str, int]]]:
    """Every text and number of one GPU's object under its path; `{value, unit}` as one text."""
    waiting: list[tuple[str, Any, int]] = [("", gpu, 0)]
    while waiting:
        path, value, depth = waiting.pop()
        if isinstance(value, dict) and value.keys() == {"value", "unit"}:
            yield path, (f"{value['value']} {value['unit']}", 1)
        elif isinstance(value, dict) and depth < _DEPTH_MOST:
            above = f"{path}/" if path else ""
            waiting += [
                (above + key.casefold()[:NAME_MOST].replace(" ", "_"), each, depth + 1)
                for key, each in value.items()
            ]
        elif isinstance(value, list) and depth < _DEPTH_MOST:
            waiting += [(f"{path}/{at}", each, depth + 1) for at, each in enumerate(value)]
        elif isinstance(value, str | int) and not isinstance(value, bool) and path:
            yield path, (str(value), 1)
