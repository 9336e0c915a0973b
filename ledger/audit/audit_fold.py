"""What an audit is handed beside the fold: state forms, postings, the market's own checks.

The ledger does not know the market, so whoever calls passes these in
(`gateway/server/audit_rules.py`). An audit begins from nothing and trusts no saved state.
"""

from collections.abc import Callable, Mapping
from typing import Any, Generic, NamedTuple

from ledger.events import Event
from ledger.fold import Fold, State
from ledger.ids import AccountName
from ledger.invariants import Breach
from ledger.journal.codec import Codec
from ledger.op import Signature


class AuditFold(NamedTuple, Generic[State]):
    """How one venue's events become its state, and what is asked of that state."""

    codec: Codec
    fold: Fold[State]
    forms: Mapping[int, Callable[[State], str]]  # number of a state hash's form -> the hash
    postings: Mapping[type[Event], Callable[[Any], list[tuple[AccountName, int]]]]
    sweep: Callable[[State], list[Breach]]  # the market's own lines over a whole state
    lines: tuple[str, ...]  # which lines those are: ("I5",)
    signature_of: Callable[[str], Signature]  # when an op must be signed by itself

    @property
    def newest_form(self) -> int:
        """The form in which a state is named when nobody wants another."""
        return max(self.forms)


# What folding a tampered journal may raise: apply asserts, and decides nothing.
BROKEN = (AssertionError, LookupError, ValueError, TypeError, AttributeError)
