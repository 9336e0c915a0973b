"""What is worked out in one place alone: base64url, spans of time, deposits, batches."""

import ast
from collections.abc import Callable, Iterator

from tests.house.advice import advise
from tests.house.sources import Source, sources

BASE64 = {"b64decode", "b64encode", "urlsafe_b64decode", "urlsafe_b64encode"}
SPANS = {"MS_NS", "SECOND_NS", "MINUTE_NS", "HOUR_NS", "DAY_NS", "HOUR_S", "DAY_S"}
BILLION = 10**9
NOT_TIMES = {  # round numbers of a thousand million and more that are money, or numbers of parts
    "ledger/opening/first_rules.py",
    "exchange/simulation/dumps.py",
}
INSTANT = 10**18  # a literal of this size is an instant of a demo or a scene, not a span


def base64_calls(source: Source) -> Iterator[int]:
    """Lines that name one of the standard library's base64 functions."""
    for node in ast.walk(source.tree):
        match node:
            case ast.ImportFrom(module="base64"):
                yield node.lineno
            case ast.Attribute(attr=name) if name in BASE64:
                yield node.lineno


def spans_of_time(source: Source) -> Iterator[int]:
    """Lines that spell a span of time in digits, or give one of its names again."""
    for node in ast.walk(source.tree):
        match node:
            case ast.Constant(value=int(number)) if source.path not in NOT_TIMES:
                if number == 86_400 or (number % BILLION == 0 and 0 < number < INSTANT):
                    yield node.lineno
            case ast.Name(id=name, ctx=ast.Store()) if name.lstrip("_") in SPANS:
                yield node.lineno


def deposits(source: Source) -> Iterator[int]:
    """Lines that multiply by a deposit's rate."""
    for node in ast.walk(source.tree):
        match node:
            case ast.BinOp(op=ast.Mult()) if "deposit_bp" in ast.unparse(node):
                yield node.lineno


def batch_beginnings(source: Source) -> Iterator[int]:
    """Lines that take an event's cause, or else its position, for where its batch begins."""
    for node in ast.walk(source.tree):
        match node:
            case ast.BoolOp(op=ast.Or(), values=[ast.Attribute(attr="cause"), *_]):
                yield node.lineno
            case ast.Constant(value=bytes(pattern)) if b'"cause":(' in pattern:
                yield node.lineno


STANDS_ALONE = "gpubourse/"  # the client's package imports nothing of the house, and so has its own

HOMES: dict[str, tuple[Callable[[Source], Iterator[int]], str]] = {
    "ledger/base64url.py": (base64_calls, "text64, bytes64 and sha256_text are all there is to it"),
    "ledger/durations.py": (spans_of_time, "SECOND_NS, HOUR_NS, DAY_S … are there: import them"),
    "ledger/money.py": (deposits, "deposit_minor(notional, deposit_bp) is the one formula"),
    "ledger/journal/batches.py": (batch_beginnings, "batches() cuts rows, first_position() says"),
}


def test_nothing_is_worked_out_in_two_places() -> None:
    wrong = [
        f"{source.path}:{line}: {home} is its home: {instead}"
        for home, (found, instead) in HOMES.items()
        for source in sources()
        if source.path != home and not source.path.startswith(STANDS_ALONE)
        for line in found(source)
    ]
    assert not wrong, advise(wrong, "use what the home gives, or add to it what it lacks")


def test_each_home_is_there_and_holds_what_it_is_for() -> None:
    for home, (found, _) in HOMES.items():
        (source,) = (source for source in sources() if source.path == home)
        assert list(found(source)), f"{home} no longer holds it: this test would find nothing"


def test_second_homes_are_found() -> None:
    text = (
        "import base64\n"
        "from base64 import urlsafe_b64encode\n"
        "raw = base64.b64decode('')\n"
        "_DAY_NS = 1\n"
        "late = 300_000_000_000 + 86_400\n"
        "part = notional * rule.deposit_bp // 10_000\n"
        "first = event.cause or position\n"
        "CAUSE = rb',\"cause\":([0-9]+)'\n"
        "fine = (1_000_000, 1_731_600_000_000_000_000)\n"
    )
    source = Source("exchange/example.py", text, ast.parse(text))

    assert sorted(base64_calls(source)) == [2, 3]
    assert sorted(spans_of_time(source)) == [4, 5, 5]
    assert list(deposits(source)) == [6]
    assert sorted(batch_beginnings(source)) == [7, 8]
