"""What a command would do, told without doing it: an import's dry run (DOMAIN 9)."""

from typing import Any

from exchange.books.state import Venue
from exchange.engine.batch_writer import Request
from exchange.parse_args import read
from exchange.venue import must_be_allowed
from ledger.commands import ImportInventory
from ledger.inspection.imports import preview_import


def preview(venue: Venue, request: Request, at_ns: int) -> dict[str, Any] | None:
    """The answer of a dry run; None for a request that wants to be done. Raises Refused."""
    if request.op != "import.new" or request.args.get("dry_run") is not True:
        return None
    command = read(request.op, request.args)
    assert isinstance(command, ImportInventory)
    must_be_allowed(venue.register, command, request.caller)
    register = venue.register
    before_ns = register.at_ns
    register.at_ns = at_ns
    try:
        return preview_import(register, command, request.caller)
    finally:
        register.at_ns = before_ns
