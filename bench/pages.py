"""CPU time that a page of 1,000 orders costs the loop that serves it, beside the first release.

Both begin with what the database sends and end with the reply's bytes, which must be equal. The
peer is how the first release did it: rows decoded, their keys taken off, brought into their wire
form by the route and once more by the encoder. Waiting for the database is in neither.

    python bench/pages.py [--rows 1000] [--rounds 31]
"""

import argparse
import gc
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import msgspec

from gpubourse.wire import compact, encode, outward
from ledger.views.lists.pages import Page
from ledger.views.view_pool import without_blanks

POSITION, AT_NS = 1_000_000, 1_731_600_000_000_000_000
TARGET = 10


def order(number: int) -> dict[str, Any]:
    """A row as the views have it: instants are numbers, its node is in a list."""
    at_ns = AT_NS + number
    return {
        "order": f"o-{number:06d}",
        "key": f"01930000-0000-7000-8000-{number:012x}",
        "market": "L.H100SXM8.CN-BJ.2024-12",
        "party": f"p-{number % 80:04d}",
        "principal": f"k-{number % 80:04d}",
        "side": "ask",
        "type": "limit",
        "time_in_force": "gtc",
        "price_ticks": 1_302 + number % 40,
        "lots": 2,
        "open_lots": 1,
        "filled_lots": 1,
        "held_minor": 0,
        "nodes": [f"n-{number:04d}"],
        "expires_ns": 0,
        "post_only": "",
        "label": "desk-7",
        "state": "open",
        "cause": "",
        "position": number,
        "at_ns": at_ns,
        "changed_ns": at_ns,
    }


def sent_before(rows: int) -> bytes:
    """What the database sent to the first release: plain rows, each with its key."""
    keyed = [{"_key": row["position"], **row} for row in map(order, range(rows))]
    return msgspec.json.encode({"position": POSITION, "at_ns": AT_NS, "rows": keyed})


def sent_now(rows: int) -> bytes:
    """What it sends now: rows in their wire form."""
    return encode([order(number) for number in range(rows)])


class _QueryResult(msgspec.Struct):
    position: int
    at_ns: int
    rows: list[dict[str, Any]]


_decode = msgspec.json.Decoder(_QueryResult).decode


def before(sent: bytes) -> bytes:
    """From the database's bytes to the reply's, as the first release did it."""
    found = _decode(sent)
    for row in found.rows:
        row.pop("_key")
    body = {
        "position": found.position,
        "at_ns": str(found.at_ns),
        "rows": outward(found.rows),
        "next": None,
    }
    return encode(body)


def now(sent: bytes) -> bytes:
    """From the database's bytes to the reply's, as the pool and the route do it."""
    page = Page(POSITION, AT_NS, without_blanks(sent))
    return compact(
        {
            "position": page.position,
            "at_ns": str(page.at_ns),
            "rows": msgspec.Raw(page.json),
            "next": page.next,
        }
    )


def cpu_ms(convert: Callable[[bytes], bytes], sent: bytes) -> float:
    """CPU time of one conversion, in ms."""
    began = time.process_time_ns()
    convert(sent)
    return (time.process_time_ns() - began) / 1_000_000


def main() -> None:
    words = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    words.add_argument("--rows", type=int, default=1_000)
    words.add_argument("--rounds", type=int, default=31)
    given = words.parse_args()
    old, new = sent_before(given.rows), sent_now(given.rows)
    assert before(old) == now(new), "the two ways make different replies"
    gc.collect()
    figures = [(cpu_ms(before, old), cpu_ms(now, new)) for _ in range(given.rounds)]
    was, takes = (statistics.median(column) for column in zip(*figures, strict=True))
    print(f"as first released {was:>8.2f} ms CPU a page of {given.rows:,} orders")
    print(f"a page           {takes:>8.2f} ms CPU, a {was / takes:.0f}th", end=" ")
    print(f"(median of {given.rounds}; target: under a {TARGET}th)")


if __name__ == "__main__":
    main()
