"""What a heartbeat may say, and that nothing ends it: no socket's fault, and no turn's."""

import threading
from pathlib import Path
from typing import Any

import pytest

from gateway.feeds.outbox import Outbox
from gateway.feeds.resume import JournalResume
from gateway.settings import Limits
from ledger.journal.protocol import Commit
from tests.exchange.ground import LEASE
from tests.gateway.bare_client import bare_client
from tests.gateway.pipe import Pipe
from tests.gateway.test_one_history import pair_of, trade
from tests.gateway.town import Town, town_of
from tests.waiting import PATIENCE_S, until

FEED = f"trades/{LEASE}"


@pytest.mark.parametrize("brings_chain", [True, False])
async def test_while_a_feed_is_resumed_no_heartbeat_goes_beyond_what_was_sent(
    brings_chain: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The venue was started anew, and has told this socket of its end before it subscribed."""
    may_read, read = threading.Event(), JournalResume.step

    def slow(self: JournalResume, *asked: int) -> Any:
        assert may_read.wait(PATIENCE_S)
        return read(self, *asked)

    async with town_of(tmp_path) as town:
        await trade(town, 1302)
        seen = pair_of(town)
        await trade(town, 1303)
    monkeypatch.setattr(JournalResume, "step", slow)
    async with town_of(tmp_path, store=town.store) as again, bare_client(again) as line:
        head = pair_of(again)
        await line.hear(control="heartbeat", position=head[0], chain=head[1])
        more = {"seen": seen} if brings_chain else {}
        await line.ask(op="subscribe", feeds=[FEED], since=seen[0], **more)
        for _ in range(2):
            beat = await line.hear(control="heartbeat")
            assert [beat["position"], beat["chain"]] == seen
        may_read.set()
        message = await line.hear(feed=FEED)
        assert (message["prev"], message["body"][0]["price_ticks"]) == (seen[0], 1303)
        await line.hear(control="heartbeat", position=head[0], chain=head[1])


@pytest.mark.parametrize(
    ("sent", "kept", "named"),
    [
        (9, 9, 9),
        (9, 7, 7),
        (9, None, 6),  # the engine is younger: what was named before still stands
        (5, None, 4),  # what was named lies beyond: where the reader was taken up
        (3, None, 0),
    ],
)
def test_the_commit_that_is_named_ends_within_what_was_sent(
    sent: int, kept: int | None, named: int
) -> None:
    outbox = Outbox(Pipe(), Limits())
    outbox.commit_sent, outbox.commit_begun = (Commit(at, at, 1, bytes(32)) for at in (6, 4))
    found = None if kept is None else Commit(kept, kept, 1, bytes(32))
    assert outbox.name_commit(sent, found).last_position == named
    assert outbox.commit_sent.last_position == named


async def test_a_socket_whose_heartbeat_fails_ends_alone(town: Town) -> None:
    async with bare_client(town) as broken, bare_client(town) as whole:
        await broken.ask(op="subscribe", feeds=[FEED])
        (outbox,) = [each for each in town.parts.hub.outboxes if FEED in each.held]
        outbox.held["no/feed"] = outbox.held[FEED]
        await until(lambda: outbox.is_closed)
        for _ in range(2):
            await whole.hear(control="heartbeat")
        assert await broken.close_code() == 1011
        del outbox.held["no/feed"]


async def test_a_turn_that_fails_is_followed_by_the_next(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = []

    def fail(now_s: float) -> None:
        failed.append(now_s)
        monkeypatch.undo()
        raise KeyError("a fault of ours")

    monkeypatch.setattr(town.parts.hub, "drop_idle", fail)
    async with bare_client(town) as line:
        await until(lambda: failed)
        for _ in range(2):
            await line.hear(control="heartbeat")
