"""The law of replies: an order's is the order as its batch leaves it, the same whenever asked.

A seeded flow places, amends and cancels. Each reply is compared with the engine's order, or with
what the journal says of one that has ended, and each key is asked again from the journal.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec.structs import replace

from exchange.engine.batch_writer import Batch, Request, codec_for
from exchange.engine.group_decider import answered
from exchange.engine.stored_answer import answerable_batch
from exchange.events import OrderAccepted, OrderAmended, OrderCancelled, Traded
from gateway.access.command_intake import answer_body
from gpubourse.wire import encode
from ledger.events import Event, NothingToDo
from ledger.journal.memory import MemoryJournal
from ledger.journal.protocol import CommandRow, JournalRow
from tests.exchange.ground import Floor
from tests.gateway.feeds.followed import Followed
from tests.reach import Reach

REACH = Reach(
    bids=60,
    asks=60,
    placed=80,
    amended=20,
    amended_to_nothing=3,
    left_as_it_stood=4,
    partly_filled_and_left_as_it_stood=1,
    cancelled=20,
    partly_filled_and_cancelled=2,
    cancelled_together=2,
    with_fills=30,
    filled=20,
    expired=20,
    asked_again=150,
    asked_again_of_an_old_journal=30,
)


class Told:
    """What the journal says of every order, by other means than the product's."""

    def __init__(self) -> None:
        self.terms: dict[str, tuple[int, int]] = {}  # order -> lots asked for, price
        self.filled: dict[str, int] = {}
        self.sides: dict[str, str] = {}

    def hear(self, event: Event) -> None:
        if isinstance(event, OrderAccepted):
            self.sides[event.order] = event.side
            self.filled[event.order] = 0
        if isinstance(event, OrderAccepted | OrderAmended):
            self.terms[event.order] = event.lots, event.price_ticks
        if isinstance(event, Traded):
            for order in (event.ask, event.bid):
                self.filled[order] += event.lots

    def must_be(self, floor: Floor, order: dict[str, Any]) -> None:
        """An order's reply, member by member, as it stands behind the last batch."""
        name = order["order"]
        standing = floor.venue.orders.get(name)
        assert (order["state"] == "open") == (standing is not None)
        lots, price_ticks = self.terms[name]
        expected = {
            "side": self.sides[name],
            "lots": lots,
            "price_ticks": price_ticks,
            "filled_lots": self.filled[name],
            "open_lots": lots - self.filled[name] if standing else 0,
            "held_minor": floor.venue.held_minor(standing) if standing else 0,
        }
        if self.sides[name] == "ask":
            expected["nodes"] = standing.nodes if standing else []
        members = {member: order[member] for member in expected}
        assert members == expected, name
        assert ("cause" in order) == (order["state"] in ("cancelled", "expired"))
        REACH.met("bids" if order["side"] == "bid" else "asks")


def count(batch: Batch, result: dict[str, Any]) -> None:
    """What this reply was an example of."""
    REACH.met("with_fills", bool(result.get("fills")))
    if result.get("state") in ("filled", "expired"):
        REACH.met(result["state"])
    is_partly = result.get("filled_lots", 0) > 0
    outcome = batch.events[0]
    if isinstance(outcome, NothingToDo) and batch.op == "order.amend":
        REACH.met("left_as_it_stood")
        REACH.met("partly_filled_and_left_as_it_stood", is_partly)
    elif batch.op == "order.amend":
        REACH.met("amended_to_nothing" if isinstance(outcome, OrderCancelled) else "amended")
    elif batch.op == "order.cancel":
        REACH.met("cancelled")
        REACH.met("partly_filled_and_cancelled", is_partly)
    elif batch.op == "order.cancel_all":
        REACH.met("cancelled_together", len(result["orders"]) > 1)
    else:
        REACH.met("placed")


def flow(seed: int) -> tuple[Floor, dict[str, bytes], dict[str, Request]]:
    """A floor that traded, the result that each key was told, and its request."""
    followed, told = Followed(seed), Told()
    floor = followed.floor
    first: dict[str, bytes] = {}
    requests: dict[str, Request] = {}
    ask = floor.request

    def request(party: str, op: str, key: str = "", **args: Any) -> Request:
        made = ask(party, op, key, **args)
        requests[made.caller.key] = made
        return made

    def check() -> None:
        batch = floor.batches[-1]
        for event in batch.events:
            told.hear(event)
        if batch.command is None or not batch.op.startswith("order."):
            return
        answer = answered(batch)
        result: dict[str, Any] = answer.result
        for order in result["orders"] if batch.op == "order.cancel_all" else [result]:
            told.must_be(floor, order)
        first[batch.command.key] = encode(answer_body(answer))
        count(batch, result)

    floor.request = request  # type: ignore[method-assign]
    followed.run(check)
    return floor, first, requests


def again(journal: MemoryJournal, command: CommandRow) -> bytes:
    """What a key is told that is asked again, without the word that it is."""
    span = command.first_position, command.last_position
    return encode(answer_body(answered(answerable_batch(journal, *span, command.op))))


def as_before(event: Event) -> Event:
    """The event as the first release would have written it."""
    if isinstance(event, OrderCancelled):
        return replace(event, total_lots=0, price_ticks=0)
    return replace(event, stands={}) if isinstance(event, NothingToDo) else event


def old(floor: Floor, requests: dict[str, Request]) -> MemoryJournal:
    """The same journal as the first release would have written it, what was signed as it is."""
    codec = codec_for("cn-1")

    def rows(batch: Batch) -> Iterator[JournalRow]:
        cause = 0
        sha256 = batch.command.command_sha256.hex() if batch.command else ""
        for event, row in zip(batch.events, batch.rows, strict=True):
            state = codec.encode(as_before(event), batch.at_ns, cause, sha256)
            yield row._replace(state=state)
            cause = batch.first_position

    journal = MemoryJournal()
    journal.take_fence()
    for batch in floor.batches:
        command = batch.command
        if command is not None and command.key in requests:
            document = msgspec.json.encode({"args": requests[command.key].args})
            command = command._replace(signed=b"gpubourse-v1\n" + document)
        journal.append(list(rows(batch)), [command] if command else [])
    return journal


@REACH.demanded
def test_a_reply_is_the_order_as_it_stands_and_the_same_whenever_it_is_asked_for() -> None:
    for seed in (1, 2):
        floor, first, requests = flow(seed)
        journal, before = floor.journal(), old(floor, requests)
        for command in journal.read_commands():
            if command.key not in first:
                continue
            assert again(journal, command) == first[command.key], command.op
            REACH.met("asked_again")
        for command in before.read_commands():
            if command.op != "order.new" and command.key in first:
                assert again(before, command) == first[command.key], command.op
                REACH.met("asked_again_of_an_old_journal")
