"""A fleet of made servers, the same at every making: `nvidia-smi -q` of old drivers and new ones.

Whole boards and loose cards, from facts of the model catalogue: name, board part, memory. Every
serial, UUID and host is made up.
"""

from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from ledger.things.gpu_models import find_model, node_kind
from tests.ledger.things.dumps import CSV_HEADER, HEALTH, block, dump


class FleetKind(NamedTuple):
    """One sort of server: its model, how many of its cards, and what its driver prints."""

    name: str  # the product's, as the driver prints it
    gpus: int
    memory_mib: int
    part: str
    is_old: bool = False  # a driver up to 510, which prints the board's part as the GPU's


KINDS: Final = (
    FleetKind("NVIDIA H100 80GB HBM3", 8, 81_559, "692-2G520-0200-000"),
    FleetKind("NVIDIA H100 80GB HBM3", 8, 81_559, "692-2G520-0200-000"),
    FleetKind("NVIDIA H100 80GB HBM3", 4, 81_559, "692-2G520-0280-001"),
    FleetKind("Tesla V100-SXM2-16GB", 8, 16_384, "900-2G503-0300-000", is_old=True),
    FleetKind("NVIDIA L40S", 4, 46_068, "900-2G133-0080-000"),
)
OLD: Final = {  # what drivers of that age, or cards of that make, do not print
    "Board Part Number": None,
    "GPU Recovery Action": None,
    "ECC Errors/Aggregate/SRAM Threshold Exceeded": None,
    "MIG Mode/Current": "N/A",
    "Retired Pages/Single Bit ECC": "0",
    "Retired Pages/Double Bit ECC": "0",
    "Retired Pages/Pending Page Blacklist": "No",
    **{path: None for path in HEALTH if path.startswith("Remapped Rows/")},
}


class MadeServer(NamedTuple):
    """One server of the fleet."""

    host: str
    kind: FleetKind
    number: int

    @property
    def serials(self) -> list[str]:
        return [f"{1_700_000_000_000 + self.number * 16 + at}" for at in range(self.kind.gpus)]

    @property
    def uuids(self) -> list[str]:
        return [f"GPU-{self.number:08x}-0000-4000-8000-{at:012x}" for at in range(self.kind.gpus)]

    def report(self, taken: datetime) -> bytes:
        """Its `nvidia-smi -q`, as of *taken* (of the site's zone)."""
        blocks = []
        for at, (serial, uuid) in enumerate(zip(self.serials, self.uuids, strict=True)):
            changed: dict[str, str | None] = {
                "Serial Number": serial,
                "GPU UUID": uuid,
                "Board Part Number": self.kind.part,
                "FB Memory Usage/Total": f"{self.kind.memory_mib} MiB",
            }
            if self.kind.is_old:
                changed |= OLD
            text = block(changed, bus=0x10 + at, name=self.kind.name)
            if self.kind.is_old:
                lines = text.splitlines(keepends=True)
                lines.insert(2, f"    GPU Part Number : {self.kind.part}\n")
                text = "".join(lines)
            blocks.append(text)
        raw = dump(*blocks, stamp=f"{taken:%a %b %d %H:%M:%S %Y}")
        return raw.replace(b"565.57.01", b"470.82.01") if self.kind.is_old else raw

    def rows(self) -> list[str]:
        """The same as lines of a plain CSV."""
        return [
            f"nvidia,{self.kind.name},{serial},{self.kind.part},{uuid},{self.host},{at}"
            for at, (serial, uuid) in enumerate(zip(self.serials, self.uuids, strict=True))
        ]


def made_servers(number: int) -> list[MadeServer]:
    """So many servers: each kind in turn. A board of a size that no market takes is left out."""
    kinds = [kind for kind in KINDS if lot_code(kind)]
    return [MadeServer(f"node{at:04d}", kinds[at % len(kinds)], at) for at in range(number)]


def write_reports(folder: Path, fleet: list[MadeServer], taken: datetime) -> None:
    """One file for each server, as an administrator collects them; every tenth in one file of ten.

    A file of several servers has their reports behind one another.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for at in range(0, len(fleet), 10):
        ten = fleet[at : at + 10]
        if at % 100 == 0:
            text = b"\n".join(each.report(taken) for each in ten)
            (folder / f"{ten[0].host}-{ten[-1].host}.txt").write_bytes(text)
            continue
        for each in ten:
            (folder / f"{each.host}.txt").write_bytes(each.report(taken))


def inventory_csv(fleet: list[MadeServer]) -> str:
    """The whole fleet as one plain CSV."""
    return "\n".join([CSV_HEADER, *(row for each in fleet for row in each.rows()), ""])


def lot_code(kind: FleetKind) -> str:
    """The model under which such a server, or its cards, are traded; "" if they are not."""
    model = find_model("nvidia", kind.name, kind.memory_mib, kind.part)
    if model is None:
        return ""
    return node_kind([model] * kind.gpus).model if model.is_board else model.code


def write_prices(path: Path) -> Path:
    """A price list for such a fleet, by model: 30,000.00 yuan a GPU, and more for each next one."""
    codes = list(dict.fromkeys(code for kind in KINDS if (code := lot_code(kind))))
    lines = [f"{code},{30_000 + at * 1_000}" for at, code in enumerate(codes)]
    path.write_text("\n".join(["name,price", *lines, ""]), "utf-8")
    return path
