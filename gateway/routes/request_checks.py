"""Checks of every request before its route: no NUL, JSON accepted, from here, let in (WIRE 1)."""

import re
from typing import Final

from exchange.ops import OPS
from gateway.addresses import host_named, is_this_machine
from gateway.routes.request import JSON, ApiRequest, Origins, Route
from ledger.refusals import Reason, Refused, sentence_of

ACCEPTED: Final = frozenset(("*/*", "application/*", JSON, "application/problem+json"))
NOT_WANTED: Final = re.compile(r"q\s*=\s*0(\.0*)?")


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
    """Refuse `bad_shape` a body with members where the route takes none.

    A read has no body at all: it is refused from the head alone, and waits for nothing.
    """
    if not request.http.can_read_body:
        return
    if request.http.method in ("GET", "HEAD"):
        raise Refused(Reason.bad_shape, "A read takes no body: leave it and Content-Length out.")
    for name in await request.members():
        text = sentence_of("There is no member {name!r} here: this takes no body.", name=name[:64])
        raise Refused(Reason.bad_shape, text, field=f"/{name[:64]}")


def must_take_json(request: ApiRequest) -> None:
    """Refuse `bad_form` a caller that takes no JSON: nothing else is spoken here."""
    wanted = ",".join(request.http.headers.getall("Accept", []))
    kinds = [part for part in wanted.split(",") if part.strip()]
    if kinds and not any(_is_taken(kind) for kind in kinds):
        raise Refused(
            Reason.bad_form,
            sentence_of("This venue answers in {json}: leave Accept out, or take that.", json=JSON),
        )


def _is_taken(kind: str) -> bool:
    """Whether one kind of `Accept` is ours; with a weight of nought it is not wanted."""
    name, *terms = (part.strip().lower() for part in kind.split(";"))
    return name in ACCEPTED and not any(NOT_WANTED.fullmatch(term) for term in terms)


def must_come_from_here(route: Route, request: ApiRequest) -> None:
    """Refuse `origin_not_allowed` what a page of others caused, by the route's own `origins`.

    A name that is not ours and leads here all the same is another page's trick (DNS rebinding). A
    page of ours names this host as its Origin, or none where it only reads; a client that is no
    browser names none.
    """
    if route.origins is Origins.ANY:
        return
    host = request.http.headers.get("Host", "")
    if not _is_our_host(request, host):
        text = sentence_of(
            "{host!r} is not this venue's name: ask it by its own address.", host=host[:200]
        )
        raise Refused(Reason.origin_not_allowed, text)
    origin = request.http.headers.get("Origin")
    if origin is None:
        if request.by_cookie and route.method != "GET":
            raise Refused(Reason.origin_not_allowed, "A browser's write must name its Origin.")
        return
    scheme = "https" if request.parts.settings.is_secure else "http"
    request.is_foreign = origin.lower() != f"{scheme}://{host}".lower()
    is_open_to_all = route.origins is Origins.PUBLIC and request.session is None
    if request.is_foreign and not is_open_to_all:
        text = sentence_of("Not from {origin!r}: use the venue's page.", origin=origin[:200])
        raise Refused(Reason.origin_not_allowed, text)


def _is_our_host(request: ApiRequest, host: str) -> bool:
    """Under TLS the certificate says who we are; without it we are this machine, for itself."""
    named = host_named(host)
    if named is None or request.parts.settings.is_secure:
        return named is not None
    return is_this_machine(named)
