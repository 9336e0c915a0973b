"""No route is free but what costs nothing; who is refused again and again waits."""

import asyncio
import json
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import pytest

from gateway.access.limits import RATES, TokenBuckets, TokenRate, TokensLeft
from gateway.routes import openapi
from gateway.routes.console_files import console_files
from gateway.routes.request import LARGE_BYTES
from gateway.routes.system import ROUTES
from gateway.settings import Limits
from ledger.durations import SECOND_NS
from tests.gateway.raw_line import head, raw_line
from tests.gateway.routes.test_query import address
from tests.gateway.town import Town, town_of
from tests.waiting import until

FREE = {"/livez", "/readyz"}  # a few words from memory
MADE_ONCE = {"/openapi.json", "/", "/{name:.+}"}


@pytest.fixture
def drawn(town: Town, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Hashable]]:
    """Each token that is drawn in the town: its bucket, and whose it is."""
    town.lift_rates()
    drawn: list[tuple[str, Hashable]] = []
    take = TokenBuckets.take

    def noted(
        buckets: TokenBuckets, bucket: str, caller: Hashable, now_ns: int, cost: int = 1
    ) -> TokensLeft:
        drawn.extend([(bucket, caller)] * cost)
        return take(buckets, bucket, caller, now_ns, cost)

    monkeypatch.setattr(TokenBuckets, "take", noted)
    return drawn


async def test_every_request_draws_one_token_but_those_after_our_health(
    town: Town, drawn: list[tuple[str, Hashable]]
) -> None:
    """Over all routes, by every method, answered or refused."""
    for route in ROUTES:
        for method in ("GET", "HEAD", "POST", "DELETE", "OPTIONS"):
            for host in (f"127.0.0.1:{town.port}", "evil.example"):
                drawn.clear()
                async with raw_line(town) as line:
                    line.send(head(f"{method} {address(route)} HTTP/1.1", host=host))
                    top = await line.reader.readline()
                is_free = route.path in FREE and method in {"GET", "HEAD"}
                assert len(drawn) == (0 if is_free else 1), (method, route.path, top, drawn)
                assert {caller for _, caller in drawn} <= {"127.0.0.1"}


@pytest.mark.parametrize("of_bytes", [40, 3 * LARGE_BYTES])
async def test_a_request_that_is_cut_inside_its_body_draws_as_one_that_came_whole(
    town: Town, drawn: list[tuple[str, Hashable]], of_bytes: int
) -> None:
    """Over all routes, with a session and without; a large one has paid for its body before."""
    session = await town.log_on("trader")
    bodies, begun = town.parts.bodies_in_flight, 0
    lines = [f"Content-Length: {of_bytes}", "Content-Type: application/json"]
    for route in ROUTES:
        for bearer, caller in (
            ([], "127.0.0.1"),
            ([f"Authorization: Bearer {session}"], town.keys["trader"].party),
        ):
            drawn.clear()
            async with raw_line(town) as line:
                line.send(head(f"{route.method} {address(route)} HTTP/1.1", *lines, *bearer))
                line.send(b'{"a":')
                await until(lambda caller=caller: drawn or bodies.count(caller))
                is_begun = bodies.count(caller) > 0
            await until(lambda caller=caller: drawn and not bodies.count(caller))
            whole = of_bytes // LARGE_BYTES if is_begun else 0
            assert len(drawn) == 1 + whole, (route.path, bool(bearer), drawn)
            begun += is_begun
    assert begun > (40 if of_bytes < LARGE_BYTES else 5), begun


async def test_what_is_the_same_for_everybody_is_made_before_anybody_asks(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made(*terms: Any) -> dict[str, Any]:
        raise AssertionError("the description is made again")

    def read(path: Path) -> bytes:
        raise AssertionError(f"{path} is read again")

    town.lift_rates()
    monkeypatch.setattr(openapi, "document", made)
    monkeypatch.setattr(Path, "read_bytes", read)
    paths = [address(route) for route in ROUTES if route.path in MADE_ONCE]
    assert len(paths) == len(MADE_ONCE)
    for path in paths:
        lengths = set()
        for method in ("GET", "HEAD", "HEAD", "GET"):
            async with town.http.request(method, town.url + path) as response:
                body = await response.read()
                assert response.status == 200
                assert bool(body) == (method == "GET")
                lengths.add(response.headers["Content-Length"])
                etag = response.headers["ETag"]
        assert len(lengths) == 1
        for held, status in ((etag, 304), (f'"x", W/{etag}', 304), ("*", 304), ('"x"', 200)):
            headers = {"If-None-Match": held}
            async with town.http.get(town.url + path, headers=headers) as response:
                assert (response.status, bool(await response.read())) == (status, status == 200)


async def test_a_file_beside_the_console_is_no_file_of_it(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "outside.js").write_text("secret")
    (tmp_path / "inside" / "main.js").write_text("1")
    (tmp_path / "inside" / "notes.py").write_text("secret")

    assert set(console_files(tmp_path / "inside")) == {"main.js"}


def slow_refusals(town: Town) -> None:
    """A visitor may read once in an age, and hear twice that he may not."""
    town.parts.buckets.rates = {
        **RATES, "anonymous": TokenRate(1, 1), "refusals": TokenRate(2, 1),
    }  # fmt: skip


@pytest.mark.parametrize("path", ["/v1/venue", "/v1/nowhere", "/nothing.js", "/v1/orders"])
async def test_who_goes_on_asking_is_slowed_and_nobody_else_is(town: Town, path: str) -> None:
    slow_refusals(town)
    town.parts.buckets.rates["visits"] = TokenRate(1, 1)
    now_ns = town.clock.stand_still()
    async with raw_line(town, "127.0.0.2") as line, raw_line(town, "127.0.0.3") as other:
        line.send(head(f"GET {path} HTTP/1.1") * 4)
        assert [(await line.reply()).status for _ in range(3)][1:] == [429, 429]
        held = asyncio.create_task(line.reply())
        for _ in range(20):
            other.send(head("GET /livez HTTP/1.1"))
            assert (await other.reply()).status == 200
        assert not held.done(), "its answer is still to come"
        assert town.parts.buckets.owe("refusals", "127.0.0.2", now_ns, 1) is None
        assert (await held).status == 429


async def test_who_has_more_waiting_than_may_wait_loses_the_line(tmp_path: Path) -> None:
    async with town_of(tmp_path, Limits(connections_per_address=1)) as town:
        slow_refusals(town)
        now_ns = town.clock.stand_still()
        while town.parts.buckets.owe("refusals", "127.0.0.1", now_ns, 1) is not None:
            pass
        async with raw_line(town) as line:
            line.send(head() * 2)
            assert (await line.reply()).status == 200
            reply = await line.reply()
            assert (reply.status, reply.headers["connection"]) == (429, "close")
            assert await line.ended() == b""


def test_a_token_still_to_come_is_waited_for() -> None:
    buckets = TokenBuckets({"refusals": TokenRate(2, 4)})
    owed = [buckets.owe("refusals", "a", 0, 3) for _ in range(7)]

    assert owed == [0, 0, SECOND_NS // 4, SECOND_NS // 2, SECOND_NS * 3 // 4, None, None]
    assert buckets.owe("refusals", "b", 0, 3) == 0, "another's own"
    assert buckets.owe("refusals", "a", SECOND_NS, 3) == 0


@pytest.mark.parametrize(
    "sent",
    [
        b"no http at all\r\n\r\n",
        b"GET /livez\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /%s HTTP/1.1\r\nHost: a\r\n\r\n" % (b"x" * 9_000),
        b"GET /livez HTTP/1.1\r\nHost: a\r\nX: %s\r\n\r\n" % (b"x" * 17_000),
        b"GET /livez HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    ],
)
async def test_bytes_that_are_no_request_are_refused_as_all_else_is(
    town: Town, sent: bytes
) -> None:
    buckets, now_ns = town.parts.buckets, town.clock.stand_still()
    before = buckets.take("anonymous", "127.0.0.1", now_ns, 0).tokens
    async with raw_line(town) as line:
        line.send(sent)
        reply = await line.reply()
        assert (reply.status, reply.headers["server"]) == (400, "gpubourse")
        assert json.loads(reply.body)["code"] == "bad_shape"
        assert await line.ended() == b""
    assert buckets.take("anonymous", "127.0.0.1", now_ns, 0).tokens == before - 1


async def test_one_request_of_an_address_goes_on_in_a_turn(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many one address has sent on however many lines, another's is answered between."""
    town.lift_rates()
    order: list[str] = []
    add = town.parts.metrics.request
    lines = 5

    def noted(route: Any, status: int, seconds: float) -> None:
        order.append("many" if route.path == "/livez" else "one")
        add(route, status, seconds)

    monkeypatch.setattr(town.parts.metrics, "request", noted)
    async with raw_line(town, "127.0.0.3") as other:
        other.send(head())
        await other.reply()
        order.clear()
        tasks = [asyncio.create_task(_pipelined(town)) for _ in range(lines)]
        await until(lambda: order)
        for _ in range(5):
            behind = len(order)
            other.send(head())
            await other.reply()
            assert order[behind:].count("many") <= 12, "not one for each line of the other"
        await asyncio.gather(*tasks)
    assert order.count("many") == lines * 200


async def _pipelined(town: Town) -> None:
    async with raw_line(town, "127.0.0.2") as line:
        line.send(head("HEAD /livez HTTP/1.1") * 200)
        for _ in range(200):
            await line.reader.readuntil(b"\r\n\r\n")
