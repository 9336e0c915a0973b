"""What comes by way of a proxy, and what the proxy asks for itself."""

from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

import pytest

from gateway.addresses import is_within
from gateway.routes.system import ROUTES
from gateway.settings import Limits, Settings
from tests.gateway.raw_line import head, raw_line
from tests.gateway.routes.test_query import address
from tests.gateway.town import town_of
from tests.waiting import until

PROXY = "127.0.0.1"
STRANGER = "X-Forwarded-For: 6.6.6.6"
HEALTH = [route.path for route in ROUTES if route.is_health]
READS = [route for route in ROUTES if route.method == "GET"]
LONG = Limits(body_ms=600_000, reply_ms=600_000)  # whoever waits for a body is not heard in time


@pytest.mark.parametrize("path", HEALTH)
async def test_no_strangers_question_for_our_health_counts_as_the_proxys(
    tmp_path: Path, path: str
) -> None:
    async with town_of(tmp_path, Limits(connections_per_address=2), proxies=(PROXY,)) as town:
        theirs = head(f"GET {path} HTTP/1.1", STRANGER)
        own = head(f"GET {path} HTTP/1.1")
        no_address = head(f"GET {path} HTTP/1.1", "X-Forwarded-For: unknown")
        async with raw_line(town, PROXY) as line:
            with ExitStack() as flying:
                for _ in range(2):
                    flying.enter_context(town.parts.in_flight.one("6.6.6.6"))
                found = []
                for request in (theirs, own, no_address):
                    line.send(request)
                    found.append((await line.reply()).status)
                assert found == [429, 200, 200]
            with ExitStack() as flying:
                for _ in range(2):
                    flying.enter_context(town.parts.in_flight.one(PROXY))
                line.send(theirs)
                assert (await line.reply()).status == 200


async def test_a_body_that_never_comes_leaves_the_proxys_own_questions_answered(
    tmp_path: Path,
) -> None:
    limits = Limits(connections_per_address=3, body_ms=600_000)
    async with town_of(tmp_path, limits, proxies=(PROXY,)) as town, AsyncExitStack() as stack:
        for path in HEALTH:
            for _ in range(limits.connections_per_address):
                line = await stack.enter_async_context(raw_line(town, PROXY))
                line.send(head(f"GET {path} HTTP/1.1", STRANGER, "Content-Length: 10"))
            await until(lambda: town.parts.in_flight.count("6.6.6.6") == 0)
            async with raw_line(town, PROXY) as line:
                line.send(head(f"GET {path} HTTP/1.1"))
                assert (await line.reply()).status == 200


@pytest.mark.parametrize("name", ["", "auditor"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_no_read_waits_for_a_body(tmp_path: Path, method: str, name: str) -> None:
    """Over all routes that read: refused from the head alone."""
    async with town_of(tmp_path, LONG) as town:
        town.lift_rates()
        who = [f"Authorization: Bearer {await town.log_on(name)}"] if name else []
        for route in READS:
            if route.is_socket and method == "HEAD":
                continue  # which has none
            async with raw_line(town) as line:
                first = f"{method} {address(route)} HTTP/1.1"
                line.send(head(first, "Content-Length: 10", "Content-Type: application/json", *who))
                told = await line.reply() if method == "GET" else None
                status = told.status if told else int((await line.ended()).split(b" ")[1])
            assert status == (401 if route.needs_session and not name else 400), route.path
            assert told is None or status != 400 or b"A read takes no body" in told.body


SPELLINGS = [
    ("::ffff:127.0.0.1", "127.0.0.1"),
    ("::FFFF:7f00:1", "127.0.0.1"),
    ("0:0:0:0:0:ffff:127.0.0.1", "127.0.0.1"),
    ("127.0.0.1", "127.0.0.1"),
    ("2001:DB8::1", "2001:db8::1"),
    ("2001:db8:0:0:0:0:0:1", "2001:db8::1"),
    ("2001:0db8:0000::0001", "2001:db8::1"),
]


@pytest.mark.parametrize(("typed", "plain"), SPELLINGS)
def test_a_proxys_address_is_kept_in_its_one_spelling(
    tmp_path: Path, typed: str, plain: str
) -> None:
    assert Settings(data_folder=tmp_path, proxies=(typed, "proxy")).proxies == (plain, "proxy")


@pytest.mark.parametrize("typed", [typed for typed, plain in SPELLINGS if plain == PROXY])
async def test_a_proxy_is_known_by_whatever_spelling(tmp_path: Path, typed: str) -> None:
    async with town_of(tmp_path, proxies=(typed,)) as town, raw_line(town, PROXY) as line:
        now_ns = town.clock.stand_still()
        line.send(head("GET /v1/venue HTTP/1.1", STRANGER))
        assert (await line.reply()).status == 200
        left = [
            town.parts.buckets.take("anonymous", caller, now_ns, 0).tokens
            for caller in ("6.6.6.6", PROXY)
        ]
        assert left[0] == left[1] - 1, "the caller has paid, and not the proxy"
        line.send(head("GET /v1/venue HTTP/1.1"))
        assert (await line.reply()).status == 400


@pytest.mark.parametrize(
    ("caller", "network", "is_in"),
    [
        ("203.0.113.9", "203.0.113.0/24", True),
        ("203.0.114.9", "203.0.113.0/24", False),
        ("::ffff:203.0.113.9", "203.0.113.0/24", True),
        ("203.0.113.9", "::ffff:203.0.113.0/120", True),
        ("203.0.114.9", "::FFFF:CB00:7100/120", False),
        ("203.0.113.9", "::ffff:203.0.113.9", True),
        ("203.0.113.9", "::ffff:0:0/96", True),
        ("203.0.113.9", "::/0", False),
        ("2001:db8::9", "2001:DB8:0::/64", True),
        ("2001:db8::9", "::ffff:0:0/96", False),
        ("203.0.113.9", "nonsense", False),
        ("", "0.0.0.0/0", False),
    ],
)
def test_a_keys_network_is_known_by_whatever_spelling(
    caller: str, network: str, is_in: bool
) -> None:
    assert is_within(caller, network) is is_in
