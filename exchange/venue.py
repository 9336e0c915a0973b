"""One command becomes one batch, over the market's books and the register (ARCHITECTURE 1).

decide   may refuse; has changed nothing
apply    each event folded, its postings moved
settle   what follows from it, applied as it comes, until nothing follows; cannot refuse
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, get_origin, get_type_hints

from msgspec import json

from exchange import events as e
from exchange.apply import (
    apply_instrument_listed,
    apply_order_accepted,
    apply_order_amended,
    apply_order_ended,
    apply_party_regrouped,
    apply_phase_changed,
    apply_traded,
)
from exchange.books.state import Venue
from exchange.follow_ups import AFTER, AT_LAST, Follow
from exchange.market.market_rule import OrderRate
from exchange.ops import row_of
from exchange.orders.cancelling import expire_dated
from exchange.orders.risk import rule_for
from exchange.postings import ALL as POSTINGS
from exchange.state_form import FORM, state_sha256
from exchange.trading_day.day_end import after_venue_opened, apply_time_advanced
from exchange.trading_day.day_roots import apply_state_attested
from exchange.trading_day.listing import listing_due
from exchange.trading_day.phases import phase_due
from ledger import commands as c
from ledger import events as f
from ledger.caller import Caller
from ledger.cash.effective_time import effect_ns
from ledger.cash.period_close import add_turnover
from ledger.cash.postings import post
from ledger.deadlines import fire as ledger_fire
from ledger.events import Event
from ledger.handlers import APPLY as LEDGER_APPLY
from ledger.ids import AccountName, MarketSymbol, OrderId
from ledger.journal.protocol import EVENT_BYTES_MOST, STAMP_BYTES
from ledger.moment import Moment
from ledger.op import NOBODY, EngineAct, Op
from ledger.oversight.approvals import propose
from ledger.refusals import Reason, Refused, either, sentence_of
from ledger.register import Register
from ledger.timers import Due, due

TOPICS: dict[str, type[Event]] = {**f.TOPICS, **e.TOPICS}
STREAMS: dict[type[Event], str] = {**f.STREAMS, **e.STREAMS}
_GROWING = frozenset(
    kind
    for kind in TOPICS.values()
    if any(get_origin(hint) in (list, dict, tuple) for hint in get_type_hints(kind).values())
)
APPLY: dict[type[Event], Callable[[Venue, Any, Moment], None]] = {
    e.InstrumentListed: apply_instrument_listed,
    e.PhaseChanged: apply_phase_changed,
    e.OrderAccepted: apply_order_accepted,
    e.OrderAmended: apply_order_amended,
    e.Traded: apply_traded,
    e.PartyRegrouped: apply_party_regrouped,
    e.OrderCancelled: apply_order_ended,
    e.OrderExpired: apply_order_ended,
    f.TimeAdvanced: apply_time_advanced,
    f.StateAttested: apply_state_attested,
    f.NothingToDo: lambda venue, event, moment: None,
    f.JournalUpgraded: lambda venue, event, moment: None,
}


def shape(venue: Venue, command: c.Command, caller: Caller, moment: Moment) -> None:
    """Refuse what is out of shape before anybody asks who may (EXCHANGE 4, rows 1-4)."""
    _, row = row_of(command)
    if isinstance(row, Op) and row.shape is not None:
        row.shape(venue, command, caller, moment)


def rate_for(venue: Venue, command: c.Command, moment: Moment) -> OrderRate | None:
    """The rate that gates a command: orders placed and amended; cancels never are."""
    _, row = row_of(command)
    if not isinstance(row, Op) or row.rated_by is None:
        return None
    symbol = row.rated_by(venue, command)
    if symbol is None:
        return None
    rule = rule_for(venue.register, venue.markets.get(symbol), symbol, moment)
    return rule.rate if rule else None


def execute(venue: Venue, command: c.Command, caller: Caller, moment: Moment) -> list[Event]:
    """Decide, apply and settle one command: the events of its batch. Raises Refused, unchanged.

    `moment.position` moves with each event.
    """
    return commit(venue, decide(venue, command, caller, moment), moment)


def decide(venue: Venue, command: c.Command, caller: Caller, moment: Moment) -> list[Event]:
    """Phase 1: what a command would bring, or a refusal. Changes nothing."""
    register = venue.register
    name, row = row_of(command)
    must_be_allowed(register, command, caller)
    decided = must_fit_journal(row.decide(venue, command, caller, moment))
    if isinstance(row, EngineAct) or row.second is NOBODY or isinstance(decided[0], f.NothingToDo):
        return decided
    # Nobody is asked to approve what is refused now; the state at approval judges it again.
    missing = row.needs(register, command, caller, moment)
    if not missing:
        return decided
    if row.second.before_waiting is not None:
        row.second.before_waiting(register, command, caller, moment)
    return must_fit_journal(propose(register, name, command, caller, missing, moment))


def must_fit_journal(events: list[Event]) -> list[Event]:
    """Refuse `too_large` what no event can hold: only lists and maps can grow so far."""
    for event in events:
        if type(event) in _GROWING and len(json.encode(event)) > EVENT_BYTES_MOST - STAMP_BYTES:
            raise Refused(
                Reason.too_large,
                sentence_of(
                    "This would write an event of more than {event_bytes_most:,} bytes: "
                    "ask for it in parts.",
                    event_bytes_most=EVENT_BYTES_MOST,
                ),
                max_bytes=EVENT_BYTES_MOST,
            )
    return events


def must_be_allowed(register: Register, command: c.Command, caller: Caller) -> None:
    """Refuse `scope_missing`, then `party_suspended`."""
    name, row = row_of(command)
    if isinstance(row, EngineAct):
        if not caller.is_engine:
            raise Refused(
                Reason.scope_missing, sentence_of("{name} is the engine's own act.", name=name)
            )
        return
    _must_have_scope(name, row.scopes, caller)
    if not row.pace.while_suspended:
        _must_not_be_suspended(register, caller)


def commit(venue: Venue, decided: Iterable[Event], moment: Moment) -> list[Event]:
    """Apply events and, right behind each, all that follows from it (phase 2).

    What follows from several together comes behind the last event.
    """
    done: list[Event] = []
    together: dict[Follow, list[Event]] = {}
    for event in decided:
        moment.position += 1
        fold(venue, event, moment)
        done.append(event)
        follow = AFTER.get(type(event))
        if follow is None:
            continue
        if follow in AT_LAST:
            together.setdefault(follow, []).append(event)
            continue
        consequences = follow(venue, event, moment)
        if consequences:
            done += commit(venue, consequences, moment)
    for follow, events in together.items():
        done += commit(venue, follow(venue, events, moment), moment)
    return done


def fold(venue: Venue, event: Event, moment: Moment) -> None:
    """Apply one event, live or replayed, and move the cash that it says (DOMAIN 3)."""
    step = _STEPS[type(event)]
    if step.market is not None:
        step.market(venue, event, moment)
    else:
        step.ledger(venue.register, event, moment)
    if step.besides is not None:
        step.besides(venue, event, moment)
    if step.postings is not None and (rows := step.postings(event)):
        post(venue.register, rows)
        add_turnover(venue.register, rows, effect_ns(event, moment.at_ns), moment.at_ns)


def advance(venue: Venue, to_ns: int, moment: Moment) -> list[Event]:
    """Let time pass to an instant: everything due by then, in order (EXCHANGE 3.3)."""
    register = venue.register
    waiting = due(register, to_ns)
    done = commit(venue, [f.TimeAdvanced(venue=register.venue, to_ns=to_ns)], moment)
    for due_ns, kind, subject in waiting:
        done += commit(venue, fire(venue, Due(kind), subject, due_ns, moment), moment)
    return done


def fire(venue: Venue, kind: Due, subject: str, due_ns: int, moment: Moment) -> list[Event]:
    """The events that one due entry brings; none if what it spoke of has changed since."""
    if kind is Due.PHASE:
        return phase_due(venue, MarketSymbol(subject), due_ns)
    if kind is Due.EXPIRY:
        return expire_dated(venue, OrderId(subject), due_ns)
    if kind is Due.LISTING:
        return listing_due(venue, moment)
    if kind is Due.ATTEST:
        return [attested(venue, moment)]
    return ledger_fire(venue.register, kind, subject, due_ns, moment)


def attested(venue: Venue, moment: Moment) -> f.StateAttested:
    """The hash of the state as it stands, up to the last event applied."""
    return f.StateAttested(
        venue=venue.register.venue,
        form=FORM,
        upto_position=moment.position,
        state_sha256=state_sha256(venue),
    )


def _must_have_scope(name: str, scopes: tuple[str, ...], caller: Caller) -> None:
    for scope in scopes:
        if scope in caller.scopes:
            return
    raise Refused(
        Reason.scope_missing,
        sentence_of(
            "{name} takes a session with the scope {scopes}.", name=name, scopes=either(scopes)
        ),
    )


def _must_not_be_suspended(register: Register, caller: Caller) -> None:
    party = register.parties.get(caller.party)
    if party is not None and party.is_suspended:
        text = sentence_of(
            "{party} is suspended: it may cancel, and nothing else.", party=caller.party
        )
        raise Refused(Reason.party_suspended, text)


class _Step(NamedTuple):
    """How one type of event is folded: by the market or the ledger, what besides, what cash."""

    market: Callable[[Venue, Any, Moment], None] | None
    ledger: Callable[[Register, Any, Moment], None]
    besides: Callable[[Venue, Any, Moment], None] | None
    postings: Callable[[Any], list[tuple[AccountName, int]]] | None


_BESIDES: dict[type[Event], Callable[[Venue, Any, Moment], None]] = {
    f.VenueOpened: after_venue_opened
}


def _not_the_ledgers(register: Register, event: Event, moment: Moment) -> None:
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
