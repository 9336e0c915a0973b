"""The venue stops at inspection for a week: the days left are still left (DOMAIN 5)."""

import pytest

from tests.scenes.stage import DAY_NS, HOUR_NS, SERVER, Stage

pytestmark = pytest.mark.postgres


def test_the_days_left_are_still_left(stage: Stage) -> None:
    stage.admit()
    stage.deliver()
    stage.pass_time(12 * HOUR_NS)
    left_before_ns = left_ns(stage)

    stage.close()
    stage.clock.skip(7 * DAY_NS)
    stage.open()

    assert 59 * HOUR_NS < left_before_ns < 60 * HOUR_NS  # of 72
    assert abs(left_ns(stage) - left_before_ns) < HOUR_NS // 10
    stage.line("settle", "accept", "x-000001", "--report", str(SERVER), "--yes", me="buyer")
    assert stage.told("audit", "verify")["ok"]


def test_silence_of_the_buyer_alone_accepts_when_the_days_are_over(stage: Stage) -> None:
    stage.admit()
    stage.deliver()

    for _ in range(4):
        stage.pass_time(20 * HOUR_NS)

    assert stage.told("settle", "list", me="buyer")["rows"] == []
    (settled,) = stage.told("settle", "list", "--all", me="buyer")["rows"]
    assert (settled["state"], settled["by_timeout"]) == ("settled", True)
    assert stage.told("audit", "verify")["ok"]


def left_ns(stage: Stage) -> int:
    """How long the buyer may still inspect."""
    (waiting,) = stage.told("settle", "list", me="buyer")["rows"]
    assert waiting["state"] == "inspecting"
    return int(waiting["inspect_until_ns"]) - stage.clock.now_ns()
