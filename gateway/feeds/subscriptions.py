"""Joining a feed: a snapshot, or what was missed, and from then on every message, without a gap."""

import asyncio
from typing import Any, Final, NamedTuple

from exchange.books.state import Venue
from gateway.access.session import Session
from gateway.feeds.backfill import Backfill
from gateway.feeds.channel import Channel, CommitPair, FeedName, ItemChannel, resume_start
from gateway.feeds.consistent_read import ConsistentReads
from gateway.feeds.feed import snapshot_frames
from gateway.feeds.hub import Hub
from gateway.feeds.market_channels import CandleChannel, TradeChannel
from gateway.feeds.outbox import Outbox
from gateway.feeds.resume import FeedResume
from gateway.feeds.thing_channels import UnitChannel
from gateway.feeds.unit_record import unit_records
from gateway.problems import ProblemRaised, problem
from ledger.journal.protocol import Commit, JournalUnavailable
from ledger.refusals import Reason, Refused

DRAIN_POLL_S: Final = 0.01
OTHER_HISTORY: Final = Reason.other_history.name


class JoinResult(NamedTuple):
    """How one feed was joined, and what follows the reply."""

    row: dict[str, Any]  # feed, ok, mode, seq, or error
    frames: list[bytes]
    resume: FeedResume | None = None
    name: FeedName | None = None


class Subscriptions:
    """Lets sockets join and leave the hub's feeds."""

    def __init__(self, hub: Hub, consistent_reads: ConsistentReads, backfill: Backfill) -> None:
        self._hub = hub
        self._consistent_reads = consistent_reads
        self._backfill = backfill

    async def join(
        self,
        outbox: Outbox,
        session: Session | None,
        texts: list[Any],
        since: int | None,
        pair: CommitPair | None = None,
    ) -> list[JoinResult]:
        """Join each feed; when this returns, what `frames` hold must be sent before anything else.

        The row of a feed that cannot be joined holds its `error`; the others are joined anyway.
        Who holds what this journal does not (`since` beyond its end, a `pair` that is not one of
        its commits) gets a snapshot that says so; a feed without one refuses `other_history`.
        What is resumed is resumed from `pair`: all behind it may be of another history.
        """
        try:
            records = await self._prepare(session, texts)
            is_ours = pair is None or await self._is_ours(pair)
        except JournalUnavailable as error:
            raise ProblemRaised("unavailable", str(error)) from error
        self._hub.catch_up()
        is_other = not is_ours or (since is not None and since > self._hub.position)
        start = resume_start(since, pair)
        joined: list[JoinResult] = []
        for text in texts:
            try:
                names = self._permitted(session, text)
                joined += [self._join(outbox, name, start, is_other, records) for name in names]
                if names and str(text).endswith("/*") and names[0].key != "*":
                    self._hub.follow_all(outbox, names[0])
            except (Refused, ProblemRaised) as no:
                joined.append(
                    JoinResult({"feed": str(text)[:200], "ok": False, "error": problem(no)}, [])
                )
        return joined

    async def _is_ours(self, pair: CommitPair) -> bool:
        """Whether this journal holds a commit that ends there, with that chain."""
        position, chain = pair
        if position > self._hub.commits.last.last_position:
            return False
        found = self._hub.commits.upto(position) or await self._backfill.commit_upto(position)
        found = found or Commit.none()
        return (found.last_position, found.chain) == (position, chain)

    async def resume(self, outbox: Outbox, joined: JoinResult, since: int) -> None:
        """Send what the journal holds after *since*, at the reader's pace, then go on live."""
        assert joined.resume is not None
        assert joined.name is not None
        feed, resuming = self._hub.feed(joined.name), outbox.resuming
        after, prev = since, since
        while feed.name in resuming and not outbox.is_closed:
            resuming[feed.name] = after
            missed = feed.missed_since(after)
            if missed is not None:
                for frame in missed:
                    outbox.add(frame, is_lossless=True)
                self._hub.attach(outbox, feed)
                del resuming[feed.name]
                outbox.flush()
                return
            upto = self._hub.position
            try:
                frames, after, prev = await asyncio.to_thread(joined.resume.step, after, upto, prev)
            except JournalUnavailable:
                outbox.close(1011, "the journal does not answer")
                return
            await self._send_slowly(outbox, frames)

    async def _send_slowly(self, outbox: Outbox, frames: list[bytes]) -> None:
        """Never more at once than a reader may lag; then wait until it has read."""
        size = 0
        for frame in frames:
            outbox.add(frame, is_lossless=True)
            size += len(frame)
            if size < self._hub.limits.conflate_above_bytes and frame is not frames[-1]:
                continue
            size = 0
            outbox.flush()
            while outbox.is_slow and not outbox.is_closed:
                await asyncio.sleep(DRAIN_POLL_S)
                outbox.weigh()

    def leave(self, outbox: Outbox, texts: list[Any]) -> None:
        """Leave each feed named; `*` leaves all of a channel."""
        for text in texts:
            for name in self._hub.names(text):
                self._hub.detach(outbox, name.text)
                outbox.resuming.pop(name.text, None)
            if str(text).endswith("/*"):
                self._hub.unfollow(outbox, str(text).partition("/")[0])

    async def _prepare(
        self, session: Session | None, texts: list[Any]
    ) -> dict[str, tuple[int, list[dict[str, Any]]]]:
        """Read what must be there before feeds are joined: their past, and the records of units."""
        records: dict[str, tuple[int, list[dict[str, Any]]]] = {}
        for text in texts:
            try:
                names = self._permitted(session, text)
            except Refused:
                continue  # its row says so when it is joined
            for name in names:
                channel = self._hub.channels[name.channel]
                if isinstance(channel, TradeChannel | CandleChannel):
                    await self._backfill.fill(channel.market_view(name))
                elif isinstance(channel, UnitChannel):
                    self._hub.feed(name)
                    records[name.text] = await self._units(channel, name)
        return records

    async def _units(
        self, channel: UnitChannel, name: FeedName
    ) -> tuple[int, list[dict[str, Any]]]:
        units = channel.keys_of(name.key)

        def read(venue: Venue) -> list[dict[str, Any]]:
            return unit_records(venue, units)

        return await self._consistent_reads.run(read)

    def _permitted(self, session: Session | None, text: Any) -> list[FeedName]:
        names = self._hub.names(text)
        for name in names:
            self._hub.channel(name).must_be_open_to(name, session)
        return names

    def _join(
        self,
        outbox: Outbox,
        name: FeedName,
        since: int | None,
        is_other: bool,
        records: dict[str, tuple[int, list[dict[str, Any]]]],
    ) -> JoinResult:
        hub = self._hub
        if name.text in outbox.resuming:
            raise Refused(Reason.wrong_state, f"{name.text} is being resumed: wait for it.")
        if name.text in outbox.held:
            hub.detach(outbox, name.text)
        elif len(outbox.held) >= hub.limits.feeds_per_socket:
            raise Refused(
                Reason.too_large, f"A socket holds at most {hub.limits.feeds_per_socket} feeds."
            )
        feed, reason = hub.feed(name), OTHER_HISTORY if is_other else ""
        if since is not None and not is_other:
            missed = feed.missed_since(since)
            if missed is not None:
                hub.attach(outbox, feed)
                return JoinResult(_row(name, "resumed", feed.seq), missed)
            resume = self._resume(hub.channels[name.channel], name, since)
            if resume is not None:
                outbox.resuming[name.text] = since
                return JoinResult(_row(name, "resumed", feed.seq), [], resume, name)
        if name.text in records:
            position, body = records[name.text]
            frames = snapshot_frames(name.text, position, hub.at_ns, body, reason=reason)
            hub.attach(outbox, feed)
            later = feed.missed_since(position) or []
            return JoinResult(_row(name, "snapshot", position, reason), [*frames, *later])
        snapshot = hub.snapshot(name, reason=reason)
        if snapshot is None and is_other:
            raise Refused(
                Reason.other_history,
                f"This venue's history is not the one that you held {name.text} of: forget what"
                " you hold, and subscribe without since.",
            )
        if snapshot is None and since is not None:
            raise Refused(
                Reason.too_old, f"{name.text} is not kept since {since}: REST has the rest."
            )
        hub.attach(outbox, feed)
        if snapshot is None:
            return JoinResult(_row(name, "live", feed.seq), [])
        return JoinResult(_row(name, "snapshot", feed.seq, reason), snapshot)

    def _resume(self, channel: Channel, name: FeedName, since: int) -> FeedResume | None:
        if not channel.is_replayable or not isinstance(channel, ItemChannel):
            return None
        if self._hub.position - since > self._hub.limits.replay_positions:
            return None
        return self._backfill.resume(channel, name)


def _row(name: FeedName, mode: str, seq: int, reason: str = "") -> dict[str, Any]:
    row = {"feed": name.text, "ok": True, "mode": mode, "seq": seq}
    return {**row, "reason": reason} if reason else row
