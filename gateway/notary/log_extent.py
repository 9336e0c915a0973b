"""How far a venue's published log reaches, for whoever asks whether the venue is ready."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from gateway.notary.log_folder import HEAD, LogFolder
from ledger.log.log_check import LogFault
from ledger.log.note import NOTE_BYTES_MOST, BadNote, read_note
from ledger.log.tree_head import read_head_text


class LogExtent(NamedTuple):
    """The log of one venue, as its gateway sees it."""

    folder: Path
    has_refused: Callable[[], bool]  # whether its notary rests until people have looked

    def entries(self) -> int | None:
        """How many entries the newest head covers; None where there is none to read. Blocks."""
        try:
            raw = LogFolder(self.folder).read(HEAD, NOTE_BYTES_MOST)
            return read_head_text(read_note(raw).text).size
        except (LogFault, BadNote):
            return None
