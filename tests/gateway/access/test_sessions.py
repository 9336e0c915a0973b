"""Sessions by their time: their own, and that of the key."""

from dataclasses import replace
from functools import partial

import pytest

from gateway.access.session import EXPIRED_KEPT_NS, Sessions
from ledger.base64url import any_bytes64
from ledger.refusals import Refused
from tests.gateway.callers import is_granted, log_on, session_of
from tests.gateway.town import Town


@pytest.mark.parametrize(
    ("valid_to_ns", "is_there"), [(0, True), (1, False), (5, False), (6, True)]
)
def test_a_session_ends_with_its_key(valid_to_ns: int, is_there: bool) -> None:
    sessions = Sessions(2, 2, venue_ns=lambda: 5)
    sessions.add("token", replace(session_of("k-0001"), valid_to_ns=valid_to_ns))
    sessions.drop_expired(0)

    assert is_granted(partial(sessions.find, "token", 0)) == is_there


def test_a_session_that_is_over_is_told_so_for_a_day() -> None:
    sessions = Sessions(2, 2)
    sessions.add("token", replace(session_of("k-0001"), expires_ns=10))
    codes = []
    for now_ns in (9, 10, 10 + EXPIRED_KEPT_NS - 1, 10 + EXPIRED_KEPT_NS):
        sessions.drop_expired(now_ns)
        try:
            sessions.find("token", now_ns)
            codes.append("")
        except Refused as error:
            codes.append(error.reason.name)

    assert codes == ["", "session_expired", "session_expired", "no_session"]


def test_one_session_more_than_a_principal_may_have_ends_the_oldest_without_a_socket() -> None:
    sessions = Sessions(3, 9)
    ended: list[str] = []
    for name in ("first", "second", "third"):
        session = session_of("k-0001")
        sessions.add(name, session)
        if name == "first":
            session.on_end[object()] = partial(ended.append, name)

    sessions.add("fourth", session_of("k-0001"))

    there = [name for name in ("first", "second", "third", "fourth") if _is_there(sessions, name)]
    assert (there, ended) == (["first", "third", "fourth"], [])


def _is_there(sessions: Sessions, token: str) -> bool:
    return is_granted(partial(sessions.find, token, 0))


async def test_a_token_is_256_bits(town: Town) -> None:
    tokens = {log_on(town, "trader").token for _ in range(3)}

    assert [len(any_bytes64(token)) for token in tokens] == [32, 32, 32]
