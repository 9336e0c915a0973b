"""What the readers hand over: frozen records of one report, and the one way they refuse a file."""

from msgspec import Struct

from ledger.refusals import Sentence, sentence_of

REPORT_BYTES_MOST = 16 * 1024 * 1024
COLLECTED_BYTES_MOST = 4 * REPORT_BYTES_MOST  # of a file that holds several reports
GPUS_MOST = 1_024
NAME_MOST = 120  # characters of a name, a key or a time: the makers' tools print far less
ONE_A_FILE = sentence_of(
    "Give each server's report in a file of its own; `gpubourse inspect FILE` and `gpubourse "
    "import FILE --site SITE --me NAME` split such a file themselves"
)


def place_in_file(line: int, gpu: str = "") -> Sentence:
    """Where in a file something stands: its line, and the GPU's bus id if that is known."""
    if gpu:
        return sentence_of("line {line} (GPU {gpu})", line=line, gpu=gpu)
    return sentence_of("line {line}", line=line)


class ReaderWarning(Struct, frozen=True):
    """Something the reader noticed and that changes no identity: a code, where, how much."""

    code: str
    line: int | None = None  # from 1
    value: int | str | None = None


class RejectedUnit(Struct, frozen=True):
    """One unit of a readable file that may not be registered. The rest of the file stands."""

    where: str  # "line 224 (GPU 00000000:2A:00.0)"
    code: str  # a refusal's name of WIRE 4
    detail: Sentence
    node: str = ""  # the node it would have sat in, as the file names it

    @property
    def text(self) -> str:
        """Code and sentence in one text: "duplicate_in_file: …"."""
        return f"{self.code}: {self.detail}"


class UnitReading(Struct, frozen=True, kw_only=True):
    """One GPU as its report shows it. A text that identifies nothing is None, never kept."""

    line: int  # where its block or row begins, from 1
    vendor: str  # nvidia, amd; in a CSV whatever was typed, in small letters
    model_name: str | None = None  # as printed: "NVIDIA H100 80GB HBM3"
    serial: str | None = None
    board_part_number: str | None = None  # AMD: the card model (DOMAIN 1)
    uuid: str | None = None  # AMD: the unique id
    vbios: str | None = None
    bus_id: str | None = None
    module_id: int | None = None  # as printed; several cards may print the same
    slot: int | None = None  # unique in its node, when the report tells
    node: str = ""  # only a CSV names it
    memory_mib: int | None = None
    mig_mode: str | None = None
    virtualization: str | None = None
    readings: dict[str, int] = {}  # keys: the vocabulary of DOMAIN 9, and no other
    lines: dict[str, int] = {}  # reading -> the line it stands on
    flags: tuple[str, ...] = ()
    is_switched: bool = False  # it says that it is registered with an NVSwitch's fabric

    @property
    def where(self) -> Sentence:
        """A place a person can find: line, and bus id if there is one."""
        return place_in_file(self.line, self.bus_id or "")


class Report(Struct, frozen=True, kw_only=True):
    """One file, read. `taken_ns` is None when the file bears no time that could be read."""

    sha256: str  # of the raw bytes, hex
    format: str  # nvidia_smi_text, nvidia_smi_xml, rocm_smi_text, csv
    units: tuple[UnitReading, ...]
    rejected: tuple[RejectedUnit, ...] = ()
    warnings: tuple[ReaderWarning, ...] = ()
    taken_local: str | None = None  # "2024-11-14T07:00:14", as printed
    taken_ns: int | None = None
    zone_assumed: bool = False  # no zone in the file and none given: read as UTC
    driver: str | None = None
    attached_count: int | None = None  # how many GPUs the report says the host has
    hostname: str | None = None  # from a shell prompt pasted along


class DraftReport(Struct, kw_only=True):
    """What one format's reader found, before the checks that all formats share."""

    format: str
    units: list[UnitReading] = []
    stamp: str | None = None  # the time as printed
    stamp_line: int | None = None
    driver: str | None = None
    attached_count: int | None = None
    hostname: str | None = None
    warnings: list[ReaderWarning] = []
    rejected: list[RejectedUnit] = []


class Unreadable(Exception):
    """The whole file is refused: nothing of it was taken.

    `code` is a refusal's name (WIRE 4), `detail` says what was wrong, `advice` what to do,
    each one sentence; `line` (from 1) and `byte` (from 0, in the raw file) say where, if known.
    """

    def __init__(
        self,
        code: str,
        detail: Sentence,
        advice: Sentence,
        *,
        line: int | None = None,
        byte: int | None = None,
    ) -> None:
        self.code = code
        self.detail = detail
        self.advice = advice
        self.line = line
        self.byte = byte
        super().__init__(f"{code}: {self.sentence}")

    @property
    def sentence(self) -> Sentence:
        """What was wrong, where, and what to do."""
        finding, advice = self.detail, self.advice
        if self.line is None:
            return sentence_of("{finding}. {advice}.", finding=finding, advice=advice)
        if self.byte is None:
            return sentence_of(
                "{finding} (line {line}). {advice}.",
                finding=finding,
                line=self.line,
                advice=advice,
            )
        return sentence_of(
            "{finding} (line {line}, byte {byte}). {advice}.",
            finding=finding,
            line=self.line,
            byte=self.byte,
            advice=advice,
        )


def must_fit(bytes_long: int) -> None:
    """Refuse a file by its size alone, before anyone reads it.

    Raises: Unreadable `too_large` past 16 MiB.
    """
    if bytes_long > REPORT_BYTES_MOST:
        raise Unreadable(
            "too_large",
            sentence_of(
                "the file has {bytes_long:,} bytes, and a report has at most {most:,}",
                bytes_long=bytes_long,
                most=REPORT_BYTES_MOST,
            ),
            sentence_of("Give the dump of one server, as `nvidia-smi -q > dump.txt` writes it"),
        )


def must_fit_together(bytes_long: int) -> None:
    """The same of a file that may hold the reports of several servers.

    Raises: Unreadable `too_large` past 64 MiB.
    """
    if bytes_long > COLLECTED_BYTES_MOST:
        raise Unreadable(
            "too_large",
            sentence_of(
                "the file has {bytes_long:,} bytes, and at most {most:,} are read",
                bytes_long=bytes_long,
                most=COLLECTED_BYTES_MOST,
            ),
            sentence_of("Give its reports in several files, a folder of them if you like"),
        )


def must_be_few(gpus: int, line: int | None = None) -> None:
    """Refuse a file of more GPUs than one command may register.

    Raises: Unreadable `too_large` past 1,024.
    """
    if gpus > GPUS_MOST:
        raise Unreadable(
            "too_large",
            sentence_of("the file names more than {most:,} GPUs", most=GPUS_MOST),
            sentence_of("Split it, one file for each group of servers"),
            line=line,
        )
