"""What must hold of a journal, whatever happened: read again from its first position."""

from collections import Counter
from collections.abc import Iterable, Mapping

from exchange.engine.batch_writer import Batch, codec_for
from exchange.engine.group_decider import Answer, answered
from exchange.engine.replay import replayed
from exchange.state_form import state_sha256
from gateway.server.audit_rules import venue_folding
from ledger.audit.verify import verify
from ledger.deadlines import SILENCE_NS
from ledger.journal.postgres import PostgresJournal
from ledger.journal.protocol import CommandRow, Journal
from tests.exchange.ground import Floor
from tests.ledger.audit.scene import folding_of

Name = tuple[str, str]  # party, key


def must_be_whole(journal: Journal, floor: Floor | None = None) -> str:
    """Positions and versions without a gap, every law of `audit verify`; returns the state hash.

    *floor* is what it began with, whose ready-made facts nobody asked for.
    """
    rows = list(journal.read())
    assert [row.position for row in rows] == list(range(1, len(rows) + 1))
    versions: Counter[str] = Counter()
    for row in rows:
        versions[row.stream] += 1
        assert row.version == versions[row.stream], f"{row.stream} has a gap at {row.position}"
    folding = venue_folding() if floor is None else folding_of(floor)
    verdict = verify(journal, folding, allow_empty=True)
    assert verdict["ok"], [check for check in verdict["checks"] if not check["ok"]]
    assert verdict["state_hash"] == state_sha256(replayed(journal))
    return verdict["state_hash"]


def must_be_whole_at(dsn: str) -> str:
    """The same of a database's journal, as an auditor reads it."""
    journal = PostgresJournal.for_auditor(dsn)
    try:
        return must_be_whole(journal)
    finally:
        journal.close()


def must_tell_each_silence(journal: Journal) -> int:
    """After a quarter of an hour without a word the first fact is `VenueResumed`; how often."""
    decode = codec_for("").decode
    last_ns = 0
    silences = 0
    for row in journal.read():
        at_ns = decode(row).at_ns
        if last_ns and at_ns - last_ns > SILENCE_NS:
            assert row.topic == "venue_resumed", f"{row.position} breaks a silence with {row.topic}"
            silences += 1
        last_ns = at_ns
    return silences


def must_hold_each_once(journal: Journal, answers: Mapping[Name, Answer]) -> None:
    """Every answer heard is what the journal's one batch for that key says."""
    stored = once_each(journal.read_commands())
    lost = answers.keys() - stored.keys()
    assert not lost, f"acknowledged and lost: {sorted(lost)}"
    for name, heard in answers.items():
        again = first_answer(journal, stored[name])
        assert (again.position, again.at_ns, again.result) == (
            heard.position,
            heard.at_ns,
            heard.result,
        ), f"{name} was answered otherwise than the journal says"


def once_each(commands: Iterable[CommandRow]) -> dict[Name, CommandRow]:
    """The commands by name; none stands there twice, and no two share a position."""
    stored: dict[Name, CommandRow] = {}
    last = 0
    for command in commands:
        name = command.party, command.key
        assert name not in stored, f"{name} was done twice"
        assert command.first_position > last, f"{name} shares positions with another"
        stored[name] = command
        last = command.last_position
    return stored


def first_answer(journal: Journal, command: CommandRow) -> Answer:
    """What the batch of a command answers."""
    rows = list(journal.read(command.first_position - 1, command.last_position))
    decode = codec_for("").decode
    events = [decode(row) for row in rows]
    first, last = command.first_position, command.last_position
    return answered(Batch(first, last, events[0].at_ns, events, rows, command, command.op))
