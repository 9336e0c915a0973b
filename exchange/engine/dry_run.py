"""What is answered without a batch: dry runs (WIRE 3), and lines that tied nothing."""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from exchange.books.state import Venue
from exchange.commands import EndLines
from exchange.engine.batch_writer import BatchWriter, Request
from exchange.events import OrderCancelled
from exchange.orders.cancelling import tied_to
from exchange.orders.order_preview import order_preview
from exchange.parse_args import read
from exchange.replies import all_cancelled, none_cancelled
from exchange.venue import decide, must_be_allowed, shape
from ledger.authority.scopes_in_force import as_of_now, must_be_timely
from ledger.commands import ImportInventory
from ledger.events import Event, NothingToDo, ProposalMade
from ledger.inspection.imports import preview_import
from ledger.things.provenance import replaced_papers


def preview(writer: BatchWriter, request: Request, at_ns: int) -> dict[str, Any] | None:
    """The answer that needs no batch; None for a request that wants to be done. Raises Refused.

    A dry run is judged as the command itself would be, in the same order and with the same words;
    nothing is written or counted.
    """
    venue = writer.venue
    if request.op == "line.end":
        return _of_lines_without_orders(venue, request)
    if request.args.get("dry_run") is not True:
        return None
    command = read(request.op, request.args)
    moment = writer.moment.next(at_ns)
    shape(venue, command, request.caller, moment)
    caller = as_of_now(venue.register, request.caller, at_ns)
    must_be_timely(request.signed, caller.received_ns)
    writer.must_pass(command, caller, moment)
    if isinstance(command, ImportInventory):
        decide(venue, replace(command, dry_run=False), caller, moment)
        return preview_import(venue.register, command, caller, moment)
    decided = decide(venue, command, caller, moment)
    needs = decided[0].needs if isinstance(decided[0], ProposalMade) else []
    result = {"dry_run": True, "op": request.op, "needs": needs}
    result |= order_preview(venue, decided, moment.at_ns) | _cancels(decided)
    return result | replaced_papers(venue.register, decided)


def _cancels(decided: Sequence[Event]) -> dict[str, Any]:
    """The `orders` that a cancel would end, each as it would be left; {} of any other command."""
    first = decided[0]
    if isinstance(first, OrderCancelled):
        return all_cancelled(first, decided)
    if isinstance(first, NothingToDo) and first.op == "order.cancel_all":
        return none_cancelled({})
    return {}


def _of_lines_without_orders(venue: Venue, request: Request) -> dict[str, Any] | None:
    """Most lines that are cut leave no order: they leave no mark in the journal, either."""
    command = read(request.op, request.args)
    assert isinstance(command, EndLines)
    must_be_allowed(venue.register, command, request.caller)
    return None if tied_to(venue, command.party, command.lines) else none_cancelled({})
