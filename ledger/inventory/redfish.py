"""Recognises Redfish JSON, and refuses it with the chassis that it names: it shows no GPU yet."""

from collections.abc import Iterator
from typing import Any

import msgspec

from ledger.inventory.report import Unreadable
from ledger.inventory.source import Source

_DUMP = "Run `nvidia-smi -q > dump.txt` on the server itself and give that file"
_MARKS = ("@odata.type", "@odata.context", "@odata.id", "ChassisType", "ProcessorType")


def refuse_json(source: Source) -> Unreadable:
    """Why this JSON holds no unit: cut, broken, not Redfish, or a chassis without a GPU."""
    text = "\n".join(source.lines)
    try:
        whole: Any = msgspec.json.decode(text.encode("utf-8", "replace"))
    except msgspec.DecodeError as error:
        if "truncated" in str(error):
            return source.truncated("the JSON breaks off before its end", _DUMP)
        return source.unrecognised(f"the JSON is broken: {error}", _DUMP)
    except RecursionError:
        return source.unrecognised("the JSON is nested too deep to be an inventory", _DUMP)
    parts = list(_objects(whole))
    if not any(mark in part for part in parts for mark in _MARKS):
        return source.unrecognised("the JSON is no Redfish document", _DUMP)
    if any(part.get("ProcessorType") == "GPU" for part in parts):
        return source.unrecognised(
            "this Redfish document names a GPU, and GPUs are not yet read from Redfish", _DUMP
        )
    return Unreadable("no_gpu_found", f"the file describes {_chassis(parts[0])} and no GPU", _DUMP)


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
    words = [outermost.get(key) for key in ("Manufacturer", "Model")]
    named = " ".join(word.strip() for word in words if isinstance(word, str) and word.strip())
    serial = outermost.get("SerialNumber")
    if isinstance(serial, str) and serial.strip():
        return f"{named or 'a chassis'}, serial {serial.strip()},"
    return named or "a chassis"
