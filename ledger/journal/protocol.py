"""What a journal is: rows in, rows out, and a fence that lets one writer through."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol, Self

from ledger.base64url import text64

EVENT_BYTES_MOST = 60_000
STAMP_BYTES = 200  # of them, kept for the instant, the cause and the command's hash
POSITION_MOST = 2**63 - 1  # what a column of the database holds


class JournalRow(NamedTuple):
    """One stored event: its place in the whole, its place in its stream, its tag and its bytes."""

    position: int  # contiguous from 1 over the whole journal
    stream: str  # "unit:u-000017"
    version: int  # contiguous from 1 within the stream
    topic: str  # "title_transferred": stable, never a Python path
    state: bytes  # canonical compact JSON, UTF-8, whole numbers only


class CommandRow(NamedTuple):
    """Who asked for a batch, in the exact bytes that were signed; one per accepted command."""

    party: str
    key: str
    op: str  # "order.new"
    body_sha256: bytes  # 32 bytes, of canonical {"args":…,"op":…}: what `key_reused` compares
    command_sha256: bytes  # 32 bytes: SHA-256 of `signed`; the batch's first event bears it
    principal: str
    session: str
    label: str
    received_ns: int  # wall time, stamped by the gateway
    signed: bytes  # the signed document with its prefix; empty when the engine itself acts
    signature: bytes  # 64 bytes, or empty
    first_position: int
    last_position: int


class Commit(NamedTuple):
    """One append, as the chain of them knows it: (last_position, chain) names one history."""

    last_position: int
    first_position: int
    epoch: int  # of the writer; 0: what an older release left, which kept no chain
    chain: bytes  # 32 bytes

    @classmethod
    def none(cls) -> Self:
        """Where an empty journal stands: position 0 and 32 zero bytes."""
        return cls(0, 0, 0, bytes(32))

    @property
    def pair(self) -> str:
        """POSITION:CHAIN in text, as `audit verify --expect` takes it."""
        return f"{self.last_position}:{text64(self.chain)}"

    @property
    def is_inherited(self) -> bool:
        """Whether it stands for all that an older release left: `JournalUpgraded` follows it."""
        return self.epoch == 0 and self.last_position > 0


class SavedState(NamedTuple):
    """What lies beside the journal as a saved state, without its bytes."""

    position: int
    form: int  # of its hash
    codec_version: int  # what can read its bytes
    state_sha256: bytes
    chain: bytes  # of the commit that it names; empty: an older release's
    is_whole: bool  # its bytes have the hash that is noted for them


class Head(NamedTuple):
    """Where a journal stands when its fence has been taken."""

    epoch: int
    position: int  # 0: empty
    commit: Commit = Commit.none()  # the last one; it ends at `position`


class Deposed(Exception):
    """Another engine took the fence: this writer must end, and must not try again."""


class JournalUnavailable(Exception):
    """The database did not answer, or did not confirm: the outcome of the append is not known."""


class Journal(Protocol):
    """The store of record. Synchronous: the shell calls it from one thread of its own.

    Two implementations (`postgres.py`, `memory.py`) pass one contract test
    (`tests/ledger/journal/`).
    """

    def take_fence(self) -> Head:
        """Bump the epoch (waiting for any append still in the air), then read the head."""
        ...

    def append(self, rows: Sequence[JournalRow], commands: Sequence[CommandRow] = ()) -> Commit:
        """Store one commit group durably, all or nothing, under the epoch last taken.

        `rows` continue the head without a gap; behind what an older release left, the first of
        them is `journal_upgraded`. Raises Deposed if the epoch moved, JournalUnavailable if the
        world failed; never retries.
        """
        ...

    def read(self, after: int = 0, upto: int | None = None) -> Iterator[JournalRow]:
        """Every row with `after` < position <= `upto` (None: the head), in order, streamed."""
        ...

    def read_stream(
        self, stream: str, after_version: int = 0, most: int | None = None
    ) -> list[JournalRow]:
        """The first *most* rows of one stream behind a version, oldest first; None: all."""
        ...

    def begun_streams(self, prefix: str) -> list[JournalRow]:
        """The first row of each stream of a kind (`lease`), by position."""
        ...

    def versions(self) -> dict[str, int]:
        """The last version of every stream: what a writer must know to go on."""
        ...

    def commands(self, keys: Iterable[tuple[str, str]]) -> list[CommandRow]:
        """The rows of those of the given (party, key) pairs that were accepted: one query."""
        ...

    def command_at(self, position: int) -> CommandRow | None:
        """The command whose batch holds this position; None when the engine itself acted."""
        ...

    def read_commands(self, after: int = 0) -> Iterator[CommandRow]:
        """Every command row whose first_position > `after`, by first_position, streamed."""
        ...

    def count_commands(self, upto: int) -> int:
        """How many command rows have a first_position <= `upto`."""
        ...

    def read_commits(self, upto: int | None = None, after: int = 0) -> Iterator[Commit]:
        """Every commit with `after` < last_position <= `upto` (None: the head), in order."""
        ...

    def commits_around(self, position: int) -> tuple[Commit | None, Commit | None]:
        """The last commit that ends at or before a position, and the first that ends after it."""
        ...

    def keep(self, raw: bytes) -> None:
        """Store a raw report under its SHA-256, before the batch that names it is appended."""
        ...

    def kept(self, report_sha256: bytes) -> bytes | None:
        """The raw report with this SHA-256 (32 bytes); None if none was kept."""
        ...

    def kept_hashes(self) -> dict[bytes, bytes]:
        """Each raw report's name, and the SHA-256 of the bytes that are kept under it."""
        ...

    def saved_states(self) -> list[SavedState]:
        """Every saved state that lies there, whatever it is of, oldest first."""
        ...

    def saved_bytes(self, saved: SavedState) -> bytes:
        """The bytes of one of them; none if it was forgotten meanwhile."""
        ...

    def name_hashes(self) -> dict[str, bytes]:
        """The salted hash of each name of a natural person that is noted, by its subject."""
        ...

    def epoch(self) -> int | None:
        """Where the fence stands: how often it was taken; None if there is none."""
        ...

    def head(self) -> int:
        """The last position stored; 0 when empty."""
        ...

    def count(self) -> int:
        """How many events are stored: the head, unless something took one out."""
        ...

    def close(self) -> None:
        """Let go of every connection."""
        ...
