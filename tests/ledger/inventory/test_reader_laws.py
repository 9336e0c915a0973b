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
from ledger.inventory import Report, Unreadable, read_report
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


@pytest.mark.parametrize(
    "hostile",
    [
        b"==NVSMI LOG==\n" + b"GPU 00000000:18:00.0\n" * 500_000,
        b"==NVSMI LOG==\nGPU 00000000:18:00.0\n" + b"    a : b\n" * 900_000,
        b"\x1b]" * 2_000_000,
        b"\x1b[" + b"0;" * 4_000_000,
        b"vendor,serial" + b"," * 4_000_000,
        b"Timestamp : " + b"1" * 4_000_000,
    ],
    ids=["blocks", "lines", "titles", "colours", "columns", "digits"],
)
def test_a_hostile_file_is_answered_in_seconds(hostile: bytes) -> None:
    """A minute of the processor is an end, not a claim: a pattern that runs away takes hours."""
    with processor_time(PATIENCE_S):
        must_be_fair(answer(hostile))
