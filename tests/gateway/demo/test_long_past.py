"""A demo whose folder's past began long ago says so before it makes all of its days."""

from threading import Event
from typing import cast

import pytest

from gateway.demo import preparation
from gateway.demo.folder import DemoOrigin
from gateway.demo.past import PastWriter
from gateway.demo.preparation import Interrupted, PreparationProgress
from ledger.durations import DAY_NS

NOW_NS = 1_796_090_400_000_000_000  # 2026-12-01T10:00+08:00


class NoDays:
    """A past that is not written."""

    def day(self, *_: int) -> None:
        """One day of it."""


@pytest.mark.parametrize(("began", "is_said"), [(745, True), (180, False)])
def test_a_past_that_is_longer_than_was_asked_for_is_said(
    began: int, is_said: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    days: list[int] = []
    over = Event()
    over.set()
    monkeypatch.setattr(preparation.time, "time_ns", lambda: NOW_NS)
    origin = DemoOrigin(7, NOW_NS - began * DAY_NS)
    steps = PreparationProgress(said.append, days.append, lambda _: None)

    with pytest.raises(Interrupted):
        preparation._past(cast(PastWriter, NoDays()), origin, 180, steps, over, is_begun=False)

    assert days == [began]
    assert any("another folder with --data" in line for line in said) is is_said
