"""Tells a card from a slice of one: a MIG instance or a vGPU guest is nobody's to register."""

import re

from ledger.refusals import Sentence, sentence_of
from ledger.reports.report import UnitReading

_MIG_PROFILE = re.compile(r"\bMIG [0-9]+[cg]\b", re.IGNORECASE)
_VGPU_PROFILE = re.compile(r"(?:^|\s)(?:GRID |NVIDIA )?[A-Z]+[0-9A-Z]*-[0-9]+(?:-[0-9]+)?[ABCQ]$")


def slice_detail(unit: UnitReading) -> Sentence | None:
    """One sentence if this is a part of a card, lent to a guest; None for a card."""
    if (unit.uuid or "").upper().startswith("MIG-") or _MIG_PROFILE.search(unit.model_name or ""):
        return sentence_of("a MIG instance is a slice of a card; give the report of the host")
    if (unit.virtualization or "").casefold() == "vgpu":
        return sentence_of("a vGPU guest sees a slice of a card; give the report of the host")
    if unit.vendor == "nvidia" and _VGPU_PROFILE.search(unit.model_name or ""):
        return sentence_of(
            "{model} is a vGPU profile; give the report of the host", model=unit.model_name
        )
    return None
