"""From one NVIDIA block, of text or of XML, to a reading of one GPU."""

from collections.abc import Callable, Mapping

from ledger.inventory.nvidia_places import PLACES, Places, number
from ledger.refusals import sentence_of
from ledger.reports import identity
from ledger.reports.report import (
    NAME_MOST,
    DraftReport,
    ReaderWarning,
    RejectedUnit,
    UnitReading,
    place_in_file,
)
from ledger.reports.shared_boards import may_share_serial
from ledger.reports.words import is_lost, is_no_value, is_not_applicable, is_unanswered

Fields = Mapping[str, tuple[str, int]]  # path in small letters -> (text as printed, line)

_NAMES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {  # field -> (text paths, XML paths)
    "product": (("product name",), ("product_name",)),
    "serial": (("serial number",), ("serial",)),
    "uuid": (("gpu uuid",), ("uuid",)),
    "vbios": (("vbios version",), ("vbios_version",)),
    # Drivers up to about 510 print the board's part where newer ones print the chip's.
    "part": (("board part number", "gpu part number"), ("board_part_number", "gpu_part_number")),
    "multi": (("multigpu board",), ("multigpu_board",)),
    "module": (
        ("platform info/module id", "module id", "gpu module id"),
        ("platforminfo/module_id", "gpu_module_id"),
    ),
    "fabric": (("fabric/state",), ("fabric/state",)),
    "mig": (("mig mode/current",), ("mig_mode/current_mig",)),
    "virtualization": (
        ("gpu virtualization mode/virtualization mode",),
        ("gpu_virtualization_mode/virtualization_mode",),
    ),
}

_IDENTIFYING: dict[str, Callable[[str], object]] = {
    "serial": lambda text: identity.serial("nvidia", text)[0],
    "part": lambda text: identity.board_part("nvidia", text),
    "uuid": lambda text: identity.uuid("nvidia", text),
}
_REGISTERED = frozenset({"in progress", "completed"})  # else `N/A`: no NVSwitch, or too old to say
_SHOWN_MOST = 60  # characters of a text that is shown because it says nothing


def read_block(
    draft: DraftReport, fields: Fields, *, bus_id: str, line: int, is_xml: bool = False
) -> None:
    """One GPU's block of paths and texts, as a unit of the draft or as rejected: it never fails."""
    if left := _lost(fields, bus_id=bus_id, line=line, is_xml=is_xml):
        draft.rejected.append(left)
        return
    draft.units.append(read_unit(fields, bus_id=bus_id, line=line, is_xml=is_xml))
    draft.warnings += _name_warnings(fields, is_xml=is_xml)


def read_unit(fields: Fields, *, bus_id: str, line: int, is_xml: bool) -> UnitReading:
    """One GPU's block of paths and texts as a reading; nothing in it can make this fail."""
    readings, lines, flags = _readings(fields, is_xml)
    names = {field: _named(fields, paths[is_xml]) for field, paths in _NAMES.items()}
    serial, serial_flag = identity.serial("nvidia", names["serial"])
    part = _board_part(fields, is_xml)
    ecc = fields.get("ecc_mode/current_ecc" if is_xml else "ecc mode/current", ("", 0))[0]
    product = _named_text(names["product"])
    is_shared = may_share_serial(product, is_multi=(names["multi"] or "").casefold() == "yes")
    return UnitReading(
        line=line,
        vendor="nvidia",
        model_name=product,
        serial=serial,
        board_part_number=part,
        uuid=identity.uuid("nvidia", names["uuid"]),
        vbios=_named_text(names["vbios"]),
        bus_id=bus_id,
        module_id=number((names["module"] or "").casefold()),
        memory_mib=readings.get("memory_mib"),
        mig_mode=_shown(names["mig"]),
        virtualization=_shown(names["virtualization"]),
        readings=readings,
        lines=lines,
        flags=(
            *([serial_flag] if serial_flag else []),
            *(["part_not_identifying"] if serial and not part else []),
            *(["name_missing"] if serial and not product else []),
            *(["shared_serial"] if serial and is_shared else []),
            *_mode_flags(names),
            *_health_flags(readings, has_no_ecc=bool(ecc) and is_not_applicable(ecc)),
            *flags,
        ),
        is_switched=(names["fabric"] or "").casefold() in _REGISTERED,
    )


def _lost(fields: Fields, *, bus_id: str, line: int, is_xml: bool) -> RejectedUnit | None:
    """Why a block is no unit: its GPU answered nothing that names it; None if it names one."""
    texts = [_named(fields, _NAMES[field][is_xml]) for field in ("product", "serial", "uuid")]
    answers = [text for text in texts if text]
    if not all(map(is_no_value, answers)) or not any(map(_is_fault, answers)):
        return None
    return RejectedUnit(
        place_in_file(line, bus_id),
        "not_recognised",
        sentence_of(
            "this GPU answers `{answer}` instead of its name and serial: reboot the server or "
            "reseat the card, and take the report again",
            answer=next(filter(_is_fault, answers)),
        ),
    )


def _name_warnings(fields: Fields, *, is_xml: bool) -> list[ReaderWarning]:
    """The lines whose text stands where an identity would and is none: cut, or an error's words."""
    found = []
    for field, good in _IDENTIFYING.items():
        text, line = fields.get(_NAMES[field][is_xml][0], ("", 0))
        if text and not good(text) and (_is_fault(text) or identity.identifying(text)):
            found.append(ReaderWarning("not_identifying", line, text[:_SHOWN_MOST]))
    return found


def _is_fault(text: str) -> bool:
    return is_lost(text) or (is_unanswered(text) and not is_not_applicable(text))


def _board_part(fields: Fields, is_xml: bool) -> str | None:
    """The board's part number, wherever this driver prints it; a text of another shape is none."""
    texts = (fields[path][0] for path in _NAMES["part"][is_xml] if path in fields)
    return next(filter(None, (identity.board_part("nvidia", text) for text in texts)), None)


def _readings(fields: Fields, is_xml: bool) -> tuple[dict[str, int], dict[str, int], list[str]]:
    readings: dict[str, int] = {}
    lines: dict[str, int] = {}
    flags: list[str] = []
    for place in PLACES:
        found = _present(fields, place.xml if is_xml else place.text)
        if not found:
            continue
        values = [place.read(text.casefold()) for text, _ in found]
        known = [value for value in values if value is not None]
        if len(known) < len(values):  # missing, never "No"
            flags.append(f"unreadable:{place.key}")
            continue
        readings[place.key] = sum(known)
        lines[place.key] = next(
            (line for (_, line), value in zip(found, known, strict=True) if value), found[0][1]
        )
    return readings, lines, flags


def _present(fields: Fields, places: Places) -> list[tuple[str, int]]:
    """The texts of the first spelling that has any which is not "N/A"."""
    for paths in places:
        found = [fields[path] for path in paths if path in fields]
        found = [(text, line) for text, line in found if not is_not_applicable(text)]
        if found:
            return found
    return []


def _named(fields: Fields, paths: tuple[str, ...]) -> str | None:
    return next((fields[path][0] for path in paths if path in fields), None)


def _shown(text: str | None) -> str | None:
    """A mode for people: None if the tool had none to tell."""
    return None if text is None or len(text) > NAME_MOST or is_unanswered(text) else text


def _named_text(text: str | None) -> str | None:
    """A name for people: None if it names nothing."""
    return None if text is None or len(text) > NAME_MOST or is_no_value(text) else text


def _mode_flags(names: Mapping[str, str | None]) -> list[str]:
    flags = []
    if (names["mig"] or "").casefold() == "enabled":
        flags.append("mig_enabled")
    if (names["virtualization"] or "").casefold() == "pass-through":
        flags.append("pass_through")
    return flags


def _health_flags(readings: Mapping[str, int], *, has_no_ecc: bool) -> list[str]:
    """What is worth saying and lowers no grade by itself (DOMAIN 1), and ECC that is not on."""
    flags = []
    if has_no_ecc:
        flags.append("no_ecc")
    if readings.get("ecc_on") == 0:
        flags.append("ecc_disabled")
    if readings.get("dram_correctable") or readings.get("sram_correctable"):
        flags.append("correctable_ecc")
    widest = readings.get("pcie_width_max", 0)
    if readings.get("pcie_width", widest) < widest:
        flags.append("pcie_width_reduced")
    return flags
