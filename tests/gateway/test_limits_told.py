"""A limit told is a limit enforced: the last value that passes, and the first that does not.

Every limit that `GET /v1/venue` tells has its walk here, and so has every other line of WIRE 7 that
this release serves. Bytes and counts are met at the gateway itself; time is handed in.
"""

import asyncio
import json
import re
import socket
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from exchange.engine.batch_writer import codec_for
from exchange.engine.engine import INBOX_MOST, Engine
from exchange.engine.group_decider import Answer, Unavailable
from gateway.access.auth import Auth
from gateway.access.command_intake import CommandIntake, CommandRequest
from gateway.access.invitations import Invitations, Invite
from gateway.access.limits import TokenBuckets
from gateway.access.session import Session, Sessions
from gateway.feeds.feed import Feed
from gateway.feeds.outbox import Outbox
from gateway.problems import ProblemRaised
from gateway.settings import FIXED, MOST, Limits
from gateway.socket import messages
from gateway.socket.connection import Connection
from gateway.socket.heartbeat import Heartbeat
from gateway.socket.inputs import Connected, TextReceived
from gpubourse import documents
from ledger.base64url import sha256_text
from ledger.durations import SECOND_NS
from ledger.events import NothingToDo
from ledger.inventory import GPUS_MOST, REPORT_BYTES_MOST, Unreadable
from ledger.journal.protocol import EVENT_BYTES_MOST
from ledger.parties.principal import VALID_NS
from ledger.refusals import Reason, Refused
from ledger.reports.report import must_be_few, must_fit
from ledger.views.lists.pages import ROWS_MOST
from tests.exchange.ground import LEASE, Floor
from tests.gateway import connection_walks, limit_walks, read_walks
from tests.gateway.bare_client import bare_client
from tests.gateway.limit_walks import Walk, walk
from tests.gateway.pipe import Pipe
from tests.gateway.town import SCOPES, Town, TownClock, town_of
from tests.house.sources import ROOT
from tests.ledger.hall import Hall
from tests.ledger.opened import digest
from tests.signing_keys import public_key
from tests.waiting import patience

MS_NS = 1_000_000
TESTS = ROOT / "tests"
PAGE = ROOT / "docs" / "design" / "WIRE.md"
PLANNED = "[planned]"
WALKS = limit_walks.WALKS
FILES_OF_WALKS = (connection_walks, read_walks)  # each of these put its own there


async def test_every_limit_that_the_venue_tells_has_its_walk(town: Town) -> None:
    _, told, _ = await town.ask("GET", "/v1/venue")

    assert told["result"]["limits"] == Limits().published()
    assert set(told["result"]["limits"]) == set(WALKS)


# The rows of WIRE 7's second table, and the tests that meet them.
ROWS = "gateway/test_limits_not_told.py"
SOCKET = "gateway/socket/test_protocol.py"
NOT_TOLD_BY_THE_ROUTE = {
    "the request line · a header": (f"{ROWS}::test_a_line_and_a_header",),
    "rates": (
        "gateway/access/test_limits.py::test_a_burst_then_the_refill_and_what_is_left_is_told",
        "gateway/test_limits_told.py::test_a_sockets_messages",
    ),
    "items of a snapshot's part": (f"{ROWS}::test_a_snapshots_part",),
    "commands waiting for the engine": ("gateway/test_limits_told.py::test_the_engines_inbox",),
    "sessions · challenges and tickets · invitations kept": (
        f"{ROWS}::test_what_is_kept_in_all",
        "gateway/test_stores_divided.py::test_what_one_fills_another_does_not_feel",
    ),
    "callers remembered by a rate": (f"{ROWS}::test_callers_of_a_rate",),
    "bad messages of a socket": (
        f"{SOCKET}::test_twenty_bad_messages_in_a_minute_are_borne",
        f"{SOCKET}::test_bad_messages_of_more_than_a_minute_ago_are_forgotten",
    ),
    "a socket beyond its rate": (
        "gateway/socket/test_socket_rate.py"
        "::test_who_stays_beyond_the_rate_for_ten_seconds_is_let_go",
    ),
    "what a socket sends before others have their turn": (
        "gateway/socket/test_hostile.py"
        "::test_a_hostile_client_pays_and_waits_and_a_healthy_one_is_answered",
    ),
    "a statement of a gateway's read of the journal · of an auditor's program": (
        "ledger/journal/test_postgres.py::test_no_read_of_a_reader_waits_without_end",
    ),
    "connections of the metrics' port · the whole head of one": (
        "gateway/server/test_metrics.py::test_so_many_at_once_and_one_more_is_closed",
        "gateway/server/test_metrics.py::test_who_says_nothing_is_let_go",
    ),
    "views behind the engine": (f"{ROWS}::test_views_behind_the_engine",),
    "open orders of a party in a market": ("exchange/test_refusals.py::order_limit",),
    "things in a title's issue": (
        f"{ROWS}::test_things_in_a_titles_issue",
        "ledger/oversight/test_approvals.py::test_a_proposal_fits_an_event",
    ),
    "units named at an acceptance": (
        "ledger/settlement/test_acceptance.py::test_a_list_that_one_event_cannot_hold_is_refused",
    ),
    "an event · a proposal's args": (
        "gateway/test_limits_told.py::test_an_event",
        "ledger/oversight/test_approvals.py::test_a_proposal_fits_an_event",
    ),
    "an entry of the log · a head, with its signatures · a receipt": (
        "ledger/log/test_entry.py"
        "::test_an_event_as_large_as_the_journal_takes_fits_and_a_larger_one_is_refused",
        "ledger/log/test_tree_head.py::test_bytes_that_are_no_signed_note_are_refused",
        "ledger/log/test_receipt.py::test_a_receipt_without_its_entry_or_far_too_long_is_refused",
    ),
    "a witness policy · its witnesses, its groups": (
        "ledger/log/test_witness_policy.py::test_what_is_no_policy_is_refused_by_its_line",
        "ledger/log/test_witness_policy.py::test_a_policy_has_so_many_witnesses_and_groups",
    ),
    "the witnesses' answers to a head · an answer": (
        "gateway/notary/test_witnesses.py::test_a_strange_answer_is_passed_over_and_said",
        "gateway/notary/test_witnesses.py::test_a_witness_that_does_not_answer_is_waited_for_once",
    ),
    "a tree head behind the journal": (
        "gateway/server/test_notary_process.py::test_it_publishes_what_is_there_and_follows",
    ),
    "withdrawal without a second signature": (
        "ledger/cash/test_payments.py::test_a_large_withdrawal_needs_a_second_holder_of_the_party",
    ),
    "a proposal's life": (
        "ledger/oversight/test_approvals.py::test_after_a_day_it_is_too_late",
        "ledger/oversight/test_approvals.py::test_a_proposal_that_nobody_answers_lapses",
    ),
    "servers that wait for one site operator's word, or got its no within that time": (
        "ledger/inspection/test_site_consent.py"
        "::test_an_operators_list_has_an_end_for_one_guest_and_for_all",
    ),
}


def test_every_row_of_wire_7_has_its_test() -> None:
    """The first table names its limits (and is held to them by tests/house/test_wire_page.py)."""
    section = re.split(r"^## \d+\. .*$", PAGE.read_text("utf-8"), flags=re.MULTILINE)[7]
    heads = ("limit", PLANNED)
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line[:2] == "| "]
    told = [row for row in rows if not row[0].startswith(heads)]
    names = {row[1].strip("`") for row in told if row[1].startswith("`")}
    others = {row[0] for row in told if not row[1].startswith("`")}

    assert names == set(WALKS)
    assert others == set(NOT_TOLD_BY_THE_ROUTE)
    for places in NOT_TOLD_BY_THE_ROUTE.values():
        for place in places:
            file, _, name = place.partition("::")
            assert f"def {name}(" in (TESTS / file).read_text("utf-8"), place


# --- bodies


def challenge_of(size: int) -> bytes:
    """A good body of so many bytes."""
    body = b'{"principal":"k-0003"}'
    return body + b" " * (size - len(body))


async def _challenge(town: Town, body: bytes) -> tuple[int, str]:
    status, told, _ = await town.ask("POST", "/v1/auth/challenge", body=body)
    return status, told.get("code", "")


@walk("body_bytes")
async def a_body(tmp_path: Path) -> None:
    async with town_of(tmp_path, Limits(body_bytes=100)) as town:
        assert await _challenge(town, challenge_of(100)) == (200, "")
        assert await _challenge(town, challenge_of(101)) == (413, "too_large")


@walk("body_bytes_anonymous")
async def a_strangers_body(tmp_path: Path) -> None:
    async with town_of(tmp_path, Limits(body_bytes_anonymous=100)) as town:
        assert await _challenge(town, challenge_of(100)) == (200, "")
        assert await _challenge(town, challenge_of(101)) == (413, "too_large")


@walk("body_ms")
async def a_body_that_does_not_come(tmp_path: Path) -> None:
    async with town_of(tmp_path, Limits(body_ms=1)) as town:
        reader, writer = await asyncio.open_connection(*_address(town))
        head = b"POST /v1/auth/challenge HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n"
        writer.write(head + b"Content-Type: application/json\r\n\r\n")
        async with patience():
            assert b" 400 " in await reader.readline()
        writer.close()
    async with town_of(tmp_path) as town:
        assert await _challenge(town, challenge_of(100)) == (200, "")


@walk("import_bytes")
async def a_report(tmp_path: Path) -> None:
    async with town_of(tmp_path, Limits(import_bytes=100)) as town:
        token = await town.log_on("seller")
        for size, code in ((100, "not_recognised"), (101, "too_large")):
            raw = b"x" * size
            args = {"site": "s-0001", "report_sha256": sha256_text(raw)}
            headers = {**town.signed("seller", "import.new", args), "Content-Type": "text/plain"}
            path = "/v1/imports?site=s-0001"
            _, told, _ = await town.ask("POST", path, token=token, body=raw, **headers)
            assert told["code"] == code
    must_fit(REPORT_BYTES_MOST)
    with pytest.raises(Unreadable):
        must_fit(REPORT_BYTES_MOST + 1)


@walk("import_gpus")
async def a_reports_gpus(_: Path) -> None:
    assert FIXED["import_gpus"] == GPUS_MOST
    must_be_few(GPUS_MOST)
    with pytest.raises(Unreadable):
        must_be_few(GPUS_MOST + 1)


@walk("json_depth")
async def a_nest(tmp_path: Path) -> None:
    limits = Limits(json_depth=3)
    async with town_of(tmp_path, limits) as town:
        for body, is_deep in ((b'{"principal":[[1]]}', False), (b'{"principal":[[[1]]]}', True)):
            _, told, _ = await town.ask("POST", "/v1/auth/challenge", body=body)
            assert ("deeper than 3" in told["detail"]) == is_deep
    _message(b'{"op":"subscribe","id":1,"feeds":[[1]]}', limits)
    with pytest.raises(Refused, match="deeper than 3"):
        _message(b'{"op":"subscribe","id":1,"feeds":[[[1]]]}', limits)


@walk("text_characters")
async def a_text(tmp_path: Path) -> None:
    limits = Limits(text_characters=10)
    async with town_of(tmp_path, limits) as town:
        for length, status in ((10, 200), (11, 400)):
            found, told, _ = await town.ask(
                "POST", "/v1/auth/challenge", body={"principal": "x" * length}
            )
            assert found == status, told
    _message(json.dumps({"op": "ping", "id": "x" * 10}).encode(), limits)
    with pytest.raises(Refused, match="at most 10"):
        _message(json.dumps({"op": "ping", "id": "x" * 11}).encode(), limits)


@walk("json_members")
async def an_objects_members(tmp_path: Path) -> None:
    limits = Limits(json_members=3)
    async with town_of(tmp_path, limits) as town:
        for number, is_much in ((3, False), (4, True)):
            body = {f"a{n}": 0 for n in range(number)}
            _, told, _ = await town.ask("POST", "/v1/auth/challenge", body=body)
            assert ("has 4 members; at most 3" in told["detail"]) == is_much
    _message(b'{"op":"ping","id":1}', limits)
    with pytest.raises(Refused, match="at most 3"):
        _message(b'{"op":"subscribe","id":1,"feeds":[],"since":1}', limits)


@walk("json_values", "socket_message_values")
async def a_texts_values(tmp_path: Path) -> None:
    async with town_of(tmp_path, Limits(json_values=5)) as town:
        few, many = (b"[0,0,0,0]", b"[{},[0],0]"), (b"[0,0,0,0,0]", b"[{},[0],0,0]")
        for body, is_much in (*((body, False) for body in few), *((body, True) for body in many)):
            _, told, _ = await town.ask("POST", "/v1/auth/challenge", body=body)
            assert ("more than 5 values" in told["detail"]) == is_much
    limits = Limits(socket_message_values=5)
    _message(b'{"op":"subscribe","id":1,"feeds":[0]}', limits)
    with pytest.raises(Refused, match="more than 5 values"):
        _message(b'{"op":"subscribe","id":1,"feeds":[0,0]}', limits)


def _message(text: bytes, limits: Limits) -> messages.ClientMessage:
    return messages.message_of(messages.decoded(text, limits))


# --- reads


@walk("rows_per_page", "rows_by_default")
async def a_page(tmp_path: Path) -> None:
    async with town_of(tmp_path, Limits(rows_per_page=4, rows_by_default=3)) as town:
        token = await town.log_on("auditor")
        for query, rows in (("", 3), ("?limit=4", 4)):
            _, told, _ = await town.ask("GET", f"/v1/audit/events{query}", token=token)
            assert len(told["rows"]) == rows
        status, told, _ = await town.ask("GET", "/v1/audit/events?limit=5", token=token)
        assert (status, told["field"]) == (400, "/limit")


@walk("book_depth_anonymous")
async def a_book(tmp_path: Path) -> None:
    async with town_of(tmp_path) as town, bare_client(town) as line:
        most = FIXED["book_depth_anonymous"]
        for depth, status in ((most, 200), (most + 1, 400), ("full", 401)):
            found, _, _ = await town.ask("GET", f"/v1/markets/{LEASE}/book?depth={depth}")
            assert found == status
        names = [f"book.{depth}.0/{LEASE}" for depth in (most, most + 1, "full")]
        told = (await line.ask(op="subscribe", feeds=names))["result"]["feeds"]
        assert [each["ok"] for each in told] == [True, False, False]
        await line.ask(op="logon", token=await town.log_on("reader"))
        told = (await line.ask(op="subscribe", feeds=names))["result"]["feeds"]
        assert [each["ok"] for each in told] == [True, False, True]


@walk("position_wait_ms", "position_wait_ms_most")
async def a_wait_for_a_position(tmp_path: Path) -> None:
    async with town_of(tmp_path, Limits(position_wait_ms=1, position_wait_ms_most=20)) as town:
        path, head = "/v1/instruments?min_position=", town.engine.head
        for query, code in (
            (f"{head}", None),
            (f"{head + 1}", "not_yet"),
            (f"{head}&wait_ms=20", None),
            (f"{head}&wait_ms=21", "bad_field"),
        ):
            _, told, _ = await town.ask("GET", path + query)
            assert told.get("code") == code


# --- commands, by the gateway's own clock


class Clock:
    """Wall time, as it is set."""

    def __init__(self) -> None:
        self.now_ns = 10**18

    def __call__(self) -> int:
        return self.now_ns


def a_session(scopes: tuple[str, ...] = ("trade", "admin")) -> Session:
    return Session("s", "p-0002", "k-0003", scopes, 2**62, "session", "", (), b"", b"")


def intake_of(limits: Limits, clock: Clock) -> CommandIntake:
    def submit(_: Any) -> "asyncio.Future[Answer]":
        return asyncio.get_running_loop().create_future()

    return CommandIntake(submit, TokenBuckets(), limits, venue=lambda: "cn-1", wall_ns=clock)


@walk("valid_ms", "valid_ms_most", "clock_ahead_ms")
async def a_signature_in_time(_: Path) -> None:
    limits, clock = Limits(valid_ms=50, valid_ms_most=70, clock_ahead_ms=10), Clock()
    intake = intake_of(limits, clock)

    def caller(age_ns: int, valid_ms: int | None = None) -> Reason | None:
        args = {"order": "o-000001"}
        issued_ns = clock.now_ns - age_ns
        wanted = CommandRequest("order.cancel", args, "key", issued_ns, valid_ms)
        try:
            intake.prove(wanted, a_session())
        except Refused as refused:
            return refused.reason
        return None

    assert caller(50 * MS_NS) is None
    assert caller(50 * MS_NS + 1) is Reason.too_late
    assert caller(70 * MS_NS, 70) is None
    assert caller(0, 71) is Reason.bad_field
    assert caller(-10 * MS_NS) is None
    assert caller(-10 * MS_NS - 1) is Reason.clock_ahead


@walk("answer_wait_ms")
async def an_answer(_: Path) -> None:
    intake = intake_of(Limits(answer_wait_ms=1), Clock())
    there: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    there.set_result(Answer(1, 1, {}, 200))

    assert (await intake.answer(there, "key")).status == 200
    with pytest.raises(ProblemRaised) as raised:
        await intake.answer(asyncio.get_running_loop().create_future(), "key")
    assert str(raised.value) == "unavailable"


# --- logging on


@walk("challenge_s", "ticket_s", "session_s_most", "session_s_reading")
async def a_logon(tmp_path: Path) -> None:
    limits, clock = Limits(), Clock()
    async with town_of(tmp_path) as town:
        auth = Auth(
            town.parts.auth.directory,
            limits,
            venue=lambda: "cn-1",
            venue_ns=lambda: 1,
            wall_ns=clock,
        )
        key = town.keys["trader"]

        def logged_on(late_ns: int, ttl_s: int, scopes: list[str]) -> Session | Reason:
            word, _ = auth.challenge("127.0.0.1")
            clock.now_ns += late_ns
            document = documents.logon_document(
                challenge=word,
                party=key.party,
                principal=key.principal,
                scopes=scopes,
                ttl_s=ttl_s,
                venue="cn-1",
            )
            signature = documents.sign(key.private_key, document)
            try:
                return auth.log_on(document, signature, "127.0.0.1").session
            except Refused as refused:
                return refused.reason

        in_time_ns, both = limits.challenge_s * SECOND_NS - 1, SCOPES["trader"]
        assert isinstance(logged_on(in_time_ns, limits.session_s_most, both), Session)
        assert logged_on(in_time_ns + 1, 1, both) is Reason.challenge_spent
        assert logged_on(0, limits.session_s_most + 1, both) is Reason.bad_field
        session = logged_on(0, limits.session_s_reading, ["read"])
        assert isinstance(session, Session)
        assert session.expires_ns == clock.now_ns + limits.session_s_reading * SECOND_NS
        assert logged_on(0, limits.session_s_reading + 1, ["read"]) is Reason.bad_field
        for late_ns, is_good in ((-1, True), (0, False)):
            word, _ = auth.ticket(session)
            clock.now_ns += limits.ticket_s * SECOND_NS + late_ns
            assert _is_redeemed(auth, word) == is_good


def _is_redeemed(auth: Auth, ticket: str) -> bool:
    try:
        auth.redeem(ticket, "127.0.0.1")
    except Refused:
        return False
    return True


@walk("invitation_s")
async def an_invitation(_: Path) -> None:
    limits, clock = Limits(), Clock()
    invitations = Invitations(limits, clock)
    for late_ns, is_good in ((-1, True), (0, False)):
        code, _ = invitations.make(Invite(holder="somebody", scopes=["read"]), a_session())
        clock.now_ns += limits.invitation_s * SECOND_NS + late_ns
        assert invitations.is_out(code) == is_good


# --- sockets


def _address(town: Town) -> tuple[str, int]:
    host, _, port = town.url.removeprefix("http://").partition(":")
    return host, int(port)


@walk("sockets")
async def the_doors_sockets(tmp_path: Path) -> None:
    await _two_and_no_third(tmp_path, Limits(sockets=2))


@walk("sockets_per_address")
async def an_addresss_sockets(tmp_path: Path) -> None:
    await _two_and_no_third(tmp_path, Limits(sockets_per_address=2))


@walk("sockets_per_principal")
async def a_principals_sockets(tmp_path: Path) -> None:
    await _two_and_no_third(tmp_path, Limits(sockets_per_principal=2))


async def _two_and_no_third(tmp_path: Path, limits: Limits) -> None:
    async with town_of(tmp_path, limits) as town, AsyncExitStack() as stack:
        token = await town.log_on("reader")
        for _ in range(2):
            line = await stack.enter_async_context(bare_client(town))
            assert (await line.ask(op="logon", token=token))["ok"]
        async with bare_client(town) as third:
            await third.ws.send_json({"op": "logon", "id": 1, "token": token})
            assert await third.close_code() == 4013


@walk("socket_message_bytes")
async def a_message(tmp_path: Path) -> None:
    async with (
        town_of(tmp_path, Limits(socket_message_bytes=200)) as town,
        bare_client(town) as line,
    ):
        message = '{"op":"ping","id":1}'
        await line.hello()
        await line.ws.send_str(message.ljust(200))
        assert (await line.reply())["ok"]
        await line.ws.send_str(message.ljust(201))
        assert await line.close_code() == 1009


@walk("feeds_per_socket")
async def a_sockets_feeds(tmp_path: Path) -> None:
    async with town_of(tmp_path, Limits(feeds_per_socket=2)) as town, bare_client(town) as line:
        names = [f"book.{depth}.0/{LEASE}" for depth in (1, 10, 50)]
        told = await line.ask(op="subscribe", feeds=names)
        assert told["error"]["code"] == "bad_field"
        told = await line.ask(op="subscribe", feeds=names[:2])
        assert [each["ok"] for each in told["result"]["feeds"]] == [True, True]
        told = await line.ask(op="subscribe", feeds=names[2:])
        assert told["result"]["feeds"][0]["error"]["code"] == "too_large"


@walk("grace_ms_most")
async def a_grace(tmp_path: Path) -> None:
    async with town_of(tmp_path, Limits(grace_ms_most=20)) as town, bare_client(town) as line:
        token = await town.log_on("trader")
        assert (await line.ask(op="logon", token=token, grace_ms=20))["ok"]
        told = await line.ask(op="logon", token=token, grace_ms=21)
        assert told["error"]["field"] == "/grace_ms"


@walk("replay_positions")
async def a_resume(tmp_path: Path) -> None:
    async with town_of(tmp_path, Limits(replay_positions=3)) as town, bare_client(town) as line:
        await line.ask(op="logon", token=await town.log_on("trader"))
        feed = f"fills/{town.keys['trader'].party}"
        head = town.engine.head
        told = await line.ask(op="subscribe", feeds=[feed], since=head - 4)
        assert told["result"]["feeds"][0]["error"]["code"] == "too_old"
        told = await line.ask(op="subscribe", feeds=[feed], since=head - 3)
        assert told["result"]["feeds"][0]["mode"] == "resumed"


@walk("send_buffer_bytes")
async def a_send_buffer(tmp_path: Path) -> None:
    alike = socket.socket()
    alike.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8_192)
    expected = alike.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
    alike.close()
    async with (
        town_of(tmp_path, Limits(send_buffer_bytes=8_192)) as town,
        bare_client(town) as line,
    ):
        await line.hello()
        [outbox] = town.parts.hub.outboxes
        raw = outbox.transport.get_extra_info("socket")
        assert raw.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) == expected


# --- what waits for a reader, and what time brings


@walk("ring_messages", "ring_bytes")
async def a_ring(_: Path) -> None:
    size = len(_feed_of(Limits()).delta(1, 0, {}))
    for limits in (Limits(ring_messages=2), Limits(ring_bytes=2 * size)):
        feed = _feed_of(limits)
        for seq in (1, 2):
            feed.delta(seq, 0, {})
        assert len(feed.missed_since(0) or []) == 2
        feed.delta(3, 0, {})
        assert feed.missed_since(0) is None
        assert len(feed.missed_since(1) or []) == 2


def _feed_of(limits: Limits) -> Feed:
    return Feed("f", is_lossless=True, position=0, limits=limits)


@walk("conflate_above_bytes", "lossless_upto_bytes", "lossless_upto_ms")
async def a_slow_reader(_: Path) -> None:
    limits = Limits(conflate_above_bytes=10, lossless_upto_bytes=20, lossless_upto_ms=1_000)
    for waiting, is_slow, is_closed in ((10, False, False), (20, True, False), (21, True, True)):
        outbox, pipe = _outbox(limits)
        pipe.lag = waiting
        outbox.weigh()
        assert (outbox.is_slow, outbox.is_closed) == (is_slow, is_closed)
    outbox, pipe = _outbox(limits)
    pipe.lag = 11
    outbox.add(b"x", is_lossless=True)
    with set_loop_time() as time_s:
        for now_s, is_closed in ((100.0, False), (101.0, False), (101.5, True)):
            time_s[0] = now_s
            outbox.weigh()
            assert outbox.is_closed == is_closed


@walk("heartbeat_ms", "ping_ms", "pong_ms", "nothing_asked_ms")
async def a_beat(tmp_path: Path) -> None:
    limits = Limits(heartbeat_ms=1_000, ping_ms=15_000, pong_ms=10_000, nothing_asked_ms=30_000)
    async with town_of(tmp_path, limits) as town:
        with set_loop_time() as time_s:
            for now_s, sent in ((0.9, 0), (1.0, 1), (1.9, 1), (2.0, 2)):
                beat, _, pipe = _beating(town, limits, time_s, has_asked=True)
                for earlier_s in (1.0, 2.0):
                    if earlier_s < now_s:
                        beat.turn(earlier_s)
                beat.turn(now_s)
                assert len(pipe.sent) == sent, now_s
            for now_s, pings in ((15.0, 0), (15.5, 1)):
                beat, _, pipe = _beating(town, limits, time_s, has_asked=True)
                beat.turn(now_s)
                assert len(pipe.sent) == 1 + pings
            for now_s, is_closed in ((25.5, False), (26.0, True)):
                beat, outbox, _ = _beating(town, limits, time_s, has_asked=True)
                beat.turn(15.5)
                beat.turn(now_s)
                assert outbox.is_closed == is_closed
            for now_s, is_closed in ((30.0, False), (30.5, True)):
                beat, outbox, _ = _beating(town, limits, time_s, has_asked=False)
                beat.turn(now_s)
                assert outbox.is_closed == is_closed


def _outbox(limits: Limits) -> tuple[Outbox, Pipe]:
    pipe = Pipe(lag=0)
    return Outbox(pipe, limits), pipe


def _beating(
    town: Town, limits: Limits, time_s: list[float], *, has_asked: bool
) -> tuple[Heartbeat, Outbox, Pipe]:
    """A heartbeat that began at 0, with one socket."""

    async def nothing() -> None:
        return

    beat = Heartbeat(
        town.parts.hub,
        Sessions(100),
        head=lambda: town.engine.head,
        wall_ns=lambda: 0,
        speed=lambda: 1,
        besides=nothing,
    )
    outbox, pipe = _outbox(limits)
    time_s[0] = 0.0
    beat.begin(0.0)
    connection = Connection(town.parts.sockets, outbox, "127.0.0.1")
    assert beat.admit(connection)
    connection.receive(Connected("challenge", 0))
    if has_asked:
        connection.receive(TextReceived(b'{"op":"subscribe","id":1}', 0))
    pipe.sent.clear()
    town.parts.hub.leave(outbox)  # the hub has no part in what time brings
    return beat, outbox, pipe


@contextmanager
def set_loop_time() -> Iterator[list[float]]:
    """The running loop's clock, in our hands while nothing is awaited."""
    time_s = [0.0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio.get_running_loop(), "time", lambda: time_s[0])
        yield time_s


@pytest.mark.parametrize("step", dict.fromkeys(WALKS.values()), ids=lambda step: step.__name__)
async def test_both_sides_of_the_limit(step: Walk, tmp_path: Path) -> None:
    await step(tmp_path)


# --- no limit is told that another number would enforce


@pytest.mark.parametrize(("name", "most"), MOST.items())
def test_a_setting_beyond_what_is_kept_behind_the_door_is_refused(name: str, most: int) -> None:
    Limits(**{name: most})
    with pytest.raises(ValueError, match=name):
        Limits(**{name: most + 1})


def test_a_default_lies_within_its_limit() -> None:
    with pytest.raises(ValueError, match="default"):
        Limits(rows_by_default=ROWS_MOST + 1)
    with pytest.raises(ValueError, match="default"):
        Limits(valid_ms=2, valid_ms_most=1)


async def test_the_description_tells_the_limit_in_force(tmp_path: Path) -> None:
    async with town_of(tmp_path, Limits(valid_ms_most=6_000)) as town:
        _, document, _ = await town.ask("GET", "/openapi.json")
    headers = document["paths"]["/v1/orders"]["post"]["parameters"]
    [schema] = [each["schema"] for each in headers if each["name"] == "Command-Valid-Ms"]
    assert schema["maximum"] == 6_000


# --- lines of WIRE 7 that are served, and are no setting of the gateway's


async def test_the_engines_inbox() -> None:
    floor = Floor()
    engine = Engine(floor.journal(), clock=TownClock(floor.writer.at_ns))
    await engine.start()
    requests = [floor.request(floor.buyers[0], "order.cancel_all") for _ in range(INBOX_MOST + 1)]
    futures = [engine.submit(request) for request in requests]
    assert not futures[INBOX_MOST - 1].done()
    refused = futures[INBOX_MOST].exception()
    assert isinstance(refused, Unavailable)
    assert refused.code == "overloaded"
    await asyncio.gather(*futures[:INBOX_MOST])
    await engine.stop()


def test_an_event() -> None:
    codec = codec_for("cn-1")
    empty = len(codec.encode(NothingToDo("p-0002", ""), 1, 0, ""))
    room = EVENT_BYTES_MOST - empty
    assert len(codec.encode(NothingToDo("p-0002", "x" * room), 1, 0, "")) == EVENT_BYTES_MOST
    with pytest.raises(AssertionError):
        codec.encode(NothingToDo("p-0002", "x" * (room + 1)), 1, 0, "")


def test_a_principals_year() -> None:
    hall = Hall()
    party = hall.let_in("91-A").party
    keys = {"holder_sha256": digest("a"), "public_key": public_key("b")}
    hall.do(hall.clerk, "principal.enrol", party=party, scopes=["read"], **keys)
    assert hall.answer["valid_to_ns"] == hall.writer.at_ns + VALID_NS


def test_a_sockets_messages() -> None:
    buckets = TokenBuckets()
    assert not any(buckets.take("control", 1, 0).retry_after_ms for _ in range(100))
    assert buckets.take("control", 1, 0).retry_after_ms
    assert not any(buckets.take("control", 1, SECOND_NS).retry_after_ms for _ in range(50))
    assert buckets.take("control", 1, SECOND_NS).retry_after_ms
