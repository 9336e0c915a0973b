"""Reads Redfish: the processors of type GPU of a server's own controller, without ECC health."""

import re
from collections.abc import Iterator
from typing import Any, Final

from ledger.inventory.other_tools import DUMP
from ledger.refusals import sentence_of
from ledger.reports import identity
from ledger.reports.report import NAME_MOST, DraftReport, UnitReading, Unreadable, must_be_few
from ledger.reports.shared_boards import may_share_serial
from ledger.reports.source import Source
from ledger.reports.words import is_no_value

FORMAT: Final = "redfish"
_CHASSIS: Final = sentence_of("a chassis")

_MARKS: Final = ("@odata.type", "@odata.context", "@odata.id", "ChassisType", "ProcessorType")
_MAKERS: Final = {"nvidia": "NVIDIA", "amd": "AMD", "advanced micro devices": "AMD"}
_BARE_UUID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


def read_redfish(source: Source, document: Any) -> DraftReport:
    """Every GPU that the document names. Raises: Unreadable if it is no Redfish, or names none."""
    parts = list(_objects(document))
    if not any(mark in part for part in parts for mark in _MARKS):
        raise source.unrecognised(sentence_of("the JSON is no report that we know"), DUMP)
    gpus = [part for part in parts if part.get("ProcessorType") == "GPU"]
    if not gpus:
        raise Unreadable(
            "no_gpu_found",
            sentence_of("the file describes {chassis} and no GPU", chassis=_chassis(parts[0])),
            DUMP,
        )
    must_be_few(len(gpus))
    return DraftReport(format=FORMAT, units=[_read_gpu(gpu) for gpu in gpus])


def _read_gpu(gpu: dict[str, Any]) -> UnitReading:
    maker = _text(gpu, "Manufacturer") or ""
    named = next((name for key, name in _MAKERS.items() if maker.casefold().startswith(key)), maker)
    vendor = named.casefold()
    model = _text(gpu, "Model")
    if model and named and not model.casefold().startswith(vendor):
        model = f"{named} {model}"  # as the maker's own tool prints it
    serial, serial_flag = identity.serial(vendor, _text(gpu, "SerialNumber"))
    part = identity.board_part(vendor, _text(gpu, "PartNumber"))
    uuid = _text(gpu, "UUID") or ""
    if vendor == "nvidia" and _BARE_UUID.fullmatch(uuid):
        uuid = f"GPU-{uuid}"
    return UnitReading(
        line=1,
        vendor=vendor or "unknown",
        model_name=model,
        serial=serial,
        board_part_number=part,
        uuid=identity.uuid(vendor, uuid),
        bus_id=_text(gpu, "Id"),
        flags=(
            *([serial_flag] if serial_flag else []),
            *(["part_not_identifying"] if serial and not part else []),
            *(["name_missing"] if serial and not model else []),
            *(["shared_serial"] if serial and may_share_serial(model) else []),
        ),
    )


def _text(gpu: dict[str, Any], key: str) -> str | None:
    value = gpu.get(key)
    if not isinstance(value, str) or len(value) > NAME_MOST or is_no_value(value):
        return None
    return value.strip()


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """The document's objects, outermost first; a loop, for a document may be deep."""
    waiting = [value]
    while waiting:
        here = waiting.pop()
        if isinstance(here, dict):
            yield here
            waiting.extend(reversed(here.values()))
        elif isinstance(here, list):
            waiting.extend(reversed(here))


def _chassis(outermost: dict[str, Any]) -> str:
    """The chassis by its maker's names; a Sentence where it has none, or has a serial."""
    words = [outermost.get(key) for key in ("Manufacturer", "Model")]
    named = " ".join(
        word.strip()[:NAME_MOST] for word in words if isinstance(word, str) and word.strip()
    )
    serial = outermost.get("SerialNumber")
    if isinstance(serial, str) and serial.strip():
        return sentence_of(
            "{chassis}, serial {serial},",
            chassis=named or _CHASSIS,
            serial=serial.strip()[:NAME_MOST],
        )
    return named or _CHASSIS
