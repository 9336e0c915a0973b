"""Facts that name a record of the state and say again what it says: both must agree.

A seller who is paid is the settlement's, an order that ends is its party's, a lease's rent comes
from its lessee. Asked of the state right before the fact is folded.
"""

from collections.abc import Callable
from typing import Any, Final

from exchange import events as e
from exchange.books.state import Venue
from ledger import events as f
from ledger.cash.accounts import available, external, withdrawing
from ledger.cash.months import month_named, month_of
from ledger.cash.period_close import closes_ns, period_closed
from ledger.events import Event
from ledger.ids import PaymentId
from ledger.records import Settlement

Agreement = Callable[[Venue, Any], str]  # the first field that differs, in words; "": none


def disagreement(venue: Venue, event: Event) -> str:
    """What a fact says otherwise than the record that it names, in words; "" if nothing."""
    agrees = RECORDED.get(type(event))
    return agrees(venue, event) if agrees is not None else ""


def _differing(event: Event, record: object, names: tuple[str, ...]) -> str:
    for name in names:
        found, known = getattr(event, name), getattr(record, name)
        if found != known:
            return _differs(name, found, known)
    return ""


def _differs(name: str, found: object, known: object) -> str:
    return f"{name} is {found!r:.80}, and the record says {known!r:.80}"


def _settled(venue: Venue, event: f.TradeSettled) -> str:
    names = ("buyer", "seller", "notional_minor", "buyer_fee_minor", "seller_fee_minor")
    return _differing(event, venue.register.settlements[event.settlement], names)


def _unwound(venue: Venue, event: f.TradeUnwound) -> str:
    found = venue.register.settlements[event.settlement]
    paid_minor = found.notional_minor + found.buyer_fee_minor
    if event.returned_minor != paid_minor:
        return _differs("returned_minor", event.returned_minor, paid_minor)
    return _differing(event, found, ("buyer",))


def _failed(venue: Venue, event: f.SettlementFailed) -> str:
    seller = venue.register.settlements[event.settlement].seller
    return "" if event.at_fault == seller else _differs("at_fault", event.at_fault, seller)


def _transferred(venue: Venue, event: f.TitleTransferred) -> str:
    owner = venue.register.things[event.thing].owner
    if event.from_party != owner:
        return _differs("from_party", event.from_party, owner)
    sale: Settlement | None = venue.register.settlements.get(event.settlement)
    if sale is None:
        return _differs("settlement", event.settlement, "no such sale")
    if event.to_party != sale.buyer:
        return _differs("to_party", event.to_party, sale.buyer)
    return _in_a_closed_month(venue, event.effective_ns)


def _traded(venue: Venue, event: e.Traded) -> str:
    offer, bid = venue.orders[event.ask], venue.orders[event.bid]
    if (event.seller, event.buyer) != (offer.party, bid.party):
        return _differs("seller, buyer", (event.seller, event.buyer), (offer.party, bid.party))
    if event.hold != bid.terms.hold:
        return _differs("hold", event.hold, bid.terms.hold)
    return ""


def _opened(venue: Venue, event: f.SettlementOpened) -> str:
    for name in (*event.nodes, *event.units):
        owner = venue.register.things[name].owner
        if owner != event.seller:
            return _differs("seller", event.seller, owner)
    return ""


def _order_ended(venue: Venue, event: e.OrderCancelled | e.OrderExpired) -> str:
    terms = venue.orders[event.order].terms
    if event.reason == "disconnect" and not terms.line:
        return "it ends with a line, and the order is tied to none"
    return _differing(event, terms, ("market", "party", "hold"))


def _order_amended(venue: Venue, event: e.OrderAmended) -> str:
    return _differing(event, venue.orders[event.order].terms, ("market", "party", "hold"))


def _metered(venue: Venue, event: f.UsageMetered) -> str:
    """Silence alone may still speak for hours of a closed month: it stands in the open one."""
    lease = venue.register.leases[event.lease]
    is_silent = not (event.source_sha256 or event.energy_wh or event.down_gpu_ns)
    if not is_silent and (fault := _in_a_closed_month(venue, event.to_ns - 1)):
        return fault
    if event.payee != available(lease.payee):
        return _differs("payee", event.payee, available(lease.payee))
    return _differing(event, lease, ("lessee",))


def _in_a_closed_month(venue: Venue, effect_ns: int) -> str:
    if not venue.register.periods.is_closed_at(effect_ns):
        return ""
    month = month_of(venue.register.zone, effect_ns)
    return f"it takes effect in {month.label}, which was closed"


def _period_closed(venue: Venue, event: f.PeriodClosed) -> str:
    """Each month once and in order, when it is due, with the figures that the events give."""
    register = venue.register
    month, closed_to_ns = month_named(register.zone, event.month), register.periods.closed_to_ns
    if month.from_ns < closed_to_ns:
        return f"{event.month} is closed already"
    if closed_to_ns and month.from_ns != closed_to_ns:
        return f"{event.month} is closed before the month that follows the last closed one"
    due = period_closed(register, month)
    if venue.advanced_ns < due.closes_ns:
        return f"{event.month} is closed before {due.closes_ns}"
    return _differing(
        event, due, ("venue", "from_ns", "to_ns", "closes_ns", "kinds", "figures_sha256")
    )


def _advanced(venue: Venue, event: f.TimeAdvanced) -> str:
    """Once a month has been closed, none that was due is left open."""
    register = venue.register
    if not register.periods.closed_to_ns:
        return ""
    month = month_of(register.zone, register.periods.closed_to_ns)
    if venue.advanced_ns < closes_ns(register.rules, month):
        return ""
    return f"{month.label} was due to be closed before it, and is not"


def _lease_ended(venue: Venue, event: f.LeaseEnded) -> str:
    return _differing(event, venue.register.leases[event.lease], ("lessee", "deposit_minor"))


def _moved(venue: Venue, event: f.CustodyMoved) -> str:
    custodian = venue.register.nodes[event.node].custodian
    return (
        "" if event.from_party == custodian else _differs("from_party", event.from_party, custodian)
    )


def _registered(venue: Venue, event: f.NodeRegistered) -> str:
    """A server stands at a site that its operator runs, or nowhere yet."""
    site = venue.register.sites.get(event.site)
    operator = site.operator if site is not None else ""
    if event.operator != operator:
        return _differs("operator", event.operator, operator)
    is_guest = bool(operator) and operator != event.registrant
    if is_guest and venue.register.rules.in_force("site_consent", event.at_ns):
        return f"it stands at {event.site} without a word of {operator}, who runs it"
    return ""


def _placed(venue: Venue, event: f.NodeSiteSet) -> str:
    register = venue.register
    node = register.nodes[event.node]
    for thing in (register.things.get(name) for name in (node.node, *node.units)):
        if thing is not None and thing.owner:
            return _differs("node", event.node, f"{thing.thing} has a title holder")
    if not event.site:  # its operator took the word back
        return "" if not event.operator else _differs("operator", event.operator, "")
    return _differing(event, register.sites[event.site], ("operator",))


def _title_issued(venue: Venue, event: f.TitleIssued) -> str:
    """Title is issued once, to what stands somewhere."""
    thing = venue.register.things[event.thing]
    if thing.owner:
        return _differs("holder", event.holder, thing.owner)
    if not thing.site:
        return _differs("thing", event.thing, "it stands at no site")
    return _in_a_closed_month(venue, event.effective_ns)


def _proposed(venue: Venue, event: f.ProposalMade) -> str:
    """Whose word a title or a server's place waits for, and that it is the proposer's server."""
    if event.op == "title.issue":
        return _title_proposed(venue, event)
    if event.op != "node.site":
        return ""
    register = venue.register
    due = [f"party:{register.sites[event.args['site']].operator}"]
    if event.needs != due:
        return _differs("needs", event.needs, due)
    for node in event.args["nodes"]:
        if register.nodes[node].registrant != event.party:
            return _differs("party", event.party, register.nodes[node].registrant)
    return ""


def _title_proposed(venue: Venue, event: f.ProposalMade) -> str:
    """A title takes as many clerks as its things have papers; never fewer, and two at most.

    An import judges that before its own facts: a board just recognised may ask for two where its
    cards have papers already.
    """
    clerk = "scope:operate"
    found = [venue.register.things.get(name) for name in event.args["things"]]
    is_proven = all(thing is not None and thing.provenance != "P0" for thing in found)
    if event.needs in ([clerk, clerk], *([[clerk]] if is_proven else [])):
        return ""
    return _differs("needs", event.needs, [clerk] if is_proven else [clerk, clerk])


def _revoked(venue: Venue, event: f.PrincipalRevoked) -> str:
    return _differing(event, venue.register.principals[event.principal], ("party",))


def _posted(venue: Venue, event: f.CashPosted) -> str:
    """A deposit is its command's to say; what leaves, or comes back, is of what stands."""
    if event.kind == "deposit":
        return ""
    bank = external(venue.register.venue)
    deposit = venue.register.deposits.get(event.reference)
    if deposit is not None and event.reverses_position == deposit.position:
        rows = [
            (available(deposit.party), -deposit.amount_minor),
            (bank, deposit.amount_minor),
        ]
        return "" if event.postings == rows else _differs("postings", event.postings, rows)
    payment = venue.register.payments[PaymentId(event.reference)]
    aside = withdrawing(payment.party, payment.payment)
    if not payment.position:  # the entry that sets it aside
        rows = [(available(payment.party), -payment.amount_minor), (aside, payment.amount_minor)]
    else:
        is_back = event.kind == "reversal"
        to = available(payment.party) if is_back else bank
        rows = [(aside, -payment.amount_minor), (to, payment.amount_minor)]
    return "" if event.postings == rows else _differs("postings", event.postings, rows)


RECORDED: Final[dict[type[Event], Agreement]] = {
    f.TradeSettled: _settled,
    f.TradeUnwound: _unwound,
    f.SettlementFailed: _failed,
    f.SettlementOpened: _opened,
    f.TitleTransferred: _transferred,
    f.UsageMetered: _metered,
    f.PeriodClosed: _period_closed,
    f.TimeAdvanced: _advanced,
    f.LeaseEnded: _lease_ended,
    f.CustodyMoved: _moved,
    f.NodeRegistered: _registered,
    f.NodeSiteSet: _placed,
    f.TitleIssued: _title_issued,
    f.ProposalMade: _proposed,
    f.PrincipalRevoked: _revoked,
    f.CashPosted: _posted,
    e.Traded: _traded,
    e.OrderAmended: _order_amended,
    e.OrderCancelled: _order_ended,
    e.OrderExpired: _order_ended,
}
