"""Joining a feed: a snapshot, or what was missed, and from then on every message, without a gap."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from exchange.books.state import Venue
from gateway.access.feed_account import FeedAccount
from gateway.access.session import Session
from gateway.feeds.backfill import Backfill
from gateway.feeds.channel import Channel, CommitPair, FeedName, ItemChannel, resume_start
from gateway.feeds.consistent_read import ConsistentReads
from gateway.feeds.feed import EncodedSnapshot, encoded_snapshot
from gateway.feeds.hub import Hub
from gateway.feeds.market_channels import CandleChannel, TradeChannel
from gateway.feeds.outbox import Outbox
from gateway.feeds.resume import JournalResume
from gateway.feeds.thing_channels import UnitChannel
from gateway.feeds.unit_record import unit_records
from gateway.market_picture.prices import (
    FEED_BYTES,
    LOOKUP_BYTES,
    PAGE_BYTES,
    ROW_BYTES,
    SENT_SHARE,
)
from gateway.problems import ProblemRaised, problem
from gateway.turns.fair_turns import FairTurns
from ledger.durations import SECOND_NS
from ledger.journal.protocol import Commit, JournalUnavailable
from ledger.refusals import Reason, Refused, sentence_of

DRAIN_POLL_S: Final = 0.01
OTHER_HISTORY: Final = Reason.other_history.name


class JoinResult(NamedTuple):
    """How one feed was joined, and what follows the reply."""

    row: dict[str, Any]  # feed, ok, mode, seq, or error
    frames: list[bytes]
    resumed: FeedName | None = None  # its past is still to be read from the journal


class Joined(NamedTuple):
    """How the feeds of one `subscribe` were joined, and what that took, in bytes to be paid for."""

    feeds: list[JoinResult]
    work: int


class Subscriptions:
    """Lets sockets join and leave the hub's feeds."""

    def __init__(self, hub: Hub, consistent_reads: ConsistentReads, backfill: Backfill) -> None:
        self._hub = hub
        self._consistent_reads = consistent_reads
        self._backfill = backfill
        self._turns = FairTurns()  # one snapshot is made at a time, and others are served between

    async def join(
        self,
        outbox: Outbox,
        account: FeedAccount,
        session: Session | None,
        texts: list[Any],
        since: int | None,
        pair: CommitPair | None = None,
    ) -> Joined:
        """Join each feed; when this returns, what `frames` hold must be sent before anything else.

        The row of a feed that cannot be joined holds its `error`; the others are joined anyway.
        Who holds what this journal does not (`since` beyond its end, a `pair` that is not one of
        its commits) gets a snapshot that says so; a feed without one refuses `other_history`.
        What is resumed is resumed from `pair`: all behind it may be of another history.

        First what takes time is made, with turns between, one snapshot after the other; then all
        is joined at once, each feed with its snapshot and what came since.
        """
        work = WorkDone()
        start = resume_start(since, pair)
        try:
            is_ours = pair is None or await self._is_ours(pair, account, work)
            begun = None if start is None else await self._commit_upto(start, account, work)
            held = start if is_ours else None
            made = await self._prepare(account, session, texts, held, work)
        except JournalUnavailable as error:
            raise ProblemRaised("unavailable", str(error)) from error
        self._hub.catch_up()
        outbox.session = session
        is_other = not is_ours or (since is not None and since > self._hub.position)
        if begun is not None and not is_other:
            outbox.commit_begun = begun
        joined: list[JoinResult] = []
        for text in texts:
            try:
                names = self._permitted(session, text)
                for name in names:
                    joined.append(self._join(outbox, name, start, is_other, made))
                if names and str(text).endswith("/*") and names[0].key != "*":
                    self._hub.follow_all(outbox, names[0])
            except (Refused, ProblemRaised) as no:
                shown = problem(no, words=outbox.words)
                joined.append(
                    JoinResult({"feed": str(text)[:200], "ok": False, "error": shown}, [])
                )
        sent = sum(len(frame) for each in joined for frame in each.frames)
        return Joined(joined, work.size + len(joined) * FEED_BYTES + sent // SENT_SHARE)

    async def _is_ours(self, pair: CommitPair, account: FeedAccount, work: "WorkDone") -> bool:
        """Whether this journal holds a commit that ends there, with that chain."""
        position, chain = pair
        if position > self._hub.commits.last.last_position:
            return False
        found = await self._commit_upto(position, account, work) or Commit.none()
        return (found.last_position, found.chain) == (position, chain)

    async def _commit_upto(
        self, position: int, account: FeedAccount, work: "WorkDone"
    ) -> Commit | None:
        """The last commit that ends at or before a position."""
        if found := self._hub.commits.upto(position):
            return found
        work.size += LOOKUP_BYTES
        return await self._backfill.commit_upto(position, account.caller)

    async def resume(
        self, outbox: Outbox, account: FeedAccount, names: Sequence[FeedName], since: int
    ) -> None:
        """Send what the journal holds after *since*, at the reader's pace, then go on live.

        The journal is read once for all these feeds. Each page is paid for before the next.
        """
        by_channel: dict[ItemChannel, list[str]] = {}
        for name in names:
            channel = self._hub.channels[name.channel]
            assert isinstance(channel, ItemChannel)
            by_channel.setdefault(channel, []).append(name.text)
        resumption = self._backfill.resume(by_channel)
        for name in names:
            outbox.resumed_by[name.text] = resumption
        left = {name.text: name for name in names}
        after, seqs = since, dict.fromkeys(left, since)
        while not outbox.is_closed:
            for text, name in list(left.items()):
                if outbox.resumed_by.get(text) is not resumption:
                    del left[text]  # it was left meanwhile
                elif self._goes_live(outbox, name, after, seqs[text]):
                    del left[text]
            outbox.flush()
            if not left:
                return
            await _until_paid(account)
            wanted = {text: seqs[text] for text in left}
            try:
                page = await self._backfill.read_page(
                    resumption, account.caller, after, self._hub.position, wanted
                )
            except JournalUnavailable:
                outbox.close(1011, "the journal does not answer")
                return
            after, seqs = page.reached, page.seqs
            await self._send_slowly(outbox, page.frames, resumption)

    def _goes_live(self, outbox: Outbox, name: FeedName, after: int, held: int) -> bool:
        """Go on live with a feed that was read up to a position, if its ring ties to that."""
        feed = self._hub.feed(name)
        missed = feed.missed_since(after)
        if missed is None or not feed.ties(after, held):
            outbox.resuming[name.text] = after
            return False
        for frame in missed:
            outbox.add(frame, is_lossless=True)
        self._hub.attach(outbox, feed)
        outbox.is_resumed(name.text)
        return True

    async def _send_slowly(
        self, outbox: Outbox, frames: list[tuple[str, bytes]], resumption: JournalResume
    ) -> None:
        """Never more at once than a reader may lag; then wait until it has read."""
        size = 0
        for feed, frame in frames:
            if outbox.resumed_by.get(feed) is not resumption:
                continue
            outbox.add(frame, is_lossless=True)
            size += len(frame)
            if size < self._hub.limits.conflate_above_bytes:
                continue
            size = 0
            await self._until_read(outbox)
        await self._until_read(outbox)

    async def _until_read(self, outbox: Outbox) -> None:
        outbox.flush()
        while outbox.is_slow and not outbox.is_closed:
            await asyncio.sleep(DRAIN_POLL_S)
            outbox.weigh()

    def leave(self, outbox: Outbox, texts: list[Any]) -> None:
        """Leave each feed named; `*` leaves all of a channel."""
        for text in texts:
            for name in self._hub.names(text):
                self._hub.detach(outbox, name.text)
                outbox.is_resumed(name.text)
            if str(text).endswith("/*"):
                self._hub.unfollow(outbox, str(text).partition("/")[0])

    async def _prepare(
        self,
        account: FeedAccount,
        session: Session | None,
        texts: list[Any],
        since: int | None,
        work: "WorkDone",
    ) -> dict[str, EncodedSnapshot]:
        """Make what must be there before feeds are joined: their past, and their snapshots."""
        made: dict[str, EncodedSnapshot] = {}
        for text in texts:
            try:
                names = self._permitted(session, text)
            except Refused:
                continue  # its row says so when it is joined
            for name in names[: self._hub.limits.feeds_per_socket - len(made)]:
                channel = self._hub.channels[name.channel]
                if isinstance(channel, TradeChannel | CandleChannel):
                    await self._backfill.fill(channel.market_view(name))
                snapshot = await self._made(account, channel, name, since, work)
                if snapshot is not None:
                    made[name.text] = snapshot
        return made

    async def _made(
        self,
        account: FeedAccount,
        channel: Channel,
        name: FeedName,
        since: int | None,
        work: "WorkDone",
    ) -> EncodedSnapshot | None:
        """A feed's snapshot, made in this caller's turn; None if it needs none, or has none."""
        hub = self._hub
        feed = hub.feed(name)
        if since is not None and (
            feed.missed_since(since) is not None or self._is_resumable(channel, since)
        ):
            return None
        if not channel.has_snapshot or (kept := hub.kept_snapshot(name)):
            return kept if channel.has_snapshot else None
        async with self._turns.one(account.caller):
            snapshot: EncodedSnapshot | None
            if isinstance(channel, UnitChannel):
                position, body = await self._units(channel, name)
                snapshot = encoded_snapshot(name.text, position, hub.at_ns, body)
            else:
                snapshot = hub.snapshot(name)
            await asyncio.sleep(0)  # others are served
        if snapshot is not None:
            work.size += snapshot.rows * ROW_BYTES
        return snapshot

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
        made: dict[str, EncodedSnapshot],
    ) -> JoinResult:
        hub = self._hub
        if name.text in outbox.resuming:
            raise Refused(
                Reason.wrong_state,
                sentence_of("{text} is being resumed: wait for it.", text=name.text),
            )
        if name.text in outbox.held:
            hub.detach(outbox, name.text)
        elif len(outbox.held) >= hub.limits.feeds_per_socket:
            raise Refused(
                Reason.too_large,
                sentence_of(
                    "A socket holds at most {feeds_per_socket} feeds.",
                    feeds_per_socket=hub.limits.feeds_per_socket,
                ),
            )
        feed, reason = hub.feed(name), OTHER_HISTORY if is_other else ""
        if since is not None and not is_other:
            missed = feed.missed_since(since)
            if missed is not None:
                hub.attach(outbox, feed)
                return JoinResult(_row(name, "resumed", feed.seq), missed)
            if self._is_resumable(hub.channels[name.channel], since):
                outbox.resuming[name.text] = since
                return JoinResult(_row(name, "resumed", feed.seq), [], name)
        snapshot = made.get(name.text)
        later = feed.missed_since(snapshot.seq) if snapshot is not None else []
        if snapshot is None or later is None:
            snapshot, later = hub.snapshot(name), []
        if snapshot is None and is_other:
            raise Refused(
                Reason.other_history,
                sentence_of(
                    "This venue's history is not the one that you held {text} of: forget "
                    "what you hold, and subscribe without since.",
                    text=name.text,
                ),
            )
        if snapshot is None and since is not None:
            raise Refused(
                Reason.too_old,
                sentence_of(
                    "{text} is not kept since {since}: REST has the rest.",
                    text=name.text,
                    since=since,
                ),
            )
        if snapshot is None and hub.channels[name.channel].has_snapshot:
            raise ProblemRaised("not_yet")  # it was opened to this reader while others' were made
        hub.attach(outbox, feed)
        if snapshot is None:
            return JoinResult(_row(name, "live", feed.seq), [])
        row = _row(name, "snapshot", snapshot.seq, reason)
        return JoinResult(row, [*snapshot.frames(reason=reason), *later])

    def _is_resumable(self, channel: Channel, since: int) -> bool:
        """Whether what a feed's ring no longer holds may be made again from the journal."""
        if not channel.is_replayable or not isinstance(channel, ItemChannel):
            return False
        return self._hub.position - since <= self._hub.limits.replay_positions


class WorkDone:
    """What the making of one `subscribe` took, in bytes to be paid for."""

    def __init__(self) -> None:
        self.size = 0


async def _until_paid(account: FeedAccount) -> None:
    """Charge one page of the journal, and wait until it is paid."""
    loop = asyncio.get_running_loop()
    wait_ms = account.charge(PAGE_BYTES, int(loop.time() * SECOND_NS))
    await asyncio.sleep(wait_ms / 1_000)


def _row(name: FeedName, mode: str, seq: int, reason: str = "") -> dict[str, Any]:
    row = {"feed": name.text, "ok": True, "mode": mode, "seq": seq}
    return {**row, "reason": reason} if reason else row
