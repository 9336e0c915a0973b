"""The GPU models we know, read from the data file beside this one, and how a report finds them."""

import pkgutil
import tomllib
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Literal

from msgspec import Struct, convert
from msgspec.structs import replace

from ledger.refusals import either, sentence_of

Form = Literal["sxm", "pcie", "nvl", "oam", "tray", "superchip"]
FORMS: tuple[Form, ...] = ("sxm", "pcie", "nvl", "oam", "tray", "superchip")
BOARD_FORMS: tuple[Form, ...] = ("sxm", "oam", "tray")  # sold whole with what bears them


class Board(Struct, frozen=True):
    """A board model of a family: its own code, and how many GPUs a report shows on it."""

    code: str  # H100SXM8
    gpus: int


class ModelFacts(Struct, frozen=True):
    """One GPU model. Its board's lot is a whole node; a card's lot is one unit.

    `tpp` is total processing performance: the most over all precisions of dense (not sparse)
    tera-operations a second, multiplied by the precision's bits (ECCN 3A090, technical notes).
    `memory_mib` is nominal; a report shows up to 8 % less (ECC, reserved). 0 W and a `tpp` of 0
    mean that no source is at hand.
    """

    code: str  # [A-Z0-9]{2,16}
    vendor: str
    form: Form
    memory_mib: int
    tdp_w: int
    tpp: int
    has_ecc: bool
    has_mig: bool
    names: tuple[str, ...]  # as nvidia-smi, rocm-smi and amd-smi print them
    board_part_numbers: tuple[str, ...] = ()  # some of those seen; they decide between namesakes
    boards: tuple[Board, ...] = ()  # the sizes of its family, the smallest first
    gpus_per_lot: int = 1
    gpus_per_card: int = 1  # above 1: they share the serial of their card

    @property
    def lot_codes(self) -> tuple[str, ...]:
        """The models of its lots: `H100SXM4` and `H100SXM8` for boards, its own for a card."""
        return tuple(board.code for board in self.boards) or (self.code,)

    @property
    def is_board(self) -> bool:
        """Whether it is on a board or tray that moves whole (HGX, OAM, GB200)."""
        return self.form in BOARD_FORMS


class BoardSigns(Struct, frozen=True):
    """What a report says of the board under its GPUs, beside how many it shows."""

    attached_count: int | None = None  # how many GPUs the host says it has
    is_switched: bool = False  # the GPUs are registered with an NVSwitch's fabric
    is_guest: bool = False  # seen from inside a virtual machine, which may show a part
    highest_module: int = 0  # the highest number of a place on the board


class NodeKind(Struct, frozen=True):
    """What a node is, by its units. `model` is "" unless it is one whole board."""

    model: str
    form: str
    flags: tuple[str, ...] = ()  # gpu_count_mismatch, board_incomplete, mixed_models, …
    reason: str = ""  # in words, what keeps it from being a whole board


GIB = 1_024
_DATA = "gpu_models.toml"
_LEAST_SHOWN_PERCENT, _MOST_SHOWN_PERCENT = 92, 102


class _Row(Struct, forbid_unknown_fields=True):
    """A model as the data file writes it; a figure that stands there names its source."""

    code: str
    vendor: str
    form: Form
    names: tuple[str, ...]
    source: dict[str, str]
    memory_gb: Decimal
    tdp_w: int = 0
    tpp: int = 0
    boards: dict[str, str] = {}
    part_numbers: tuple[str, ...] = ()
    gpus_per_card: int = 1
    has_ecc: bool = False
    has_mig: bool = False

    def facts(self) -> ModelFacts:
        boards = sorted((int(gpus), code) for gpus, code in self.boards.items())
        return ModelFacts(
            code=self.code,
            vendor=self.vendor,
            form=self.form,
            memory_mib=round(self.memory_gb * GIB),
            tdp_w=self.tdp_w,
            tpp=self.tpp,
            has_ecc=self.has_ecc,
            has_mig=self.has_mig,
            names=self.names,
            board_part_numbers=self.part_numbers,
            boards=tuple(Board(code, gpus) for gpus, code in boards),
            gpus_per_card=self.gpus_per_card,
        )


def model_rows() -> list[dict[str, Any]]:
    """The rows of the data file as they are written, each with its sources."""
    raw = pkgutil.get_data(__package__, _DATA)
    assert raw is not None, "the data file stands beside this one"
    rows: list[dict[str, Any]] = tomllib.loads(raw.decode(), parse_float=Decimal)["models"]
    return rows


CATALOGUE: tuple[ModelFacts, ...] = tuple(row.facts() for row in convert(model_rows(), list[_Row]))


def find_model(
    vendor: str,
    product_name: str | None,
    memory_mib: int | None,
    board_part_number: str | None,
) -> ModelFacts | None:
    """The model a report shows, or None if it is not known or two would fit.

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
        for board in model.boards:
            if board.code == code:
                return replace(model, code=code, boards=(), gpus_per_lot=board.gpus)
    return None


def node_kind(models: Sequence[ModelFacts | None], signs: BoardSigns | None = None) -> NodeKind:
    """What a node of these units is: one whole board, single cards, or not to be sold whole.

    A board comes in sizes: as many GPUs as one of them has are that board, unless something in the
    report says that there are more places than it shows (docs/decisions/0115).
    """
    signs = signs or BoardSigns()
    flags: tuple[str, ...] = ()
    count = len(models)
    if signs.attached_count is not None and signs.attached_count != count:
        flags = ("gpu_count_mismatch",)
    first = models[0] if models else None
    if any(model is None or first is None or model.code != first.code for model in models[1:]):
        same = all(model is None for model in models)
        return NodeKind("", "", flags if same else (*flags, "mixed_models"))
    if first is None or not first.is_board:
        return NodeKind("", first.form if first else "", flags)
    if reason := _incomplete(first, count, signs):
        return NodeKind("", first.form, (*flags, "board_incomplete"), reason)
    if flags:
        reason = sentence_of(
            "{count} of the {attached} GPUs that the host has",
            count=count,
            attached=signs.attached_count,
        )
        return NodeKind("", first.form, flags, reason)
    code = next(board.code for board in first.boards if board.gpus == count)
    return NodeKind(code, first.form)


def _incomplete(model: ModelFacts, count: int, signs: BoardSigns) -> str:
    """Why so many GPUs are no whole board of this family; "" if they are."""
    sizes = [board.gpus for board in model.boards]
    if count not in sizes:
        if not sizes:
            return sentence_of("no board of this model is listed")
        known = either(f"{size:,}" for size in sizes)
        return sentence_of("{count} of {known} modules", count=count, known=known)
    most = max(sizes)
    if count == most:
        return ""
    if signs.highest_module > count:
        return sentence_of(
            "{count} of {most} modules: one says that it is module {module}",
            count=count,
            most=most,
            module=signs.highest_module,
        )
    if signs.is_switched:
        return sentence_of(
            "{count} of {most} modules: they are joined by an NVSwitch, which a board of {count} "
            "has not",
            count=count,
            most=most,
        )
    if signs.is_guest:
        return sentence_of(
            "{count} of {most} modules, seen from inside a virtual machine, which may have a part "
            "of them",
            count=count,
            most=most,
        )
    return ""


def _is_named(model: ModelFacts, printed: str) -> bool:
    return any(printed == name.casefold() for name in (model.code, *model.lot_codes, *model.names))


def _fits(model: ModelFacts, memory_mib: int | None) -> bool:
    return memory_mib is None or fits_memory(model.memory_mib, memory_mib)


def fits_memory(nominal_mib: int, shown_mib: int) -> bool:
    """Whether a report that shows so much may be of a GPU with that nominal memory."""
    percent = shown_mib * 100
    return nominal_mib * _LEAST_SHOWN_PERCENT <= percent <= nominal_mib * _MOST_SHOWN_PERCENT
