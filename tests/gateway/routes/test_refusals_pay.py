"""A refused request pays as an answered one does: each refusal of each command is walked."""

import re
from collections.abc import AsyncIterator, Callable, Hashable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from gateway.access.command_intake import NAMING, bucket_of
from gateway.access.limits import TokenBuckets, TokensLeft
from gateway.routes.openapi import plain_path
from gateway.routes.request import Route
from gateway.routes.system import ROUTES
from gateway.settings import Limits
from tests.gateway.raw_line import head, raw_line
from tests.gateway.routes.test_query import PARTS, address
from tests.gateway.town import Town, town_of

COMMANDS = [route for route in ROUTES if route.op]
ROLE = "clerk"


class Sent(NamedTuple):
    """A request, as it is sent, and who pays for it."""

    body: Any
    headers: dict[str, str]
    token: str
    payer: str = "principal"  # or address
    query: str = ""


Spoilt = Callable[[Sent], Sent]


def no_session(sent: Sent) -> Sent:
    return sent._replace(token="", payer="address")


def bad_token(sent: Sent) -> Sent:
    return sent._replace(token="x" * 43, payer="address")


def no_key(sent: Sent) -> Sent:
    headers = dict(sent.headers)
    del headers["Idempotency-Key"]
    return sent._replace(headers=headers)


def bad_key(sent: Sent) -> Sent:
    return sent._replace(headers=sent.headers | {"Idempotency-Key": "a b"})


def bad_signature(sent: Sent) -> Sent:
    return sent._replace(headers=sent.headers | {"Command-Signature": "A" * 86})


def signed_of_another_form(sent: Sent) -> Sent:
    return sent._replace(headers=sent.headers | {"Command-Signature": "short"})


def too_late(sent: Sent) -> Sent:
    return sent._replace(headers=sent.headers | {"Command-Issued-Ns": "1"})


def bad_instant(sent: Sent) -> Sent:
    return sent._replace(headers=sent.headers | {"Command-Issued-Ns": "yesterday"})


def bad_validity(sent: Sent) -> Sent:
    return sent._replace(headers=sent.headers | {"Command-Valid-Ms": "long"})


def no_json(sent: Sent) -> Sent:
    return sent._replace(body=b"{")


def a_list(sent: Sent) -> Sent:
    return sent._replace(body=b"[]")


def another_type(sent: Sent) -> Sent:
    return sent._replace(body=b"<a/>", headers=sent.headers | {"Content-Type": "image/png"})


def an_encoding(sent: Sent) -> Sent:
    return sent._replace(headers=sent.headers | {"Content-Encoding": "gzip"})


def too_large(sent: Sent) -> Sent:
    return sent._replace(body=b" " * 2_001)


def no_json_wanted(sent: Sent) -> Sent:
    return sent._replace(headers=sent.headers | {"Accept": "text/html"})


def a_member_in_the_address(sent: Sent) -> Sent:
    return sent._replace(query="?colour=red")


def another_origin(sent: Sent) -> Sent:
    return sent._replace(headers=sent.headers | {"Origin": "https://evil.example"})


REFUSALS: tuple[Spoilt, ...] = (
    no_session, bad_token, no_key, bad_key, bad_signature, signed_of_another_form, too_late,
    bad_instant, bad_validity, no_json, a_list, another_type, an_encoding, too_large,
    no_json_wanted, a_member_in_the_address, another_origin,
)  # fmt: skip


@pytest.fixture
async def taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Town, list[tuple[str, Hashable]]]]:
    """A town, and each token that is drawn there: its bucket and who paid."""
    drawn: list[tuple[str, Hashable]] = []
    take = TokenBuckets.take

    def noted(
        buckets: TokenBuckets, bucket: str, caller: Hashable, now_ns: int, cost: int = 1
    ) -> TokensLeft:
        drawn.extend([(bucket, caller)] * cost)
        return take(buckets, bucket, caller, now_ns, cost)

    limits = Limits(body_bytes=2_000, body_bytes_anonymous=2_000, import_bytes=2_000)
    async with town_of(tmp_path, limits) as town:
        town.lift_rates()
        monkeypatch.setattr(TokenBuckets, "take", noted)
        yield town, drawn


def command_to(route: Route, town: Town, token: str) -> Sent:
    """A command that the gateway takes, whatever the engine then says: its path's parts alone."""
    names = re.findall(r"\{(\w+)\}", plain_path(route.path))
    args = {name: PARTS[name] for name in names}
    return Sent({}, town.signed(ROLE, route.op, args), token)


@pytest.mark.parametrize("spoil", REFUSALS, ids=lambda spoil: spoil.__name__)
async def test_each_refusal_of_each_command_takes_a_token(
    spoil: Spoilt, taken: tuple[Town, list[tuple[str, Hashable]]]
) -> None:
    town, drawn = taken
    token = await town.log_on(ROLE)
    payers: dict[str, Hashable] = {
        "principal": town.keys[ROLE].principal,
        "address": "127.0.0.1",
    }
    assert len(COMMANDS) > 30
    for route in COMMANDS:
        sent = spoil(command_to(route, town, token))
        drawn.clear()
        status, told, _ = await town.ask(
            route.method,
            address(route) + sent.query,
            token=sent.token,
            body=sent.body,
            **sent.headers,
        )
        assert 400 <= status < 500, (route.path, told)
        bucket = "anonymous" if sent.payer == "address" else "reads"
        assert drawn == [(bucket, payers[sent.payer])], (route.path, told)


async def test_a_command_that_the_engine_refuses_takes_one_of_its_own(
    taken: tuple[Town, list[tuple[str, Hashable]]],
) -> None:
    town, drawn = taken
    token = await town.log_on(ROLE)
    key = town.keys[ROLE]
    for route in COMMANDS:
        sent = command_to(route, town, token)
        drawn.clear()
        await town.ask(route.method, address(route), token=token, body={}, **sent.headers)
        bucket = bucket_of(route.op)
        own = (bucket, key.principal if bucket == "commands" else key.party)
        # what names nothing is refused before the engine, once the command is paid for
        more = [("reads", key.principal)] if route.op in NAMING else []
        assert drawn == [own, *more], route.op


FAULTS: dict[str, Callable[[str, str], bytes]] = {  # of a head that bears a session's token
    "an unknown member": lambda first, who: head(f"{first}?zzz=1 HTTP/1.1", who),
    "a member given twice": lambda first, who: head(f"{first}?limit=1&limit=1 HTTP/1.1", who),
    "a value out of bounds": lambda first, who: head(f"{first}?limit=0 HTTP/1.1", who),
    "a NUL": lambda first, who: head(f"{first}?%00=1 HTTP/1.1", who),
    "no JSON wanted": lambda first, who: head(f"{first} HTTP/1.1", who, "Accept: image/png"),
    "a host of others": lambda first, who: head(f"{first} HTTP/1.1", who, host="evil.example"),
    "a page of others": lambda first, who: head(
        f"{first} HTTP/1.1", who, "Origin: http://evil.example"
    ),
    "a coded body": lambda first, who: head(f"{first} HTTP/1.1", who, "Content-Encoding: gzip"),
    "chunks": lambda first, who: head(f"{first} HTTP/1.1", who, "Transfer-Encoding: chunked"),
    "a header given twice": lambda first, who: head(f"{first} HTTP/1.1", who, *["Origin: a"] * 2),
    "an older HTTP": lambda first, who: head(f"{first} HTTP/1.0", who),
    "a body of no read": lambda first, who: head(f"{first} HTTP/1.1", who, "Content-Length: 9"),
    "another method": lambda first, who: head(f"PATCH {first.split()[1]} HTTP/1.1", who),
    "no route": lambda first, who: head(f"{first.split()[0]} /v1/nope HTTP/1.1", who),
}  # fmt: skip


@pytest.mark.parametrize("by", ["Authorization: Bearer {}", "Cookie: gpubourse={}"])
@pytest.mark.parametrize("fault", FAULTS)
async def test_who_is_logged_on_pays_for_his_own_mistakes(
    fault: str, by: str, taken: tuple[Town, list[tuple[str, Hashable]]]
) -> None:
    """Over all routes: nothing is drawn of what visitors of the same address share."""
    town, drawn = taken
    who = by.format(await town.log_on(ROLE, ttl_s=3_600))
    for route in ROUTES:
        drawn.clear()
        async with raw_line(town) as line:
            line.send(FAULTS[fault](f"{route.method} {address(route)}", who))
            status = int((await line.reader.readline()).split()[1])
        callers = {caller for bucket, caller in drawn if bucket != "visits"}
        assert callers <= {town.keys[ROLE].principal}, (route.path, status, drawn)
        assert len(drawn) == (0 if route.is_health and status == 200 else 1), (route.path, drawn)


@pytest.mark.parametrize("name", [ROLE, ""])
async def test_one_too_many_in_flight_is_paid_by_whose_session_it_bears(
    tmp_path: Path, name: str
) -> None:
    async with town_of(tmp_path, Limits(connections_per_address=1)) as town:
        token = await town.log_on(name) if name else ""
        bucket = "reads" if name else "anonymous"
        with town.parts.in_flight.one("127.0.0.1"):
            status, _, headers = await town.ask("GET", "/v1/venue", token=token)
        assert (status, headers["RateLimit"].split(";")[0]) == (429, f'"{bucket}"')


async def test_one_request_too_many_in_flight_takes_a_token_too(tmp_path: Path) -> None:
    async with town_of(tmp_path, Limits(connections_per_address=1)) as town:
        caller, now_ns = "127.0.0.1", town.clock.stand_still()
        with town.parts.in_flight.one(caller):
            before = town.parts.buckets.take("anonymous", caller, now_ns, 0).tokens
            status, told, headers = await town.ask("GET", "/v1/venue")
        assert (status, told["code"]) == (429, "rate_limited")
        assert headers["RateLimit"].startswith(f'"anonymous";r={before - 1};')


async def test_no_page_of_another_origin_writes_anything(town: Town) -> None:
    """Over all routes that are no read; a browser's own write names this venue."""
    town.lift_rates()
    token = await town.log_on(ROLE)
    writes = [route for route in ROUTES if route.method != "GET"]
    assert {"/v1/auth/challenge", "/v1/auth/ticket", "/v1/orders"} < {each.path for each in writes}
    for route in writes:
        for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Cookie": token}):
            by_cookie = "Cookie" in headers
            sent = {"Cookie": f"gpubourse={token}"} if by_cookie else headers
            status, told, _ = await town.ask(
                route.method, address(route), token="" if by_cookie else token, **sent
            )
            if by_cookie and not route.needs_session:
                continue  # opened by no cookie
            assert (status, told["code"]) == (403, "origin_not_allowed"), route.path
