"""What is answered without a batch: an import's dry run (DOMAIN 9), and lines that tied nothing."""

from typing import Any

from exchange.books.state import Venue
from exchange.commands import EndLines
from exchange.engine.batch_writer import Request
from exchange.orders.cancelling import tied_to
from exchange.parse_args import read
from exchange.replies import none_cancelled
from exchange.venue import must_be_allowed
from ledger.authority.scopes_in_force import as_of_now, must_be_timely
from ledger.commands import ImportInventory
from ledger.inspection.imports import preview_import
from ledger.moment import Moment


def preview(venue: Venue, request: Request, last: Moment, at_ns: int) -> dict[str, Any] | None:
    """The answer that needs no batch; None for a request that wants to be done. Raises Refused."""
    if request.op == "line.end":
        return _of_lines_without_orders(venue, request)
    if request.op != "import.new" or request.args.get("dry_run") is not True:
        return None
    command = read(request.op, request.args)
    assert isinstance(command, ImportInventory)
    caller = as_of_now(venue.register, request.caller, at_ns)
    must_be_timely(request.signed, caller.received_ns)
    must_be_allowed(venue.register, command, caller)
    return preview_import(venue.register, command, caller, last.next(at_ns))


def _of_lines_without_orders(venue: Venue, request: Request) -> dict[str, Any] | None:
    """Most lines that are cut leave no order: they leave no mark in the journal, either."""
    command = read(request.op, request.args)
    assert isinstance(command, EndLines)
    must_be_allowed(venue.register, command, request.caller)
    return None if tied_to(venue, command.party, command.lines) else none_cancelled({})
