"""No verb answers from a journal that it cannot read whole: it names the row, and ends 6."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from exchange.venue import TOPICS
from gateway.cli.auditor import audit
from gateway.cli.auditor.histories import HASHES_OF_NO_PAPER
from gateway.cli.evidence.attached_journal import AttachedJournal
from gateway.server.audit_rules import venue_folding
from ledger.journal.memory import MemoryJournal
from ledger.journal.protocol import JournalRow
from tests.exchange.ground import Floor
from tests.gateway.cli.lines import document, said

Spoil = Callable[[list[JournalRow], int], None]
VERBS = (
    ("replay",),
    ("redecide",),
    ("history", "{node}"),
    ("corrections",),
    ("as-of", "{head}", "p-0002"),
    ("trial-balance",),
    ("trial-balance", "--by", "effective"),
    ("trial-balance", "--format", "hledger"),
    ("period", "2024-11"),
    ("diff", "1", "{head}"),
    ("unsettled",),
    ("orphans",),
    ("market-day", "2024-11-15"),
    *(("export", "--format", each, "--out", "{out}/" + each) for each in ("csv", "hledger")),
    ("export", "--format", "jsonl", "--out", "{out}/jsonl"),
)


def traded() -> MemoryJournal:
    floor = Floor()
    floor.ask(floor.owners[0], 1, 1_302)
    floor.bid(floor.buyers[0], 1, 1_302)
    return floor.journal()


def asked(
    monkeypatch: pytest.MonkeyPatch, journal: MemoryJournal, *words: str, has_commands: bool = True
) -> Result:
    """A verb of `audit`, on a journal in memory."""

    @contextmanager
    def opened(*_: Any) -> Iterator[AttachedJournal]:
        yield AttachedJournal(journal, venue_folding(), "", has_commands=has_commands)

    monkeypatch.setattr(audit, "opened", opened)
    return said("audit", *words)


def a_newer_topic(rows: list[JournalRow], at: int) -> None:
    rows[at] = rows[at]._replace(topic="banana_ripened")


def no_json(rows: list[JournalRow], at: int) -> None:
    rows[at] = rows[at]._replace(state=b'{"node"')


def other_types(rows: list[JournalRow], at: int) -> None:
    rows[at] = rows[at]._replace(state=b'{"node":7}')


def no_stamp(rows: list[JournalRow], at: int) -> None:
    rows[at] = rows[at]._replace(state=rows[at].state.replace(b'"at_ns":', b'"at_ns":-'))


def gone(rows: list[JournalRow], at: int) -> None:
    del rows[at]


@pytest.mark.parametrize("spoil", [a_newer_topic, no_json, other_types, no_stamp, gone])
def test_each_verb_names_the_row_that_it_cannot_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, spoil: Spoil
) -> None:
    journal = traded()
    # the second event of a server's stream: a version is missing, too, once it is gone
    row = next(row for row in journal.read() if row.topic == "title_issued")
    spoil(journal.store.rows, row.position - 1)
    node = row.stream.partition(":")[2]
    by_name = ("history", "o-000001")  # reads all rows, and of those only what names it
    for verb in (*VERBS, *([by_name] if spoil is gone else [])):
        words = [
            each.format(node=node, head=journal.head(), out=tmp_path / spoil.__name__)
            for each in verb
        ]

        ended = asked(monkeypatch, journal, *words)

        assert (ended.exit_code, type(ended.exception)) == (6, SystemExit), (words, ended.output)
        says = "is missing" if spoil is gone else f"osition {row.position} ("
        assert says in ended.stderr, words
        assert "Say `gpubourse audit verify` for all of it." in ended.stderr


def test_a_journal_that_lost_its_end_is_not_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    journal = traded()
    head = journal.head()
    del journal.store.rows[-1]

    ended = asked(monkeypatch, journal, "corrections")

    assert ended.exit_code == 6
    assert f"Position {head} is missing." in ended.stderr


def test_an_empty_journal_is_nothing_to_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = asked(monkeypatch, MemoryJournal(), "redecide")

    assert ended.exit_code == 4
    assert "Nothing to decide: the journal is empty." in ended.stderr


@pytest.mark.parametrize("day", ["0001-01-01", "1969-12-31", "9998-12-31", "9999-12-31"])
def test_a_day_at_the_edge_of_the_calendar_is_refused(
    monkeypatch: pytest.MonkeyPatch, day: str
) -> None:
    ended = asked(monkeypatch, traded(), "market-day", day)

    assert ended.exit_code == (2 if day.startswith("9") else 4)
    assert ("ahead of the journal" if day.startswith("9") else "There was no venue") in ended.stderr


@pytest.mark.parametrize("month", ["0000-01", "0001-01", "1970-12", "9998-12", "9999-12"])
def test_a_month_at_the_edge_of_the_calendar_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, month: str
) -> None:
    journal = traded()
    export = ("export", "--format", "csv", "--out", str(tmp_path / "out"), "--month", month)
    assert asked(monkeypatch, journal, "period", month).exit_code in (2, 4)
    assert asked(monkeypatch, journal, *export).exit_code in (2, 4)


def test_what_is_new_stands_under_after(monkeypatch: pytest.MonkeyPatch) -> None:
    journal = traded()

    ended = asked(monkeypatch, journal, "diff", "1", str(journal.head()))

    assert ended.exit_code == 0, ended.output
    lines = ended.stdout.splitlines()
    after = lines[0].index("after")
    new = [line for line in lines if line.split()[1:2] == ["new"]]
    assert len(new) > 10
    for line in new:
        before = line[lines[0].index("before") : after]
        assert not before.strip(), line


def test_what_has_no_stream_of_its_own_has_a_history(monkeypatch: pytest.MonkeyPatch) -> None:
    journal = traded()
    topics = [row.topic for row in journal.read()]
    order = document(asked(monkeypatch, journal, "history", "o-000001", "--json"))
    told = [each["topic"] for each in order["events"]]
    assert told[0] == "order_accepted"
    assert "traded" in told

    key = document(asked(monkeypatch, journal, "history", "k-0005", "--json"))
    assert key["events"][0]["topic"] == "principal_enrolled"
    trade = document(asked(monkeypatch, journal, "history", "t-000001", "--json"))
    assert trade["events"][0]["topic"] == "traded"
    venue = document(asked(monkeypatch, journal, "history", "cn-1", "--json"))
    assert venue["events"][0]["topic"] == "venue_opened"
    assert len(venue["events"]) < len(topics)

    none = asked(monkeypatch, journal, "history", "o-999999")
    assert (none.exit_code, "The journal knows no o-999999." in none.stderr) == (4, True)
    first = order["events"][0]["position"]
    early = asked(monkeypatch, journal, "history", "o-000001", "--as-of", "20")
    assert early.exit_code == 4
    assert "There was no o-000001 yet at position" in early.stderr
    assert f"Its first event is position {first:,}." in early.stderr


def test_history_shows_whole_events_and_the_hashes_of_papers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    journal = traded()
    row = next(row for row in journal.read() if row.topic == "title_issued")
    paper = b'"document_sha256":"%s"' % (b"A" * 43)
    state = row.state.replace(b'"document_sha256":""', paper)
    journal.store.rows[row.position - 1] = row._replace(state=state)

    shown = asked(monkeypatch, journal, "history", row.stream.partition(":")[2])

    at = f"{row.position:,}"
    line, _in_the_chain_of_title = [
        each for each in shown.stdout.splitlines() if each.split()[:1] == [at]
    ]
    assert "…" not in shown.stdout
    assert f" document_sha256={'A' * 43}" in line


def test_of_each_hash_it_is_known_whether_a_paper_has_it() -> None:
    """Each `_sha256` of any event: of a paper that people hold, or named as one that is not."""
    of_papers = {"basis", "document", "evidence", "receipt", "report", "source"}
    found = {name for kind in TOPICS.values() for name in kind.__struct_fields__}
    hashes = {name for name in found if name.endswith("_sha256")}

    assert hashes - HASHES_OF_NO_PAPER == {f"{each}_sha256" for each in of_papers}
    assert hashes >= HASHES_OF_NO_PAPER


def test_the_engines_own_act_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = asked(monkeypatch, traded(), "who", "1")

    assert ended.exit_code == 0
    assert "by: the engine's own act" in ended.stdout
    assert not [line for line in ended.stdout.splitlines() if line.endswith(": -")]
