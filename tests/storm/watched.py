"""What the watchers were told, held against the journal: each fill once, none missing, in order."""

import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from exchange.books.open_orders import MOVES_ORDERS, OpenOrders
from exchange.engine.batch_writer import codec_for
from exchange.events import Traded
from exchange.postings import ALL as POSTINGS
from gpubourse.wire import decode, inward
from ledger.journal.batches import StoredBatch, batches
from ledger.journal.protocol import Journal
from tests.storm.process import ROOT
from tests.storm.watchers import CLERK, VISITORS
from tests.waiting import PROCESS_S, wait_until

Line = dict[str, Any]


class Seen(NamedTuple):
    """What all watchers together were told, up to a position that all of them reached."""

    position: int
    fills: int
    prints: int
    rows: int
    snapshots: int
    mended: int  # gaps that the clients found in what the venue sent, and took up again


class Watched:
    """The process of the watchers, its notes, and how far they were checked."""

    def __init__(self, data: Path, notes: Path) -> None:
        self._notes = notes
        self._read = 0
        self._positions: dict[str, int] = {}
        self._gaps: dict[str, int] = {}
        self._fresh: list[Line] = []
        self._checked = 0
        self._copies = Copies()
        self._counts = dict.fromkeys(("fills", "prints", "rows", "snapshots"), 0)
        line = (sys.executable, "-m", "tests.storm.watchers", str(data), str(notes))
        notes.touch()
        self._process = subprocess.Popen(line, cwd=ROOT, stdin=subprocess.DEVNULL)

    def begin(self, whos: set[str], journal: Journal) -> None:
        """Until every feed of everybody stands; nothing may have traded by then."""
        wait_until(lambda: self._reached(1) >= whos, self._told, PROCESS_S)
        self._checked = 0
        seen = self.judge(journal)
        assert seen.fills == 0, "they came too late: trading has begun"
        assert seen.prints == 0, "they came too late: trading has begun"

    def judge(self, journal: Journal) -> Seen:
        """Raises AssertionError unless all were told all, each once; waits until they were."""
        decode_row = codec_for("").decode
        found = list(batches(journal.read(self._checked), decode_row))
        head = found[-1].last if found else self._checked
        wait_until(
            lambda: self._reached(head) == self._positions.keys() > set(), self._told, PROCESS_S
        )
        lines = [line for line in self._fresh if line["seq"] <= head]
        self._fresh = [line for line in self._fresh if line["seq"] > head]
        self._must_be_once(lines, found)
        for batch in found:
            self._copies.apply(batch)
        for line in lines:
            self._copies.take(line)
            self._counts["snapshots"] += line["kind"] == "snapshot"
        self._copies.must_be_the_venues()
        self._checked = head
        return Seen(head, **self._counts, mended=sum(self._gaps.values()))

    def end(self) -> None:
        """No more watching."""
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait(PROCESS_S)

    def _must_be_once(self, lines: list[Line], found: list[StoredBatch[Any]]) -> None:
        """What is told by deltas alone: exactly the journal's, in its order."""
        heard: dict[tuple[str, str], list[Any]] = defaultdict(list)
        for line in lines:
            channel = line["feed"].partition("/")[0]
            assert line["seq"] > self._checked or line["kind"] == "snapshot", f"old: {line}"
            if channel in ("fills", "trades", "ledger"):
                is_first = line["kind"] == "snapshot" and not line["body"]
                assert line["kind"] == "delta" or is_first, f"told anew: {line}"
                heard[line["who"], channel] += [
                    (line["seq"], *_essence(channel, item)) for item in line["body"]
                ]
        fills, prints, rows = self._expected(found)
        for who in self._positions.keys() - VISITORS.keys() - {CLERK}:
            _must_be_equal(f"fills of {who}", heard[who, "fills"], fills[who])
            self._counts["fills"] += len(fills[who])
        for who in VISITORS:
            _must_be_equal(f"tape of the {who}", heard[who, "trades"], prints)
        self._counts["prints"] += len(prints)
        told = heard[CLERK, "ledger"]
        if not self._checked:  # it begins to live when the clerk comes: what was before is not told
            rows = rows[len(rows) - len(told) :]
        _must_be_equal("rows of the clerk", told, rows)
        self._counts["rows"] += len(rows)

    def _expected(
        self, found: list[StoredBatch[Any]]
    ) -> tuple[dict[str, list[Any]], list[Any], list[Any]]:
        fills: dict[str, list[Any]] = defaultdict(list)
        prints, rows = [], []
        for batch in found:
            for row, event in zip(batch.rows, batch.events, strict=True):
                rows.append((batch.last, row.position, row.stream, row.version))
                if isinstance(event, Traded):
                    terms = event.price_ticks, event.lots
                    prints.append((batch.last, event.trade, *terms))
                    for party, side in ((event.seller, "ask"), (event.buyer, "bid")):
                        order = event.ask if side == "ask" else event.bid
                        fills[party].append((batch.last, f"{event.trade}.{side}", order, *terms))
        return fills, prints, rows

    def _reached(self, position: int) -> set[str]:
        """Who says that all up to a position has come."""
        for line in self._lines():
            assert "failed" not in line, f"a watcher gave up: {line['failed']}"
            if "position" in line:
                self._positions[line["who"]] = line["position"]
                self._gaps[line["who"]] = line["gaps"]
            else:
                self._fresh.append(line)
        assert self._process.poll() is None, "the watchers ended"
        return {who for who, told in self._positions.items() if told >= position}

    def _lines(self) -> Iterator[Line]:
        with self._notes.open("rb") as notes:
            notes.seek(self._read)
            whole, newline, _ = notes.read().rpartition(b"\n")
        self._read += len(whole) + len(newline)
        for line in whole.splitlines():
            yield inward(decode(line))

    def _told(self) -> str:
        return f"not everybody was told all: {self._positions}, gaps {self._gaps}"


class Copies:
    """Orders and cash: what a client holds of them, and what the journal makes of them."""

    def __init__(self) -> None:
        self._orders = OpenOrders()
        self._cash: dict[str, int] = {}
        self._held: dict[str, dict[str, Any]] = defaultdict(dict)  # by feed

    def apply(self, batch: StoredBatch[Any]) -> None:
        """One batch of the journal."""
        for event in batch.events:
            if isinstance(event, MOVES_ORDERS):
                self._orders.fold(event)
            for account, amount_minor in POSTINGS.get(type(event), _nothing)(event):
                self._cash[account] = self._cash.get(account, 0) + amount_minor

    def take(self, line: Line) -> None:
        """One message, as a client takes it; a posting says what it makes of the balance."""
        channel, held = line["feed"].partition("/")[0], self._held[line["feed"]]
        if line["kind"] == "snapshot":
            held.clear()
        for item in line["body"]:
            if channel == "orders":
                held[item["order"]] = item
                if item["state"] != "open":
                    del held[item["order"]]
            elif channel == "cash":
                before = held.get(item["account"], 0)
                held[item["account"]] = item["balance_minor"]
                added = item.get("amount_minor")
                assert added is None or before + added == item["balance_minor"], line

    def must_be_the_venues(self) -> None:
        """Each copy is what the journal says."""
        for feed, held in self._held.items():
            channel, party = feed.split("/")
            if channel == "orders":
                mine = [each for each in self._orders.by_order.values() if each.party == party]
                assert {name: row["open_lots"] for name, row in held.items()} == {
                    each.order: each.open_lots for each in mine
                }, feed
            elif channel == "cash":
                assert {name: minor for name, minor in held.items() if minor} == {
                    name: minor
                    for name, minor in self._cash.items()
                    if minor and name.startswith(f"{party}/")
                }, feed


def _nothing(event: Any) -> list[tuple[str, int]]:
    return []


def _essence(channel: str, item: dict[str, Any]) -> tuple[Any, ...]:
    if channel == "ledger":
        return item["position"], item["stream"], item["version"]
    names = ("fill", "order") if channel == "fills" else ("trade",)
    return tuple(item[name] for name in (*names, "price_ticks", "lots"))


def _must_be_equal(what: str, heard: list[Any], expected: list[Any]) -> None:
    """Say what is missing, what came twice and what came out of turn."""
    if heard == expected:
        return
    missing = [each for each in expected if each not in set(heard)]
    twice = [each for each in heard if heard.count(each) > 1]
    strange = [each for each in heard if each not in set(expected)]
    raise AssertionError(
        f"{what}: {len(heard)} told of {len(expected)}; missing {missing[:5]}, twice {twice[:5]},"
        f" strange {strange[:5]}"
    )
