"""States of the past, asked to and fro: each is what a replay from the first event gives."""

import random
from typing import Any

import msgspec
import pytest

from exchange.books.state import Venue
from exchange.engine.checkpoint_codec import pack, restored
from gateway.server.audit_rules import venue_folding
from ledger.audit.as_of import BadAsOf, position_of
from ledger.audit.state_at import ReplayFailed, state_at
from ledger.journal.memory import MemoryJournal
from ledger.questions.state_difference import difference
from ledger.questions.state_history import (
    PAGE_BYTES,
    SNAPSHOTS_MOST,
    PastPage,
    Question,
    StateHistory,
)

FOLDING = venue_folding()
pytestmark = pytest.mark.xdist_group("questions")  # one week is written once
NEVER = bool


def history_of(journal: MemoryJournal, step: int = 5) -> StateHistory[Venue]:
    return StateHistory(
        journal, FOLDING, lambda venue: pack(venue, {}), lambda blob: restored(blob)[0], step
    )


def rows_of(answer: PastPage) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = msgspec.json.decode(answer.rows)
    return found


def pages(history: StateHistory[Venue], question: Question) -> list[dict[str, Any]]:
    """All rows, page after page."""
    rows: list[dict[str, Any]] = []
    while True:
        answer = history.page(question, NEVER)
        rows += rows_of(answer)
        if not answer.next:
            return rows
        question = msgspec.structs.replace(question, after=answer.next)


def test_a_state_is_the_replays_in_whatever_order_it_is_asked_for(journal: MemoryJournal) -> None:
    history = history_of(journal)
    head, draw = journal.head(), random.Random(3)
    half = next(at for at in range(head // 2, 0, -1) if _ends_a_batch(journal, at, 2 * at))
    asked = [head, 2 * half, half, 1, *(draw.randrange(1, head + 1) for _ in range(60)), head, 1]
    for position in asked:
        at = position_of(journal, FOLDING, str(position))
        expected = dict(FOLDING.rows(state_at(journal, FOLDING, at)[0]))
        answer = history.page(Question(position, number=position, limit=100_000), NEVER)
        assert (answer.number, answer.position, answer.next) == (position, at, "")
        told = {row["subject"]: row["state"] for row in rows_of(answer)}
        assert told == {name: msgspec.json.decode(row) for name, row in expected.items()}
        assert answer.at_ns == state_at(journal, FOLDING, at)[1].at_ns
    assert len(history._snapshots) <= SNAPSHOTS_MOST
    assert history._step > 5, "no snapshot ever made room: take a smaller step"


def _ends_a_batch(journal: MemoryJournal, *positions: int) -> bool:
    return all(position_of(journal, FOLDING, str(each)) == each for each in positions)


def test_going_back_folds_no_more_than_a_step(
    journal: MemoryJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = history_of(journal, step=20)
    head, folded = journal.head(), [0]
    history.page(Question(head), NEVER)
    decode = FOLDING.codec.decode

    def counting(row: Any) -> Any:
        folded[0] += 1
        return decode(row)

    monkeypatch.setattr(FOLDING.codec, "decode", counting)
    met = 0
    for position in range(head - 1, 20, -37):
        folded[0] = 0
        history.page(Question(position), NEVER)
        assert folded[0] <= history._step + 4, "a batch's ends are read besides"
        met += 1
    assert met > 3


def test_a_difference_is_that_of_the_command_line(journal: MemoryJournal) -> None:
    history = history_of(journal)
    head = journal.head()
    met = 0
    for since, position in ((1, head), (head // 2, head), (head // 3, head // 2), (head, head)):
        first, last = (position_of(journal, FOLDING, str(each)) for each in (since, position))
        expected = difference(journal, FOLDING, first, last)["subjects"]
        told = pages(history, Question(position, since=since, limit=7))
        assert told == msgspec.json.decode(msgspec.json.encode(expected))
        met += len(told)
    assert met > 100
    backwards = pages(history, Question(head // 3, since=head // 2, subject="account/cn-1/fees"))
    assert {row["subject"] for row in backwards} <= {"account/cn-1/fees"}


def test_pages_go_on_where_they_ended(journal: MemoryJournal) -> None:
    history, head = history_of(journal), journal.head()
    whole = rows_of(history.page(Question(head, limit=100_000), NEVER))
    assert pages(history, Question(head, limit=3)) == whole
    assert len(whole) > 50
    kinds = {row["kind"] for row in whole}
    assert {"venue", "party", "node", "account", "market", "rule"} <= kinds
    by_kind = [row for kind in sorted(kinds) for row in pages(history, Question(head, kind=kind))]
    assert by_kind == sorted(whole, key=lambda row: str(row["kind"]))
    (one,) = pages(history, Question(head, subject="n-0001"))
    assert one["state"]["subject"] == "n-0001"
    assert pages(history, Question(head, subject="n-9999")) == []


def test_a_page_ends_by_its_bytes(journal: MemoryJournal, monkeypatch: pytest.MonkeyPatch) -> None:
    history, head = history_of(journal), journal.head()
    whole = history.page(Question(head, limit=100_000), NEVER)
    assert 1_000 < len(whole.rows) < PAGE_BYTES
    monkeypatch.setattr("ledger.questions.state_history.PAGE_BYTES", 1_000)
    page = history.page(Question(head, limit=100_000), NEVER)
    assert len(page.rows) < len(whole.rows)
    assert page.next
    assert pages(history, Question(head, limit=100_000)) == rows_of(whole)


def test_snapshots_are_few_and_their_bytes_are(
    journal: MemoryJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = 3 * len(pack(state_at(journal, FOLDING)[0], {}))
    monkeypatch.setattr("ledger.questions.state_history.SNAPSHOT_BYTES_MOST", most)
    history, head = history_of(journal, step=20), journal.head()
    history.page(Question(head), NEVER)
    assert 0 < sum(len(each.blob) for each in history._snapshots) <= most
    assert len(history._snapshots) < SNAPSHOTS_MOST
    expected = dict(FOLDING.rows(state_at(journal, FOLDING, 100)[0]))
    told = rows_of(history.page(Question(100, limit=100_000), NEVER))
    assert len(told) == len(expected)


def test_a_fold_that_takes_long_says_how_far_it_is_and_goes_on(journal: MemoryJournal) -> None:
    history, head = history_of(journal, step=10), journal.head()
    reached = []
    while True:
        looks = iter((False, True))
        answer = history.page(Question(head), lambda looks=looks: next(looks))
        if answer.folded is None:
            break
        assert bytes(answer.rows) == b"[]"
        reached.append(answer.folded)
    assert reached == sorted(set(reached))
    assert len(reached) > 3
    assert answer.position == head


def test_what_is_ahead_and_what_does_not_fold_is_said(journal: MemoryJournal) -> None:
    history, head = history_of(journal), journal.head()
    with pytest.raises(BadAsOf, match="ahead of the journal"):
        history.page(Question(head + 1), NEVER)
    broken = FOLDING.fold._replace(apply=_refusing(head // 2))
    history = StateHistory(
        journal,
        FOLDING._replace(fold=broken),
        lambda venue: pack(venue, {}),
        lambda blob: restored(blob)[0],
    )
    for _ in range(2):
        with pytest.raises(ReplayFailed, match="do not fold: no such thing"):
            history.page(Question(head), NEVER)
    assert history.page(Question(head // 3), NEVER).position


def _refusing(at: int) -> Any:
    def apply(state: Venue, event: Any, moment: Any) -> None:
        assert moment.position != at, "no such thing"
        FOLDING.fold.apply(state, event, moment)

    return apply
