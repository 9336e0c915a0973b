"""A right is checked when it is used: every op, in every way in which a right can end meanwhile.

What a session or an invitation remembers is handed in as it was granted; the register has moved on.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from msgspec.structs import replace

from exchange.engine.batch_writer import BatchWriter, Request
from exchange.engine.checkpoint_codec import pack
from exchange.ops import OPS
from gpubourse import documents
from ledger.authority.scopes_in_force import CLOCK_AHEAD_NS
from ledger.caller import Caller
from ledger.durations import MS_NS
from ledger.events import ProposalMade
from ledger.ids import PartyId, PrincipalId
from ledger.moment import Moment
from ledger.offices import ROLES_OF_SCOPE
from ledger.records import Party, Principal
from ledger.refusals import Reason, Refused
from ledger.register import Register
from tests.house.test_members import SCENES, Scene

RECEIVED_NS = 1_700_000_000_000_000_000
VALID_MS = 5_000


class Use:
    """One op's scene, asked for as a gateway would hand it in."""

    def __init__(self, op: str) -> None:
        self.scene: Scene = SCENES[op]()
        self.op = op
        self.register: Register = self.scene.venue.register
        before_ns = self.scene.at_ns - 1
        self.writer = BatchWriter(self.scene.venue, moment=Moment(before_ns, 1_000_000, 1_000_000))
        self.caller = replace(
            self.scene.caller, attachment=self.scene.raw, received_ns=RECEIVED_NS, key="a-key"
        )

    @property
    def principal(self) -> Principal:
        return self.register.principals[self.caller.principal]

    @property
    def party(self) -> Party:
        return self.register.parties[self.caller.party]

    @property
    def at_ns(self) -> int:
        return self.scene.at_ns

    def write(self, caller: Caller, issued_ns: int = RECEIVED_NS) -> list[Any]:
        document = documents.command_document(
            args={},
            issued_ns=issued_ns,
            key="a-key",
            op=self.op,
            party=caller.party,
            principal=caller.principal,
            valid_ms=VALID_MS,
            venue="cn-1",
        )
        signed = documents.signed_bytes(document)
        request = Request(self.op, self.scene.args, caller, "", b"", signed, b"")
        return self.writer.write(request, self.at_ns).events

    def refused(self, reason: Reason, caller: Caller, issued_ns: int = RECEIVED_NS) -> None:
        """Refused for this reason, and nothing has changed."""
        before = pack(self.scene.venue, {})
        with pytest.raises(Refused) as caught:
            self.write(caller, issued_ns)
        assert caught.value.reason is reason, (self.op, caught.value)
        assert caught.value.detail.endswith(".")
        assert pack(self.scene.venue, {}) == before


@contextmanager
def changed(record: Any, **fields: Any) -> Iterator[None]:
    """A record as it would be after some event, and then again as it was."""
    before = {name: getattr(record, name) for name in fields}
    for name, value in fields.items():
        setattr(record, name, value)
    yield
    for name, value in before.items():
        setattr(record, name, value)


# --- the ways in which a right can end


def unknown(use: Use) -> None:
    use.refused(Reason.bad_signature, replace(use.caller, principal=PrincipalId("k-9999")))


def of_another_party(use: Use) -> None:
    with changed(use.principal, party=PartyId("p-9999")):
        use.refused(Reason.bad_signature, use.caller)


def revoked(use: Use) -> None:
    with changed(use.principal, is_revoked=True):
        use.refused(Reason.bad_signature, use.caller)


def past_its_time(use: Use) -> None:
    with changed(use.principal, valid_to_ns=use.at_ns):
        use.refused(Reason.bad_signature, use.caller)


def scope_of_the_session_alone(use: Use) -> None:
    """The session says so, and the key does not bear it."""
    left = tuple(scope for scope in use.principal.scopes if scope not in OPS[use.op].scopes)
    with changed(use.principal, scopes=left):
        use.refused(Reason.scope_missing, use.caller)


def scope_of_the_key_alone(use: Use) -> None:
    """The key bears it, and the session did not ask for it."""
    left = tuple(scope for scope in use.caller.scopes if scope not in OPS[use.op].scopes)
    use.refused(Reason.scope_missing, replace(use.caller, scopes=left))


def office_lost(use: Use) -> None:
    """Its party bears none of the roles behind a scope: the scope opens nothing."""
    for scope in OPS[use.op].scopes:
        if scope in ROLES_OF_SCOPE and scope in use.principal.scopes:
            left = {role: None for role in use.party.roles if role not in ROLES_OF_SCOPE[scope]}
            with changed(use.party, roles=left):
                use.refused(Reason.scope_missing, replace(use.caller, scopes=(scope,)))
            REACHED.add("an office that was lost")


def suspended(use: Use) -> None:
    if OPS[use.op].pace.while_suspended:
        REACHED.add("what a suspended party still may")
        return
    with changed(use.party, is_suspended=True):
        use.refused(Reason.party_suspended, use.caller)


def too_late(use: Use) -> None:
    use.refused(Reason.too_late, use.caller, RECEIVED_NS - VALID_MS * MS_NS - 1)


def ahead_of_the_clock(use: Use) -> None:
    use.refused(Reason.clock_ahead, use.caller, RECEIVED_NS + CLOCK_AHEAD_NS + 1)


WAYS: tuple[Callable[[Use], None], ...] = (
    unknown,
    of_another_party,
    revoked,
    past_its_time,
    scope_of_the_session_alone,
    scope_of_the_key_alone,
    office_lost,
    suspended,
    too_late,
    ahead_of_the_clock,
)
REACHED: set[str] = set()


@pytest.mark.parametrize("op", OPS)
def test_no_op_is_done_under_a_right_that_has_ended(op: str) -> None:
    use = Use(op)

    for ends in WAYS:
        ends(use)

    with changed(use.principal, valid_to_ns=use.at_ns + 1):  # the last instant that still counts
        assert use.write(use.caller, RECEIVED_NS - VALID_MS * MS_NS)


def test_a_suspended_party_may_cancel_and_a_revoked_key_may_not() -> None:
    for op in ("order.cancel", "order.cancel_all"):
        use = Use(op)
        with changed(use.party, is_suspended=True):
            revoked(use)
            assert use.write(use.caller, RECEIVED_NS + CLOCK_AHEAD_NS)


# --- what waits for a second person, and whose first has lost the right meanwhile

PROPOSABLE = [op for op, row in OPS.items() if row.second.is_always_due]
SECOND = Caller(party=PartyId("p-0001"), principal=PrincipalId("k-0002"))


def _second(use: Use) -> Caller:
    scopes = use.register.principals[SECOND.principal].scopes
    return replace(SECOND, scopes=scopes, key="another", received_ns=RECEIVED_NS)


def _approve(use: Use, proposal: str) -> list[Any]:
    """By the venue's second person, the next instant."""
    request = Request("proposal.approve", {"proposal": proposal}, _second(use))
    return use.writer.write(request, use.writer.at_ns + 1).events


@pytest.mark.parametrize("op", PROPOSABLE)
def test_what_its_proposer_may_no_longer_ask_for_nobody_can_approve(op: str) -> None:
    use = Use(op)
    [made] = use.write(use.caller)
    assert isinstance(made, ProposalMade)
    scopes = OPS[op].scopes
    left = tuple(scope for scope in use.principal.scopes if scope not in scopes)
    ways: list[tuple[Reason, Any, dict[str, Any]]] = [
        (Reason.wrong_state, use.principal, {"is_revoked": True}),
        (Reason.wrong_state, use.principal, {"valid_to_ns": use.at_ns}),
        (Reason.wrong_state, use.principal, {"scopes": left}),
        (Reason.party_suspended, use.party, {"is_suspended": True}),
    ]

    for reason, record, fields in ways:
        if record is use.party and use.party.party == SECOND.party:
            continue  # the venue itself is never suspended
        before = pack(use.scene.venue, {})
        with changed(record, **fields):
            with pytest.raises(Refused) as caught:
                _approve(use, made.proposal)
            assert caught.value.reason is reason, (fields, caught.value)
        assert pack(use.scene.venue, {}) == before
    assert _approve(use, made.proposal)
