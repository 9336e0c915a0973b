"""The GPU models we know, as facts from the makers' data sheets, and how a report finds them."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

Form = Literal["sxm", "pcie", "nvl", "oam"]


class ModelFacts(Struct, frozen=True):
    """One GPU model. Its board's lot is a whole node; a card's lot is one unit.

    `tpp` is total processing performance: the most over all precisions of dense (not sparse)
    tera-operations a second, multiplied by the precision's bits (ECCN 3A090, technical notes).
    `memory_mib` is nominal; a report shows up to 8 % less (ECC, reserved).
    """

    code: str  # [A-Z0-9]{2,16}
    vendor: str
    form: Form
    gpus_per_lot: int
    memory_mib: int
    tdp_w: int
    tpp: int
    has_ecc: bool
    has_mig: bool
    names: tuple[str, ...]  # as nvidia-smi and rocm-smi print them
    board_part_numbers: tuple[str, ...] = ()  # some of those seen; they decide between namesakes
    board_code: str = ""  # of a whole node, for board models

    @property
    def lot_code(self) -> str:
        """The model of its lot: `H100SXM8` for a board, its own code for a card."""
        return self.board_code or self.code

    @property
    def is_board(self) -> bool:
        """Whether it is soldered or screwed to a board that moves whole (HGX, OAM)."""
        return self.form in ("sxm", "oam")


class NodeKind(Struct, frozen=True):
    """What a node is, by its units. `model` is "" unless it is one whole board."""

    model: str
    form: str
    flags: tuple[str, ...] = ()  # gpu_count_mismatch, board_incomplete, mixed_models


GIB = 1_024
_LEAST_SHOWN_PERCENT, _MOST_SHOWN_PERCENT = 92, 102


def _board(
    code: str,
    board_code: str,
    names: tuple[str, ...],
    gib: int,
    tdp_w: int,
    tpp: int,
    *,
    vendor: str = "nvidia",
    parts: tuple[str, ...] = (),
) -> ModelFacts:
    """A model that comes eight to a board, with ECC memory."""
    form: Form = "sxm" if vendor == "nvidia" else "oam"
    has_mig = vendor == "nvidia" and "V100" not in code
    return ModelFacts(
        code, vendor, form, 8, gib * GIB, tdp_w, tpp, True, has_mig, names, parts, board_code
    )


def _card(
    code: str,
    names: tuple[str, ...],
    gib: int,
    tdp_w: int,
    tpp: int,
    *,
    vendor: str = "nvidia",
    form: Form = "pcie",
    has_ecc: bool = True,
    has_mig: bool = False,
    parts: tuple[str, ...] = (),
) -> ModelFacts:
    return ModelFacts(code, vendor, form, 1, gib * GIB, tdp_w, tpp, has_ecc, has_mig, names, parts)


_BOARDS = (
    _board("B200SXM", "B200SXM8", ("NVIDIA B200",), 180, 1_000, 36_000),
    _board(
        "H200SXM",
        "H200SXM8",
        ("NVIDIA H200",),
        141,
        700,
        15_832,
        parts=("695-2G520-0280-000",),
    ),
    _board(
        "H100SXM",
        "H100SXM8",
        ("NVIDIA H100 80GB HBM3",),
        80,
        700,
        15_832,
        parts=("692-2G520-0200-000",),
    ),
    _board("H800SXM", "H800SXM8", ("NVIDIA H800",), 80, 700, 15_832),
    _board("H20SXM", "H20SXM8", ("NVIDIA H20",), 96, 500, 2_368),
    _board("A100SXM", "A100SXM8", ("NVIDIA A100-SXM4-80GB",), 80, 400, 4_992),
    _board(
        "A100SXM40G",
        "A100SXM40GX8",
        ("NVIDIA A100-SXM4-40GB", "A100-SXM4-40GB"),
        40,
        400,
        4_992,
    ),
    _board("A800SXM", "A800SXM8", ("NVIDIA A800-SXM4-80GB",), 80, 400, 4_992),
    _board("V100SXM", "V100SXM8", ("Tesla V100-SXM2-32GB",), 32, 300, 2_000),
    _board("V100SXM16G", "V100SXM16GX8", ("Tesla V100-SXM2-16GB",), 16, 300, 2_000),
    _board(
        "MI300X",
        "MI300X8",
        ("AMD Instinct MI300X", "AMD Instinct MI300X OAM", "AMD Instinct MI300X VF"),
        192,
        750,
        20_919,
        vendor="amd",
    ),
    _board(
        "MI325X",
        "MI325X8",
        ("AMD Instinct MI325X", "AMD Instinct MI325X OAM"),
        256,
        1_000,
        20_919,
        vendor="amd",
    ),
)
_DATACENTRE_CARDS = (
    _card("H200NVL", ("NVIDIA H200 NVL",), 141, 600, 13_364, form="nvl", has_mig=True),
    _card(
        "H100NVL",
        ("NVIDIA H100 NVL",),
        94,
        400,
        13_364,
        form="nvl",
        has_mig=True,
        parts=("900-21010-0020-000",),
    ),
    _card("H100PCIE", ("NVIDIA H100 PCIe",), 80, 350, 12_104, has_mig=True),
    _card("H800PCIE", ("NVIDIA H800 PCIe",), 80, 350, 12_104, has_mig=True),
    _card(
        "A100PCIE", ("NVIDIA A100 80GB PCIe", "NVIDIA A100-PCIE-80GB"), 80, 300, 4_992, has_mig=True
    ),
    _card(
        "A100PCIE40G",
        ("NVIDIA A100-PCIE-40GB", "A100-PCIE-40GB"),
        40,
        250,
        4_992,
        has_mig=True,
    ),
    _card("A800PCIE", ("NVIDIA A800 80GB PCIe",), 80, 300, 4_992, has_mig=True),
    _card("A40", ("NVIDIA A40",), 48, 300, 2_395, parts=("900-2G133-0000-000",)),
    _card("A30", ("NVIDIA A30",), 24, 165, 2_640, has_mig=True),
    _card("A10", ("NVIDIA A10",), 24, 150, 2_000, parts=("900-2G133-0020-100",)),
    _card("A10G", ("NVIDIA A10G",), 24, 300, 1_120),
    _card("L40S", ("NVIDIA L40S",), 48, 350, 5_864, parts=("900-2G133-0080-000",)),
    _card("L40", ("NVIDIA L40",), 48, 300, 2_896),
    _card("L4", ("NVIDIA L4",), 24, 72, 1_936, parts=("900-2G193-0000-000",)),
    _card("T4", ("Tesla T4", "NVIDIA T4"), 16, 70, 1_040),
    _card("V100PCIE", ("Tesla V100-PCIE-32GB",), 32, 250, 1_792),
    _card("V100PCIE16G", ("Tesla V100-PCIE-16GB",), 16, 250, 1_792),
    _card("MI210", ("AMD Instinct MI210",), 64, 300, 2_896, vendor="amd"),
)
_WORKSTATION_CARDS = (
    _card(
        "RTX6000ADA",
        ("NVIDIA RTX 6000 Ada Generation",),
        48,
        300,
        5_828,
        parts=("900-5G133-2250-000",),
    ),
    _card(
        "RTX4000ADA",
        ("NVIDIA RTX 4000 Ada Generation",),
        20,
        130,
        1_310,
        parts=("900-5G190-1770-000",),
    ),
    _card(
        "RTX4000SFFADA",
        ("NVIDIA RTX 4000 SFF Ada Generation",),
        20,
        70,
        1_227,
        parts=("900-5G192-1770-000",),
    ),
    _card(
        "RTX2000ADA",
        ("NVIDIA RTX 2000 Ada Generation",),
        16,
        70,
        768,
        parts=("900-5G192-1740-000",),
    ),
    _card("RTXA6000", ("NVIDIA RTX A6000",), 48, 300, 2_477, parts=("900-5G133-1700-000",)),
)
_GAMING_CARDS = (
    _card("RTX5090", ("NVIDIA GeForce RTX 5090",), 32, 575, 6_704, has_ecc=False),
    # The 4090's ECC can be switched on; it leaves the factory with it off.
    _card("RTX4090", ("NVIDIA GeForce RTX 4090",), 24, 450, 5_285),
    _card("RTX4060TI16G", ("NVIDIA GeForce RTX 4060 Ti",), 16, 165, 1_412, has_ecc=False),
    _card("RTX4060TI", ("NVIDIA GeForce RTX 4060 Ti",), 8, 160, 1_412, has_ecc=False),
    _card("RTX3090", ("NVIDIA GeForce RTX 3090",), 24, 350, 2_272, has_ecc=False),
    _card("RTX3080", ("NVIDIA GeForce RTX 3080",), 10, 320, 1_904, has_ecc=False),
    _card("RTX308012G", ("NVIDIA GeForce RTX 3080",), 12, 350, 1_961, has_ecc=False),
    _card("RTX3070", ("NVIDIA GeForce RTX 3070",), 8, 220, 1_301, has_ecc=False),
)

CATALOGUE: tuple[ModelFacts, ...] = (
    *_BOARDS,
    *_DATACENTRE_CARDS,
    *_WORKSTATION_CARDS,
    *_GAMING_CARDS,
)


def find_model(
    vendor: str,
    product_name: str | None,
    memory_mib: int | None,
    board_part_number: str | None,
) -> ModelFacts | None:
    """The model a report shows, or None if it is not listed or two would fit.

    By product name (or our code, as a CSV may give it); memory tells namesakes apart, then the
    board part number does. Without a name the part number alone must do.
    """
    printed = (product_name or "").strip().casefold()
    found = [
        model
        for model in CATALOGUE
        if model.vendor == vendor
        and (
            _is_named(model, printed) if printed else board_part_number in model.board_part_numbers
        )
        and _fits(model, memory_mib)
    ]
    if len(found) > 1:
        found = [model for model in found if board_part_number in model.board_part_numbers]
    return found[0] if len(found) == 1 else None


def model_of(code: str) -> ModelFacts | None:
    """The model of this code: `H100SXM` the unit, `H100SXM8` the board as a model of its own."""
    for model in CATALOGUE:
        if model.code == code:
            return model
        if model.board_code == code:
            return replace(model, code=code)
    return None


def node_kind(models: Sequence[ModelFacts | None], attached_count: int | None = None) -> NodeKind:
    """What a node of these units is: one whole board, single cards, or not to be sold whole."""
    flags = []
    if attached_count is not None and attached_count != len(models):
        flags.append("gpu_count_mismatch")
    first = models[0] if models else None
    if any(model != first for model in models):
        return NodeKind("", "", (*flags, "mixed_models"))
    if first is None or not first.is_board:
        return NodeKind("", first.form if first else "", tuple(flags))
    if len(models) != first.gpus_per_lot:
        return NodeKind("", first.form, (*flags, "board_incomplete"))
    is_whole = not flags
    return NodeKind(first.board_code if is_whole else "", first.form, tuple(flags))


def _is_named(model: ModelFacts, printed: str) -> bool:
    return printed == model.code.casefold() or any(
        printed == name.casefold() for name in model.names
    )


def _fits(model: ModelFacts, memory_mib: int | None) -> bool:
    if memory_mib is None:
        return True
    percent = memory_mib * 100
    return (
        model.memory_mib * _LEAST_SHOWN_PERCENT <= percent <= model.memory_mib * _MOST_SHOWN_PERCENT
    )
