"""`audit corrections`: each fact that takes back or replaces an earlier one, and who asked for it.

A journal is never edited, so a mistake is mended by a later fact. Which facts may do that is a
closed table: `CORRECTING`. What only goes on (a new tier, a new grade, an order amended, a role
revoked) tells of another state of affairs, not of an error, and stands in `audit history`.
"""

from collections.abc import Callable
from typing import Any, Final, TypedDict

from ledger.audit.audit_fold import AuditFold
from ledger.audit.progress import Progress, no_progress, rows_upto
from ledger.events import (
    CashPosted,
    Event,
    NodeIdentified,
    NodeRegistered,
    NodeSiteSet,
    OwnershipDeclared,
    PaymentInstructed,
    PaymentRefused,
    SettlementOpened,
    TradeUnwound,
    UnitIdentified,
    UnitRegistered,
)
from ledger.fold import State
from ledger.journal.batches import first_position
from ledger.journal.protocol import Journal, JournalRow

REVERSAL: Final = "reversal"


class Correction(TypedDict):
    """One correcting fact."""

    position: int
    at_ns: int
    topic: str
    subject: str
    what: str  # in words
    corrects_position: int  # of the fact that it replaces or takes back
    corrects_topic: str
    op: str  # "": the engine's own act, or it is read from a log (command_sha256 stands)
    party: str
    principal: str
    command_sha256: str  # of what was signed for it; "": the engine itself acted


class Corrections(TypedDict):
    """What `audit corrections` prints, in order."""

    position: int
    corrections: list[Correction]


# What a fact states: the next fact that makes the same statement corrects it, if it may.
STATEMENTS: Final[dict[type[Event], Callable[[Any], list[tuple[str, str]]]]] = {
    NodeRegistered: lambda e: [(e.node, "board"), *([(e.node, "site")] if e.site else [])],
    NodeIdentified: lambda e: [(e.node, "board")],
    NodeSiteSet: lambda e: [(e.node, "site")],
    UnitRegistered: lambda e: [(e.unit, "identity")],
    UnitIdentified: lambda e: [(e.unit, "identity")],
    OwnershipDeclared: lambda e: [(f"{e.owner} of {e.owned}", "share")],
    PaymentInstructed: lambda e: [(e.payment, "payment")],
    PaymentRefused: lambda e: [(e.payment, "payment")],
    SettlementOpened: lambda e: [(e.settlement, "sale")],
    TradeUnwound: lambda e: [(e.settlement, "sale")],
    CashPosted: lambda e: [(e.entry, "entry")],
}
# The facts that may correct one, and what they say instead.
CORRECTING: Final[dict[type[Event], Callable[[Any], str]]] = {
    NodeIdentified: lambda e: f"the server is one whole board, {e.model}",
    NodeSiteSet: lambda e: f"it stands at {e.site}, run by {e.operator}",
    UnitIdentified: lambda e: f"it is known as {e.serial or e.uuid or 'nothing'}: {e.identity}",
    OwnershipDeclared: lambda e: (
        f"{e.share_bp:,} basis points, {'with' if e.control else 'without'} control"
    ),
    PaymentRefused: lambda e: f"the bank did not pay: {e.reason}",
    TradeUnwound: lambda e: f"the sale is undone: {e.reason}",
    CashPosted: lambda e: (
        f"the deposit {e.reference} is taken back: {e.reason}"
        if e.reason
        else f"the entry is taken back: {e.reference}"
    ),
}


def corrections(
    journal: Journal,
    folding: AuditFold[State],
    upto: int,
    progress: Progress = no_progress,
) -> Corrections:
    """Every correcting fact up to a position, in order."""
    known: dict[tuple[str, str], JournalRow] = {}
    found: list[Correction] = []
    for row in rows_upto(journal, upto, progress):
        event = folding.codec.decode(row)
        if type(event) not in STATEMENTS:
            continue
        for statement in STATEMENTS[type(event)](event):
            earlier = _corrected(journal, known.get(statement), event)
            known[statement] = row
            if earlier is not None and type(event) in CORRECTING:
                first = first_position(event, row.position)
                (opening,) = journal.read(first - 1, first)
                signed = folding.codec.decode(opening).command_sha256
                found.append(_correction(journal, row, event, statement[0], earlier, signed))
    return Corrections(position=upto, corrections=found)


def _corrected(journal: Journal, before: JournalRow | None, event: Event) -> JournalRow | None:
    """The fact that this one may correct: of an entry the one that it names itself."""
    if not isinstance(event, CashPosted):
        return before
    if event.kind != REVERSAL or not event.reverses_position:
        return None
    return next(iter(journal.read(event.reverses_position - 1, event.reverses_position)), None)


def _correction(
    journal: Journal,
    row: JournalRow,
    event: Event,
    subject: str,
    earlier: JournalRow,
    command_sha256: str,
) -> Correction:
    command = journal.command_at(first_position(event, row.position))
    return Correction(
        position=row.position,
        at_ns=event.at_ns,
        topic=row.topic,
        subject=subject,
        what=CORRECTING[type(event)](event),
        corrects_position=earlier.position,
        corrects_topic=earlier.topic,
        op=command.op if command is not None else "",
        party=command.party if command is not None else "",
        principal=command.principal if command is not None else "",
        command_sha256=command_sha256,
    )
