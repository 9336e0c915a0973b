"""Dumps for the readers' tests: real ones from the shared data, and small ones made to measure."""

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
INVENTORIES = DATA / "inventories"
IN_THE_WILD = DATA / "reports_in_the_wild"


def real(name: str, folder: Path = INVENTORIES) -> bytes:
    """A real inventory file. Without the shared data: skipped, but in CI a failure."""
    path = folder / name
    if not path.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{path} is missing")
        pytest.skip(f"{path} is not on this machine")
    return path.read_bytes()


HEALTH = {
    "Serial Number": "1654423001593",
    "GPU UUID": "GPU-b42dd28e-ffdd-8720-1df0-98bd8cdc05b1",
    "Board Part Number": "692-2G520-0200-000",
    "MIG Mode/Current": "Disabled",
    "GPU Virtualization Mode/Virtualization Mode": "None",
    "GPU Reset Status/Reset Required": "No",
    "GPU Recovery Action": "None",
    "PCI/GPU Link Info/Link Width/Max": "16x",
    "PCI/GPU Link Info/Link Width/Current": "16x",
    "FB Memory Usage/Total": "81559 MiB",
    "ECC Mode/Current": "Enabled",
    "ECC Errors/Aggregate/SRAM Correctable": "0",
    "ECC Errors/Aggregate/SRAM Uncorrectable Parity": "0",
    "ECC Errors/Aggregate/SRAM Uncorrectable SEC-DED": "0",
    "ECC Errors/Aggregate/DRAM Correctable": "0",
    "ECC Errors/Aggregate/DRAM Uncorrectable": "0",
    "ECC Errors/Aggregate/SRAM Threshold Exceeded": "No",
    "Retired Pages/Single Bit ECC": "N/A",
    "Retired Pages/Double Bit ECC": "N/A",
    "Retired Pages/Pending Page Blacklist": "N/A",
    "Remapped Rows/Correctable Error": "0",
    "Remapped Rows/Uncorrectable Error": "0",
    "Remapped Rows/Pending": "No",
    "Remapped Rows/Remapping Failure Occurred": "No",
    "Remapped Rows/Bank Remap Availability Histogram/Max": "2560 bank(s)",
    "Remapped Rows/Bank Remap Availability Histogram/Partial": "0 bank(s)",
    "Remapped Rows/Bank Remap Availability Histogram/Low": "0 bank(s)",
    "Remapped Rows/Bank Remap Availability Histogram/None": "0 bank(s)",
    "GPU Power Readings/Power Draw": "100.89 W",
}


def block(
    changed: Mapping[str, str | None] = MappingProxyType({}),
    *,
    bus: int = 0x18,
    name: str = "NVIDIA H100 80GB HBM3",
) -> str:
    """One GPU's block. *changed* replaces a line by its path or that's end; None drops it."""
    lines = [f"GPU 00000000:{bus:02X}:00.0", f"    Product Name : {name}"]
    sections: list[str] = []
    for path, value in HEALTH.items():
        *above, key = path.split("/")
        text = changed.get(path, changed.get(key, value))
        if text is None:
            continue
        for depth, section in enumerate(above):
            if sections[depth : depth + 1] != [section]:
                sections[depth:] = [section]
                lines.append("    " * (depth + 1) + section)
        del sections[len(above) :]
        lines.append("    " * (len(above) + 1) + f"{key:<30} : {text}")
    return "\n".join([*lines, "    Processes : None", ""])


def dump(
    *blocks: str, stamp: str | None = "Thu Nov 14 07:00:14 2024", attached: int | None = None
) -> bytes:
    """A whole `nvidia-smi -q` text of these blocks."""
    head = ["", "==============NVSMI LOG==============", ""]
    if stamp is not None:
        head.append(f"Timestamp                                 : {stamp}")
    head.append("Driver Version                            : 565.57.01")
    head.append(f"Attached GPUs : {len(blocks) if attached is None else attached}")
    return "\n".join([*head, *blocks]).encode()


def several(n: int) -> list[str]:
    """Blocks of *n* different cards."""
    return [
        block(
            {
                "Serial Number": f"{1654423001593 + at}",
                "GPU UUID": f"GPU-b42dd28e-ffdd-8720-1df0-98bd8cdc{at:04x}",
            },
            bus=0x10 + at,
        )
        for at in range(n)
    ]


CSV_HEADER = "vendor,model,serial,board_part_number,uuid,node,slot"


def csv(*rows: str) -> bytes:
    """A plain CSV of these rows under our header."""
    return "\n".join([CSV_HEADER, *rows, ""]).encode()
