"""Boards that bear several GPUs under one serial: a serial alone names none of them."""

from collections.abc import Sequence
from typing import Final

from ledger.reports.report import UnitReading

# Product name in small letters -> GPUs a board. Sources: NVIDIA's board specifications of each
# (K10 and K80: two; M60: two; M10 and A16: four; GRID K1: four, K2: two), AMD's MI250 data sheet
# (two dies a module, each shown as a GPU), captures of GB200 and GB300 trays in NVIDIA's
# k8s-test-infra (pull request 727: the two GPUs of a superchip print one serial).
GPUS_A_BOARD: Final[dict[str, int]] = {
    "tesla k10": 2,
    "tesla k80": 2,
    "tesla m60": 2,
    "tesla m10": 4,
    "grid k1": 4,
    "grid k2": 2,
    "nvidia a16": 4,
    "nvidia gb200": 2,
    "nvidia gb300": 2,
    "amd instinct mi250": 2,
    "amd instinct mi250x": 2,
    "amd instinct mi250x / mi250": 2,
}
_OTHERS_MOST: Final = 4  # of a board that we do not know, and that says it bears several


def may_share_serial(product: str | None, *, is_multi: bool = False) -> bool:
    """Whether the serial of such a GPU is that of a board of several."""
    return is_multi or (product or "").strip().casefold() in GPUS_A_BOARD


def shares_board(unit: UnitReading, standing: Sequence[UnitReading]) -> bool:
    """Whether *unit* may be one more GPU of the board on which *standing* sit, told by its UUID."""
    most = GPUS_A_BOARD.get((unit.model_name or "").strip().casefold(), _OTHERS_MOST)
    return (
        "shared_serial" in unit.flags
        and len(standing) < most
        and unit.uuid not in {None, *(each.uuid for each in standing)}
    )
