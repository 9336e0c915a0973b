"""What was signed is what was written: each fact that an op brings against its command's args.

The facts of an approved act are held against the args of its proposal, and those against what the
proposer signed.
"""

from collections.abc import Callable, Mapping
from typing import Any

from ledger.act_checks.act import Act
from ledger.acts.grounds import Grounds
from ledger.acts.tie import BoundTie, Signatory
from ledger.audit.check_result import Check, CheckResult
from ledger.commands import Command
from ledger.events import (
    Event,
    ProposalApproved,
    ProposalLapsed,
    ProposalMade,
    ProposalRejected,
    ProposalWithdrawn,
)
from ledger.ids import ProposalId
from ledger.journal.protocol import JournalRow
from ledger.refusals import Refused

_ENDS = (ProposalRejected, ProposalWithdrawn, ProposalLapsed)
_OF_PROPOSALS = frozenset({ProposalMade, ProposalApproved, *_ENDS})
Ties = Mapping[str, Mapping[type[Event], BoundTie]]


class TieChecks:
    """Walks the facts of each act beside what was signed for it."""

    def __init__(
        self, grounds: Grounds, ties: Ties, proposed_of: Callable[[str, dict[str, Any]], Command]
    ) -> None:
        self._grounds = grounds
        self._ties = ties
        self._proposed_of = proposed_of
        self._result = CheckResult("signed args")
        self._proposals: dict[ProposalId, ProposalMade] = {}
        self._compared = 0
        self._signed: list[tuple[str, Command, Signatory]] = []  # what the batch at hand rests on
        self._written: set[type[Event]] = set()

    def begin(self, act: Act) -> None:
        """The next batch: its command, if it was signed as one."""
        self._written = set()
        self._signed = [] if act.command is None else [(act.op, act.command, act.signer)]

    def unreadable(self, act: Act, detail: str) -> None:
        """What was signed makes no command of its op."""
        self._result.breach(act.batch.first, f"what was signed is no {act.op:.40}: {detail}")

    def fact(self, act: Act, row: JournalRow, event: Event) -> None:
        """The next fact of the batch at hand."""
        kind = type(event)
        for op, command, signer in self._signed:
            tie = self._ties[op].get(kind)
            if tie is not None and op in self._grounds.of(event):
                self._compare(tie, command, signer, row, event)
        if kind is ProposalApproved:
            self._approved(act, row, event)

    def remember(self, event: Event) -> None:
        """What waits for an approval, from whichever release."""
        if type(event) not in _OF_PROPOSALS:
            return
        if isinstance(event, ProposalMade):
            self._proposals[event.proposal] = event
        elif isinstance(event, _ENDS) or (isinstance(event, ProposalApproved) and event.is_last):
            self._proposals.pop(event.proposal, None)

    def check(self) -> Check:
        return self._result.check(f"{self._compared:,} facts say what was signed for them")

    def _compare(
        self, tie: BoundTie, command: Command, signer: Signatory, row: JournalRow, event: Event
    ) -> None:
        self._compared += 1
        if type(event) in self._written and not tie.may_repeat:
            self._result.breach(row.position, f"{row.topic} comes twice, and was asked for once")
        self._written.add(type(event))
        if fault := tie.fault(command, signer, event):
            self._result.breach(row.position, f"{row.topic}: {fault}")

    def _approved(self, act: Act, row: JournalRow, event: Event) -> None:
        """With the last approval the proposed op's own facts follow, tied to its args."""
        assert isinstance(event, ProposalApproved), "an approval"
        made = self._proposals.get(event.proposal)
        if made is None:
            self._result.breach(row.position, f"no proposal {event.proposal} waits")
        elif event.is_last:
            try:
                command = self._proposed_of(made.op, made.args)
            except (Refused, LookupError) as error:
                detail = f"{event.proposal} proposes no {made.op:.40}: {error}"
                self._result.breach(row.position, detail)
                return
            act.acts.add(made.op)
            self._signed.append((made.op, command, Signatory(made.party, made.principal, made.op)))
