"""What a body costs before it is read, and that a refused one leaves nothing: over all commands."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from exchange.ops import OPS
from gateway.access.limits import RATES, TokenRate
from gateway.routes.request import LARGE_BYTES, ApiRequest
from gateway.routes.system import ROUTES
from ledger.base64url import sha256_text
from ledger.durations import SECOND_NS
from ledger.op import Rest
from tests.gateway.raw_line import RawLine, head, raw_line
from tests.gateway.routes.test_query import PARTS, address
from tests.gateway.town import Town
from tests.waiting import until

COMMANDS = [route for route in ROUTES if route.op in OPS]
WITH_A_REPORT = [
    route for route in COMMANDS
    if isinstance(served := OPS[route.op].route, Rest) and served.with_report
]  # fmt: skip
LARGE = f"Content-Length: {LARGE_BYTES}"
JSON = "Content-Type: application/json"


@asynccontextmanager
async def begun(town: Town, first: str, token: str, *lines: str) -> AsyncIterator[RawLine]:
    """A request whose head alone was sent."""
    async with raw_line(town) as line:
        bearer = (f"Authorization: Bearer {token}",) if token else ()
        line.send(head(f"{first} HTTP/1.1", *bearer, *lines))
        yield line


async def test_a_large_body_is_refused_from_the_head_to_whom_the_op_is_not_open(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over all commands that not every scope opens: not a byte of the body is read."""

    async def read(request: ApiRequest, most: int) -> bytes:
        raise AssertionError(f"{request.http.path} reads a body")

    town.lift_rates()
    session = await town.log_on("reader")
    monkeypatch.setattr(ApiRequest, "_read", read)
    walked = 0
    for route in COMMANDS:
        for token, status in ((session, 403), ("", 401)):
            if token and (not route.scopes or "read" in route.scopes):
                continue
            walked += 1
            first = f"{route.method} {address(route)}"
            async with begun(town, first, token, LARGE, JSON) as line:
                assert (await line.reply()).status == status, route.path
                assert await line.ended() == b""
    assert walked > 60


async def test_a_large_body_draws_by_its_size_before_it_is_read(town: Town) -> None:
    token, key = await town.log_on("seller"), town.keys["seller"]
    town.parts.buckets.rates = {**RATES, "reads": TokenRate(4, 1)}
    town.clock.stand_still()

    def left_after(cost: int) -> int:
        now_ns = town.clock.wall_ns()
        return town.parts.buckets.take("reads", key.principal, now_ns, cost).tokens

    for route in WITH_A_REPORT:
        left = left_after(0)
        first = f"{route.method} {address(route)}"
        size = f"Content-Length: {2 * LARGE_BYTES + 1}"
        async with begun(town, first, token, size, "Content-Type: text/plain") as line:
            await until(lambda: town.parts.bodies_in_flight.count(key.party))
            assert left - left_after(0) == 2
        await until(lambda: not town.parts.bodies_in_flight.count(key.party))
        town.clock.skip(10 * SECOND_NS)
    left_after(4)
    async with begun(town, first, token, LARGE, "Content-Type: text/plain") as line:
        reply = await line.reply()
        assert (reply.status, json.loads(reply.body)["context"]["bucket"]) == (429, "reads")


async def test_no_refused_command_keeps_its_body(town: Town) -> None:
    """Over all commands that may bring one: refused by every role, and dry runs."""
    town.lift_rates()
    assert WITH_A_REPORT
    number = 0
    for route in WITH_A_REPORT:
        for role in ("clerk", "seller", "trader", "maker"):
            token = await town.log_on(role)  # what some keys sign there is kept
            before = set(town.store.reports)
            for query in ({}, {"dry_run": "true"}):
                number += 1
                raw = b"no report %d" % number
                args = {name: PARTS[name] for name in PARTS if f"{{{name}}}" in route.path}
                asked = {"site": "s-0001"} if "site" in {each.name for each in route.query} else {}
                args |= asked | ({"dry_run": True} if query else {})
                args["report_sha256"] = sha256_text(raw)
                headers = town.signed(role, route.op, args) | {"Content-Type": "text/plain"}
                path = address(route, **asked, **query)
                status, told, _ = await town.ask(
                    route.method, path, token=token, body=raw, **headers
                )
                assert 400 <= status < 500, (told, route.path)
                assert told["code"] != "bad_signature", told
                await asyncio.sleep(0)
                assert set(town.store.reports) == before, (route.path, role, told)
