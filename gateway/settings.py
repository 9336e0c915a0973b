"""What may be set from outside, and the limits of WIRE 7 in force."""

from pathlib import Path
from typing import Final

from msgspec import Struct, structs

from gateway import wire
from gateway.addresses import plain_address
from ledger.durations import DAY_S
from ledger.inventory import GPUS_MOST, REPORT_BYTES_MOST
from ledger.views.lists.pages import QUERY_MS, ROWS_MOST

DATABASE_READS_MOST: Final = 50  # a PostgreSQL has 100 connections, as it comes
BOOK_DEPTH_MOST: Final = 50  # levels that anybody may see; the whole book is for who may read


class Settings(Struct, frozen=True, kw_only=True):
    """How a server is opened. Nothing here is read from the environment: the command line does."""

    data_folder: Path
    database_url: str = ""  # "": the embedded server in data_folder
    kind: str = "live"  # live, demo
    host: str = "127.0.0.1"
    port: int = 8470  # taken: the next free one, up to 20 further
    metrics_port: int = 8471
    tls_cert: str = ""  # PEM file with certificate and key
    proxies: tuple[str, ...] = ()  # their IP addresses: what these forward is believed
    holders: tuple[str, str] = ("", "")  # names of the first two clerks, on an empty journal
    accept_jump: bool = False  # a clock more than 24 h ahead is right
    publishes_log: bool = False  # a notary of its own publishes the journal in data_folder/log
    witness_policy: bytes = b""  # a policy file: whose cosignature each head is asked for

    def __post_init__(self) -> None:
        """An address is compared in its one spelling, so it is kept so; what is none stays."""
        plain = tuple(plain_address(each) or each for each in self.proxies)
        structs.force_setattr(self, "proxies", plain)

    @property
    def is_behind_proxy(self) -> bool:
        """Whether callers come by way of a proxy, which speaks TLS for us."""
        return bool(self.proxies)

    @property
    def is_secure(self) -> bool:
        """Whether callers speak TLS: with us, or with the proxy before us."""
        return bool(self.tls_cert) or self.is_behind_proxy


class Limits(Struct, frozen=True, kw_only=True):
    """How much the gateway takes and how long it waits (WIRE 7): told, and enforced as told."""

    head_ms: int = 10_000
    head_bytes: int = 32 << 10
    body_bytes: int = 1 << 20
    body_ms: int = 30_000
    reply_ms: int = 30_000
    import_bytes: int = REPORT_BYTES_MOST
    body_bytes_anonymous: int = 4 << 10
    body_bytes_in_flight: int = 2 * REPORT_BYTES_MOST
    json_depth: int = wire.BOUNDS.depth
    json_members: int = wire.BOUNDS.members
    json_values: int = wire.BOUNDS.values
    text_characters: int = wire.BOUNDS.text_characters
    rows_per_page: int = ROWS_MOST
    rows_by_default: int = 100
    search_positions: int = 50_000
    valid_ms: int = 5_000
    valid_ms_most: int = 60_000
    clock_ahead_ms: int = 1_000
    answer_wait_ms: int = 5_000
    position_wait_ms: int = 2_000
    position_wait_ms_most: int = 10_000
    database_reads: int = 4
    database_reads_per_caller: int = 2
    database_read_wait_ms: int = 10_000
    views_query_ms: int = QUERY_MS
    challenge_s: int = 60
    ticket_s: int = 30
    invitation_s: int = 600
    session_s_most: int = DAY_S
    session_s_reading: int = 30 * DAY_S
    challenges_per_address: int = 200
    tickets_per_principal: int = 20
    invitations_per_principal: int = 100
    sessions_per_principal: int = 100
    connections: int = 1_000
    connections_per_address: int = 100
    requests_per_connection: int = 10_000
    sockets: int = 2_000
    sockets_per_principal: int = 20
    sockets_per_address: int = 50
    socket_message_bytes: int = 64 << 10
    socket_message_values: int = 2_000
    feeds_per_socket: int = 500
    ring_messages: int = 10_000
    ring_bytes: int = 8 << 20
    replay_positions: int = 1_000_000
    conflate_above_bytes: int = 64 << 10
    lossless_upto_bytes: int = 1 << 20
    lossless_upto_ms: int = 5_000
    send_buffer_bytes: int = 256 << 10
    heartbeat_ms: int = 1_000
    ping_ms: int = 15_000
    pong_ms: int = 10_000
    nothing_asked_ms: int = 30_000
    grace_ms_most: int = 10_000

    def __post_init__(self) -> None:
        """Raise ValueError for a setting that a room behind the gateway would not keep."""
        for name in self.__struct_fields__:
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} is at least 1")
        for name, most in MOST.items():
            if not 0 < getattr(self, name) <= most:
                raise ValueError(f"{name} is 1 to {most}: more is not kept behind the gateway")
        if self.body_bytes_in_flight < max(self.body_bytes, self.import_bytes):
            raise ValueError("body_bytes_in_flight holds one body of any size that is taken")
        if self.rows_by_default > self.rows_per_page or self.valid_ms > self.valid_ms_most:
            raise ValueError("a default lies within its limit")

    @property
    def body_bounds(self) -> wire.Bounds:
        """What a JSON body may hold."""
        return wire.Bounds(
            self.json_depth, self.text_characters, self.json_members, self.json_values
        )

    @property
    def message_bounds(self) -> wire.Bounds:
        """What a socket's message may hold."""
        return self.body_bounds._replace(values=self.socket_message_values)

    def published(self) -> dict[str, int]:
        """Every limit of the gateway, with those that are no setting."""
        return structs.asdict(self) | FIXED


# What a limit may be set to at most: the reader's, the views' and the parser's own ends.
MOST: Final = {
    "import_bytes": REPORT_BYTES_MOST,
    "rows_per_page": ROWS_MOST,
    "json_depth": 100,
    "database_reads": DATABASE_READS_MOST,
}
# Limits that are one room's own number.
FIXED: Final = {"import_gpus": GPUS_MOST, "book_depth_anonymous": BOOK_DEPTH_MOST}
