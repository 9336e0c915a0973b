"""Walks of the limits of connections, heads, replies, and of what is kept for a caller."""

import asyncio
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

from gateway.access.invitations import Invitations, Invite
from gateway.settings import Limits
from tests.gateway.callers import is_granted, log_on, session_of
from tests.gateway.limit_walks import walk
from tests.gateway.raw_line import RawLine, head, raw_line
from tests.gateway.town import town_of
from tests.waiting import until

ALIVE = "GET /livez HTTP/1.1"


async def _served(line: RawLine) -> int:
    line.send(head(ALIVE))
    return (await line.reply()).status


def head_of(size: int) -> bytes:
    """A request's head of so many bytes."""
    empty = head(ALIVE, "X-Filling: ")
    return head(ALIVE, f"X-Filling: {'x' * (size - len(empty))}")


@walk("head_bytes")
async def a_head(tmp_path: Path) -> None:
    async with town_of(tmp_path, Limits(head_bytes=500)) as town, raw_line(town) as line:
        for size, status in ((500, 200), (501, 413), (500, 200)):
            line.send(head_of(size))
            assert (await line.reply()).status == status
    async with town_of(tmp_path, Limits(head_bytes=500)) as town:
        for missing in (501, 502):  # not whole: after 500 bytes more may come, then no more may
            async with raw_line(town) as line:
                line.send(head_of(1_000)[:500])
                await asyncio.sleep(0)
                line.send(head_of(1_000)[500:missing])
                assert (await line.reply()).status == 431
                assert await line.ended() == b""


@walk("head_ms")
async def a_head_that_does_not_come(tmp_path: Path) -> None:
    async with town_of(tmp_path, Limits(head_ms=500)) as town, raw_line(town) as line:
        line.send(head(ALIVE)[:-1])
        assert await line.ended() == b""
    async with town_of(tmp_path) as town, raw_line(town) as line:
        line.send(head(ALIVE)[:-1])
        await until(lambda: len(town.listener) == 1)
        line.send(b"\n")
        assert (await line.reply()).status == 200


@walk("reply_ms")
async def a_reply_that_is_not_taken(tmp_path: Path) -> None:
    pages = head("GET /openapi.json HTTP/1.1") * 30  # more than the buffers on its way hold
    async with town_of(tmp_path, Limits(reply_ms=50)) as town, raw_line(town) as line:
        line.writer.transport.pause_reading()  # type: ignore[attr-defined]
        line.send(pages)
        await until(lambda: len(town.listener) == 0)
    async with town_of(tmp_path) as town, raw_line(town) as line:
        line.send(pages)
        for _ in range(30):
            assert (await line.reply()).status == 200


@walk("requests_per_connection")
async def a_connections_requests(tmp_path: Path) -> None:
    async with town_of(tmp_path, Limits(requests_per_connection=2)) as town, raw_line(town) as line:
        assert (await _served(line), await _served(line)) == (200, 200)
        assert await line.ended() == b""


@walk("connections_per_address")
async def an_addresss_connections(tmp_path: Path) -> None:
    await _two_and_no_third(tmp_path, Limits(connections_per_address=2))


@walk("connections")
async def the_gateways_connections(tmp_path: Path) -> None:
    await _two_and_no_third(tmp_path, Limits(connections=2))


async def _two_and_no_third(tmp_path: Path, limits: Limits) -> None:
    async with town_of(tmp_path, limits) as town, AsyncExitStack() as stack:
        lines = [await stack.enter_async_context(raw_line(town)) for _ in range(2)]
        assert [await _served(line) for line in lines] == [200, 200]
        await stack.enter_async_context(raw_line(town))
        await until(lambda: len(town.listener) == 2)


@walk("body_bytes_in_flight")
async def a_partys_bodies_in_flight(tmp_path: Path) -> None:
    limits = Limits(body_bytes=1_000, import_bytes=1_000, body_bytes_in_flight=1_000)
    async with town_of(tmp_path, limits) as town:
        count, party = town.parts.bodies_in_flight.count, town.keys["trader"].party
        token, other = await town.log_on("trader"), await town.log_on("seller")

        async def status_of(bearer: str, size: int) -> int:
            async with raw_line(town) as line:
                line.send(_order(bearer, size) + b"x" * size)
                return (await line.reply()).status

        async with raw_line(town) as slow:
            slow.send(_order(token, 600))
            await until(lambda: count(party) == 600)
            assert (await status_of(token, 401), await status_of(token, 400)) == (429, 400)
            assert await status_of(other, 1_000) == 400
            slow.send(b"x" * 600)
            assert (await slow.reply()).status == 400
        assert (count(party), await status_of(token, 1_000)) == (0, 400)


def _order(token: str, size: int) -> bytes:
    bearer, kind = f"Authorization: Bearer {token}", "Content-Type: application/json"
    return head("POST /v1/orders HTTP/1.1", bearer, kind, f"Content-Length: {size}")


# --- what is kept for a caller


@walk("challenges_per_address")
async def an_addresss_challenges(tmp_path: Path) -> None:
    async with town_of(tmp_path, Limits(challenges_per_address=2)) as town:
        for more, is_in in ((1, True), (2, False)):
            first, _ = town.parts.auth.challenge("203.0.113.7")
            for _ in range(more):
                town.parts.auth.challenge("203.0.113.7")
            assert is_granted(partial(log_on, town, "trader", first)) == is_in


@walk("tickets_per_principal")
async def a_principals_tickets(tmp_path: Path) -> None:
    async with town_of(tmp_path, Limits(tickets_per_principal=2)) as town:
        auth = town.parts.auth
        session = log_on(town, "trader").session
        tickets = [auth.ticket(session)[0] for _ in range(3)]
        redeemed = [is_granted(partial(auth.redeem, each, "127.0.0.1")) for each in tickets]
        assert redeemed == [False, True, True]


@walk("invitations_per_principal")
async def a_principals_invitations(_: Path) -> None:
    invitations = Invitations(Limits(invitations_per_principal=2), lambda: 0)
    invite = Invite(holder="somebody", scopes=["read"])
    codes = [invitations.make(invite, session_of("k-0003"))[0] for _ in range(3)]
    assert [invitations.is_out(code) for code in codes] == [False, True, True]


@walk("sessions_per_principal")
async def a_principals_sessions(tmp_path: Path) -> None:
    async with town_of(tmp_path, Limits(sessions_per_principal=2)) as town:
        tokens = [log_on(town, "trader").token for _ in range(3)]
        used = [is_granted(partial(town.parts.auth.session, each, "")) for each in tokens]
        assert used == [False, True, True]
        held = town.parts.auth.session(tokens[1], "")
        held.on_end[lambda: None] = None  # a socket lives on it
        token = log_on(town, "trader").token
        assert is_granted(partial(town.parts.auth.session, tokens[1], ""))
        assert not is_granted(partial(town.parts.auth.session, tokens[2], ""))
        assert is_granted(partial(town.parts.auth.session, token, ""))
