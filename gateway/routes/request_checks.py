"""Checks of every request before its route: no NUL, JSON accepted, let in (WIRE 1)."""

from typing import Final

from exchange.ops import OPS
from gateway.routes.request import JSON, ApiRequest, Route
from ledger.refusals import Reason, Refused

ACCEPTED: Final = frozenset(("*/*", "application/*", JSON, "application/problem+json"))


def must_be_readable(request: ApiRequest) -> None:
    """Refuse `bad_shape` an address with a NUL: nothing bears such a name, no column holds it."""
    texts = (*request.http.match_info.values(), *request.http.query, *request.http.query.values())
    if any("\0" in text for text in texts):
        raise Refused(Reason.bad_shape, "The address holds a NUL: take it out.")


def must_be_open(route: Route, request: ApiRequest) -> None:
    """Refuse `no_session` or `scope_missing` whom the route does not let in.

    A command's scopes are asked when it is decided.
    """
    if route.needs_session:
        request.must_be_logged_on()
    if route.scopes and route.op not in OPS:
        request.must_have(*route.opened_by)


async def must_bring_nothing(request: ApiRequest) -> None:
    """Refuse `bad_shape` a body with members where the route takes none."""
    if not request.http.can_read_body:
        return
    for name in await request.members():
        text = f"There is no member {name[:64]!r} here: this takes no body."
        raise Refused(Reason.bad_shape, text, field=f"/{name[:64]}")


def must_take_json(request: ApiRequest) -> None:
    """Refuse `bad_form` a caller that takes no JSON: nothing else is spoken here."""
    wanted = ",".join(request.http.headers.getall("Accept", []))
    kinds = {part.partition(";")[0].strip().lower() for part in wanted.split(",")} - {""}
    if kinds and not kinds & ACCEPTED:
        raise Refused(
            Reason.bad_form, f"This venue answers in {JSON}: leave Accept out, or take that."
        )
