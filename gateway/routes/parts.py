"""The parts of one gateway that its routes use: engine, views, feeds, access, settings."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from aiohttp import web

from exchange.books.state import Venue
from exchange.views.reader import Reader
from gateway.access.auth import Auth
from gateway.access.command_intake import CommandIntake
from gateway.access.in_flight import BodiesInFlight, RequestsInFlight
from gateway.access.invitations import Invitations
from gateway.access.limits import TokenBuckets
from gateway.feeds.backfill import Backfill
from gateway.feeds.consistent_read import ConsistentReads
from gateway.feeds.hub import Hub
from gateway.market_picture.market_views import MarketViews
from gateway.metrics import Metrics
from gateway.notary.log_extent import LogExtent
from gateway.settings import Limits, Settings
from gateway.socket.connection import SocketServer
from gateway.socket.heartbeat import Heartbeat
from gateway.turns.read_turns import ReadTurns
from gateway.turns.request_turns import RequestTurns
from gateway.turns.work_pools import WorkPools
from ledger.journal.codec import Codec
from ledger.journal.personal_names import Personal
from ledger.journal.protocol import Journal
from ledger.questions.state_history import PastPage, Question


class EngineState(Protocol):
    """What the gateway reads of the engine."""

    @property
    def venue(self) -> Venue: ...

    @property
    def head(self) -> int: ...

    @property
    def is_ready(self) -> bool: ...

    @property
    def stop_reason(self) -> str: ...

    @property
    def waits_for(self) -> str: ...


class PastStates(Protocol):
    """Who folds a state of the past (`gateway/server/history_process.py`)."""

    async def query(self, caller: str, question: Question) -> PastPage: ...


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything a route may use."""

    settings: Settings
    limits: Limits
    engine: EngineState
    journal: Journal  # for reading alone
    codec: Codec
    keep: Callable[[bytes], None]  # stores raw bytes by their SHA-256; blocks
    pools: WorkPools  # where what blocks runs
    personal: Personal
    reader: Reader | None  # the views; None: a venue without any (tests, simulation)
    market_views: MarketViews
    hub: Hub
    backfill: Backfill
    consistent_reads: ConsistentReads
    auth: Auth
    invitations: Invitations
    intake: CommandIntake
    buckets: TokenBuckets
    in_flight: RequestsInFlight
    bodies_in_flight: BodiesInFlight
    read_turns: ReadTurns
    request_turns: RequestTurns
    heartbeat: Heartbeat
    sockets: SocketServer
    metrics: Metrics
    wall_ns: Callable[[], int]
    venue_ns: Callable[[], int]
    console: Path
    log: LogExtent | None = None  # None: this venue publishes none
    past_states: PastStates | None = None  # None: a venue whose journal lies in no database (tests)
    offered: dict[str, str] = field(default_factory=dict)  # a demo's seat -> an invitation's code


PARTS = web.AppKey("parts", Parts)
