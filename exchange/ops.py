"""The market's ops, a row each, and the one table of all ops: ledger's and market's joined.

The table answers every question about an op: what it decodes to, who decides it, who may ask, who
must agree, where the gateway takes it, and what it tells.
"""

import dataclasses
from collections.abc import Sequence
from typing import Any

from exchange import commands as m
from exchange import events as e
from exchange.books.state import Venue
from exchange.books.terms import (
    NOT_YET,
    must_come_by_a_line,
    must_have_amendable_shape,
    must_have_shape,
)
from exchange.market.market_rule import must_be_new_market_rule
from exchange.orders import order_ties
from exchange.orders.cancelling import cancel, cancel_all, end_lines
from exchange.orders.placing import amend, must_expire_in_time, place, trader_of
from exchange.replies import all_cancelled, amended, cancelled, listed, none_cancelled, placed
from exchange.trading_day.day_roots import attest_state
from exchange.trading_day.listing import list_instrument
from ledger import commands as c
from ledger import events as f
from ledger.acts import ledger_ties as ties
from ledger.caller import Caller
from ledger.events import Event
from ledger.ids import MarketSymbol
from ledger.moment import Moment
from ledger.op import (
    CANCEL,
    COMMAND,
    CREATED,
    NOBODY,
    OK,
    ORDER,
    Decide,
    EngineAct,
    Op,
    Reply,
    Rest,
    Result,
    ResultOf,
    Signature,
    one_with,
)
from ledger.ops import ENGINE_ACTS as LEDGER_ACTS
from ledger.ops import OPS as LEDGER_OPS
from ledger.oversight.approvals import approve, as_proposer, proposed_command, reject
from ledger.oversight.rules import set_rule
from ledger.refusals import Refused
from ledger.register import Register
from ledger.replies import fields, outcome_event, outcome_result

Row = Op[Venue] | EngineAct[Venue]


def _by_register(decide: Decide[Register]) -> Decide[Venue]:
    """A decider of the ledger, asked with the whole venue."""
    return lambda venue, command, caller, moment: decide(venue.register, command, caller, moment)


def _venues(op: Op[Register]) -> Op[Venue]:
    """A row of the ledger in the table of the whole venue."""
    assert op.shape is None, "the market alone looks at the shape of orders"
    assert op.rated_by is None, "the market alone has rates"
    members: dict[str, Any] = {each.name: getattr(op, each.name) for each in dataclasses.fields(op)}
    return Op(**(members | {"decide": _by_register(op.decide)}))


def _set_rule(venue: Venue, command: c.SetRule, caller: Caller, moment: Moment) -> list[Event]:
    return set_rule(venue.register, command, caller, must_be_new_market_rule, moment)


def _approve(
    venue: Venue, command: c.ApproveProposal, caller: Caller, moment: Moment
) -> list[Event]:
    """The last approval brings the proposed command's own events; its refusal refuses it all."""
    events, proposal = approve(venue.register, command, caller, OPS, moment)
    if proposal is None:
        return events
    op = OPS[proposal.op]
    proposed = proposed_command(proposal, op)
    proposer = as_proposer(venue.register, proposal, caller, moment)
    try:
        return events + op.decide(venue, proposed, proposer, moment)
    except Refused as no:
        raise no.anew(field="") from None  # it points into what was proposed, not into this request


def _approval(event: f.ProposalApproved, events: Sequence[Event]) -> Result:
    """Alone: others are still to approve. Else the command's own events follow, and speak."""
    rest = events[1:]
    if not rest:
        return {"proposal": event.proposal, "state": "waiting"}
    outcome = outcome_event(rest)
    if isinstance(outcome, f.NothingToDo):
        result = outcome.stands
    else:
        result = outcome_result(OUTCOMES, rest)
    return {"proposal": event.proposal, "state": "approved", "outcome": result}


def _reject(venue: Venue, command: c.RejectProposal, caller: Caller, moment: Moment) -> list[Event]:
    return reject(venue.register, command, caller, OPS, moment)


def _new_shape(venue: Venue, command: m.PlaceOrder, caller: Caller, moment: Moment) -> None:
    must_have_shape(command)
    must_come_by_a_line(command, caller.line)
    must_expire_in_time(venue, command, moment)


def _amended_shape(venue: Venue, command: m.AmendOrder, caller: Caller, moment: Moment) -> None:
    must_have_amendable_shape(command)


def _market_of_new(venue: Venue, command: m.PlaceOrder) -> MarketSymbol:
    return command.market


def _market_of_amended(venue: Venue, command: m.AmendOrder) -> MarketSymbol | None:
    order = venue.orders.get(command.order)
    return order.market if order is not None else None


_MARKET_OPS: dict[str, Op[Venue]] = {
    "rule.new": Op(
        command=c.SetRule,
        decide=_set_rule,
        scopes=("operate",),
        second=one_with("operate"),
        pace=COMMAND,
        brings=ties.RULE_NEW,
        route=Rest("POST", "/v1/rules"),
        reply=Reply(CREATED, {f.RuleSet: fields("rule", "from_ns")}),
    ),
    "proposal.approve": Op(
        command=c.ApproveProposal,
        decide=_approve,
        scopes=("operate", "comply", "admin", "seller", "trade"),
        second=NOBODY,
        pace=COMMAND,
        brings=ties.PROPOSAL_APPROVE,
        route=Rest("POST", "/v1/proposals/{proposal}/approve"),
        reply=Reply(OK, {f.ProposalApproved: _approval}),
    ),
    "proposal.reject": Op(
        command=c.RejectProposal,
        decide=_reject,
        scopes=("operate", "comply", "admin", "seller", "trade"),
        second=NOBODY,
        pace=COMMAND,
        brings=ties.PROPOSAL_REJECT,
        route=Rest("POST", "/v1/proposals/{proposal}/reject"),
        reply=Reply(OK, {f.ProposalRejected: fields("proposal", state="rejected")}),
    ),
    "instrument.new": Op(
        command=m.ListInstrument,
        decide=list_instrument,
        scopes=("operate",),
        second=one_with("operate"),
        pace=COMMAND,
        brings=order_ties.INSTRUMENT_NEW,
        route=Rest("POST", "/v1/instruments"),
        reply=Reply(CREATED, {e.InstrumentListed: listed}, "/v1/instruments/{market}"),
    ),
    # Orders are one person's act, whatever they are worth: nobody is asked for a second signature.
    "order.new": Op(
        command=m.PlaceOrder,
        decide=place,
        scopes=("trade", "seller"),
        second=NOBODY,
        pace=ORDER,
        brings=order_ties.ORDER_NEW,
        route=Rest("POST", "/v1/orders", by_socket=True),
        whose=trader_of,
        reply=Reply(CREATED, {e.OrderAccepted: placed}, "/v1/orders/{order}"),
        shape=_new_shape,
        rated_by=_market_of_new,
        not_yet=NOT_YET,
    ),
    "order.cancel_all": Op(
        command=m.CancelAll,
        decide=cancel_all,
        scopes=("trade", "seller"),
        second=NOBODY,
        pace=CANCEL,
        brings=order_ties.ORDER_CANCEL_ALL,
        route=Rest("POST", "/v1/orders/cancel_all", by_socket=True),
        reply=Reply(OK, {e.OrderCancelled: all_cancelled}, nothing=none_cancelled),
    ),
    "order.amend": Op(
        command=m.AmendOrder,
        decide=amend,
        scopes=("trade", "seller"),
        second=NOBODY,
        pace=ORDER,
        brings=order_ties.ORDER_AMEND,
        route=Rest("PATCH", "/v1/orders/{order}", by_socket=True),
        reply=Reply(OK, {e.OrderAmended: amended, e.OrderCancelled: cancelled}),
        shape=_amended_shape,
        rated_by=_market_of_amended,
        not_yet=NOT_YET,
    ),
    "order.cancel": Op(
        command=m.CancelOrder,
        decide=cancel,
        scopes=("trade", "seller"),
        second=NOBODY,
        pace=CANCEL,
        brings=order_ties.ORDER_CANCEL,
        route=Rest("DELETE", "/v1/orders/{order}", by_socket=True),
        reply=Reply(OK, {e.OrderCancelled: cancelled}),
    ),
}

ENGINE_ACTS: dict[str, EngineAct[Venue]] = {
    name: EngineAct(command=act.command, decide=_by_register(act.decide), reply=act.reply)
    for name, act in LEDGER_ACTS.items()
} | {
    "line.end": EngineAct(
        command=m.EndLines,
        decide=end_lines,
        reply=Reply(OK, {e.OrderCancelled: all_cancelled}, nothing=none_cancelled),
    ),
    "state.attest": EngineAct(
        command=m.AttestState,
        decide=attest_state,
        reply=Reply(OK, {f.StateAttested: fields("form", "upto_position", "state_sha256")}),
    ),
}
OPS: dict[str, Op[Venue]] = {
    **{name: _venues(op) for name, op in LEDGER_OPS.items()},
    **_MARKET_OPS,
}
ROWS: dict[str, Row] = {**ENGINE_ACTS, **OPS}
_NAMED_ROWS: dict[type[c.Command], tuple[str, Row]] = {
    row.command: (name, row) for name, row in ROWS.items()
}

# What a proposal's last approval brings speaks for itself: each of these facts is told in one way.
OUTCOMES: dict[type[Event], ResultOf] = {
    fact: render
    for op in OPS.values()
    if op.second is not NOBODY
    for fact, render in op.reply.results.items()
}


def row_of(command: c.Command) -> tuple[str, Row]:
    """A command's op and its row."""
    return _NAMED_ROWS[type(command)]


def signature_of(name: str) -> Signature:
    """When a command of this op must be signed by itself; what is no op's always."""
    return OPS[name].signature if name in OPS else Signature.ALWAYS


def _must_be_one_row_each() -> None:
    """Raise ValueError if two rows name one op, command or route, or tell one outcome otherwise."""
    names = [*LEDGER_ACTS, *LEDGER_OPS, *_MARKET_OPS]
    routes = [(op.route.method, op.route.path) for op in OPS.values() if isinstance(op.route, Rest)]
    proposable = [op for op in OPS.values() if op.second is not NOBODY]
    outcomes = {pair for op in proposable for pair in op.reply.results.items()}
    for what, found in (
        ("op", names),
        ("command", [row.command for row in ROWS.values()]),
        ("route", routes),
        ("fact that two may bring about", [fact for fact, _ in outcomes]),
    ):
        if len(found) != len(set(found)):
            raise ValueError(f"two rows name one {what}")


_must_be_one_row_each()
