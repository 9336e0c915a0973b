"""What joins a log to the older ones that it continues, in words and as documents."""

from typing import Any, Final

import msgspec

from gateway.cli.figures import instant
from ledger.journal.protocol import JournalRow
from ledger.log.entry import LogEntry
from ledger.log.log_check import LogFault, check_log
from ledger.log.older_logs import ContinuedLog
from ledger.log.origin import AcceptedLoss, accepted_loss, is_later, origin_of_first
from ledger.log.tree_head import TreeHead
from ledger.log.verifier import LogVerifiers, journals_part

PROPOSED: Final = "proposal_made"
APPROVED: Final = "proposal_approved"
_decode: Final = msgspec.json.Decoder().decode


class NamedByEntries:
    """Reads a log's entries for what its name says of them: the first one, and an accepted loss."""

    def __init__(self, head: TreeHead) -> None:
        self._head = head
        self._is_later = is_later(head.origin)
        self.loss: AcceptedLoss | None = None
        self._proposers: dict[str, str] = {}  # proposal -> principal
        self._approvals: dict[int, tuple[str, str]] = {}  # position -> proposal, principal
        self._approvers: dict[str, list[str]] = {}

    def read(self, entry: LogEntry) -> None:
        """The next entry. Raises LogFault where the log's name is not of this journal."""
        row = entry.row
        if row.position == 1 and origin_of_first(row) != journals_part(self._head.origin):
            raise LogFault(
                f"its first entry makes the name {origin_of_first(row)}, and its head says "
                f"{self._head.origin}"
            )
        if self._is_later and self.loss is None:
            self._find_loss(row)

    def must_be_named(self) -> None:
        """Once all are read: raises LogFault unless the event that its name is made of is there."""
        if self._is_later and self.loss is None:
            raise LogFault(
                f"{self._head.origin} is named after an event by which people accept a loss, and "
                "no entry is that event"
            )

    @property
    def people(self) -> str:
        """Who proposed and approved it; "" where nothing says so."""
        if self.loss is None or self.loss.event.cause not in self._approvals:
            return ""
        proposal, _ = self._approvals[self.loss.event.cause]
        approvers = " and ".join(self._approvers[proposal])
        return f"proposed by {self._proposers.get(proposal, 'nobody')}, approved by {approvers}"

    def _find_loss(self, row: JournalRow) -> None:
        if row.topic == PROPOSED:
            made = _decode(row.state)
            self._proposers[made["proposal"]] = made["principal"]
        elif row.topic == APPROVED:
            word = _decode(row.state)
            self._approvals[row.position] = (word["proposal"], word["principal"])
            self._approvers.setdefault(word["proposal"], []).append(word["principal"])
        elif (loss := accepted_loss(row)) is not None and loss.origin == self._head.origin:
            self.loss = loss


def must_be_whole(continued: ContinuedLog, kept: dict[int, bytes]) -> NamedByEntries:
    """Judge an older log as the newest one: each entry, tile and kept head. Raises LogFault."""
    head = continued.head.head
    names = NamedByEntries(head)
    check_log(continued.source, head, kept, names.read)
    names.must_be_named()
    return names


def continuation_document(continued: ContinuedLog, people: str) -> dict[str, Any]:
    """One older log, as a document tells it."""
    event = continued.loss.event
    return {
        "origin": event.origin,
        "entries": event.size,
        "common_entries": continued.common_size,
        "number": continued.number,
        "accepted_position": continued.loss.position,
        "accepted_ns": event.at_ns,
        "reason": event.reason,
        "people": people,
    }


def continuation_words(continued: ContinuedLog, people: str) -> str:
    """What a log continues, what was lost of it, by whom that was accepted, and when."""
    return loss_words(continued.loss, continued.common_size, people)


def loss_words(loss: AcceptedLoss, common: int, people: str) -> str:
    """The same of a loss alone; *common* 0: how much both have is not known."""
    event = loss.event
    missing = event.size - common
    lost = (
        f"the last {missing:,} were lost, behind position {common:,}"
        if common
        else "how many of them were lost is not known here"
    )
    by = f", {people}" if people else ""
    return (
        f"It continues {event.origin}, which ended at {event.size:,} entries: {lost}. Position "
        f"{loss.position:,} accepts that ({event.reason!r}{by}, "
        f"{instant(event.at_ns, 'UTC')})."
    )


def another_log_words(origin: str, verifiers: LogVerifiers) -> str:
    """That a head is of another log of the journal than the key in hand names; "" if it is not."""
    if origin == verifiers.origin:
        return ""
    return (
        f"Your key is of {verifiers.origin}, another log of this journal, by the same key: what "
        "joins the two, after a loss, `gpubourse audit verify-log` shows."
    )
