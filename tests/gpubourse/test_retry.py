"""What is not known is asked again, what is refused is not, and no two clients pause alike."""

import random
from collections.abc import Awaitable, Callable

import pytest

from gpubourse import RateLimited, Refused, Unavailable, VenueError, retry
from gpubourse.errors import raised
from gpubourse.retry import ONCE, TURNS_MOST, Patience, in_turn, pause_s, until_known

NOT_YET = {"code": "not_yet", "status": 503, "detail": "The views lag behind."}
LIMITED = {"code": "rate_limited", "status": 429, "retry_after_ms": 20}
LATER = {"code": "rate_limited", "status": 429, "retry_after_ms": 60_000}
REFUSED = {"code": "unknown_order", "status": 404}


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Each pause, as it would have been; nobody waits."""
    found: list[float] = []

    async def sleep(seconds: float) -> None:
        found.append(seconds)

    monkeypatch.setattr(retry.asyncio, "sleep", sleep)
    return found


def script(*answers: str | VenueError) -> Callable[[], Awaitable[str]]:
    """A request that gets these answers, one after the other."""
    left = list(answers)

    async def ask() -> str:
        answer = left.pop(0)
        if isinstance(answer, VenueError):
            raise answer
        return answer

    return ask


async def test_a_passing_no_and_a_cut_are_asked_again(pauses: list[float]) -> None:
    ask = script(raised(NOT_YET), Unavailable("", "a cut"), "yes")

    assert await until_known(ask, Patience()) == "yes"
    assert len(pauses) == 2


async def test_a_pause_is_never_shorter_than_the_venue_says(pauses: list[float]) -> None:
    no = raised({**NOT_YET, "retry_after_ms": 700})

    assert await until_known(script(no, "yes"), Patience()) == "yes"
    assert 0.7 <= pauses[0] <= 0.7 + 2 * retry.FIRST_S


async def test_a_refusal_is_an_answer(pauses: list[float]) -> None:
    with pytest.raises(Refused, match="unknown_order"):
        await until_known(script(raised(REFUSED)), Patience())
    assert pauses == []


async def test_at_the_end_of_patience_the_key_and_the_last_word_are_told() -> None:
    ask = script(*[raised(NOT_YET)] * 3)

    with pytest.raises(Unavailable, match="ask again with key k-7") as unknown:
        await until_known(ask, Patience(tries=3), "k-7")
    assert (unknown.value.key, unknown.value.problem) == ("k-7", NOT_YET)


async def test_who_asks_once_hears_what_was_said(pauses: list[float]) -> None:
    with pytest.raises(Unavailable, match="not_yet: The views lag behind"):
        await until_known(script(raised(NOT_YET)), ONCE)
    assert pauses == []


async def test_where_nobody_answers_some_ask_no_more(pauses: list[float]) -> None:
    with pytest.raises(Unavailable, match="refused"):
        await until_known(script(Unavailable("", "refused")), Patience(outlasts_cuts=False))
    assert pauses == []


async def test_a_turn_is_waited_for_as_long_as_is_fair(pauses: list[float]) -> None:
    assert await in_turn(script(raised(LIMITED), raised(LIMITED), "yes")) == "yes"
    assert all(0.02 < pause < 0.05 for pause in pauses)
    with pytest.raises(RateLimited):
        await in_turn(script(*[raised(LIMITED)] * (TURNS_MOST + 1)))
    with pytest.raises(RateLimited):
        await in_turn(script(raised(LATER)))


def test_pauses_are_drawn_below_a_bound_that_doubles() -> None:
    random.seed(7)
    for tries, most in ((1, 1.0), (2, 2.0), (3, 4.0), (9, 5.0)):
        drawn = [pause_s(tries, 0.5, 5.0) for _ in range(200)]
        assert 0 <= min(drawn) < most / 4
        assert most * 3 / 4 < max(drawn) <= most
