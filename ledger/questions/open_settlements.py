"""`audit unsettled`: trades whose title and cash have not changed hands, and why."""

from typing import Final, TypedDict

from ledger.audit.audit_fold import AuditFold
from ledger.audit.progress import Progress, no_progress
from ledger.audit.state_at import state_at
from ledger.fold import State
from ledger.journal.protocol import Journal
from ledger.records import Settlement
from ledger.settlement.delivery_versus_payment import deadline_ns, is_barred
from ledger.words import SettlementState

# state -> who must act, and on what it waits
_WAITS: Final[dict[SettlementState, tuple[str, str]]] = {
    "open": ("seller", "the seller instructs delivery; silence fails it"),
    "delivering": ("seller", "the custodian confirms delivery; silence fails it"),
    "inspecting": ("buyer", "the buyer accepts or has it declared failed; silence accepts"),
    "failed": ("seller", "the seller instructs delivery once more; silence unwinds it"),
}
_BARRED: Final = "a hold on what was sold is lifted; until then silence does nothing"


class Unsettled(TypedDict):
    settlement: str
    trade: str
    market: str
    state: str
    seller: str
    buyer: str
    things: list[str]
    notional_minor: int
    opened_position: int
    opened_ns: int
    age_ns: int
    waits_for: str
    next_party: str  # whose act is next; "": a hold's
    until_ns: int
    is_overdue: bool  # only under a hold is any past its time (I6)


class UnsettledTrades(TypedDict):
    """What `audit unsettled` prints: oldest first."""

    position: int
    at_ns: int
    settlements: list[Unsettled]


def unsettled(
    journal: Journal,
    folding: AuditFold[State],
    position: int,
    older_ns: int = 0,
    progress: Progress = no_progress,
) -> UnsettledTrades:
    """Every settlement open at a position, at least *older_ns* old. Raises ReplayFailed."""
    state, moment = state_at(journal, folding, position, progress)
    register = state.register
    found: list[Unsettled] = []
    for settlement in register.settlements.values():
        opening = journal.read_stream(f"settlement:{settlement.settlement}")[0]
        opened_ns = folding.codec.decode(opening).at_ns
        if moment.at_ns - opened_ns < older_ns:
            continue
        is_held = is_barred(register, settlement)
        until_ns = deadline_ns(settlement)
        found.append(
            Unsettled(
                settlement=settlement.settlement,
                trade=settlement.trade,
                market=settlement.market,
                state=settlement.state,
                seller=settlement.seller,
                buyer=settlement.buyer,
                things=[*settlement.things],
                notional_minor=settlement.notional_minor,
                opened_position=opening.position,
                opened_ns=opened_ns,
                age_ns=moment.at_ns - opened_ns,
                waits_for=_BARRED if is_held else _WAITS[settlement.state][1],
                next_party="" if is_held else _next(settlement),
                until_ns=until_ns,
                is_overdue=until_ns < moment.at_ns,
            )
        )
    found.sort(key=lambda each: each["opened_position"])
    return UnsettledTrades(position=moment.position, at_ns=moment.at_ns, settlements=found)


def _next(settlement: Settlement) -> str:
    return str(getattr(settlement, _WAITS[settlement.state][0]))
