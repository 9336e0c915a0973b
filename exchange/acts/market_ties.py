"""The joined table: for each op, what ties its facts to what was signed."""

from typing import Final

from exchange.ops import OPS
from ledger.acts.ledger_ties import PROPOSAL
from ledger.acts.tie import BoundTie, Tie
from ledger.events import Event, ProposalMade
from ledger.op import NOBODY


def ties_of(name: str) -> list[Tie]:
    """What an op brings by its row, and the proposal of what takes a second person."""
    op = OPS[name]
    ties = [tie for tie in op.brings if isinstance(tie, Tie)]
    proposes_itself = any(tie.fact is ProposalMade for tie in ties)
    return ties if op.second is NOBODY or proposes_itself else [*ties, PROPOSAL]


TIES: Final[dict[str, dict[type[Event], BoundTie]]] = {
    name: {tie.fact: tie.bound(op.command) for tie in ties_of(name)} for name, op in OPS.items()
}
