"""Checks of every request before its route: no NUL, known query members, JSON accepted (WIRE 1)."""

from typing import Final

from gateway.routes.request import JSON, ApiRequest, Route
from ledger.refusals import Reason, Refused

EVERY_READ: Final = ("min_position", "wait_ms", "as_of")
PAGE_QUERY: Final = ("limit", "cursor", "from", "to")
ACCEPTED: Final = frozenset(("*/*", "application/*", JSON, "application/problem+json"))


def must_be_readable(request: ApiRequest) -> None:
    """Refuse `bad_shape` an address with a NUL: nothing bears such a name, no column holds it."""
    texts = (*request.http.match_info.values(), *request.http.query, *request.http.query.values())
    if any("\0" in text for text in texts):
        raise Refused(Reason.bad_shape, "The address holds a NUL: take it out.")


def must_be_known(route: Route, request: ApiRequest) -> None:
    """Refuse `bad_shape` a query member that the route does not take; a slip must not widen it."""
    known = {*route.query, *EVERY_READ, *(PAGE_QUERY if route.is_page else ())}
    if route.needs_session:
        known.add("party")
    for name in request.http.query:
        if name not in known:
            raise Refused(
                Reason.bad_shape,
                f"There is no query member {name[:64]!r} here: take it out.",
                field=f"/{name[:64]}",
            )


def must_take_json(request: ApiRequest) -> None:
    """Refuse `bad_form` a caller that takes no JSON: nothing else is spoken here."""
    wanted = ",".join(request.http.headers.getall("Accept", []))
    kinds = {part.partition(";")[0].strip().lower() for part in wanted.split(",")} - {""}
    if kinds and not kinds & ACCEPTED:
        raise Refused(
            Reason.bad_form, f"This venue answers in {JSON}: leave Accept out, or take that."
        )
