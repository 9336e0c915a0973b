"""Where NVIDIA prints each reading of DOMAIN 9, in text and in XML, and how its text is read."""

import re
from collections.abc import Callable
from typing import NamedTuple

Path = tuple[str, ...]  # paths whose values are added up
Places = tuple[Path, ...]  # older and newer spellings: the first one present counts

_WORDS = {"no": 0, "yes": 1, "disabled": 0, "enabled": 1, "off": 0, "on": 1}
_NUMBER = re.compile(r"(\d{1,15})(?: ?(?:x|bank\(s\)|mib|mb))?", re.ASCII)
_COUNT = re.compile(r"\d{1,6}", re.ASCII)
_WATTS = re.compile(r"(\d{1,9})(?:[.,](\d{1,3}))? ?w", re.ASCII)  # another locale: a comma
# Volta counts by the part of the chip.
_DRAM_PARTS = ("device memory",)
_SRAM_PARTS = (
    "register file",
    "l1 cache",
    "l2 cache",
    "texture memory",
    "texture shared",
    "cbu",
)
_ACTION = re.compile(r"reset|reboot|drain|recover|repair|replace")


def number(text: str) -> int | None:
    found = _NUMBER.fullmatch(text)
    return int(found[1]) if found else None


def plain_number(text: str) -> int | None:
    """A count as the head of a report tells it: up to six digits and nothing else."""
    return int(text) if _COUNT.fullmatch(text) else None


def _milliwatts(text: str) -> int | None:
    found = _WATTS.fullmatch(text)
    return int(found[1]) * 1_000 + int((found[2] or "0").ljust(3, "0")) if found else None


def _recovery(text: str) -> int | None:
    if text == "none":
        return 0
    return 1 if _ACTION.search(text) else None


class ReadingPlace(NamedTuple):
    """One reading of DOMAIN 9's vocabulary: how to read it, and where it may stand."""

    key: str
    read: Callable[[str], int | None]
    text: Places
    xml: Places


def _xml_part(part: str) -> str:
    return "texture_shm" if part == "texture shared" else part.replace(" ", "_")


def _ecc(key: str, scope: str, memory: str, severity: str) -> ReadingPlace:
    """One ECC counter: Turing and later print it by itself, Volta by its parts."""
    suffix = "_volatile" if scope == "volatile" else ""
    base = f"ecc errors/{scope}/{memory} {severity}"
    xml_base = f"ecc_errors/{scope}/{memory}_{severity}"
    bits = "single bit" if severity == "correctable" else "double bit"
    parts = _DRAM_PARTS if memory == "dram" else _SRAM_PARTS
    old = tuple(f"ecc errors/{scope}/{bits}/{part}" for part in parts)
    xml_bits = bits.replace(" ", "_")
    xml_old = tuple(f"ecc_errors/{scope}/{xml_bits}/{_xml_part(part)}" for part in parts)
    return ReadingPlace(
        key + suffix,
        number,
        ((f"{base} parity", f"{base} sec-ded"), (base,), old),
        ((f"{xml_base}_parity", f"{xml_base}_secded"), (xml_base,), xml_old),
    )


def _ecc_places() -> tuple[ReadingPlace, ...]:
    return tuple(
        _ecc(f"{memory}_{severity}", scope, memory, severity)
        for scope in ("aggregate", "volatile")
        for memory in ("sram", "dram")
        for severity in ("correctable", "uncorrectable")
    )


def _histogram(name: str) -> ReadingPlace:
    return ReadingPlace(
        f"banks_{name}",
        number,
        ((f"remapped rows/bank remap availability histogram/{name}",),),
        ((f"remapped_rows/row_remapper_histogram/row_remapper_histogram_{name}",),),
    )


PLACES: tuple[ReadingPlace, ...] = (
    ReadingPlace("ecc_on", _WORDS.get, (("ecc mode/current",),), (("ecc_mode/current_ecc",),)),
    *_ecc_places(),
    ReadingPlace(
        "sram_threshold",
        _WORDS.get,
        (("ecc errors/aggregate/sram threshold exceeded",),),
        (("ecc_errors/aggregate/sram_threshold_exceeded",),),
    ),
    ReadingPlace(
        "retired_single",
        number,
        (("retired pages/single bit ecc",),),
        (("retired_pages/multiple_single_bit_retirement/retired_count",),),
    ),
    ReadingPlace(
        "retired_double",
        number,
        (("retired pages/double bit ecc",),),
        (("retired_pages/double_bit_retirement/retired_count",),),
    ),
    ReadingPlace(
        "retired_pending",
        _WORDS.get,
        (("retired pages/pending page blacklist",), ("retired pages/pending",)),
        (("retired_pages/pending_blacklist",), ("retired_pages/pending_retirement",)),
    ),
    ReadingPlace(
        "remap_correctable",
        number,
        (("remapped rows/correctable error",),),
        (("remapped_rows/remapped_row_corr",),),
    ),
    ReadingPlace(
        "remap_uncorrectable",
        number,
        (("remapped rows/uncorrectable error",),),
        (("remapped_rows/remapped_row_unc",),),
    ),
    ReadingPlace(
        "remap_pending",
        _WORDS.get,
        (("remapped rows/pending",),),
        (("remapped_rows/remapped_row_pending",),),
    ),
    ReadingPlace(
        "remap_failure",
        _WORDS.get,
        (("remapped rows/remapping failure occurred",),),
        (("remapped_rows/remapped_row_failure",),),
    ),
    *(_histogram(name) for name in ("max", "high", "partial", "low", "none")),
    ReadingPlace(
        "recovery_needed",
        _recovery,
        (("gpu recovery action",),),
        (("gpu_recovery_action",),),
    ),
    ReadingPlace(
        "reset_required",
        _WORDS.get,
        (("gpu reset status/reset required",),),
        (("gpu_reset_status/reset_required",),),
    ),
    ReadingPlace(
        "pcie_width",
        number,
        (("pci/gpu link info/link width/current",),),
        (("pci/pci_gpu_link_info/link_widths/current_link_width",),),
    ),
    ReadingPlace(
        "pcie_width_max",
        number,
        (("pci/gpu link info/link width/max",),),
        (("pci/pci_gpu_link_info/link_widths/max_link_width",),),
    ),
    ReadingPlace(
        "memory_mib", number, (("fb memory usage/total",),), (("fb_memory_usage/total",),)
    ),
    ReadingPlace(
        "power_mw",
        _milliwatts,
        (
            ("gpu power readings/power draw",),
            ("gpu power readings/average power draw",),
            ("power readings/power draw",),
        ),
        (
            ("gpu_power_readings/power_draw",),
            ("gpu_power_readings/average_power_draw",),
            ("power_readings/power_draw",),
        ),
    ),
    ReadingPlace(
        "power_limit_mw",
        _milliwatts,
        (("gpu power readings/current power limit",), ("power readings/power limit",)),
        (("gpu_power_readings/current_power_limit",), ("power_readings/power_limit",)),
    ),
)
