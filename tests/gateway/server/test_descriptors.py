"""Descriptors are raised as far as they go, and a start says when they are too few."""

import resource
from collections.abc import Callable

import pytest

from gateway.server.descriptors import TooFewDescriptors, descriptors_needed, raise_descriptors
from gateway.settings import Limits

LIMITS = Limits(connections=100, sockets=200)
Pair = tuple[int, int]


class System:
    """A system's limit, soft and hard; *most* is what it gives, whatever it promises."""

    def __init__(self, soft: int, hard: int, most: int | None = None) -> None:
        self.pair = (soft, hard)
        self._most = most

    def get(self, _: int) -> Pair:
        return self.pair

    def set(self, _: int, wanted: Pair) -> None:
        soft, hard = wanted
        if self._most is not None and not 0 <= soft <= self._most:
            raise ValueError("current limit exceeds maximum limit")
        self.pair = (soft, hard)


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> Callable[..., System]:
    def of(*numbers: int) -> System:
        made = System(*numbers)
        monkeypatch.setattr(resource, "getrlimit", made.get)
        monkeypatch.setattr(resource, "setrlimit", made.set)
        return made

    return of


def test_the_soft_limit_becomes_the_hard_one(system: Callable[..., System]) -> None:
    found = system(256, 10_000)
    raise_descriptors(LIMITS)
    assert found.pair == (10_000, 10_000)


def test_where_there_is_no_end_the_need_is_taken(system: Callable[..., System]) -> None:
    needed = descriptors_needed(LIMITS)
    found = system(256, resource.RLIM_INFINITY, 10_240)
    raise_descriptors(LIMITS)
    assert found.pair == (needed, resource.RLIM_INFINITY)


def test_just_enough_will_do_and_one_less_is_said(system: Callable[..., System]) -> None:
    needed = descriptors_needed(LIMITS)
    system(256, needed)
    raise_descriptors(LIMITS)
    system(256, needed - 1)
    with pytest.raises(TooFewDescriptors, match=rf"may open {needed - 1}.*{needed} are needed"):
        raise_descriptors(LIMITS)


def test_a_usual_system_gives_what_the_limits_promise() -> None:
    assert descriptors_needed(Limits()) <= 4_096
