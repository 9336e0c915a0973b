"""The gateway put together around an engine: which part is handed to which."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from exchange.engine.batch_writer import codec_for
from exchange.engine.clock import Clock
from exchange.engine.engine import Engine
from exchange.engine.replay import last_positions, read_batches
from exchange.postings import ALL as POSTINGS
from exchange.views.reader import Reader
from gateway.access.auth import Auth
from gateway.access.command_intake import CommandIntake
from gateway.access.directory import Directory
from gateway.access.in_flight import RequestsInFlight
from gateway.access.invitations import Invitations
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
from gateway.feeds.market_views import MarketViews
from gateway.feeds.party_channels import CashChannel, FillChannel, OrderChannel, SettlementChannel
from gateway.feeds.subscriptions import Subscriptions
from gateway.feeds.thing_channels import LedgerChannel, UnitChannel
from gateway.metrics import Metrics
from gateway.routes.parts import Parts
from gateway.settings import Limits, Settings
from gateway.socket.cancel_on_disconnect import CancelOnDisconnect
from gateway.socket.connection import SocketServer
from gateway.socket.heartbeat import Heartbeat
from ledger.events import Event
from ledger.journal.personal_names import Personal
from ledger.journal.protocol import Journal, JournalUnavailable

CONSOLE = Path(__file__).parents[1] / "console"
SETTLED_POLL_S = 0.005
GAP_RETRY_S = 1.0


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
) -> Parts:
    """The parts of one gateway, which follows an engine that has started; its venue is open.

    *journal* is for reading alone (the engine has its own); *keep* stores raw bytes. Long, because
    it is the one place where each part is handed to the others.
    """
    market_views, directory, metrics = MarketViews(), Directory(), Metrics()
    codec = codec_for(engine.venue.register.venue)
    channels = _channels(market_views)
    hub = Hub(market_views, channels, limits, engine.commits)
    consistent_reads, backfill = ConsistentReads(engine), Backfill(journal, codec, reader)

    def venue() -> str:
        return market_views.identity.venue

    wall_ns, venue_ns = clock.wall_ns, clock.now_ns
    auth = Auth(directory, limits, venue=venue, venue_ns=venue_ns, wall_ns=wall_ns)
    buckets = TokenBuckets()
    intake = CommandIntake(engine.submit, buckets, limits, venue=venue, wall_ns=wall_ns)
    heartbeat = Heartbeat(
        hub,
        auth.sessions,
        head=lambda: engine.head,
        wall_ns=wall_ns,
        speed=speed,
        besides=lambda: backfill.fill_all(market_views),
    )
    socket_server = SocketServer(
        hub=hub,
        subscriptions=Subscriptions(hub, consistent_reads, backfill),
        auth=auth,
        intake=intake,
        buckets=buckets,
        limits=limits,
        heartbeat=heartbeat,
        disconnects=CancelOnDisconnect(intake.end_lines),
        keep=keep,
    )
    await _begin(engine, journal, market_views, directory, channels, hub, backfill)
    hub.on_gap = GapReader(hub, journal).missing
    engine.listen(consistent_reads.on_published)
    engine.listen(hub.publish)
    _watch(metrics, engine, hub, heartbeat)
    return Parts(
        settings=settings,
        limits=limits,
        engine=engine,
        journal=journal,
        codec=codec,
        keep=keep,
        personal=personal,
        reader=reader,
        market_views=market_views,
        hub=hub,
        backfill=backfill,
        consistent_reads=consistent_reads,
        auth=auth,
        invitations=Invitations(limits, wall_ns),
        intake=intake,
        buckets=buckets,
        in_flight=RequestsInFlight(limits.connections_per_address),
        heartbeat=heartbeat,
        sockets=socket_server,
        metrics=metrics,
        wall_ns=wall_ns,
        venue_ns=venue_ns,
        console=CONSOLE,
    )


async def _begin(
    engine: Engine,
    journal: Journal,
    market_views: MarketViews,
    directory: Directory,
    channels: list[Channel],
    hub: Hub,
    backfill: Backfill,
) -> None:
    """Copy what the venue holds while nothing is in the air; what comes later is published."""
    ends = await _until_settled(engine, journal)
    directory.fill(engine.venue.register)
    market_views.fill(engine.venue, engine.at_ns, ends)
    for channel in channels:
        channel.fill(engine.venue)
    for part in (hub, backfill):
        part.begin(engine.head, engine.at_ns)
    hub.on_event = _follower(directory)


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

    def __init__(self, hub: Hub, journal: Journal) -> None:
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
                batches = await asyncio.to_thread(read_batches, self._journal, after, upto)
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
    metrics.watch("slow_sockets", "Sockets that lag", lambda: sum(o.is_slow for o in hub.outboxes))
