"""Rows of WIRE 7's second table: enforced, and not told by `GET /v1/venue`; both sides of each.

Which test stands for which row is written in `test_limits_told.py`.
"""

from functools import partial
from pathlib import Path

import msgspec

from gateway.access.invitations import INVITATIONS_MOST
from gateway.access.limits import CALLERS_MOST, TokenBuckets, TokenRate
from gateway.access.session import ONE_TIME_MOST, SESSIONS_MOST, OneTimeCodes, Sessions
from gateway.feeds.feed import ITEMS_PER_PART, encoded_snapshot
from gateway.routes.system import VIEWS_LAG_MOST
from ledger.commands import IssueTitle
from ledger.views.view_reader import ViewProgress
from tests.gateway.callers import is_granted, session_of
from tests.gateway.raw_line import head, raw_line
from tests.gateway.town import town_of


async def test_a_line_and_a_header(tmp_path: Path) -> None:
    """The parser counts neither the method nor the version, nor a header's name."""
    async with town_of(tmp_path) as town:
        for most, first, header, taken in (
            (8_190, "/v1/{}", "", 404),
            (16_384, "/livez", "X: {}", 200),
        ):
            for more, status in ((0, taken), (1, 400)):
                filling = "x" * (most + more - (len("/v1/") if not header else 0))
                lines = [header.format(filling)] if header else []
                async with raw_line(town) as line:
                    line.send(head(f"GET {first.format(filling)} HTTP/1.1", *lines))
                    assert (await line.reply()).status == status, (most, more)


def test_a_snapshots_part() -> None:
    items: list[int] = list(range(ITEMS_PER_PART + 1))
    assert len(encoded_snapshot("f", 1, 1, items[:-1]).frames()) == 1
    assert len(encoded_snapshot("f", 1, 1, items).frames()) == 2


def test_what_is_kept_in_all() -> None:
    assert (SESSIONS_MOST, ONE_TIME_MOST, INVITATIONS_MOST) == (20_000, 10_000, 1_000)
    codes: OneTimeCodes[int] = OneTimeCodes(2, 3)
    for caller, code in (("a", "a1"), ("a", "a2"), ("b", "b1"), ("c", "c1")):
        codes.add(caller, code, 1, 1)
    assert [codes.serves(code, 0) for code in ("a1", "a2", "b1", "c1")] == [False, *[True] * 3]
    sessions = Sessions(2, 2)
    for number in range(3):
        sessions.add(f"{number}", session_of(f"k-{number}"))
    assert [is_granted(partial(sessions.find, f"{each}", 0)) for each in range(3)].count(True) == 2


def test_callers_of_a_rate() -> None:
    buckets = TokenBuckets({"reads": TokenRate(1, 1)})
    buckets.take("reads", "first", 0)
    for number in range(CALLERS_MOST - 1):
        buckets.take("reads", number, 0)
    assert buckets.take("reads", "first", 0).retry_after_ms, "remembered, and seen again"
    for number in range(CALLERS_MOST - 1):
        buckets.take("reads", -1 - number, 0)
    assert buckets.take("reads", "first", 0).retry_after_ms
    for number in range(CALLERS_MOST):
        buckets.take("reads", number, 0)
    assert not buckets.take("reads", "first", 0).retry_after_ms, "starts afresh"


async def test_views_behind_the_engine(tmp_path: Path) -> None:
    reader = LaggingReader()
    async with town_of(tmp_path, reader=reader) as town:  # type: ignore[arg-type]
        for lag, status in ((VIEWS_LAG_MOST, 200), (VIEWS_LAG_MOST + 1, 503)):
            reader.position = town.parts.hub.position - lag
            assert (await town.ask("GET", "/readyz"))[0] == status


class LaggingReader:
    """Views that are so far."""

    position = 0

    async def progress_within(self, timeout_s: float) -> ViewProgress:
        return ViewProgress(self.position, 0)


def test_things_in_a_titles_issue() -> None:
    for count, is_good in ((10_000, True), (10_001, False)):
        try:
            msgspec.convert({"things": [f"n-{n:06d}" for n in range(count)]}, IssueTitle)
        except msgspec.ValidationError:
            assert not is_good
        else:
            assert is_good
