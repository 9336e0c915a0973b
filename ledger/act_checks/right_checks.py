"""Whether an act was its signer's to ask, at that position: key, scope, office, time, other eyes.

The deciders' own functions are asked, of the state before the batch (`exchange/acts/rights.py`).
"""

from collections.abc import Callable, Mapping
from typing import Any, Generic, NamedTuple

import msgspec

from ledger.act_checks.act import Act
from ledger.act_checks.act_rules import ActRules
from ledger.audit.audit_fold import BROKEN
from ledger.audit.check_result import Check, CheckResult
from ledger.audit.signed_commands import BY_INVITATION, DIGEST_BYTES, SIGNATURE_BYTES, document_of
from ledger.authority.scopes_in_force import must_be_timely
from ledger.base64url import bytes64
from ledger.caller import Caller
from ledger.commands import Command
from ledger.durations import SECOND_NS
from ledger.events import Event, NothingToDo, ProposalApproved, ProposalMade
from ledger.fold import State
from ledger.ids import PartyId, PrincipalId
from ledger.journal.protocol import CommandRow
from ledger.moment import Moment
from ledger.refusals import Refused

IMPORT = "import.new"  # what it proposes is another op's, over things that it registers itself


class RiddenLogon(NamedTuple):
    """What a kept log-on allows whoever rides on it."""

    scopes: tuple[str, ...]  # (): all that its key has
    last_ns: int  # it is over by then: counted from the first that rode on it


class RightChecks(Generic[State]):
    """Asks each command's rights again, and counts apart what bears no signature."""

    def __init__(self, rules: ActRules[State], kept: Callable[[bytes], bytes | None]) -> None:
        self._rules = rules
        self._kept = kept
        self._rights = CheckResult("rights")
        self._rides = CheckResult("unsigned commands")
        self._logons: dict[str, RiddenLogon | None] = {}
        self._commands = 0
        self._ridden = 0

    def begin(self, act: Act, state: State) -> None:
        """The next batch that somebody asked for, before anything of it is folded."""
        row, command, position = act.row, act.command, act.batch.first
        assert row is not None, "somebody asked"
        self._commands += 1
        logon = None if row.signature else self._logon_of(row, position)
        try:
            must_be_timely(row.signed, row.received_ns)
            if command is not None:
                self._judge(act, row, command, state, logon)
        except Refused as refused:
            detail = f"{act.op} was not {row.principal}'s to ask: {refused.reason.name}, {refused}"
            self._rights.breach(position, detail)
        except (*BROKEN, msgspec.MsgspecError) as error:
            detail = f"{act.op:.40} was asked of a state that does not know it: {error!r:.80}"
            self._rights.breach(position, detail)

    def checks(self) -> list[Check]:
        return [
            self._rights.check(
                f"{self._commands:,} commands came in their time, from keys, scopes, offices and"
                " persons that might ask for them then"
            ),
            self._rides.check(
                f"{self._ridden:,}, each on a kept log-on that covers it; what they say rests on"
                " the chain and the log, on no signature"
            ),
        ]

    def _judge(
        self, act: Act, row: CommandRow, command: Command, state: State, logon: RiddenLogon | None
    ) -> None:
        principal = state.register.principals.get(PrincipalId(row.principal))
        scopes = principal.scopes if principal is not None else ()
        if logon is not None and logon.scopes:
            scopes = tuple(scope for scope in scopes if scope in logon.scopes)
        caller = Caller(
            party=PartyId(row.party),
            principal=PrincipalId(row.principal),
            scopes=scopes,
            key=row.key,
            session=row.session,
            received_ns=row.received_ns,
        )
        first = act.batch.first
        moment = Moment(act.first.at_ns, first - 1, first, act.first.command_sha256)
        decided = self._rules.decided(state, command, act.op, caller, moment)
        self._compare_last(act, decided)
        if ProposalMade in self._rules.ties[act.op] and act.op != IMPORT:
            needs = self._rules.needs_of(state, command, act.op, caller, moment)
            self._compare_needs(act, needs)

    def _compare_last(self, act: Act, decided: list[Event]) -> None:
        """An approval is the last one if no other is due."""
        found, due = act.first, decided[0] if decided else None
        if not isinstance(found, ProposalApproved) or not isinstance(due, ProposalApproved):
            return
        if found.is_last != due.is_last:
            last = "not the last" if found.is_last else "the last"
            self._rights.breach(act.batch.first, f"it is {last} approval that was due")

    def _compare_needs(self, act: Act, needs: list[str]) -> None:
        """What takes another person's word was proposed, and names whose word is due."""
        if isinstance(act.first, NothingToDo):
            return
        due = act.first.needs if isinstance(act.first, ProposalMade) else []
        if due != needs:
            detail = f"{act.op} takes the word of {', '.join(needs) or 'nobody'}, and"
            named = f"names {', '.join(due)}" if due else "stands without it"
            self._rights.breach(act.batch.first, f"{detail} {named}")

    def _logon_of(self, row: CommandRow, position: int) -> RiddenLogon | None:
        """The log-on that a row without a signature rides on, if it covers it."""
        self._ridden += 1
        if row.session not in self._logons:
            self._logons[row.session] = self._read(row)
        logon = self._logons[row.session]
        if logon is None:
            detail = f"{row.op} bears no signature, and rides on no log-on that is kept"
            self._rides.breach(position, detail)
        elif row.received_ns > logon.last_ns and row.op != BY_INVITATION:
            detail = f"{row.op} came in at {row.received_ns}, when its log-on was over"
            self._rides.breach(position, detail)
        return logon

    def _read(self, row: CommandRow) -> RiddenLogon | None:
        digest = bytes64(row.session, DIGEST_BYTES)
        raw = self._kept(digest) if digest is not None else None
        document = document_of(raw[: -SIGNATURE_BYTES - 1]) if raw is not None else None
        if document is None:
            return None
        return _logon(document, row.received_ns)


def _logon(document: Mapping[str, Any], first_ns: int) -> RiddenLogon | None:
    scopes, ttl_s = document.get("scopes"), document.get("ttl_s")
    if not isinstance(scopes, list) or type(ttl_s) is not int:
        return None
    return RiddenLogon(tuple(map(str, scopes)), first_ns + ttl_s * SECOND_NS)
