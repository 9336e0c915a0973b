"""Which Host and Origin a request may name: every route x every way of naming a wrong one."""

from collections import Counter
from typing import NamedTuple

import pytest

from gateway.routes.request import Origins, Route
from gateway.routes.system import ROUTES
from gateway.settings import Settings
from tests.gateway.raw_line import head, raw_line
from tests.gateway.routes.test_query import address
from tests.gateway.town import Town

ROLE = "clerk"
PUBLIC = {  # read by anybody, so by anybody's page: each of these is meant to be
    "/", "/{name:.+}", "/openapi.json", "/asyncapi.json", "/problems/{code}",
    "/v1/venue", "/v1/rules", "/v1/models", "/v1/instruments", "/v1/instruments/{market}",
    "/v1/markets", "/v1/markets/{market}", "/v1/markets/{market}/book",
    "/v1/markets/{market}/candles", "/v1/markets/{market}/trades",
    "/v1/markets/{market}/worth",
    "/log/checkpoint", "/log/key", "/log/heads/{number:.+}", "/log/tile/{level}/{number:.+}",
    "/log/old/{log}/checkpoint", "/log/old/{log}/key", "/log/old/{log}/acceptance",
    "/log/old/{log}/heads/{number:.+}", "/log/old/{log}/tile/{level}/{number:.+}",
}  # fmt: skip
HEALTH = {"/livez", "/readyz"}


class Case(NamedTuple):
    """One way of asking."""

    host: str = ""  # "": our own
    origin: str = ""  # "": none
    by: str = ""  # cookie or bearer


FOREIGN_HOST = Case(host="evil.example:8470")
REBOUND = Case(host="evil.example:8470", origin="http://evil.example:8470")
FOREIGN = Case(origin="http://evil.example")
NO_ORIGIN_AT_ALL = Case(origin="null")
OTHER_SCHEME = Case(origin="https://{host}")
OTHER_PORT = Case(origin="http://127.0.0.1:1")
OWN = Case(origin="http://{host}")
PLAIN = Case()
COOKIE = Case(by="cookie")
FOREIGN_COOKIE = Case(origin="http://localhost:3000", by="cookie")
FOREIGN_BEARER = Case(origin="http://evil.example", by="bearer")
CASES = (
    FOREIGN_HOST, REBOUND, FOREIGN, NO_ORIGIN_AT_ALL, OTHER_SCHEME, OTHER_PORT, OWN, PLAIN,
    COOKIE, FOREIGN_COOKIE, FOREIGN_BEARER,
)  # fmt: skip


def is_let_in(route: Route, case: Case) -> bool:
    """What WIRE 1 says, in the words of this page."""
    if route.path in HEALTH:
        return True
    if case.host:
        return False
    if case in (OWN, PLAIN):
        return True
    if case == COOKIE:
        return route.method == "GET" or (not route.needs_session and route.path in PUBLIC)
    return route.method == "GET" and route.path in PUBLIC and not case.by


def test_what_is_for_every_page_is_written_here() -> None:
    found = {route.path for route in ROUTES if route.origins is Origins.PUBLIC}

    assert found == PUBLIC
    assert {route.path for route in ROUTES if route.origins is Origins.ANY} == HEALTH


@pytest.mark.parametrize("case", CASES, ids=repr)
async def test_every_route_looks_where_a_request_comes_from(town: Town, case: Case) -> None:
    town.lift_rates()
    own, met = f"127.0.0.1:{town.port}", Counter[bool]()
    for route in ROUTES:
        token = await town.log_on(ROLE) if case.by else ""  # each time: one of them logs off
        lines = ["Connection: close"]
        if case.origin:
            lines.append(f"Origin: {case.origin.format(host=own)}")
        if case.by:
            kinds = {"cookie": f"Cookie: gpubourse={token}"}
            lines.append(kinds.get(case.by, f"Authorization: Bearer {token}"))
        async with raw_line(town) as line:
            first = f"{route.method} {address(route)} HTTP/1.1"
            line.send(head(first, *lines, host=case.host or own))
            reply = await line.reply()
        is_refused = b'"code":"origin_not_allowed"' in reply.body
        met[is_refused] += 1
        assert is_refused != is_let_in(route, case), (route.method, route.path, reply)
        if is_refused:
            assert reply.status == 403
    assert met[False] >= len(HEALTH)
    assert met[True] > 50 or case in (OWN, PLAIN, COOKIE)


async def test_a_page_of_others_is_offered_no_seat(town: Town) -> None:
    town.parts.offered["trader"] = "code"
    for headers, is_offered in (({}, True), ({"Origin": "http://evil.example"}, False)):
        _, reply, _ = await town.ask("GET", "/v1/venue", **headers)
        assert ("seats" in reply["result"]) == is_offered


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [
        ("localhost", True), ("LOCALHOST:9", True), ("127.0.0.2:8470", True), ("[::1]:8470", True),
        ("venue", False), ("localhost.evil.example", False), ("10.0.0.1", False), ("", False),
        ("[::1", False), ("evil@127.0.0.1", False), ("127.0.0.1/evil", False), ("::1", False),
        ("127.0.0.1:٣", False), ("127.0.0.1:8470:1", False), ("[::1]x", False),
        ("localhost:", False), ("127.0.0.1, 127.0.0.1", False), ("127.0.0.1?x", False),
        ("localhost.", False),
    ],
)  # fmt: skip
async def test_in_the_clear_only_this_machine_is_named(
    town: Town, host: str, is_ours: bool
) -> None:
    async with raw_line(town) as line:
        line.send(head(host=host))
        assert (await line.reply()).status == (200 if is_ours else 403)


@pytest.mark.parametrize("changes", [{"tls_cert": "x.pem"}, {"proxies": ("203.0.113.1",)}])
async def test_under_tls_the_origins_scheme_is_https(
    town: Town, changes: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = town.parts.settings.data_folder
    secure = Settings(data_folder=folder, **changes)  # type: ignore[arg-type]
    monkeypatch.setattr(type(town.parts.settings), "is_secure", secure.is_secure)
    for scheme, host, status in (
        ("http", "venue.example", 403),
        ("https", "venue.example", 200),
        ("https", "VENUE_1.example:8470", 200),
        ("https", "me@venue.example", 403),
    ):
        lines = (f"Origin: {scheme}://{host}", "Content-Length: 2")
        raw = head(
            "POST /v1/auth/challenge HTTP/1.1",
            *lines, "Content-Type: application/json", host=host,
        )  # fmt: skip
        async with raw_line(town) as line:
            line.send(raw + b"{}")
            assert (await line.reply()).status == status


async def test_the_head_of_the_socket_opens_none(town: Town) -> None:
    upgrade = (
        "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==",
    )  # fmt: skip
    for method, status in (("HEAD", 404), ("GET", 101)):
        async with raw_line(town) as line:
            line.send(head(f"{method} /v1/ws HTTP/1.1", *upgrade))
            top = await line.reader.readline()
            assert top.split()[1] == str(status).encode()


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/json;q=0", 406), ("*/*; q=0.000", 406), ("application/json;q=0, */*", 200),
        ("application/json;q=0.01", 200), ("application/*; charset=utf-8", 200),
    ],
)  # fmt: skip
async def test_a_form_with_a_weight_of_nought_is_not_wanted(
    town: Town, accept: str, status: int
) -> None:
    assert (await town.ask("GET", "/v1/venue", Accept=accept))[0] == status
