"""The gateway put together around an engine: which part is handed to which."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from exchange.engine.batch_writer import codec_for
from exchange.engine.clock import Clock
from exchange.engine.engine import Engine
from exchange.engine.group_decider import Unavailable
from exchange.engine.replay import last_positions, read_batches
from exchange.postings import ALL as POSTINGS
from exchange.views.reader import Reader
from gateway.access.auth import Auth
from gateway.access.command_intake import CommandIntake
from gateway.access.directory import Directory
from gateway.access.in_flight import BodiesInFlight, RequestsInFlight
from gateway.access.invitations import Invitations
from gateway.access.leaves import Leaves
from gateway.access.limits import TokenBuckets
from gateway.feeds.backfill import Backfill
from gateway.feeds.channel import Channel
from gateway.feeds.consistent_read import ConsistentReads
from gateway.feeds.hub import Hub
from gateway.feeds.market_channels import (
    BookChannel,
    CandleChannel,
    InstrumentChannel,
    TickerChannel,
    TradeChannel,
)
from gateway.feeds.party_channels import CashChannel, FillChannel, OrderChannel, SettlementChannel
from gateway.feeds.subscriptions import Subscriptions
from gateway.feeds.thing_channels import LedgerChannel, UnitChannel
from gateway.market_picture.market_views import MarketViews
from gateway.metrics import Metrics
from gateway.notary.log_extent import LogExtent
from gateway.routes.parts import Parts, PastStates
from gateway.server.published_log import NO_LOG, PublishedLog
from gateway.settings import Limits, Settings
from gateway.socket.cancel_on_disconnect import CancelOnDisconnect
from gateway.socket.connection import SocketServer
from gateway.socket.heartbeat import Heartbeat
from gateway.turns.read_turns import ReadTurns
from gateway.turns.request_turns import RequestTurns
from gateway.turns.work_pools import WorkPools
from ledger.events import Event
from ledger.journal.personal_names import Personal
from ledger.journal.protocol import Journal, JournalUnavailable

CONSOLE = Path(__file__).parents[1] / "console"
SETTLED_POLL_S = 0.005
GAP_RETRY_S = 1.0


class _Access(NamedTuple):
    """Who may come in, and how much of what each caller has."""

    directory: Directory
    auth: Auth
    buckets: TokenBuckets
    intake: CommandIntake
    read_turns: ReadTurns


class _Feeds(NamedTuple):
    """What is told of the market and the register as it changes."""

    market_views: MarketViews
    channels: list[Channel]
    hub: Hub
    consistent_reads: ConsistentReads
    backfill: Backfill


async def assemble(
    settings: Settings,
    limits: Limits,
    engine: Engine,
    *,
    journal: Journal,
    keep: Callable[[bytes], None],
    personal: Personal,
    reader: Reader | None,
    clock: Clock,
    speed: Callable[[], int],
    log: PublishedLog = NO_LOG,
    past_states: PastStates | None = None,
) -> Parts:
    """The parts of one gateway, which follows an engine that has started; its venue is open.

    *journal* is for reading alone (the engine has its own); *keep* stores raw bytes.
    """
    pools = WorkPools()
    feeds = _feeds(engine, limits, journal, reader, pools)
    access = _access(engine, limits, clock, feeds.market_views, log.leaves)
    heartbeat = Heartbeat(
        feeds.hub,
        access.auth.sessions,
        head=lambda: engine.head,
        wall_ns=clock.wall_ns,
        speed=speed,
        besides=lambda: feeds.backfill.fill_all(feeds.market_views),
    )
    sockets = _sockets(limits, access, feeds, heartbeat, keep, pools)
    await _begin(engine, journal, access.directory, feeds, pools)
    metrics = Metrics()
    _watch(metrics, engine, feeds.hub, heartbeat)
    if log.extent is not None:
        _watch_log(metrics, log.extent)
    return Parts(
        settings=settings,
        limits=limits,
        engine=engine,
        journal=journal,
        codec=codec_for(engine.venue.register.venue),
        keep=keep,
        pools=pools,
        personal=personal,
        reader=reader,
        market_views=feeds.market_views,
        hub=feeds.hub,
        backfill=feeds.backfill,
        consistent_reads=feeds.consistent_reads,
        auth=access.auth,
        invitations=Invitations(limits, clock.wall_ns),
        intake=access.intake,
        buckets=access.buckets,
        in_flight=RequestsInFlight(limits.connections_per_address),
        bodies_in_flight=BodiesInFlight(limits.body_bytes_in_flight),
        read_turns=access.read_turns,
        request_turns=RequestTurns(),
        heartbeat=heartbeat,
        sockets=sockets,
        metrics=metrics,
        wall_ns=clock.wall_ns,
        venue_ns=clock.now_ns,
        console=CONSOLE,
        log=log.extent,
        past_states=past_states,
    )


def _feeds(
    engine: Engine, limits: Limits, journal: Journal, reader: Reader | None, pools: WorkPools
) -> _Feeds:
    market_views = MarketViews()
    channels = _channels(market_views)
    return _Feeds(
        market_views,
        channels,
        Hub(market_views, channels, limits, engine.commits),
        ConsistentReads(engine),
        Backfill(journal, codec_for(engine.venue.register.venue), reader, pools),
    )


def _access(
    engine: Engine, limits: Limits, clock: Clock, market_views: MarketViews, leaves: Leaves
) -> _Access:
    def venue() -> str:
        return market_views.identity.venue

    directory, buckets = Directory(), TokenBuckets()
    return _Access(
        directory,
        Auth(directory, limits, venue=venue, venue_ns=clock.now_ns, wall_ns=clock.wall_ns),
        buckets,
        CommandIntake(
            engine.submit, buckets, limits, venue=venue, wall_ns=clock.wall_ns, leaves=leaves
        ),
        ReadTurns(
            limits.database_reads, limits.database_reads_per_caller, limits.database_read_wait_ms
        ),
    )


def _sockets(
    limits: Limits,
    access: _Access,
    feeds: _Feeds,
    heartbeat: Heartbeat,
    keep: Callable[[bytes], None],
    pools: WorkPools,
) -> SocketServer:
    return SocketServer(
        hub=feeds.hub,
        subscriptions=Subscriptions(feeds.hub, feeds.consistent_reads, feeds.backfill),
        auth=access.auth,
        intake=access.intake,
        buckets=access.buckets,
        limits=limits,
        heartbeat=heartbeat,
        disconnects=CancelOnDisconnect(access.intake.end_lines),
        keep=keep,
        pools=pools,
        turns=RequestTurns(),
    )


async def _begin(
    engine: Engine, journal: Journal, directory: Directory, feeds: _Feeds, pools: WorkPools
) -> None:
    """Copy what the venue holds while nothing is in the air; what comes later is published."""
    ends = await _until_settled(engine, journal)
    directory.fill(engine.venue.register)
    feeds.market_views.fill(engine.venue, engine.at_ns, ends)
    for channel in feeds.channels:
        channel.fill(engine.venue)
    for part in (feeds.hub, feeds.backfill):
        part.begin(engine.head, engine.at_ns)
    feeds.hub.on_event = _follower(directory)
    feeds.hub.on_gap = GapReader(feeds.hub, journal, pools).missing
    engine.listen(feeds.consistent_reads.on_published)
    engine.listen(feeds.hub.publish)


def _channels(market_views: MarketViews) -> list[Channel]:
    """Every family of feeds of this release."""
    return [
        TickerChannel(market_views),
        BookChannel(market_views),
        TradeChannel(market_views),
        CandleChannel(market_views),
        InstrumentChannel(market_views),
        OrderChannel(market_views.orders),
        FillChannel(),
        SettlementChannel(),
        CashChannel(POSTINGS),
        UnitChannel(),
        LedgerChannel(),
    ]


class GapReader:
    """Fetches from the journal what never came from the engine (it was rebuilt meanwhile)."""

    def __init__(self, hub: Hub, journal: Journal, pools: WorkPools) -> None:
        self._pools = pools
        self._hub = hub
        self._journal = journal
        self._task: asyncio.Task[None] | None = None

    def missing(self, after: int, upto: int) -> None:
        """Positions after *after*, up to *upto*, are on record and never came."""
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._fetch(after, upto))

    async def _fetch(self, after: int, upto: int) -> None:
        while True:
            try:
                batches = await self._pools.run(
                    "venue", "", read_batches, self._journal, after, upto
                )
            except JournalUnavailable:
                await asyncio.sleep(GAP_RETRY_S)
                continue
            self._task = None
            self._hub.fill_gap(batches)
            return


async def _until_settled(engine: Engine, journal: Journal) -> dict[int, int]:
    """Until all that the venue holds is on record: then its state may be copied.

    Returns where each batch ends that last touched a market, by its first position.
    """
    ends: dict[int, int] = {}
    while True:
        if engine.position == engine.head:
            touched = {market.touched for market in engine.venue.markets.values()}
            if not touched - ends.keys():
                return ends
            ends |= await asyncio.to_thread(last_positions, journal, touched - ends.keys())
        else:
            await asyncio.sleep(SETTLED_POLL_S)


def _follower(directory: Directory) -> Callable[[Event, int], None]:
    def on_event(event: Event, at_ns: int) -> None:
        directory.apply(event)

    return on_event


def _watch(metrics: Metrics, engine: Engine, hub: Hub, heartbeat: Heartbeat) -> None:
    metrics.watch("position", "The last position published", lambda: hub.position)
    metrics.watch("ready", "1 while the engine serves", lambda: float(engine.is_ready))
    metrics.watch("sockets", "Open sockets", lambda: heartbeat.count)
    metrics.watch("feeds", "Feeds that somebody listens to", lambda: len(hub.feeds))
    metrics.watch("feed_messages", "Feed messages handed to readers", lambda: hub.delivered)
    words = "Days that were closed and bear no root of form 2 yet"
    metrics.watch("days_without_root", words, lambda: _days_without_root(engine))
    metrics.watch("slow_sockets", "Sockets that lag", lambda: sum(o.is_slow for o in hub.outboxes))


def _days_without_root(engine: Engine) -> float:
    try:
        return float(len(engine.venue.rootless))
    except Unavailable:
        return float("nan")  # it is being built anew


def _watch_log(metrics: Metrics, log: LogExtent) -> None:
    words = "Entries that the newest head of the published log covers; NaN: none is signed"
    metrics.watch("log_entries", words, lambda: _figure(_entries(log)))
    words = "1 while the newest head bears its witnesses' quorum; NaN: no witness is asked"
    metrics.watch("log_has_quorum", words, lambda: _figure(log.has_quorum()))
    metrics.watch("log_refused", "1 while the notary rests", lambda: float(log.has_refused()))


def _entries(log: LogExtent) -> int | None:
    head = log.newest()
    return head.size if head is not None else None


def _figure(count: int | None) -> float:
    return float("nan") if count is None else float(count)
