"""The group decider: grouping changes nothing, timers come first, a dry run leaves no trace."""

from hashlib import sha256

import pytest

from exchange.engine.batch_writer import Batch, Request
from exchange.engine.group_decider import Answer, CommitGroup, GroupDecider
from exchange.engine.keys import UsedKeys
from ledger.durations import DAY_NS, HOUR_NS
from ledger.events import StateAttested
from ledger.journal.protocol import JournalRow
from ledger.refusals import Reason, Refused
from tests.exchange.ground import LEASE, TITLE, Floor
from tests.ledger.things.cards import l40s
from tests.ledger.things.dumps import dump


def flow(floor: Floor) -> list[Request]:
    """Orders that rest, trade, are refused and cancelled; one key comes twice."""
    requests = []
    for number in range(40):
        side, people = ("bid", floor.buyers) if number % 2 else ("ask", floor.owners)
        terms = {"side": side, "lots": 1 + number % 3, "price_ticks": 1300 + number % 4}
        market = TITLE if number % 5 == 0 else LEASE
        party = people[number % 2]
        key = f"k-{number if number != 17 else 11}"
        requests.append(floor.request(party, "order.new", key, market=market, **terms))
    requests.append(floor.request(floor.buyers[0], "order.cancel_all"))
    return requests


def decided(floor: Floor, group_size: int) -> list[Batch]:
    """The flow, decided in groups of a size, each stamped by one clock."""
    decider = GroupDecider(floor.writer, UsedKeys())
    now_ns = floor.writer.at_ns + 1
    requests = flow(floor)
    batches: list[Batch] = []
    for first in range(0, len(requests), group_size):
        group = decider.decide(requests[first : first + group_size], now_ns, {})
        batches += group.batches
    return batches


def test_regrouping_changes_nothing() -> None:
    alone = [row for batch in decided(Floor(), 1) for row in batch.rows]
    for size in (3, 7, 100):
        assert [row for batch in decided(Floor(), size) for row in batch.rows] == alone
    topics = {row.topic for row in alone}
    assert topics >= {"order_accepted", "traded", "lease_granted", "settlement_opened"}


def test_a_batchs_first_event_bears_the_hash_of_what_was_signed() -> None:
    floor = Floor()
    request = floor.request(floor.buyers[0], "order.new", market=LEASE, side="bid", lots=1,
                            price_ticks=1300)  # fmt: skip
    batch = floor.writer.write(request, floor.writer.at_ns + 1)
    command = batch.command

    assert command is not None
    assert command.command_sha256 == sha256(request.signed).digest()
    assert b'"command_sha256":"' in batch.rows[0].state
    assert (command.first_position, command.last_position) == (
        batch.first_position,
        batch.last_position,
    )


def test_every_due_instant_is_a_batch_of_its_own_before_the_command() -> None:
    floor = Floor()
    decider = GroupDecider(floor.writer, UsedKeys())
    now_ns = floor.writer.at_ns + 2 * DAY_NS
    request = floor.request(floor.buyers[0], "order.new", market=LEASE, side="bid", lots=1,
                            price_ticks=1300)  # fmt: skip
    group = decider.decide([request], now_ns, {})
    stamps = [batch.at_ns for batch in group.batches]

    assert [batch.rows[0].topic for batch in group.batches] == ["time_advanced"] * 6 + [
        "order_accepted"
    ]
    assert stamps == sorted(set(stamps))
    assert stamps[-1] == now_ns


def test_a_long_silence_is_lived_in_more_than_one_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchange.engine.group_decider.COMMIT_GROUP_ROWS_MOST", 60)
    floor = Floor()
    decider = GroupDecider(floor.writer, UsedKeys())
    request = floor.request(floor.buyers[0], "order.cancel_all")
    now_ns = floor.writer.at_ns + 20 * DAY_NS
    first = decider.decide([request], now_ns, {})
    groups = [first]
    while decider.is_due(now_ns):
        groups.append(decider.decide([], now_ns, {}))
    last = decider.decide([request], now_ns, {})

    assert first.outcomes == [], "a command waits until what was due before it is done"
    assert len(groups) > 2
    assert positions(groups) == list(range(groups[0].rows[0].position, last.rows[0].position))
    assert isinstance(last.outcomes[0], Answer)


def positions(groups: list[CommitGroup]) -> list[int]:
    rows: list[JournalRow] = [row for group in groups for row in group.rows]
    return [row.position for row in rows]


def test_so_many_positions_after_the_last_the_state_is_attested(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    every = 8
    monkeypatch.setattr("exchange.engine.group_decider.ATTEST_EVERY", every)
    floor = Floor()
    begun = floor.writer.position
    decider = GroupDecider(floor.writer, UsedKeys())
    now_ns = floor.writer.at_ns + 1
    batches = decider.decide(flow(floor), now_ns, {}).batches
    attested = [n for n, batch in enumerate(batches) if isinstance(batch.events[0], StateAttested)]
    # Counted on from the position that was attested, which the word itself comes behind.
    told = [begun, *(batches[n].last_position - 1 for n in attested)]

    assert len(attested) >= 3
    for since, n in zip(told, attested, strict=False):
        assert batches[n - 1].last_position - since >= every
        assert batches[n - 2].last_position - since < every, "it came one command late"
    assert floor.writer.position - told[-1] < every


def test_a_command_without_a_key_is_refused() -> None:
    floor = Floor()
    request = floor.request(floor.buyers[0], "order.cancel_all")
    keyless = Request(request.op, request.args, request.caller.__class__(party=floor.buyers[0]))
    (outcome,) = (
        GroupDecider(floor.writer, UsedKeys())
        .decide([keyless], floor.writer.at_ns + 1, {})
        .outcomes
    )

    assert isinstance(outcome, Refused)
    assert outcome.reason is Reason.key_missing
    assert outcome.__traceback__ is None, "a refusal keeps no frame alive"


def test_a_dry_run_is_answered_and_leaves_no_trace() -> None:
    floor = Floor()
    raw = dump(l40s())
    request = floor.attached(floor.owners[0], "import.new", raw, site="s-0001", dry_run=True)
    head, at_ns = floor.writer.position, floor.writer.at_ns
    group = GroupDecider(floor.writer, UsedKeys()).decide([request], at_ns + HOUR_NS // 60, {})
    (outcome,) = group.outcomes

    assert isinstance(outcome, Answer), outcome
    assert outcome.result["dry_run"] is True
    assert outcome.result["units"] == 1
    assert (floor.writer.position, floor.writer.at_ns, group.rows) == (head, at_ns, [])
