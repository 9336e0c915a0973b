"""Raw bytes to clean lines, each with its place in the file: encodings, marks, terminal colours."""

import re
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from ledger.refusals import Sentence, sentence_of
from ledger.reports.report import ReaderWarning, Unreadable
from ledger.reports.report_parts import PrefixBroken, unprefixed

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
# Colours and cursor moves (CSI), window titles (OSC), two-character escapes.
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)|[@-Z\\^_])")
# What is left of them, and every other sign that only steers a terminal.
_CONTROL = re.compile(
    r"[\x01-\x08\x0b-\x0c\x0e-\x1f\x7f\x80-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]"
)
_UNDECODED = re.compile("[\udc80-\udcff]")
TAKE_ANEW = sentence_of(
    "Take it again with `nvidia-smi -q > dump.txt` and give that file unchanged"
)
_AS_TEXT = sentence_of("Save it as plain UTF-8 text")
_TAKEN_OFF = sentence_of("Take the prefix off every line, or take the report again without it")


class Source(Struct, frozen=True):
    """A file's text. `lines` are clean; `raw_text` keeps what is needed to find a byte again."""

    raw_text: str
    lines: list[str]
    encoding: str
    mark_long: int  # bytes of the encoding's mark
    bytes_long: int
    warnings: tuple[ReaderWarning, ...] = ()

    def byte_of(self, line: int) -> int:
        """The offset in the raw file at which *line* (from 1) begins."""
        at = 0
        for _ in range(line - 1):
            found = self.raw_text.find("\n", at)
            if found < 0:
                break
            at = found + 1
        before = self.raw_text[:at].encode(self.encoding, "surrogateescape")
        return self.mark_long + len(before)

    def unrecognised(
        self, detail: Sentence, advice: Sentence, line: int | None = None
    ) -> Unreadable:
        """A refusal of this file as `not_recognised`, with the byte of its line."""
        byte = None if line is None else self.byte_of(line)
        return Unreadable("not_recognised", detail, advice, line=line, byte=byte)

    def truncated(self, detail: Sentence, advice: Sentence = TAKE_ANEW) -> Unreadable:
        """A refusal of this file as `truncated`, at its very end."""
        return Unreadable("truncated", detail, advice, line=len(self.lines), byte=self.bytes_long)


_PACKED: Final = (
    sentence_of("the file is an archive or an Excel workbook, not the text of a report"),
    sentence_of("Unpack it and give the reports in it; save a table as `CSV UTF-8`"),
)
_PICTURE: Final = (
    sentence_of("the file is a picture or a printed page, not the text of a report"),
    sentence_of("Save what the tool printed as plain UTF-8 text"),
)
_WORKBOOK: Final = (
    sentence_of("the file is a workbook of a spreadsheet from before 2007"),
    sentence_of("Save the table as `CSV UTF-8`"),
)
# What people take for a report, by its first bytes.
_NO_TEXT: Final[dict[bytes, tuple[Sentence, Sentence]]] = {
    b"PK\x03\x04": _PACKED,  # zip; xlsx and docx are one
    b"\x1f\x8b": _PACKED,
    b"7z\xbc\xaf\x27\x1c": _PACKED,
    b"Rar!\x1a\x07": _PACKED,
    b"\xfd7zXZ\x00": _PACKED,
    b"\x28\xb5\x2f\xfd": _PACKED,
    b"BZh": _PACKED,
    b"\x89PNG": _PICTURE,
    b"\xff\xd8\xff": _PICTURE,
    b"GIF8": _PICTURE,
    b"%PDF-": _PICTURE,
    b"\xd0\xcf\x11\xe0": _WORKBOOK,
}


def read_source(raw: bytes) -> Source:
    """Decode UTF-8, or UTF-16 with a mark; drop colours, CR and no-break spaces.

    Bytes that are no UTF-8 (a time in another code page) become U+FFFD with a warning: the
    fields that matter are ASCII, and a serial with a U+FFFD in it identifies nothing.
    Raises: Unreadable for an empty, binary or cut file.
    """
    if refusal := next((r for start, r in _NO_TEXT.items() if raw.startswith(start)), None):
        raise Unreadable("not_recognised", *refusal, line=1, byte=0)
    mark, encoding = next((m for m in _MARKS if raw.startswith(m[0])), (b"", "utf-8"))
    text = _decoded(raw, mark, encoding)
    if "\0" in text:
        at = text.index("\0")
        raise Unreadable(
            "not_recognised",
            sentence_of("the file is binary, or UTF-16 without its mark"),
            _AS_TEXT,
            line=text.count("\n", 0, at) + 1,
            byte=len(mark) + len(text[:at].encode(encoding, "surrogateescape")),
        )
    clean = text if "\x1b" not in text else _ESCAPE.sub("", text)
    clean = _CONTROL.sub("", clean)
    clean = clean.replace("\r\n", "\n").replace("\r", "").replace("\xa0", " ")
    if not clean.strip():
        raise Unreadable(
            "not_recognised", sentence_of("the file is empty"), TAKE_ANEW, line=1, byte=0
        )
    warnings: tuple[ReaderWarning, ...] = ()
    if encoding == "utf-8" and (stray := _UNDECODED.search(clean)):
        warnings = (ReaderWarning("not_utf8", clean.count("\n", 0, stray.start()) + 1),)
        clean = _UNDECODED.sub("\ufffd", clean)
    source = Source(text, clean.split("\n"), encoding, len(mark), len(raw), warnings)
    try:
        return replace(source, lines=unprefixed(source.lines))
    except PrefixBroken as broken:
        raise source.unrecognised(
            sentence_of(
                "the lines bear the prefix `{prefix}`, and this one does not",
                prefix=broken.prefix,
            ),
            _TAKEN_OFF,
            broken.line,
        ) from None


def _decoded(raw: bytes, mark: bytes, encoding: str) -> str:
    body = raw[len(mark) :]
    if encoding == "utf-8":
        return body.decode("utf-8", "surrogateescape")
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as error:
        is_cut = error.end >= len(body)
        before = body[: error.start].decode(encoding)
        raise Unreadable(
            "truncated" if is_cut else "not_recognised",
            sentence_of("the file ends in the middle of a character")
            if is_cut
            else sentence_of("the text is no UTF-16"),
            TAKE_ANEW if is_cut else _AS_TEXT,
            line=before.count("\n") + 1,
            byte=len(mark) + error.start,
        ) from None
