"""The tie: books and register; one command becomes one batch (ARCHITECTURE 1).

decide   may refuse; has changed nothing
apply    each event folded, its postings moved
settle   what follows from it, applied as it comes, until nothing follows; cannot refuse
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import msgspec

from exchange import commands as m
from exchange import events as e
from exchange.apply import (
    apply_instrument_listed,
    apply_order_accepted,
    apply_order_amended,
    apply_order_ended,
    apply_phase_changed,
    apply_traded,
)
from exchange.books.state import Venue
from exchange.books.terms import must_have_amendable_shape, must_have_shape
from exchange.follow_ups import AFTER
from exchange.orders.cancelling import cancel, cancel_all, expire_gtd
from exchange.orders.placing import amend, must_expire_in_time, place
from exchange.orders.risk import rule_for
from exchange.postings import ALL as POSTINGS
from exchange.state_form import FORM, state_sha256
from exchange.trading_day.day_end import after_venue_opened, apply_time_advanced
from exchange.trading_day.listing import list_instrument, listing_due
from exchange.trading_day.phases import phase_due
from ledger import commands as c
from ledger import events as f
from ledger.caller import Caller
from ledger.cash.postings import post
from ledger.deadlines import fire as ledger_fire
from ledger.events import Event
from ledger.handlers import APPLY as LEDGER_APPLY
from ledger.handlers import DECIDE as LEDGER_DECIDE
from ledger.oversight.approvals import approve, as_proposer, needs, propose
from ledger.oversight.market_rule import OrderRate
from ledger.refusals import Reason, Refused
from ledger.register import Register
from ledger.timers import Due, due

OPS: dict[str, c.Op] = {**c.OPS, **m.OPS}
TOPICS: dict[str, type[Event]] = {**f.TOPICS, **e.TOPICS}
STREAMS: dict[type[Event], str] = {**f.STREAMS, **e.STREAMS}
NAMES: dict[type[c.Command], str] = {op.command: name for name, op in OPS.items()}

DECIDE: dict[type[c.Command], Callable[[Venue, Any, Caller], list[Event]]] = {
    m.PlaceOrder: place,
    m.AmendOrder: amend,
    m.CancelOrder: cancel,
    m.CancelAll: cancel_all,
    m.ListInstrument: list_instrument,
}

# Orders are one person's act, whatever they are worth: nobody is asked for a second pair of eyes.
ORDERS = (m.PlaceOrder, m.AmendOrder, m.CancelOrder, m.CancelAll)
# One can always cancel.
CANCELS = (m.CancelOrder, m.CancelAll)

APPLY: dict[type[Event], Callable[[Venue, Any], None]] = {
    e.InstrumentListed: apply_instrument_listed,
    e.PhaseChanged: apply_phase_changed,
    e.OrderAccepted: apply_order_accepted,
    e.OrderAmended: apply_order_amended,
    e.Traded: apply_traded,
    e.OrderCancelled: apply_order_ended,
    e.OrderExpired: apply_order_ended,
    f.TimeAdvanced: apply_time_advanced,
    f.StateAttested: lambda venue, event: None,  # a claim about the state, no part of it
    f.NothingToDo: lambda venue, event: None,
}


def shape(venue: Venue, command: c.Command) -> None:
    """Refuse what is out of shape before anybody asks who sent it (EXCHANGE 4, rows 1-4)."""
    if isinstance(command, m.PlaceOrder):
        must_have_shape(command)
        must_expire_in_time(venue, command)
    elif isinstance(command, m.AmendOrder):
        must_have_amendable_shape(command)


def rate_for(venue: Venue, command: c.Command) -> OrderRate | None:
    """The rate that gates a command: orders placed and amended; cancels never are."""
    if isinstance(command, m.PlaceOrder):
        symbol = command.market
    elif isinstance(command, m.AmendOrder) and command.order in venue.orders:
        symbol = venue.orders[command.order].market
    else:
        return None
    rule = rule_for(venue.register, venue.markets.get(symbol), symbol)
    return rule.rate if rule else None


def execute(venue: Venue, command: c.Command, caller: Caller) -> list[Event]:
    """Decide, apply and settle one command: the events of its batch. Raises Refused, unchanged.

    The caller has set the register's stamp; `register.position` moves with each event.
    """
    if isinstance(command, c.AdvanceTime):
        return advance(venue, command.to_ns)
    return commit(venue, decide(venue, command, caller))


def decide(venue: Venue, command: c.Command, caller: Caller) -> list[Event]:
    """Phase 1: what a command would bring, or a refusal. Changes nothing."""
    register = venue.register
    kind = type(command)
    op = must_be_allowed(register, command, caller)
    if kind in ORDERS:
        return DECIDE[kind](venue, command, caller)
    if isinstance(command, c.ApproveProposal):
        return _approve(venue, command, caller)
    missing = needs(register, op, command, caller)
    decided = _judge(venue, command, caller)
    if not missing or isinstance(decided[0], f.NothingToDo):
        return decided
    # Nobody is asked to approve what is refused now; the state at approval judges it again.
    return propose(register, op, command, caller, missing)


def must_be_allowed(register: Register, command: c.Command, caller: Caller) -> str:
    """The command's op. Refuses `scope_missing`, then `party_suspended`."""
    kind = type(command)
    op = NAMES[kind]
    _must_have_scope(op, caller)
    if kind not in CANCELS:
        _must_not_be_suspended(register, caller)
    return op


def commit(venue: Venue, decided: Iterable[Event]) -> list[Event]:
    """Apply events and, right behind each, all that follows from it (phase 2)."""
    register = venue.register
    done: list[Event] = []
    for event in decided:
        register.position += 1
        fold(venue, event)
        done.append(event)
        follow = AFTER.get(type(event))
        if follow is not None:
            consequences = follow(venue, event)
            if consequences:
                done += commit(venue, consequences)
    return done


def fold(venue: Venue, event: Event) -> None:
    """Apply one event, live or replayed, and move the cash that it says (DOMAIN 3)."""
    step = _STEPS[type(event)]
    if step.market is not None:
        step.market(venue, event)
    else:
        step.ledger(venue.register, event)
    if step.besides is not None:
        step.besides(venue, event)
    if step.postings is not None:
        post(venue.register, step.postings(event))


def advance(venue: Venue, to_ns: int) -> list[Event]:
    """Let time pass to an instant: everything due by then, in order (EXCHANGE 3.3)."""
    register = venue.register
    waiting = due(register, to_ns)
    done = commit(venue, [f.TimeAdvanced(venue=register.venue, to_ns=to_ns)])
    for due_ns, kind, subject in waiting:
        done += commit(venue, fire(venue, Due(kind), subject, due_ns))
    return done


def fire(venue: Venue, kind: Due, subject: str, due_ns: int) -> list[Event]:
    """The events that one due entry brings; none if what it spoke of has changed since."""
    if kind is Due.PHASE:
        return phase_due(venue, subject, due_ns)
    if kind is Due.EXPIRY:
        return expire_gtd(venue, subject, due_ns)
    if kind is Due.LISTING:
        return listing_due(venue)
    if kind is Due.ATTEST:
        return [attested(venue)]
    return ledger_fire(venue.register, kind, subject, due_ns)


def attested(venue: Venue) -> f.StateAttested:
    """The hash of the state as it stands, up to the last event applied."""
    return f.StateAttested(
        venue=venue.register.venue,
        form=FORM,
        upto_position=venue.register.position,
        state_sha256=state_sha256(venue),
    )


def _must_have_scope(op: str, caller: Caller) -> None:
    scopes = OPS[op].scopes
    if scopes:
        for scope in scopes:
            if scope in caller.scopes:
                return
        text = f"{op} takes a session with the scope {' or '.join(scopes)}."
        raise Refused(Reason.scope_missing, text)
    if not caller.is_engine:
        raise Refused(Reason.scope_missing, f"{op} is the engine's own act.")


def _must_not_be_suspended(register: Register, caller: Caller) -> None:
    party = register.parties.get(caller.party)
    if party is not None and party.is_suspended:
        text = f"{caller.party} is suspended: it may cancel, and nothing else."
        raise Refused(Reason.party_suspended, text)


def _judge(venue: Venue, command: c.Command, caller: Caller) -> list[Event]:
    own = DECIDE.get(type(command))
    if own is not None:
        return own(venue, command, caller)
    return LEDGER_DECIDE[type(command)](venue.register, command, caller)


def _approve(venue: Venue, command: c.ApproveProposal, caller: Caller) -> list[Event]:
    """The last approval brings the proposed command's own events; its refusal refuses it all."""
    events, proposal = approve(venue.register, command, caller)
    if proposal is None:
        return events
    proposed = msgspec.convert(proposal.args, OPS[proposal.op].command)
    return events + _judge(venue, proposed, as_proposer(venue.register, proposal, caller))


class _Step(NamedTuple):
    """How one type of event is folded: by the market or the ledger, what besides, what cash."""

    market: Callable[[Venue, Any], None] | None
    ledger: Callable[[Register, Any], None]
    besides: Callable[[Venue, Any], None] | None
    postings: Callable[[Any], list[tuple[str, int]]] | None


_BESIDES: dict[type[Event], Callable[[Venue, Any], None]] = {f.VenueOpened: after_venue_opened}


def _not_the_ledgers(register: Register, event: Event) -> None:
    raise AssertionError(f"{type(event).__name__} is the market's")


_STEPS: dict[type[Event], _Step] = {
    kind: _Step(
        APPLY.get(kind),
        LEDGER_APPLY.get(kind, _not_the_ledgers),
        _BESIDES.get(kind),
        POSTINGS.get(kind),
    )
    for kind in TOPICS.values()
}
