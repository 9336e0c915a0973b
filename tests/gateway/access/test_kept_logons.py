"""A log-on that could not be kept: who signs each command is let in, and nothing unsigned rides."""

from dataclasses import replace

import pytest

from gateway.access.kept_logons import keep_logon
from gateway.access.session import Session
from ledger.journal.protocol import JournalUnavailable
from tests.gateway import callers
from tests.gateway.town import Town


async def away(evidence: bytes) -> None:
    raise JournalUnavailable("the database is away")


def session_of(town: Town, name: str) -> Session:
    principal = town.keys[name].principal
    [(_, session)] = town.parts.auth.sessions._by_token.of(principal)
    return session


async def test_a_log_on_beside_a_database_that_is_away_carries_no_cancel(town: Town) -> None:
    token = await town.log_on("trader")
    await keep_logon(session_of(town, "trader"), away)
    path, body = "/v1/orders/cancel_all", {"market": ""}

    headers = {"Idempotency-Key": "k-1"}
    _, told, _ = await town.ask("POST", path, token=token, body=body, **headers)
    assert told["code"] == "session_expired"
    assert "log on anew, or sign the command" in told["detail"]
    signed = town.signed("trader", "order.cancel_all", body)
    status, _, _ = await town.ask("POST", path, token=token, body=body, **signed)
    assert status == 200
    token = await town.log_on("trader")
    status, _, _ = await town.ask("POST", path, token=token, body=body, **headers)
    assert status == 200


async def test_a_key_that_signs_its_session_alone_waits_for_the_database(town: Town) -> None:
    await town.log_on("trader")
    session = session_of(town, "trader")
    with pytest.raises(JournalUnavailable):
        await keep_logon(replace(session, signing="session"), away)
    assert not session.is_unkept


def test_what_a_session_carries_is_its_scopes_or_its_keys_signing() -> None:
    reading = replace(callers.session_of("k-0001"), scopes=("read",), signing="every")
    assert not reading.is_to_be_kept
    assert replace(reading, signing="session").is_to_be_kept
    assert replace(reading, scopes=("read", "trade")).is_to_be_kept


async def test_of_a_session_that_carries_nothing_nothing_is_kept(town: Town) -> None:
    await town.log_on("reader")
    session = session_of(town, "reader")
    await keep_logon(session, away)
    assert not session.is_unkept
