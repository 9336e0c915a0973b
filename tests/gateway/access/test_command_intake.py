"""What stands around a command: its answer's body, an empty bucket's words, lines that end."""

import asyncio
import gc
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from msgspec import structs
from msgspec.structs import replace

from exchange.engine.batch_writer import Request
from exchange.engine.group_decider import Answer, Unavailable
from exchange.ops import OPS
from gateway.access import command_intake
from gateway.access.command_intake import (
    NAMING,
    CommandIntake,
    answer_body,
    must_be_granted,
    must_name_something,
)
from gateway.access.limits import TokenBuckets, TokensLeft
from gateway.settings import Limits
from ledger.ids import PartyId
from ledger.refusals import Reason, Refused
from ledger.shapes import Text
from tests.waiting import until

ANSWER = Answer(7, 1_731_600_000_000_000_001, {"order": "o-000001", "at_ns": 5}, 201)


def intake_of(submit: Callable[[Request], "asyncio.Future[Answer]"]) -> CommandIntake:
    return CommandIntake(
        submit, TokenBuckets(), Limits(), venue=lambda: "cn-1", wall_ns=lambda: 1_000
    )


def test_an_answer_says_where_it_is_true_and_whether_it_is_the_first() -> None:
    told: dict[str, Any] = {
        "position": 7,
        "at_ns": "1731600000000000001",
        "result": {"order": "o-000001", "at_ns": "5"},
    }
    assert answer_body(ANSWER) == told
    assert answer_body(replace(ANSWER, is_replayed=True)) == told | {"replayed": True}


def test_an_empty_bucket_is_named_with_the_wait() -> None:
    must_be_granted(TokensLeft("orders", 0, 1, 0))
    with pytest.raises(Refused) as caught:
        must_be_granted(TokensLeft("orders", 0, 1, 1))
    assert caught.value.reason is Reason.rate_limited
    assert caught.value.context == {"bucket": "orders", "retry_after_ms": 1}


@pytest.mark.parametrize("code", command_intake.RETRIED)
async def test_lines_end_under_one_name_until_it_is_known(
    code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same request again, so that the engine knows it; after a word that is final no more."""
    monkeypatch.setattr(command_intake, "RETRY_S", 0.0)
    asked: list[Request] = []
    words: list[Exception | None] = [Unavailable(code, "wait"), Unavailable("stopped", "no")]

    def submit(request: Request) -> "asyncio.Future[Answer]":
        asked.append(request)
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(future.set_exception, words[len(asked) - 1])
        return future

    intake_of(submit).end_lines(PartyId("p-0002"), ["line-1", "line-2"])
    await until(lambda: len(asked) == len(words))
    await asyncio.sleep(0)
    gc.collect()  # and no outcome is left that nobody looked at: asyncio would log it

    first, again = asked
    assert again is first
    assert (first.op, first.args) == (
        "line.end",
        {"party": "p-0002", "lines": ["line-1", "line-2"]},
    )
    assert first.caller.received_ns == 1_000
    assert first.body_sha256 == sha256(b"line-1 line-2").digest()


async def test_an_outcome_that_nobody_waits_for_is_looked_at() -> None:
    """Also one that never came: else asyncio logs it, or the loop stops at it."""
    loop = asyncio.get_running_loop()
    lost: asyncio.Future[Answer] = loop.create_future()
    lost.set_exception(Unavailable("stopped", "no"))
    left: asyncio.Future[Answer] = loop.create_future()
    left.cancel()
    for future in (lost, left):
        command_intake._consume_outcome(future)
    del lost, future
    gc.collect()


REMARKS = ("basis", "label", "from_name")  # words beside an act: nothing is done by them


def test_every_text_of_a_command_is_a_remark_or_names_something() -> None:
    """`Name` cannot be empty; a `Text` may be, so that old journals open: today's are asked."""
    met = set()
    for op, row in OPS.items():
        for field in structs.fields(row.command):
            if field.type == Text and field.name not in REMARKS:
                met.add((op, field.name))
    assert met == {(op, member) for op, members in NAMING.items() for member in members}
    assert met


@pytest.mark.parametrize("said", ["", "  ", "\u3000", None])
def test_a_text_that_names_nothing_is_refused(said: str | None) -> None:
    args = {"amount_minor": 1} | ({} if said is None else {"to_account": said})
    with pytest.raises(Refused) as no:
        must_name_something("withdrawal.new", args)
    assert (no.value.reason, no.value.field) == (Reason.bad_field, "/to_account")
    must_name_something("withdrawal.new", {"amount_minor": 1, "to_account": "ICBC 6222"})
