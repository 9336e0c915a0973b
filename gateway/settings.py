"""What may be set from outside, and the limits of WIRE 7 in force."""

from pathlib import Path

from msgspec import Struct

SECOND_NS = 1_000_000_000


class Settings(Struct, frozen=True, kw_only=True):
    """How one house is opened. Nothing here is read from the environment: the command line does."""

    data_folder: Path
    database_url: str = ""  # "": the embedded server in data_folder
    kind: str = "live"  # live, demo
    host: str = "127.0.0.1"
    port: int = 8470  # taken: the next free one, up to 20 further
    metrics_port: int = 8471
    tls_cert: str = ""  # PEM file with certificate and key
    behind_proxy: bool = False  # X-Forwarded-For is believed
    holders: tuple[str, str] = ("", "")  # names of the first two clerks, on an empty journal
    accept_jump: bool = False  # a clock more than 24 h ahead is right


class Limits(Struct, frozen=True, kw_only=True):
    """How much the door takes and how long it waits (WIRE 7); `GET /v1/venue` tells them."""

    body_bytes: int = 1 << 20
    body_ms: int = 30_000
    import_bytes: int = 16 << 20
    import_gpus: int = 1_024
    header_bytes: int = 16 << 10
    json_depth: int = 16
    text_characters: int = 1_024
    rows_per_page: int = 1_000
    rows_by_default: int = 100
    book_depth_anonymous: int = 50
    valid_ms: int = 5_000
    valid_ms_most: int = 60_000
    clock_ahead_ms: int = 1_000
    answer_wait_ms: int = 5_000
    position_wait_ms: int = 2_000
    position_wait_ms_most: int = 10_000
    challenge_s: int = 60
    ticket_s: int = 30
    invitation_s: int = 600
    session_s: int = 3_600
    session_s_most: int = 86_400
    session_s_reading: int = 30 * 86_400
    sockets: int = 2_000
    sockets_per_principal: int = 20
    sockets_per_address: int = 50
    socket_message_bytes: int = 64 << 10
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
    drain_ms: int = 10_000
