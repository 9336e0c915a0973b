"""Behind the engine: the journal is folded once more, and each day's close gets its root (form 2).

It begins with a state that the journal names, if one lies there that is not behind a close which
waits; a close that the fold never passes would have no root for ever.
"""

from collections.abc import Callable
from typing import Final

from exchange.engine.checkpoint_codec import CODEC_VERSION
from exchange.engine.replay import READING_CODEC, VENUE_FOLD, begun
from exchange.state_rows import subject_rows
from ledger.events import StateAttested
from ledger.journal.checkpoint import Checkpoint
from ledger.journal.protocol import Journal, JournalRow
from ledger.state_map.attested_days import AttestedDays, attested_days
from ledger.state_map.salted_map import FORM, root_text

ROWS_AT_ONCE: Final = 10_000  # of one query: none is open while a map is made


class DayAttester:
    """Follows one journal; `roots` are those that it does not bear yet, by the close's position."""

    def __init__(
        self, journal: Journal, salt_secret: bytes, log: Callable[[str], None] = lambda _: None
    ) -> None:
        """Raises JournalUnavailable."""
        self._journal = journal
        self._salt_secret = salt_secret
        self._days = attested_days(journal)  # as they stood when we began
        found = begun(journal, _saved(journal, self._days), log)
        self._venue, self._moment = found.venue, found.moment
        self.roots: dict[int, str] = {}

    @property
    def position(self) -> int:
        """The last event folded."""
        return self._moment.position

    def follow(self, is_over: Callable[[], bool] = lambda: False) -> None:
        """Fold what the journal holds by now, or until it is over.

        Raises JournalUnavailable, after which one may go on; whatever else does not fold.
        """
        head = self._journal.head()
        while self.position < head and not is_over():
            upto = min(self.position + ROWS_AT_ONCE, head)
            for row in list(self._journal.read(self.position, upto)):
                self._add(row)

    def _add(self, row: JournalRow) -> None:
        event = READING_CODEC.decode(row)
        VENUE_FOLD.add(self._venue, event, row.position, self._moment)
        if not isinstance(event, StateAttested):
            return
        close = event.upto_position
        if event.form == FORM:
            self.roots.pop(close, None)
        elif close in self._venue.rootless and close not in self._days.roots:
            rows, venue = subject_rows(self._venue), self._venue.register.venue
            self.roots[close] = root_text(rows, venue, close, self._salt_secret)


def _saved(journal: Journal, days: AttestedDays) -> Checkpoint | None:
    """The newest saved state from which every close that waits is still ahead."""
    upto = min([journal.head(), *days.waiting()])
    for each in reversed(journal.saved_states()):
        if each.is_whole and each.codec_version == CODEC_VERSION and each.position <= upto:
            blob = journal.saved_bytes(each)
            return Checkpoint(
                each.position, each.form, each.state_sha256, CODEC_VERSION, blob, each.chain
            )
    return None
