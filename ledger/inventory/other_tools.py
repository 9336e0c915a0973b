"""Tools whose output is no inventory for this venue, each told by its own words and by its name."""

import re
from typing import Final

from ledger.inventory.plain_csv import HEADER, refuse_table
from ledger.refusals import Sentence, sentence_of
from ledger.reports.report import Unreadable
from ledger.reports.source import Source

LINES_MOST: Final = 200
_SEARCHED: Final = 400  # characters of a line
DUMP: Final = sentence_of("Run `nvidia-smi -q > dump.txt` on the server and give that file")
COLUMNS: Final = (
    "timestamp,index,name,serial,uuid,pci.bus_id,vbios_version,memory.total,ecc.mode.current"
)
QUERY: Final = f"nvidia-smi --query-gpu={COLUMNS} --format=csv"

# What its own output says -> tool, maker. They print serials, and no model of theirs is listed yet.
_MAKERS: Final[tuple[tuple[re.Pattern[str], str, str], ...]] = tuple(
    (re.compile(pattern), tool, maker)
    for pattern, tool, maker in (
        (r"\bnpu-smi\b", "npu-smi", "Huawei Ascend"),
        (r"\bcnmon\b|\bCambricon\b", "cnmon", "Cambricon"),
        (r"\bmthreads-gmi\b|\bMoore ?Threads\b", "mthreads-gmi", "Moore Threads"),
        (r"\bmx-smi\b|\bMetaX\b", "mx-smi", "MetaX"),
        (r"\bixsmi\b|\bIluvatar\b", "ixsmi", "Iluvatar CoreX"),
        (r"\bhy-smi\b|\bHygon\b", "hy-smi", "Hygon"),
        (r"\bxpu[-_]smi\b.*\bKunlun|\bKUNLUN|\bKunlun", "xpu_smi", "Kunlunxin"),
        (r"\bxpu-smi\b|\bIntel\(R\) Data Center GPU\b", "xpu-smi", "Intel"),
        (r"\bhl-smi\b|\bHL-SMI\b|\bGaudi\b", "hl-smi", "Intel Gaudi"),
        (r"\befsmi\b|\bEnflame\b", "efsmi", "Enflame"),
        (r"\bbrsmi\b|\bBiren\b", "brsmi", "Biren"),
        (r"\bppu-smi\b|\bPPU-SMI\b", "ppu-smi", "T-Head"),
        (r"\btpu-info\b", "tpu-info", "Google TPU"),
    )
)
_HANDLE: Final = re.compile(
    r"Unable to determine the device handle for GPU\s?([0-9A-F:.]*[0-9A-F])?", re.IGNORECASE
)
_QUERY_ROW: Final = re.compile(r"(?:^|, )GPU-[0-9a-f]{8}-")
_NO_GPU: Final = sentence_of("nvidia-smi found no GPU")
_NO_DRIVER: Final = sentence_of("nvidia-smi could not speak with the driver")
_NO_TOOL: Final = sentence_of("the tool is not installed there")
_NO_RIGHT: Final = sentence_of("whoever took it had no right to")
_TURNED_AWAY: Final[tuple[tuple[str, str, Sentence], ...]] = (
    ("No devices were found", "no_gpu_found", _NO_GPU),
    ("NVIDIA-SMI has failed", "no_gpu_found", _NO_DRIVER),
    ("Failed to initialize NVML", "no_gpu_found", _NO_DRIVER),
    ("command not found", "not_recognised", _NO_TOOL),
    ("is not recognized as an internal", "not_recognised", _NO_TOOL),
    ("Permission denied", "not_recognised", _NO_RIGHT),
)


def refuse_other(source: Source) -> Unreadable:
    """Why this file is no inventory: it knows the files that people give by mistake."""
    for number, whole in enumerate(source.lines[:LINES_MOST], start=1):
        line = whole[:_SEARCHED]
        if handle := _HANDLE.search(line):
            return Unreadable(
                "no_gpu_found",
                sentence_of(
                    "GPU {gpu} does not answer: it fell off the bus, and nvidia-smi then prints "
                    "nothing else",
                    gpu=handle[1] or sentence_of("of that server"),
                ),
                sentence_of(
                    "Reboot the server, or reseat the card, and take the report again with "
                    "`nvidia-smi -q > dump.txt`"
                ),
                line=number,
            )
        for words, code, detail in _TURNED_AWAY:
            if words in line:
                return Unreadable(code, detail, DUMP, line=number)
        if _is_overview(line):
            return source.unrecognised(
                sentence_of("this is the overview, without serials"), DUMP, number
            )
        if _QUERY_ROW.search(line):
            return source.unrecognised(
                sentence_of(
                    "this is a `--query-gpu` table without its header: nobody can tell its columns"
                ),
                sentence_of(
                    "Take it again with the header: `{line} > dump.csv`; or better the whole "
                    "report, `nvidia-smi -q > dump.txt`",
                    line=QUERY,
                ),
                number,
            )
        for pattern, tool, maker in _MAKERS:
            if pattern.search(line):
                return source.unrecognised(
                    sentence_of(
                        "this is `{tool}` of {maker}, which is not yet among the makers whose "
                        "reports this venue reads: it reads NVIDIA's and AMD's",
                        tool=tool,
                        maker=maker,
                    ),
                    sentence_of(
                        "Ask the venue's clerk to list the model; listed, it can be registered by "
                        "a plain CSV with the columns {columns}, here or by `gpubourse "
                        "import FILE --site SITE --me NAME`",
                        columns=",".join(HEADER),
                    ),
                    number,
                )
    if table := refuse_table(source):
        return table
    return source.unrecognised(sentence_of("the file is no inventory that we know"), DUMP, 1)


def _is_overview(line: str) -> bool:
    return "NVIDIA-SMI" in line or line.startswith("GPU 0: ")
