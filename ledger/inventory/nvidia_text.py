"""Reads `nvidia-smi -q` text, also when it was pasted from a terminal."""

import re

from msgspec import Struct

from ledger.inventory.nvidia_places import plain_number
from ledger.inventory.nvidia_unit import read_block
from ledger.refusals import sentence_of
from ledger.reports.report import NAME_MOST, ONE_A_FILE, DraftReport, must_be_few
from ledger.reports.source import TAKE_ANEW, Source

BANNER = "NVSMI LOG"
FORMAT = "nvidia_smi_text"

_BLOCK = re.compile(r"GPU ([0-9A-Fa-f]{4,8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.[0-9A-Fa-f])\s*")
_PROMPT = re.compile(r"[\w.-]+@([A-Za-z0-9][A-Za-z0-9.-]*)")  # root@gpu-17:~# nvidia-smi -q
_DEPTH_MOST = 12  # sections within each other
_HOST_LINES = 5  # over the banner, in which a prompt may name the host
_FIRST, _LAST = "product name", "processes"  # every driver begins and ends a block with these
_ONCE = frozenset({_FIRST, "serial number", "gpu uuid"})


class _TextBlock(Struct):
    bus_id: str
    line: int
    fields: dict[str, tuple[str, int]] = {}
    sections: list[tuple[int, str]] = []  # the open ones: (indent, path with a slash)


def read_nvidia_text(source: Source) -> DraftReport:
    """One host's report. Raises: Unreadable if it is cut, or is no report of one host."""
    banner = _only_banner(source)
    head: dict[str, tuple[str, int]] = {}
    blocks: list[_TextBlock] = []
    for number, line in enumerate(source.lines[banner:], start=banner + 1):
        if not line or line.isspace():
            continue
        if line[0] == " ":
            if blocks:
                _take(source, blocks[-1], line, number)
        elif begins := _BLOCK.fullmatch(line):
            must_be_few(len(blocks) + 1, number)
            blocks.append(_TextBlock(begins[1].upper(), number))
        elif not blocks:
            key, _, value = line.partition(":")
            head.setdefault(key.strip().casefold(), (value.strip(), number))
        elif line.startswith("GPU 0") and number == len(source.lines):
            raise source.truncated(sentence_of("the report ends where its next GPU begins"))
    attached = plain_number(head.get("attached gpus", ("", 0))[0])
    _must_be_whole(source, blocks, attached)
    stamp, stamp_line = head.get("timestamp", (None, None))
    draft = DraftReport(
        format=FORMAT,
        stamp=stamp,
        stamp_line=stamp_line,
        driver=head.get("driver version", (None, 0))[0],
        attached_count=attached,
        hostname=_hostname(source.lines[: banner - 1]),
    )
    for block in blocks:
        read_block(draft, block.fields, bus_id=block.bus_id, line=block.line)
    return draft


def _only_banner(source: Source) -> int:
    banners = [n for n, line in enumerate(source.lines, start=1) if BANNER in line]
    if len(banners) > 1:
        # Two hosts in one file could only be told apart by guessing.
        raise source.unrecognised(
            sentence_of(
                "the file holds {number} reports, the second from line {line}",
                number=len(banners),
                line=banners[1],
            ),
            ONE_A_FILE,
            banners[1],
        )
    return banners[0]


def _take(source: Source, block: _TextBlock, line: str, number: int) -> None:
    text = line.strip()
    indent = len(line) - len(line.lstrip(" "))
    key, colon, value = text.partition(" : ")
    if not colon and text.endswith(":"):  # an empty value whose trailing blank was trimmed
        key, colon = text[:-1], ":"
    sections = block.sections
    while sections and sections[-1][0] >= indent:
        sections.pop()
    path = (sections[-1][1] if sections else "") + key.rstrip().casefold()[:NAME_MOST]
    if path in block.fields and path in _ONCE:
        raise source.unrecognised(
            sentence_of(
                "GPU {gpu} has two lines `{key}`: a line `GPU …` is missing",
                gpu=block.bus_id,
                key=key.rstrip(),
            ),
            TAKE_ANEW,
            number,
        )
    block.fields.setdefault(path, (value.strip(), number))
    if not colon and len(sections) < _DEPTH_MOST:
        sections.append((indent, path + "/"))


def _must_be_whole(source: Source, blocks: list[_TextBlock], attached: int | None) -> None:
    if not blocks and attached != 0:
        raise source.truncated(sentence_of("the report ends before its first GPU"))
    for place, block in enumerate(blocks, start=1):
        first = next(iter(block.fields), "")
        if not _FIRST.startswith(first):
            raise source.unrecognised(
                sentence_of(
                    "GPU {gpu} has no product name: this is a part of a report",
                    gpu=block.bus_id,
                ),
                sentence_of("Take the whole with `nvidia-smi -q > dump.txt`, without `-d`"),
                block.line,
            )
        if _LAST not in block.fields:
            total = max(attached or 0, len(blocks))
            raise source.truncated(
                sentence_of(
                    "the report breaks off inside GPU {place} of {total} ({gpu})",
                    place=place,
                    total=total,
                    gpu=block.bus_id,
                )
            )


def _hostname(before: list[str]) -> str | None:
    for line in reversed(before[-_HOST_LINES:]):
        if prompt := _PROMPT.search(line[:NAME_MOST]):
            return prompt[1]
    return None
