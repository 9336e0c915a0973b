"""The stored batch of a key that comes again, with all that its answer tells (decisions/0094).

A batch of this release bears it all. One of the first release left out the terms of a cancelled
order, and what an act that changed nothing was about: these are found in the journal up to it.
"""

from typing import Any, Final

import msgspec
from msgspec.structs import replace

from exchange.answer import stands_by_args
from exchange.engine.batch_writer import Batch
from exchange.engine.replay import READING_CODEC, read_batches
from exchange.events import OrderAccepted, OrderAmended, OrderCancelled
from exchange.replies import amended, placed
from ledger.events import Event, NothingToDo
from ledger.ids import OrderId
from ledger.journal.protocol import Journal, JournalRow
from ledger.op import Result

POSITIONS_PER_STEP: Final = 1_000
CANCEL_ALL: Final = "order.cancel_all"  # it names no thing

Terms = OrderAccepted | OrderAmended
_TERMS_TOPICS: Final = tuple(READING_CODEC.topic_of[kind] for kind in (OrderAccepted, OrderAmended))


def answerable_batch(journal: Journal, first: int, last: int, op: str) -> Batch:
    """A command's batch as it was stored, ready to be answered. Blocks on the journal."""
    (batch,) = read_batches(journal, first - 1, last, op)
    events = [_completed(journal, batch, event) for event in batch.events]
    return replace(batch, events=events)


def _completed(journal: Journal, batch: Batch, event: Event) -> Event:
    if isinstance(event, OrderCancelled) and not event.price_ticks:
        terms, _ = _terms_before(journal, event.order, batch.last_position)
        return replace(event, total_lots=terms.lots, price_ticks=terms.price_ticks)
    if isinstance(event, NothingToDo) and _is_bare(event, batch.op):
        command = journal.command_at(batch.first_position)
        if command is not None and command.signed:
            args = msgspec.json.decode(command.signed.partition(b"\n")[2])["args"]
            return replace(event, stands=_stands(journal, batch, event, args))
    return event


def _is_bare(event: NothingToDo, op: str) -> bool:
    """Whether it lacks what it was about; of what a late approval came to nobody asks."""
    return not event.stands and event.op == op != CANCEL_ALL


def _stands(journal: Journal, batch: Batch, event: NothingToDo, args: dict[str, Any]) -> Result:
    """What a command of the first release named, which changed nothing of it."""
    if "order" in args:
        return _order_standing(journal, batch, args)
    return stands_by_args(event, args)


def _terms_before(journal: Journal, order: OrderId, position: int) -> tuple[Terms, int]:
    """The newest terms of an order up to a position, and where they stand: read backwards."""
    name = b'"%s"' % order.encode()
    while position > 0:
        after = max(0, position - POSITIONS_PER_STEP)
        for row in reversed(list(journal.read(after, position))):
            if row.topic in _TERMS_TOPICS and name in row.state:
                event = READING_CODEC.decode(row)
                assert isinstance(event, Terms)
                if event.order == order:
                    return event, row.position
        position = after
    raise AssertionError("an order that ends was accepted before")


def _order_standing(journal: Journal, batch: Batch, args: dict[str, Any]) -> Result:
    """The order that an amendment left as it was."""
    terms, position = _terms_before(journal, OrderId(args["order"]), batch.first_position)
    names = [f'"{each}"'.encode() for each in (terms.order, terms.hold) if each]

    def is_about_it(row: JournalRow) -> bool:
        return any(name in row.state for name in names)

    later = [
        READING_CODEC.decode(row)
        for row in journal.read(position, batch.first_position)
        if is_about_it(row)
    ]
    followed = [terms, *later]
    reply = (
        placed(terms, followed) if isinstance(terms, OrderAccepted) else amended(terms, followed)
    )
    reply.pop("key", None)
    return reply | {"fills": []}
