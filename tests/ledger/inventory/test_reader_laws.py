"""Laws for any bytes: a reader answers with a report or a refusal, and invents no unit."""

import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.inspection.report_inspection import as_json, inspect_report
from ledger.inventory import Report, Unreadable, read_report, split_reports
from tests.ledger.things.dumps import dump, real, several
from tests.reach import Reach
from tests.waiting import PATIENCE_S

FILES = {  # and how many of its cuts are read at least: text that ends behind a whole unit
    "nvidia-smi-q_H100NVLx2.txt": 5,
    "nvidia-smi-q_MI300X_x4.txt": 2,
    "nvidia-smi-q_RTX5090.txt": 5,
    "nvidia-smi-x_a10g.xml": 0,
}


def answer(raw: bytes) -> Report | Unreadable:
    """What a reader says of these bytes; anything else it does fails the test."""
    try:
        return read_report(raw)
    except Unreadable as refused:
        return refused


def must_be_fair(said: Report | Unreadable) -> None:
    """A refusal says what was wrong and what to do; a report can be shown."""
    if isinstance(said, Unreadable):
        assert said.code in {"not_recognised", "truncated", "no_gpu_found", "too_large"}
        assert said.detail
        assert said.advice
    else:
        assert said.units or said.rejected


def calls_of(work: Callable[[], object]) -> int:
    """How many functions a piece of work calls, Python's own included."""
    counted = Counter[str]()
    sys.setprofile(lambda _frame, event, _what: counted.update((event,)))
    try:
        work()
    finally:
        sys.setprofile(None)
    return counted["call"] + counted["c_call"]


@contextmanager
def processor_time(seconds: float) -> Iterator[None]:
    """Fail what takes more of the processor for itself; what others take is not counted."""

    def over(*_: object) -> None:
        raise AssertionError(f"more than {seconds:.0f} s of the processor")

    before = signal.signal(signal.SIGVTALRM, over)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


@pytest.mark.parametrize("file", FILES)
def test_a_file_cut_at_any_byte_invents_no_unit(file: str) -> None:
    reach = Reach(reports=FILES[file], units=FILES[file], refusals=1_000)
    raw = real(file)
    whole = {unit.line: unit for unit in read_report(raw).units}
    for end in range(0, len(raw), 1 if len(raw) < 11_000 else 7):
        said = answer(raw[:end])
        must_be_fair(said)
        reach.met("reports" if isinstance(said, Report) else "refusals")
        for unit in said.units if isinstance(said, Report) else ():
            reach.met("units")
            assert whole[unit.line].readings == unit.readings
            assert whole[unit.line].serial == unit.serial
            assert whole[unit.line].uuid == unit.uuid
    reach.must_suffice()


STRUCK = Reach(reports=20, refusals=15, units_less=1, serials_lost=4)

STRIKES = st.binary(min_size=1, max_size=40) | st.sampled_from(
    [b"\n" * 30, b"GPU 00000000:99:00.0\n", b"N/A", b" : : : ", b"\x00" * 20]
)


@STRUCK.demanded
@settings(max_examples=400, derandomize=True)
@given(st.integers(0, 5_000), STRIKES)
def test_a_dump_with_bytes_struck_over_is_read_or_refused(at: int, struck: bytes) -> None:
    raw = dump(*several(3))
    at %= len(raw)
    struck_over = raw[:at] + struck + raw[at + len(struck) :]
    said = answer(struck_over)
    must_be_fair(said)
    STRUCK.met("reports" if isinstance(said, Report) else "refusals")
    if isinstance(said, Report):
        STRUCK.met("units_less", len(said.units) < 3)
        STRUCK.met("serials_lost", sum(bool(unit.serial) for unit in said.units) < 3)
        assert len(as_json(inspect_report(struck_over))["units"]) == len(said.units)


ANY = Reach(known_openings=50, refusals=15, not_recognised=30, other_refusals=35)


@ANY.demanded
@settings(max_examples=200, derandomize=True)
@given(
    st.sampled_from(
        [
            b"",
            b"==============NVSMI LOG==============\n",
            b"== ROCm System Management Interface ==\n",
            b"<?xml version='1.0'?><nvidia_smi_log>",
            b"vendor,model,serial,board_part_number,uuid,node,slot\n",
            b'{"@odata.id":',
            b"\xff\xfe",
        ]
    ),
    st.one_of(st.binary(max_size=300), st.text(max_size=200).map(lambda t: t.encode("utf-8"))),
)
def test_any_bytes_are_read_or_refused(start: bytes, rest: bytes) -> None:
    said = answer(start + rest)
    must_be_fair(said)
    ANY.met("known_openings", len(start) > 2)
    if isinstance(said, Unreadable):
        ANY.met("refusals")
        ANY.met("not_recognised" if said.code == "not_recognised" else "other_refusals")


VALUES = Reach(reports=20, refusals=15, serials=1, lines_twice=12)

TOLD = st.sampled_from(
    ["1654423001234", "N/A", "Enabled", "692-2G520-0200-000", "Thu Nov 14 07:00:00 2024", "0"]
)


@VALUES.demanded
@settings(max_examples=200, derandomize=True)
@given(st.lists(st.text(max_size=30) | TOLD, max_size=12))
def test_any_values_are_read_or_refused(values: list[str]) -> None:
    keys = ("Serial Number", "GPU UUID", "Timestamp", "Board Part Number", "MIG Mode", "GPU 0")
    lines = [f"    {keys[at % len(keys)]} : {value}" for at, value in enumerate(values)]
    body = "\n".join(
        ["GPU 00000000:18:00.0", "    Product Name : X", *lines, "    Processes : None"]
    )
    said = answer(dump(body))
    must_be_fair(said)
    VALUES.met("reports" if isinstance(said, Report) else "refusals")
    VALUES.met("lines_twice", len(values) > len(keys))
    if isinstance(said, Report):
        VALUES.met("serials", sum(bool(unit.serial) for unit in said.units))


def test_eight_gpus_are_read_in_the_blink_of_an_eye() -> None:
    """Counted in calls, which are the same on every machine: some 27,000, or about 3 ms."""
    raw = real("nvidia-smi-q_H100SXMx8.txt")
    inspect_report(raw)  # what is made once is made by now
    assert calls_of(lambda: inspect_report(raw)) < 60_000


MIB = 1 << 20
GPU = "GPU 00000000:18:00.0\n"
LOG = "==============NVSMI LOG==============\n"
SMALL = dump(*several(1)).decode()
HOSTILE: dict[str, Callable[[], str]] = {  # each as long as a quarter of a file may be
    "blocks": lambda: LOG + GPU * (4 * MIB // len(GPU)),
    "lines": lambda: LOG + GPU + "    a : b\n" * (4 * MIB // 10),
    "titles": lambda: "\x1b]" * (2 * MIB),
    "colours": lambda: "\x1b[" + "0;" * (2 * MIB),
    "escapes in escapes": lambda: "\x1b" * (2 * MIB) + "[0m" * 600_000,
    "columns": lambda: "vendor,serial" + "," * (4 * MIB),
    "digits": lambda: "Timestamp : " + "1" * (4 * MIB),
    "a time of digits": lambda: SMALL.replace("Thu Nov 14", "1" * (2 * MIB)),
    "a time of colons": lambda: SMALL.replace("Thu Nov 14", "1:" * (2 * MIB)),
    "a prompt": lambda: "a" * (4 * MIB) + "\n" + SMALL,
    "prompts": lambda: "a@" * (2 * MIB) + "\n" + SMALL,
    "many prompts": lambda: ("a" * 60 + "\n") * (4 * MIB // 61) + SMALL,
    "a long key over many": lambda: (
        LOG + GPU + "    " + "k" * (2 * MIB) + "\n" + "        a : b\n" * (2 * MIB // 14)
    ),
    "keys in keys": lambda: LOG + GPU + "".join(" " * depth + "k\n" for depth in range(1, 2_800)),
    "equals": lambda: "=" * (4 * MIB),
    "equals before a log": lambda: "=" * (2 * MIB) + "NVSMI LOG" + "=" * (2 * MIB),
    "lines of equals": lambda: ("=" * 399 + "\n") * (4 * MIB // 400),
    "prefixes": lambda: "".join(f"node{at}: {LOG}" for at in range(4 * MIB // 48)),
    "blanks in a header": lambda: "name,uuid" + " " * (2 * MIB) + "," + " " * (2 * MIB) + "x\n",
    "brackets in a header": lambda: "name,uuid" + " [" * (2 * MIB) + "\n",
    "rows": lambda: "name, uuid, pci.bus_id\n" + "a, b, c\n" * (4 * MIB // 8),
    "a model of capitals": lambda: SMALL.replace("NVIDIA H100", "A" * (4 * MIB)),
    "a serial of zeros": lambda: SMALL.replace("1654423001593", "0" * (4 * MIB)),
    "an element": lambda: (
        "<nvidia_smi_log><gpu><" + "e" * (2 * MIB) + ">" + "<a>1</a>" * (MIB // 4)
    ),
    "elements": lambda: "<nvidia_smi_log>" + "<gpu>" * (4 * MIB // 5),
    "leaves": lambda: "<nvidia_smi_log><gpu>" + "<a>1</a>" * (4 * MIB // 8),
    "ends": lambda: "</nvidia_smi_log>" * (4 * MIB // 17),
    "objects": lambda: "[" + "{}," * (4 * MIB // 3) + "{}]",
    "deep objects": lambda: '{"gpu":0,"a":' * 1_000 + "1" + "}" * 1_000,
    "a long key of JSON": lambda: (
        '[{"gpu":0,"asic":{"'
        + "k" * (2 * MIB)
        + '":{'
        + ",".join(f'"{at}":1' for at in range(MIB // 8))
        + "}}}]"
    ),
    "cards of rocm-smi": lambda: (
        '{"card0":{' + ",".join(f'"k{at}":"v"' for at in range(4 * MIB // 12)) + "}}"
    ),
    "sections of amd-smi": lambda: (
        "GPU: 0\n    ASIC:\n        " + "k" * (2 * MIB) + ":\n" + "            a: b\n" * (MIB // 8)
    ),
    "other makers": lambda: "xpu-smi" * (4 * MIB // 7),
    "handles": lambda: "Unable to determine the device handle for GPU" + "0:" * (2 * MIB),
}


@pytest.mark.parametrize("shape", HOSTILE)
def test_a_hostile_file_is_answered_in_seconds(shape: str) -> None:
    """A minute of the processor is an end, not a claim: a pattern that runs away takes hours."""
    hostile = HOSTILE[shape]().encode()
    with processor_time(PATIENCE_S):
        must_be_fair(answer(hostile))
        assert split_reports(hostile)
