"""From the journal to the state: the newest checkpoint that holds, and every event after it.

Start-up, rebuild, audit and as-of reading are this one code path.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

from exchange.books.state import Venue
from exchange.engine.batch_writer import Batch, codec_for
from exchange.engine.checkpoint_codec import CODEC_VERSION, Damaged, pack, unpack
from exchange.state_form import FORM, state_sha256
from exchange.venue import fold
from ledger.base64url import any_bytes64, sha256_text, text64
from ledger.events import StateAttested
from ledger.fold import Fold
from ledger.ids import VenueName
from ledger.journal.batches import batches, first_position
from ledger.journal.commit_chain import chained_rows
from ledger.journal.protocol import Commit, Journal, JournalRow
from ledger.moment import Moment

BATCH_GUESS = 32  # positions: few batches are longer
VENUE_FOLD: Fold[Venue] = Fold(Venue, fold)
READING_CODEC = codec_for("")  # the name matters for writing alone


class StoredCheckpoint(Protocol):
    """A checkpoint, as its store hands it out (`ledger/journal/checkpoint.py`)."""

    @property
    def position(self) -> int: ...
    @property
    def form(self) -> int: ...
    @property
    def state_sha256(self) -> bytes: ...
    @property
    def codec_version(self) -> int: ...
    @property
    def blob(self) -> bytes: ...
    @property
    def chain(self) -> bytes: ...


class Recovered(NamedTuple):
    """A venue as the journal tells it, the last version of each stream, and its end."""

    venue: Venue
    versions: dict[str, int]
    moment: Moment  # of its last event


def recover(
    journal: Journal,
    saved: StoredCheckpoint | None = None,
    warn: Callable[[str], None] = lambda text: None,
) -> Recovered:
    """The state at the journal's head. A checkpoint that does not hold is passed over.

    Raises JournalUnavailable where what is read is broken.
    """
    found = begun(journal, saved, warn)
    rows = chained_rows(journal, found.moment.position)
    replay(found.venue, rows, found.versions, found.moment)
    return found


def begun(
    journal: Journal,
    saved: StoredCheckpoint | None,
    warn: Callable[[str], None] = lambda text: None,
) -> Recovered:
    """Where a fold begins: with the state that was saved, if it holds, else before any event."""
    if saved is not None and saved.form == FORM:
        try:
            _must_be_of(journal, saved)
            _must_be_named(journal, saved)
            venue, versions = unpack(saved.blob, text64(saved.state_sha256))
            return Recovered(venue, versions, moment_at(journal, saved.position))
        except Damaged as damaged:
            warn(f"checkpoint {saved.position} is passed over: {damaged}")
    return Recovered(Venue(), {}, Moment())


def _must_be_of(journal: Journal, saved: StoredCheckpoint) -> None:
    """Raises Damaged unless a saved state is of this very history."""
    found, _ = journal.commits_around(saved.position)
    if found is None or (found.last_position, found.chain) != (saved.position, saved.chain):
        raise Damaged("it is of another history than this journal's")


def _must_be_named(journal: Journal, saved: StoredCheckpoint) -> None:
    """Raises Damaged unless the batch behind a saved state attests these very bytes.

    The attested hash covers neither tiers, roles, keys, rules, groups nor counters: who changed one
    in the bytes could have the venue act by it, and attest what is false.
    """
    names = [saved.position, sha256_text(saved.blob), str(saved.codec_version)]
    rows = journal.read(saved.position, min(saved.position + BATCH_GUESS, journal.head()))
    following = next(batches(rows, READING_CODEC.decode), None)
    named = [
        [event.upto_position, event.saved_sha256, event.saved_codec]
        for event in (following.events if following else ())
        if isinstance(event, StateAttested)
    ]
    if names not in named:
        raise Damaged("the journal does not name its bytes")


def moment_at(journal: Journal, position: int) -> Moment:
    """The moment of a stored event: its batch is read again, for no state bears it."""
    decode, moment = READING_CODEC.decode, Moment()
    (last,) = journal.read(position - 1, position)
    for row in journal.read(first_position(decode(last), position) - 1, position):
        moment.follow(decode(row), row.position)
    return moment


def replay(
    venue: Venue,
    rows: Iterable[JournalRow],
    versions: dict[str, int] | None = None,
    moment: Moment | None = None,
) -> None:
    """Fold stored rows into a venue; note the versions of their streams, and the last moment."""
    moment = Moment() if moment is None else moment
    decode, add = READING_CODEC.decode, VENUE_FOLD.add
    for row in rows:
        add(venue, decode(row), row.position, moment)
        if versions is not None:
            versions[row.stream] = row.version


def replayed(journal: Journal, upto: int | None = None) -> Venue:
    """The state at a position, from the first event: as-of and audit trust no checkpoint."""
    venue = Venue()
    replay(venue, journal.read(0, upto))
    return venue


def read_batches(journal: Journal, after: int, upto: int, op: str = "") -> list[Batch]:
    """The batches between two positions that each end one; no row of who asked is read."""
    return [
        Batch(
            first_position=stored.first,
            last_position=stored.last,
            at_ns=stored.events[0].at_ns,
            events=stored.events,
            rows=stored.rows,
            command=None,
            op=op,
        )
        for stored in batches(journal.read(after, upto), READING_CODEC.decode)
    ]


def last_positions(journal: Journal, firsts: Iterable[int]) -> dict[int, int]:
    """Where each of these batches ends, by its first position. Blocks on the journal."""
    return {first: _last_position(journal, first) for first in dict.fromkeys(firsts)}


def _last_position(journal: Journal, first: int) -> int:
    """Read on, twice as far each time, until the next batch begins or the journal ends."""
    length, head = BATCH_GUESS, journal.head()
    while True:
        upto = min(first + length, head)
        rows = journal.read(first - 1, upto)
        stored = list(batches(rows, READING_CODEC.decode))[:2]
        if len(stored) > 1 or upto == head:
            return stored[0].last
        length *= 2


class NewCheckpoint(NamedTuple):
    """What a checkpoint of now holds, in the order of its store's fields."""

    position: int
    form: int
    state_sha256: bytes
    codec_version: int
    blob: bytes
    chain: bytes


def save(venue: Venue, versions: dict[str, int], last: Commit) -> NewCheckpoint:
    """A checkpoint of the state as it stands behind a commit."""
    digest, blob = any_bytes64(state_sha256(venue)), pack(venue, versions)
    return NewCheckpoint(last.last_position, FORM, digest, CODEC_VERSION, blob, last.chain)


def naming_attestation(venue: VenueName, new: NewCheckpoint) -> StateAttested:
    """The attestation that names a checkpoint's very bytes: to be written right behind it."""
    return StateAttested(
        venue=venue,
        form=new.form,
        upto_position=new.position,
        state_sha256=text64(new.state_sha256),
        saved_sha256=sha256_text(new.blob),
        saved_codec=str(new.codec_version),
    )
