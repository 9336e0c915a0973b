"""From one NVIDIA block, of text or of XML, to a reading of one GPU."""

from collections.abc import Mapping

from ledger.inventory import identity
from ledger.inventory.nvidia_places import NOT_APPLICABLE, PLACES, Places, number
from ledger.inventory.report import UnitReading

Fields = Mapping[str, tuple[str, int]]  # path in small letters -> (text as printed, line)

_HIDDEN = frozenset({"redacted", "[redacted]", "unknown error", "[unknown error]"})
_NAMES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {  # field -> (text paths, XML paths)
    "product": (("product name",), ("product_name",)),
    "serial": (("serial number",), ("serial",)),
    "uuid": (("gpu uuid",), ("uuid",)),
    "vbios": (("vbios version",), ("vbios_version",)),
    "part": (("board part number",), ("board_part_number",)),
    "module": (
        ("platform info/module id", "module id", "gpu module id"),
        ("platforminfo/module_id", "gpu_module_id"),
    ),
    "mig": (("mig mode/current",), ("mig_mode/current_mig",)),
    "virtualization": (
        ("gpu virtualization mode/virtualization mode",),
        ("gpu_virtualization_mode/virtualization_mode",),
    ),
}


def read_unit(fields: Fields, *, bus_id: str, line: int, is_xml: bool) -> UnitReading:
    """One GPU's block of paths and texts as a reading; nothing in it can make this fail."""
    readings, lines, flags = _readings(fields, is_xml)
    names = {field: _named(fields, paths[is_xml]) for field, paths in _NAMES.items()}
    serial, serial_flag = identity.serial("nvidia", names["serial"])
    ecc = fields.get("ecc_mode/current_ecc" if is_xml else "ecc mode/current", ("", 0))[0]
    module = number((names["module"] or "").casefold())
    return UnitReading(
        line=line,
        vendor="nvidia",
        model_name=_shown(names["product"]),
        serial=serial,
        board_part_number=identity.identifying(names["part"]),
        uuid=identity.uuid("nvidia", names["uuid"]),
        vbios=_shown(names["vbios"]),
        bus_id=bus_id,
        module_id=module,
        memory_mib=readings.get("memory_mib"),
        mig_mode=_shown(names["mig"]),
        virtualization=_shown(names["virtualization"]),
        readings=readings,
        lines=lines,
        flags=(
            *([serial_flag] if serial_flag else []),
            *_mode_flags(names),
            *_health_flags(readings, has_no_ecc=ecc.casefold() in NOT_APPLICABLE - {""}),
            *flags,
        ),
    )


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
        found = [(text, line) for text, line in found if text.casefold() not in NOT_APPLICABLE]
        if found:
            return found
    return []


def _named(fields: Fields, paths: tuple[str, ...]) -> str | None:
    return next((fields[path][0] for path in paths if path in fields), None)


def _shown(text: str | None) -> str | None:
    """A text for people: None if it says nothing."""
    return None if text is None or text.casefold() in NOT_APPLICABLE | _HIDDEN else text


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
