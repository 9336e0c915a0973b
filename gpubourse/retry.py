"""Asking again: one way for all of the client, with pauses drawn at random (WIRE 4 and 6).

A request whose outcome is not known (500, 503 such as `not_yet`, a cut, a timeout) is asked again
as it was, a command under the same key. Each pause is drawn below a bound that doubles (full
jitter), so that many who were cut off together do not come back together.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from msgspec import Struct

from gpubourse.errors import RateLimited, VenueProblem, VenueUnavailable

FIRST_S: Final = 0.5
MOST_S: Final = 5.0
TURNS_MOST: Final = 5  # waits for one's turn, for one request
TURN_MS_MOST: Final = 5_000  # the longest wait for one turn

Result = TypeVar("Result")


class Patience(Struct, frozen=True):
    """How long a client goes on asking for one thing."""

    tries: int = 5
    answer_s: float = 10.0  # the longest wait for one answer
    outlasts_cuts: bool = True  # False: when nobody answers, that is the answer


ONCE: Final = Patience(tries=1)


async def until_known(
    send: Callable[[], Awaitable[Result]], patience: Patience, key: str = ""
) -> Result:
    """The result of *send*, sent again until its outcome is known.

    Raises what the venue refuses, and VenueUnavailable with *key* when patience is at its end.
    """
    tries = 0
    while True:
        reason: VenueProblem | VenueUnavailable
        try:
            return await send()
        except VenueProblem as no:
            if not no.is_passing:
                raise
            reason, at_least_ms = no, no.retry_after_ms
        except VenueUnavailable as cut:
            if not patience.outlasts_cuts:
                raise
            reason, at_least_ms = cut, 0
        tries += 1
        if tries >= patience.tries:
            raise VenueUnavailable(key, str(reason), reason.problem) from reason
        await asyncio.sleep(at_least_ms / 1_000 + pause_s(tries, FIRST_S, MOST_S))


async def in_turn(send: Callable[[], Awaitable[Result]], turns: int = TURNS_MOST) -> Result:
    """The result of *send*, as soon as the venue's rate lets it through; raises RateLimited.

    It waits at most so many *turns*: who has many things to send and no hurry waits more of them.
    """
    for _ in range(turns):
        try:
            return await send()
        except RateLimited as no:
            if not 0 < no.retry_after_ms <= TURN_MS_MOST:
                raise
            await asyncio.sleep((no.retry_after_ms + 1 + random.random() * 20) / 1_000)
    return await send()


def pause_s(tries: int, first_s: float, most_s: float) -> float:
    """A pause after so many tries in vain: any length up to the bound that they have reached."""
    return random.uniform(0.0, min(most_s, first_s * 2**tries))
