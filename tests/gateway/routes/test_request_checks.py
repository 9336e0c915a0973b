"""What no route ever sees: bytes that are no text, slips in an address, foreign forms."""

import asyncio
import logging
import threading
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from msgspec.structs import force_setattr

from gateway.faults import Fault
from gateway.settings import Limits
from ledger.base64url import sha256_text
from ledger.reports.source import Source, read_source
from tests.exchange.ground import LEASE
from tests.gateway.bare_client import bare_client
from tests.gateway.raw_line import head as request_head
from tests.gateway.raw_line import raw_line
from tests.gateway.town import Town, town_of
from tests.ledger.things.dumps import dump, several
from tests.waiting import patience, soon, until


async def raw(town: Town, head: bytes) -> tuple[int, bytes]:
    """Status and body of a request written by hand."""
    port = int(town.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head + b"Connection: close\r\n\r\n")
    async with patience():
        top = await reader.readuntil(b"\r\n\r\n")
        length = top.partition(b"Content-Length: ")[2].partition(b"\r\n")[0]
        body = await reader.readexactly(int(length))
    writer.close()
    assert b"application/problem+json" in top, top
    return int(top.split()[1]), body


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/rules?rule=%00", 400, "bad_shape"),
        ("/v1/markets/%00", 400, "bad_shape"),
        ("/a%00b.js", 400, "bad_shape"),
        (f"/{'x' * 300}.js", 404, "unknown_route"),
        ("/v1/instruments?kond=title", 400, "bad_field"),
        ("/v1/venue?limit=1", 400, "bad_field"),
        ("/v1/ws", 400, "bad_shape"),
    ],
)
async def test_an_address_that_names_nothing_is_refused_in_words(
    town: Town, path: str, status: int, code: str
) -> None:
    found, problem, _ = await town.ask("GET", path)

    assert (found, problem["code"]) == (status, code)


async def test_a_commands_members_do_not_stand_in_its_address(town: Town) -> None:
    token = await town.log_on("trader")
    body = {"market": LEASE}
    headers = town.signed("trader", "order.cancel_all", body)

    status, problem, _ = await town.ask(
        "POST", "/v1/orders/cancel_all?side=bid", token=token, body=body, **headers
    )

    assert (status, problem["code"], problem["field"]) == (400, "bad_field", "/side")


async def test_an_empty_report_is_a_report_that_holds_nothing(town: Town) -> None:
    token = await town.log_on("seller")
    args = {"site": "s-0001", "report_sha256": sha256_text(b"")}
    headers = {**town.signed("seller", "import.new", args), "Content-Type": "text/plain"}

    status, problem, _ = await town.ask(
        "POST", "/v1/imports?site=s-0001", token=token, body=b"", **headers
    )

    assert (status, problem["code"]) == (422, "not_recognised")
    assert "empty" in problem["detail"]


async def test_another_form_is_refused_before_anything_is_done(town: Town) -> None:
    for accepted, status in (("text/csv", 406), ("text/html, */*;q=0.1", 200)):
        found, told, _ = await town.ask("GET", "/v1/instruments", Accept=accepted)
        assert found == status
    status, told, _ = await town.ask("GET", "/v1/venue", Accept="application/msgpack")
    assert (status, told["code"]) == (406, "bad_form")


@pytest.mark.parametrize(
    ("head", "status", "code"),
    [
        (b"Authorization: Bearer \xff\xfe\r\n", 401, b"no_session"),
        (b"Cookie: gpubourse=\xff\xfe\r\n", 401, b"no_session"),
    ],
)
async def test_a_token_of_any_bytes_opens_nothing(
    town: Town, head: bytes, status: int, code: bytes
) -> None:
    found, body = await raw(town, b"GET /v1/orders HTTP/1.1\r\nHost: 127.0.0.1\r\n" + head)

    assert (found, code in body) == (status, True)


@pytest.mark.parametrize("origin", [b"http://[::1", b"http://\xff", b"null"])
async def test_an_origin_that_is_no_address_is_not_ours(town: Town, origin: bytes) -> None:
    for host in (b"127.0.0.1", b"[::1"):
        head = b"POST /v1/auth/browser HTTP/1.1\r\nHost: %s\r\nOrigin: %s\r\n" % (host, origin)
        status, body = await raw(town, head)
        assert (status, b"origin_not_allowed" in body) == (403, True)


@pytest.mark.parametrize(
    ("host", "is_plain", "is_ours"),
    [
        ("127.0.0.1:{port}", True, True),
        ("localhost:{port}", True, True),
        ("[::1]:{port}", True, True),
        ("evil.example:{port}", True, False),  # its name leads here by now: DNS rebinding
        ("127.0.0.1.evil.example", True, False),
        ("localhost.evil.example", True, False),
        ("venue.example", False, True),  # with a certificate the name is the venue's own
    ],
)
async def test_a_page_of_a_name_that_was_led_to_loopback_is_not_ours(
    town: Town, host: str, is_plain: bool, is_ours: bool
) -> None:
    """The page's Origin and Host agree, as a browser that was rebound sends them."""
    if not is_plain:
        force_setattr(town.parts.settings, "tls_cert", "venue.pem")
    token = await town.log_on("trader")
    name = host.format(port=town.port)
    for scheme in ("http", "https"):
        head = f"POST /v1/auth/browser HTTP/1.1\r\nHost: {name}\r\nOrigin: {scheme}://{name}\r\n"
        head += f"Authorization: Bearer {token}\r\nContent-Length: 0\r\n"
        status, body = await raw(town, head.encode())

        is_own = is_ours and scheme == ("http" if is_plain else "https")
        assert (b"origin_not_allowed" in body) is not is_own, (status, body)


async def test_who_leaves_in_the_middle_of_a_body_leaves_no_fault(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    async with raw_line(town) as line:
        lines = ("Content-Type: application/json", "Content-Length: 9")
        line.send(request_head("POST /v1/auth/challenge HTTP/1.1", *lines) + b"{")
        await until(lambda: town.parts.in_flight.count("127.0.0.1") == 1)
    await until(lambda: town.parts.in_flight.count("127.0.0.1") == 0)

    assert not caplog.records


async def test_a_body_that_does_not_come_is_not_waited_for(tmp_path: Path) -> None:
    async with town_of(tmp_path, Limits(body_ms=100)) as town:
        head = b"POST /v1/auth/challenge HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n"
        head += b"Content-Type: application/json\r\n"
        status, body = await raw(town, head)

    assert (status, b"did not come to its end" in body) == (400, True)


async def test_what_nobody_expected_is_told_as_our_fault_and_kept(
    town: Town, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: str) -> Any:
        raise ZeroDivisionError("secret figures")

    monkeypatch.setattr(town.parts.market_views, "instrument", fail)
    with caplog.at_level(logging.ERROR):
        status, problem, headers = await town.ask("GET", f"/v1/instruments/{LEASE}")

    assert (status, problem["code"], problem["retryable"]) == (500, "internal", True)
    assert "secret" not in str(problem)
    assert headers["Retry-After"] == "1"
    assert problem["instance"] in caplog.text
    assert "ZeroDivisionError: secret figures" in caplog.text


async def test_a_socket_that_meets_our_fault_is_closed_with_1011(
    town: Town, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError("secret figures")

    monkeypatch.setattr(town.parts.sockets.subscriptions, "join", fail)
    with caplog.at_level(logging.ERROR):
        async with bare_client(town) as line:
            await line.ws.send_str('{"op":"subscribe","id":1,"feeds":["status/venue"]}')
            ended = await line.end()
            assert (ended.type, ended.data) == (aiohttp.WSMsgType.CLOSE, 1011)

    assert "ZeroDivisionError" in caplog.text


async def test_a_line_that_was_cut_is_nobodys_fault(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(ConnectionResetError), Fault("a request"):
        raise ConnectionResetError("the caller went away")

    assert not caplog.records


@pytest.mark.parametrize(("path", "status"), [("/", 200), ("/v1/venue", 200), ("/v1/ws", 404)])
async def test_who_asks_for_the_head_gets_the_head(town: Town, path: str, status: int) -> None:
    async with town.http.head(f"{town.url}{path}") as response:
        assert (response.status, await response.read()) == (status, b"")


async def test_bytes_that_are_no_http_leave_no_traceback(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    port = int(town.url.rpartition(":")[2])
    for sent in (b"no http at all\r\n\r\n", b"GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n"):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        assert b" 400 " in await soon(reader.readline())
        writer.close()

    assert not caplog.records


async def test_a_report_is_read_outside_the_engines_turn(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a report costs to read, others are served meanwhile: it has a thread of its own."""
    threads: list[str] = []

    def counted(raw: bytes) -> Source:
        threads.append(threading.current_thread().name)
        return read_source(raw)

    monkeypatch.setattr("ledger.inventory.read_source", counted)
    token = await town.log_on("seller")
    report = dump(*several(1))
    for dry_run in ("true", "false"):
        args = {
            "site": "s-0001",
            "dry_run": dry_run == "true",
            "report_sha256": sha256_text(report),
        }
        headers = town.signed("seller", "import.new", args)
        path = f"/v1/imports?site=s-0001&dry_run={dry_run}"
        await town.ask("POST", path, token=token, body=report, **headers, Content_Type="text/plain")

    assert len(threads) == 2
    assert {name.split("_")[0] for name in threads} == {"reports"}
