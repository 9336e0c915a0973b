"""Reads `nvidia-smi -q -x` XML. No DTD is ever loaded and no entity expanded: either is refused."""

import re
from xml.parsers import expat

from msgspec import Struct

from ledger.inventory.nvidia_places import plain_number
from ledger.inventory.nvidia_unit import read_block
from ledger.refusals import Sentence, sentence_of
from ledger.reports.report import (
    NAME_MOST,
    ONE_A_FILE,
    DraftReport,
    ReaderWarning,
    Unreadable,
    must_be_few,
)
from ledger.reports.source import Source

ROOT = "nvidia_smi_log"
FORMAT = "nvidia_smi_xml"
NEWEST_SCHEMA = 13

_BEGIN = re.compile(r"<\?xml\b|<!DOCTYPE\b|<nvidia_smi_log\b")
_SCHEMA = re.compile(r"nvsmi_device_v(\d{1,4})\.dtd", re.ASCII)
_DEPTH_MOST = 32
_AGAIN = sentence_of(
    "Take it again with `nvidia-smi -q -x > dump.xml` and give that file unchanged"
)
_CUT = frozenset(
    {
        expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS],
        expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_TOKEN],
        expat.errors.codes[expat.errors.XML_ERROR_PARTIAL_CHAR],
        expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION],
    }
)


class _XmlBlock(Struct):
    bus_id: str
    line: int
    fields: dict[str, tuple[str, int]] = {}


def read_nvidia_xml(source: Source) -> DraftReport:
    """One host's report. Raises: Unreadable if it is cut, broken, or bears entities."""
    text = "\n".join(source.lines)
    begin = _BEGIN.search(text)
    start = begin.start() if begin else 0
    end = text.find(f"</{ROOT}>", start)
    if end >= 0:
        end += len(ROOT) + 3
        if f"<{ROOT}" in text[end:]:
            raise source.unrecognised(
                sentence_of("the file holds two reports"),
                ONE_A_FILE,
                text.count("\n", 0, text.index(f"<{ROOT}", end)) + 1,
            )
    reader = _Reader(source, text.count("\n", 0, start))
    reader.read(text[start:end] if end >= 0 else text[start:])
    return reader.draft()


class _Reader:
    """Follows the elements; keeps the text of every leaf under its path within its GPU."""

    def __init__(self, source: Source, lines_before: int) -> None:
        self._source = source
        self._lines_before = lines_before
        self._path: list[str] = []
        self._text: list[str] = []
        self._head: dict[str, tuple[str, int]] = {}
        self._blocks: list[_XmlBlock] = []
        self._schema: int | None = None
        self._parser = expat.ParserCreate("utf-8")
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.EntityDeclHandler = self._entity
        self._parser.SkippedEntityHandler = self._entity
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text.append

    def read(self, text: str) -> None:
        try:
            self._parser.Parse(text.encode("utf-8"), True)
        except expat.ExpatError as error:
            if error.code in _CUT:
                raise self._source.truncated(
                    sentence_of(
                        "the XML breaks off inside `{path}`", path="/".join(self._path) or ROOT
                    ),
                    _AGAIN,
                ) from None
            fault = expat.ErrorString(error.code)
            raise self._broken(sentence_of("the XML is broken: {error}", error=fault)) from None

    def draft(self) -> DraftReport:
        stamp, stamp_line = self._head.get("timestamp", (None, None))
        attached = self._head.get("attached_gpus", ("", 0))[0]
        newer = self._schema is not None and self._schema > NEWEST_SCHEMA
        draft = DraftReport(
            format=FORMAT,
            stamp=stamp,
            stamp_line=stamp_line,
            driver=self._head.get("driver_version", (None, 0))[0],
            attached_count=plain_number(attached),
            warnings=[ReaderWarning("schema_newer", 2, self._schema)] if newer else [],
        )
        for block in self._blocks:
            read_block(draft, block.fields, bus_id=block.bus_id, line=block.line, is_xml=True)
        return draft

    def _line(self) -> int:
        return self._lines_before + self._parser.CurrentLineNumber

    def _broken(self, detail: Sentence) -> Unreadable:
        return self._source.unrecognised(detail, _AGAIN, self._line())

    def _doctype(self, _name: str, system: str | None, _public: str | None, _inner: int) -> None:
        if found := _SCHEMA.search(system or ""):
            self._schema = int(found[1])

    def _entity(self, *_declared: object) -> None:
        raise self._broken(
            sentence_of("the XML has entities of its own, which no nvidia-smi writes")
        )

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if not self._path and name != ROOT:
            raise self._broken(
                sentence_of("its root is `{name}`, not `{root}`", name=name[:40], root=ROOT)
            )
        if self._path == [ROOT] and name == "gpu":
            must_be_few(len(self._blocks) + 1, self._line())
            self._blocks.append(_XmlBlock(attributes.get("id", "").upper(), self._line()))
        if len(name) > NAME_MOST:
            raise self._broken(
                sentence_of("an element's name is longer than {most} characters", most=NAME_MOST)
            )
        self._path.append(name)
        if len(self._path) > _DEPTH_MOST:
            raise self._broken(
                sentence_of("its elements are more than {most} deep", most=_DEPTH_MOST)
            )
        self._text.clear()

    def _end(self, name: str) -> None:
        text = "".join(self._text).strip()
        self._text.clear()
        path = self._path[1:]
        if path[:1] == ["gpu"] and len(path) > 1:
            here = self._blocks[-1].fields
            here.setdefault("/".join(path[1:]).casefold(), (text, self._line()))
        elif len(path) == 1:
            self._head.setdefault(name, (text, self._line()))
        self._path.pop()
