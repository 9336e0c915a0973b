"""examples/journal_check.py is short, has no line of ours, and sees what docs/AUDIT.md says."""

import ast
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from itertools import dropwhile, takewhile
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any, ClassVar, Final, NamedTuple, NoReturn, Self

import msgspec
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from exchange.acts.market_grounds import GROUNDS, OWN_ACTS
from exchange.ops import OPS
from exchange.venue import TOPICS
from gateway.cli.evidence.export_files import MonthFiles, TextFiles
from gateway.server.audit_rules import venue_folding
from ledger.exports.export_source import Period
from ledger.exports.general_ledger import Fact, GeneralLedger
from ledger.exports.journal_lines import JournalLines
from ledger.exports.walk import UnreadableRow, by_month, source_of
from ledger.journal.memory import MemoryJournal
from ledger.journal.protocol import CommandRow, Commit, JournalRow
from tests.house.sources import ROOT
from tests.ledger.audit.tampering.hands import Hands, attest_anew, pairs_of
from tests.ledger.audit.tampering.kinds import (
    EXPECT,
    KINDS,
    LOG,
    REDECIDE,
    VERIFY,
    WITNESS,
    Kind,
)
from tests.ledger.audit.tampering.lawful import write_history
from tests.ledger.audit.tampering.riders import RIDES, write_rides
from tests.ledger.exports.world import exported, journal, source
from tests.ledger.journal.rows import chain_anew
from tests.ledger.log.published import Log

pytestmark = pytest.mark.xdist_group("exports")  # one journal is written once
PROGRAM: Final = ROOT / "examples/journal_check.py"
FOLDING = venue_folding()
PAIRS_OLDER: Final = 60  # commits that the pair lies before the end, for the log's row
LINES_LESS_THAN: Final = 330
FAULTS: Final = (InvalidSignature, ValueError, LookupError, TypeError, OSError)
PAGE: Final = ROOT / "docs/AUDIT.md"
HEADING: Final = "| what was done | who catches it | the log | the one file |\n|---|---|---|---|"
CATCHERS: Final = {
    VERIFY: "`audit verify`: {}",
    REDECIDE: "`audit redecide`",
    EXPECT: "**only a kept pair**",
    LOG: "**only the log**",
    WITNESS: "**only a witness**",
}
FOUND, PAIR, UNSEEN, ELSEWHERE = "found", "a kept pair", "not seen", "not in an export"
COUNTED: Final = "found; behind a made-up log-on of an order: a kept pair, or its count"


class Table(NamedTuple):
    """The table of tamperings in docs/AUDIT.md."""

    rows: tuple[str, ...]

    @classmethod
    def made(cls, seen: dict[str, str]) -> Self:
        return cls(
            tuple(
                f"| {kind.name.replace('_', ' ')} | {CATCHERS[kind.catcher].format(kind.check)} "
                f"| {'found' if kind.in_log else ''} | {seen[kind.name]} |"
                for kind in KINDS
            )
        )

    @classmethod
    def read(cls) -> Self:
        lines = PAGE.read_text("utf-8").split(HEADING)[1].lstrip("\n").splitlines()
        return cls(tuple(takewhile(lambda line: line.startswith("|"), lines)))

    def write(self) -> None:
        before, after = PAGE.read_text("utf-8").split(HEADING)
        rest = after.lstrip("\n").splitlines()
        kept = list(dropwhile(lambda line: line.startswith("|"), rest))
        PAGE.write_text("\n".join([before + HEADING, *self.rows, *kept]) + "\n", "utf-8")


class NotInAnExport(Exception):
    """This is done to what stands beside the journal in the database."""


class Kept:
    """What a journal in memory holds, for hands that have no database."""

    def __init__(self, journal: MemoryJournal) -> None:
        self.rows: list[JournalRow] = journal.store.rows
        self.commands: list[CommandRow] = journal.store.commands
        self.commits: list[Commit] = journal.store.commits

    @property
    def head(self) -> int:
        return self.rows[-1].position


class FreeHands(Hands):
    """The hands of the tamper matrix on a journal without a database."""

    def __init__(self, kept: Kept, dice: Random) -> None:
        super().__init__("", kept, dice)  # type: ignore[arg-type]
        del self.dsn, self.data

    def __getattr__(self, name: str) -> NoReturn:
        raise NotInAnExport(name)

    def sql(self, *statements: str) -> None:
        raise NotInAnExport

    def cover(self) -> None:
        """Attested hashes and the chain as they would be, had all been so from the start."""
        store, before = self.store, self.history
        if self.makes_anew:
            if store.rows != before.rows and self.attests_anew:
                attest_anew(store.rows)
            chain_anew(store)


class Lines:
    """Hands each line of an export to the program, as if it had read it from a file."""

    def __init__(self, form: JournalLines, check: Any) -> None:
        self._form, self._check = form, check

    def begin(self, period: Period, ledger: GeneralLedger) -> None:
        self._take(self._form.begin(period, ledger))

    def fact(self, fact: Fact, ledger: GeneralLedger) -> None:
        self._take(self._form.fact(fact, ledger))

    def end(self, period: Period, ledger: GeneralLedger) -> None:
        self._take(self._form.end(period, ledger))

    def _take(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._check.line(line.encode(), None)


class Verified:
    """A public key that asks a signature once: the matrix reads one journal forty times."""

    holds: ClassVar[set[tuple[bytes, bytes, bytes]]] = set()

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    from_public_bytes = classmethod(lambda cls, raw: cls(raw))

    def verify(self, signature: bytes, signed: bytes) -> None:
        if (self._raw, signature, signed) not in self.holds:
            Ed25519PublicKey.from_public_bytes(self._raw).verify(signature, signed)
            self.holds.add((self._raw, signature, signed))


@cache
def program() -> ModuleType:
    spec = importlib.util.spec_from_file_location("journal_check", PROGRAM)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.PublicKey = Verified  # type: ignore[attr-defined]
    return module


@cache
def kept() -> Kept:
    """Of a shorter journal: the matrix reads it often."""
    written = MemoryJournal()
    written.take_fence()
    write_history(written, is_rooted=True)
    write_rides(written)
    return Kept(written)


def read_by(spoilt: MemoryJournal) -> Any:
    """The program, after the last line of an export of this journal."""
    head = source_of(spoilt, FOLDING)
    assert head is not None
    check = program().Journal()
    by_month(spoilt, FOLDING, head, Lines(JournalLines(head, spoilt), check))
    return check


def written(spoilt: MemoryJournal, folder: Path) -> None:
    """An export of this journal in a folder."""
    head = source_of(spoilt, FOLDING)
    assert head is not None
    by_month(
        spoilt, FOLDING, head, TextFiles(MonthFiles(folder), JournalLines(head, spoilt), "jsonl")
    )


def run(*words: str) -> str:
    """What the program says."""
    line = [sys.executable, "-I", str(PROGRAM), *words]
    return subprocess.run(line, capture_output=True, text=True, check=False).stdout


def verdict(spoilt: MemoryJournal, pairs: set[str]) -> str:
    """What the program makes of an export of this journal: FOUND, PAIR or UNSEEN."""
    try:
        check = read_by(spoilt)
        check.whole()
        assert check.position == spoilt.head(), "the tail is in no commit"
    except (UnreadableRow, AssertionError, *FAULTS):
        return FOUND
    return UNSEEN if pairs <= check.pairs else PAIR


def judged(kind: Kind) -> str:
    """What the program sees of one kind of tampering, by hands that cover their tracks."""
    seen = _judged(kind)
    if kind.name == "a_signature_removed":
        assert seen == FOUND
        return COUNTED  # test_a_made_up_log_on_bears_orders_alone_and_is_counted
    return seen


def _judged(kind: Kind) -> str:
    hands = FreeHands(kept(), Random(kind.name))
    try:
        kind.tamper(hands)
    except NotInAnExport:
        return ELSEWHERE
    hands.cover()
    is_older = kind.catcher in (LOG, WITNESS)
    commits = kept().commits[:-PAIRS_OLDER] if is_older else kept().commits
    return verdict(hands.journal, set(pairs_of(commits[-1:])))


def test_what_the_program_sees_of_each_kind_stands_on_the_page() -> None:
    """docs/AUDIT.md tells each kind, who catches it, and what the one file sees: as it is."""
    page = Table.read()
    seen = Table.made({kind.name: judged(kind) for kind in KINDS})
    if os.environ.get("WRITE_TABLES"):
        seen.write()
        return

    assert page == seen, "WRITE_TABLES=1 pytest tests/examples/test_journal_check.py writes it"
    assert sum(FOUND in row for row in seen.rows) >= 25
    assert sum(UNSEEN in row for row in seen.rows) * 20 <= len(KINDS)


def ridden(op: str) -> FreeHands:
    """The first signed command of an op, moved from its signature to a log-on that never was."""
    hands = FreeHands(kept(), Random(0))
    number = next(n for n, each in enumerate(hands.store.commands) if each.op == op)
    hands.command(number, signature=b"", session="A" * 43)
    hands.cover()
    return hands


def test_a_made_up_log_on_bears_orders_alone_and_is_counted(tmp_path: Path) -> None:
    ops = {each.op for each in kept().commands}
    borne = {op for op in ops if op.startswith(("order.", "quote.")) or op == "principal.enrol"}
    assert "order.new" in borne
    assert "deposit.new" in ops - borne

    for op in ops:
        expected = PAIR if op in borne else FOUND
        pairs = set(pairs_of(kept().commits[-1:]))
        assert verdict(ridden(op).journal, pairs) == expected, op
    written(ridden("order.new").journal, tmp_path)
    told = run(str(tmp_path))
    assert told.startswith("ok: ")
    assert f"\nBUT {RIDES + 1} commands rest on log-ons that this file cannot see\n" in told
    assert told.endswith("\nBUT 7 attestations are not checked: form 2 takes the salt key\n")


def test_an_engines_batch_holds_only_what_may_follow() -> None:
    """Each topic behind each beginning: as the venue's own table of grounds has it."""
    ops = set(OPS)
    may = program().MAY
    for topic, kind in TOPICS.items():
        grounds = set(GROUNDS.by_topic[topic]) - ops
        begins = OWN_ACTS.get(kind)
        if begins is not None:
            assert topic in may["begin" if topic != "venue_opened" else "open"]
        for ground, behind in may.items():
            if ground in ("begin", "open") or topic not in behind:
                continue
            acts = {ground, OWN_ACTS.get(TOPICS[ground], "")}
            assert grounds & acts, f"{topic} behind {ground}"
    assert all("cash_posted" not in behind for behind in may.values())


@pytest.mark.parametrize("name", ["deposit", "transfer", "role", "enrolment"])
def test_nothing_is_slipped_in_behind_a_tick(name: str) -> None:
    """A batch that begins with the engine's own fact may not go on with an invented one."""
    (kind,) = (each for each in KINDS if each.name.endswith(f"_{name}_without_a_command"))
    hands = FreeHands(kept(), Random(kind.name))
    first = kind.tamper(hands)
    row = hands.store.rows[first - 1]
    at_ns = hands.read(first)["at_ns"]
    tick = next(each for each in reversed(hands.store.rows) if each.topic == "time_advanced")
    del hands.store.rows[first - 1 :]
    state = msgspec.json.decode(tick.state) | {"at_ns": at_ns}
    body = msgspec.json.decode(row.state)
    behind = {"cause": first} | body if next(iter(body)) == "cause" else {**body, "cause": first}
    hands.store.rows += [
        tick._replace(position=first, version=_next(hands, tick.stream), state=_json(state)),
        row._replace(position=first + 1, state=_json(behind)),
    ]
    hands.store.commits[-1] = hands.store.commits[-1]._replace(last_position=first + 1)
    hands.cover()

    with pytest.raises(ValueError, match=f"nobody asked for this {row.topic}"):
        read_by(hands.journal)


_json = msgspec.json.Encoder().encode


def _next(hands: FreeHands, stream: str) -> int:
    return 1 + sum(each.stream == stream for each in hands.store.rows)


def test_it_is_short_and_needs_nothing_of_ours() -> None:
    text = PROGRAM.read_text("utf-8")
    names = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(str(node.module))

    assert len(text.splitlines()) < LINES_LESS_THAN
    assert {name.partition(".")[0] for name in names} - set(sys.stdlib_module_names) == {
        "cryptography"
    }


# --- as an auditor starts it


class Desk:
    """An export and a log in folders, and the program."""

    def __init__(self, folder: Path) -> None:
        self.export, self.log = folder / "export", Log(folder)
        self.export.mkdir()
        exported(JournalLines(source(), journal()), "jsonl", self.export)
        self.log.publish(journal())  # type: ignore[arg-type]  # it reads rows alone
        self.logged = ("--log", str(self.log.out), "--key", str(self.log.out / "key"))

    def said(self, *words: str) -> str:
        """What it says of an untouched journal, or why it ends 1."""
        line = [sys.executable, "-I", str(PROGRAM), *words]
        ended = subprocess.run(line, capture_output=True, text=True, check=False)
        fault = 1 if ended.stderr.startswith("NOT ok") else 2
        assert ended.returncode == (fault if ended.stderr else 0)
        assert "Traceback" not in ended.stderr
        return ended.stderr or ended.stdout

    def spoil(self, path: Path, old: bytes, new: bytes) -> None:
        raw = path.read_bytes()
        assert old in raw
        path.write_bytes(raw.replace(old, new, 1))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_an_untouched_journal_is_ok_by_its_export_and_by_its_log(desk: Desk) -> None:
    commands = len(journal().store.commands)
    attested = sum(row.topic == "state_attested" for row in journal().read())

    told = desk.said(str(desk.export), *desk.logged, "--expect", source().head)

    assert told == (
        f"ok: {journal().head()} events, {attested} attested states, {commands} signatures, "
        f"0 log-ons; head {source().head}\n"
    )
    assert desk.said(*desk.logged).endswith("0 signatures, 0 log-ons; head unseen\n")


def test_what_is_not_whole_is_said_in_words(desk: Desk) -> None:
    november, december = sorted(desk.export.iterdir())
    export, first = str(desk.export), source().head.partition(":")[0]

    assert "a pair that you expect" in desk.said(export, "--expect", f"{first}:{'A' * 43}")
    assert "a log is checked by its key" in desk.said("--log", str(desk.log.out))
    assert "name an EXPORT" in desk.said()
    kept = december.read_bytes()
    december.unlink()
    assert f"its head is {source().head}" in desk.said(export)
    december.write_bytes(kept)
    november.rename(november.with_suffix(".away"))
    assert "2024-12 is not the first" in desk.said(export)
    november.with_suffix(".away").rename(november)
    december.write_bytes(kept[: kept.rindex(b'{"kind":"end"')])
    assert "the export is cut short" in desk.said(export)
    begun = kept[: kept.rindex(b'{"kind":"end"')]
    for cut in (40, len(begun) // 2, len(begun) - 3):
        december.write_bytes(kept[:cut])
        line = kept[:cut].count(b"\n") + 1
        told = desk.said(export)
        assert f"{december.name} ends within line {line}: it is cut short" in told
        assert "Error" not in told
    whole = kept.replace(b'{"kind":"event","position":', b'{"kind":"event","place":', 1)
    december.write_bytes(whole)
    assert "it is no event" in desk.said(export)


def test_a_log_that_differs_is_named(desk: Desk, tmp_path: Path) -> None:
    other = Log(tmp_path / "other")
    other.publish(journal())  # type: ignore[arg-type]
    keys = ("--log", str(desk.log.out), "--key", str(other.out / "key"))
    assert "this key did not sign the log's head" in desk.said(*keys)

    entries = desk.log.out / "tile/entries/003"
    at = 3 * 256 + 8
    row = next(iter(journal().read(at - 1, at)))
    desk.spoil(entries, row.state, row.state.replace(b'"at_ns":1', b'"at_ns":2'))
    told = desk.said(str(desk.export), *desk.logged)
    assert told.startswith(f"NOT ok, behind position {at - 1}: 'the log has another")
    assert "time goes back" in desk.said(*desk.logged) or "of another batch" in desk.said(
        *desk.logged
    )


def test_a_log_with_another_root_or_signature_is_named(desk: Desk) -> None:
    entries = desk.log.out / "tile/entries/000"
    first = next(iter(journal().read(1, 2)))
    salt = entries.read_bytes().split(b'"salt":"')[2][:22]
    desk.spoil(entries, salt, bytes(reversed(salt)))
    assert first.position == 2
    assert "the log's head has another root" in desk.said(*desk.logged)
    desk.spoil(desk.log.out / "checkpoint", b"\n3", b"\n2")
    assert "a signature there does not hold" in desk.said(*desk.logged)


def test_a_journal_shorter_than_its_log_is_named(desk: Desk, tmp_path: Path) -> None:
    hands = FreeHands(kept(), Random(0))
    hands.cut(5)
    last = hands.store.commits[-1].last_position
    hands.store.commands[:] = [each for each in hands.store.commands if each.last_position <= last]
    hands.cover()
    short, log = tmp_path / "short", Log(tmp_path / "whole")
    short.mkdir()
    written(hands.journal, short)
    log.publish(FreeHands(kept(), Random(0)).journal)  # type: ignore[arg-type]

    told = desk.said(str(short), "--log", str(log.out), "--key", str(log.out / "key"))

    assert told.startswith("NOT ok")
    assert f"the log goes on to {kept().head}" in told


def test_a_command_in_no_commit_and_a_form_of_nobody_are_told(desk: Desk) -> None:
    december = sorted(desk.export.iterdir())[1]
    raw = december.read_bytes()
    at = raw.rindex(b'{"kind":"end"')
    command = next(line for line in raw.splitlines(True) if line.startswith(b'{"kind":"command"'))
    december.write_bytes(raw[:at] + command + raw[at:])
    told = desk.said(str(desk.export))
    assert told.startswith("NOT ok")
    assert "is in no commit" in told

    check, row = program().Journal(), next(e for e in kept().rows if e.topic == "state_attested")
    body = msgspec.json.decode(row.state) | {"form": 3}
    check.position, check.at_ns = row.position - 1, body["at_ns"]
    check.first, check.may = body.get("cause", 0), {"state_attested"}
    check.versions[row.stream] = row.version - 1
    check.event(row._replace(state=_json(body)), True)
    assert (check.attested, check.unknown) == (0, 1)


def test_what_was_not_given_is_no_forgery(desk: Desk, tmp_path: Path) -> None:
    november, december = sorted(desk.export.iterdir())
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "2024-11.journal").write_text("; hledger\n")
    for words, sentence in (
        ((), "name an EXPORT"),
        ((str(empty),), "no file *.jsonl"),
        ((str(tmp_path / "nowhere"),), "no file *.jsonl"),
        (("--log", str(tmp_path / "nolog"), "--key", desk.logged[3]), "No such file"),
        (("--log", desk.logged[1], "--key", str(tmp_path / "nokey")), "No such file"),
    ):
        told = desk.said(*words)
        assert told.startswith("usage: ")
        assert sentence in told
    for month in (november, december):
        one = tmp_path / month.stem
        one.mkdir()
        (one / month.name).write_bytes(month.read_bytes())
        told = desk.said(str(one))
        assert told.startswith("usage: ")
        assert ("months are missing" if month == november else "is not the first") in told
