"""JSON reports: `amd-smi`, `rocm-smi --json` and Redfish, told apart by what they bear."""

from typing import Any

import msgspec

from ledger.inventory import amd_smi, redfish, rocm_text
from ledger.inventory.other_tools import DUMP
from ledger.refusals import sentence_of
from ledger.reports.report import DraftReport
from ledger.reports.source import Source


def read_json(source: Source) -> DraftReport:
    """The document's GPUs. Raises: Unreadable if it is cut, broken, or shows none."""
    text = "\n".join(source.lines)
    try:
        document: Any = msgspec.json.decode(text.encode("utf-8", "replace"))
    except msgspec.DecodeError as error:
        if "truncated" in str(error):
            raise source.truncated(
                sentence_of("the JSON breaks off before its end"), DUMP
            ) from None
        detail = sentence_of("the JSON is broken: {error}", error=str(error))
        raise source.unrecognised(detail, DUMP) from None
    except RecursionError:
        detail = sentence_of("the JSON is nested too deep to be an inventory")
        raise source.unrecognised(detail, DUMP) from None
    return (
        amd_smi.read_amd_json(source, document)
        or rocm_text.read_rocm_json(document)
        or redfish.read_redfish(source, document)
    )
