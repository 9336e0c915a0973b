"""What was acknowledged, held against what the journal holds: lost, doubled, or told otherwise."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from exchange.answer import answer
from exchange.engine.batch_writer import codec_for
from gateway.server.audit_rules import venue_folding
from gpubourse.wire import encode, inward, outward
from ledger.audit.verify import verify
from ledger.journal.batches import batches
from ledger.journal.protocol import CommandRow, Journal

Name = tuple[str, str]  # party, key


class Ack(NamedTuple):
    """One acknowledgement as its caller noted it; the seconds are those of the machine's clock."""

    party: str
    key: str
    op: str
    asked_s: float
    heard_s: float
    result: dict[str, Any]

    @property
    def name(self) -> Name:
        return self.party, self.key


class Notes:
    """Every note of every caller, read on from where the last reading ended."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[Path, int] = {}
        self.acks: list[Ack] = []

    def path(self, name: str) -> Path:
        return self._folder / f"{name}.jsonl"

    def read_on(self) -> list[Ack]:
        """The acknowledgements since the last reading."""
        fresh = [ack for path in sorted(self._folder.glob("*.jsonl")) for ack in self._rest(path)]
        self.acks += fresh
        return fresh

    def _rest(self, path: Path) -> Iterator[Ack]:
        with path.open("rb") as notes:
            notes.seek(self._read.get(path, 0))
            whole = notes.read().rpartition(b"\n")
        self._read[path] = self._read.get(path, 0) + len(whole[0]) + len(whole[1])
        for line in whole[0].splitlines():
            yield Ack(**json.loads(line))


class Count(NamedTuple):
    """One reading of the whole journal."""

    positions: int
    acknowledged: int
    lost: int
    doubled: int


def judge(journal: Journal, notes: Notes) -> Count:
    """Read the journal from its first position; raises AssertionError for what must never be.

    The notes are read first: whatever was acknowledged by then must stand in what is read after.
    """
    notes.read_on()
    stored, doubled = _stored(journal.read_commands())
    acks = {ack.name: ack for ack in notes.acks}
    lost = acks.keys() - stored.keys()
    assert not lost, f"{len(lost)} acknowledged and lost: {sorted(lost)[:5]}"
    assert not doubled, f"done twice: {doubled[:5]}"
    assert len(acks) == len(notes.acks), "one key was acknowledged twice, to one caller"
    positions = _must_be_whole(journal, {stored[name].first_position: acks[name] for name in acks})
    return Count(positions, len(acks), len(lost), len(doubled))


def _stored(commands: Iterator[CommandRow]) -> tuple[dict[Name, CommandRow], list[Name]]:
    stored: dict[Name, CommandRow] = {}
    doubled = []
    for command in commands:
        name = command.party, command.key
        if name in stored:
            doubled.append(name)
        stored[name] = command
    return stored, doubled


def _must_be_whole(journal: Journal, heard: dict[int, Ack]) -> int:
    """Positions and versions without a gap, every answer as stored, and all that an audit asks."""
    decode = codec_for("").decode
    versions: dict[str, int] = {}
    position = 0
    for batch in batches(journal.read(), decode):
        for row in batch.rows:
            position += 1
            assert row.position == position, f"{row.position} stands where {position} comes next"
            versions[row.stream] = versions.get(row.stream, 0) + 1
            assert row.version == versions[row.stream], f"{row.stream} has a gap at {position}"
        ack = heard.get(batch.first)
        if ack is not None:
            _, result = answer(ack.op, batch.events)
            said = inward(json.loads(encode(outward(result))))
            assert said == ack.result, f"{ack.name} heard {ack.result}, the journal says {said}"
    verdict = verify(journal, venue_folding(), allow_empty=True)
    assert verdict["ok"], [check for check in verdict["checks"] if not check["ok"]]
    return position
