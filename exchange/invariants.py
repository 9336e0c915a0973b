"""The market's lines of DOMAIN 6: what is offered is held, what is bid is paid for; and groups.

Pure; a breach means that we were wrong, never the caller. The ledger's own lines stand in
`ledger/invariants.py`.
"""

from collections import Counter
from collections.abc import Iterator

from exchange.books.order import Order
from exchange.books.state import Market, Venue
from exchange.events import Traded
from exchange.instruments.kinds import kind_of
from exchange.words import ASK, BID
from ledger.events import Event
from ledger.ids import GroupId
from ledger.invariants import Breach
from ledger.money import fee_minor
from ledger.records import Thing

LINES = ("I5", "I15", "I19")
LINES_ANEW = ("I19",)  # which the first release did not promise


def check_before(venue: Venue, event: Event) -> list[Breach]:
    """What a trade must be of the two orders that it is about to take from (I15)."""
    if not isinstance(event, Traded):
        return []
    ask, bid = venue.orders.get(event.ask), venue.orders.get(event.bid)
    if ask is None or bid is None:
        return []  # it does not fold, and is told for that
    resting, taker = (ask, bid) if event.taker == BID else (bid, ask)
    return [Breach("I15", detail) for detail in _traded_as_it_stood(venue, event, resting, taker)]


def _traded_as_it_stood(venue: Venue, event: Traded, resting: Order, taker: Order) -> Iterator[str]:
    """At the price that stood, within both limits, for both sides; and nobody is passed over."""
    ask, bid = (resting, taker) if event.taker == BID else (taker, resting)
    if event.price_ticks != resting.price_ticks:
        yield f"{event.trade} is at {event.price_ticks}, and {resting.order} stood at " + str(
            resting.price_ticks
        )
    if not ask.price_ticks <= event.price_ticks <= bid.price_ticks:
        yield f"{event.trade} is at {event.price_ticks}, beyond a limit"
    if not 0 < event.lots <= min(ask.open_lots, bid.open_lots):
        yield f"{event.trade} takes {event.lots} lots, more than are open"
    if (event.seller, event.buyer) != (ask.party, bid.party):
        yield f"{event.trade} is of {event.seller} and {event.buyer}, its orders of others"
    if event.notional_minor != venue.markets[event.market].notional_minor(
        event.price_ticks, event.lots
    ):
        yield f"{event.trade} says {event.notional_minor} for its price and lots"
    yield from _fees_by_the_rule(venue, event)
    for better in _before_it(venue, event, resting):
        if better.priority < taker.priority:  # else it came later: at an opening all stand
            yield f"{event.trade} passes over {better.order}, which stands before {resting.order}"
            return


def _fees_by_the_rule(venue: Venue, event: Traded) -> Iterator[str]:
    """Each side pays the rate of its role, by the rule that the market trades under."""
    rule = venue.markets[event.market].rule
    if rule is None:
        yield f"{event.trade} is made under no rule"
        return
    for side, rates, minor in (
        (ASK, rule.fee_bp.ask, event.ask_fee_minor),
        (BID, rule.fee_bp.bid, event.bid_fee_minor),
    ):
        due_minor = fee_minor(
            event.notional_minor, rates.taker if event.taker == side else rates.maker
        )
        if minor != due_minor:
            yield f"{event.trade} takes a fee of {minor} from its {side}, not {due_minor}"


def _before_it(venue: Venue, event: Traded, resting: Order) -> Iterator[Order]:
    """What stands before an order on its own side of the book: most often nothing."""
    half = venue.markets[event.market].book.half(resting.side)
    for rank in reversed(half.ranks):
        for order in half.levels[rank].values():
            if order is resting:
                return
            yield order


def check(venue: Venue, event: Event) -> list[Breach]:
    """What must hold right behind an event: a trade is between two groups, those of its parties."""
    if not isinstance(event, Traded):
        return []
    parties = venue.register.parties
    found = []
    if event.seller_group == event.buyer_group or event.is_related:
        found.append(f"{event.trade} has {event.buyer_group} on both sides")
    for party, group in ((event.seller, event.seller_group), (event.buyer, event.buyer_group)):
        if parties[party].group != group:
            found.append(f"{event.trade} says {group} of {party}, of {parties[party].group}")
    return [Breach("I19", detail) for detail in found]


def sweep(venue: Venue) -> list[Breach]:
    """Every open order against the things and the cash that stand behind it, and the reverse;
    every order and lot bought against the group of its party.
    """
    return [
        *(Breach("I5", detail) for detail in _unheld(venue)),
        *(Breach("I19", detail) for detail in _misgrouped(venue)),
    ]


def _unheld(venue: Venue) -> Iterator[str]:
    for order in venue.orders.values():
        if order.side == ASK:
            yield from _ask(venue, order)
        else:
            yield from _bid(venue, order)
    for thing in venue.register.things.values():
        yield from _held_for_an_ask(venue, thing)
    yield from _held_for_a_bid(venue)


def _ask(venue: Venue, order: Order) -> Iterator[str]:
    if len(order.nodes) != order.open_lots:
        yield f"{order.order} offers {order.open_lots} lots and holds {len(order.nodes)} things"
    is_held = kind_of(venue.markets[order.market]).is_held
    for name in order.nodes:
        thing = venue.register.things[name]
        if thing.owner != order.party:
            yield f"{order.order} offers {name}, which is not its party's"
        if not is_held(thing, order.order):
            yield f"{order.order} offers {name} and does not hold it"


def _bid(venue: Venue, order: Order) -> Iterator[str]:
    notional_minor = venue.markets[order.market].notional_minor(order.price_ticks, order.open_lots)
    held_minor = venue.held_minor(order)
    if held_minor < notional_minor:
        yield f"{order.order} may cost {notional_minor} and {held_minor} lies on hold for it"


def _held_for_an_ask(venue: Venue, thing: Thing) -> Iterator[str]:
    orders = {window.order for window in thing.windows}
    orders.add(thing.order)
    orders.discard("")
    for order in sorted(orders):
        found = venue.orders.get(order)
        if found is None or thing.thing not in found.nodes:
            yield f"{thing.thing} is held for {order}, which does not offer it"


def _held_for_a_bid(venue: Venue) -> Iterator[str]:
    accounts = {order.hold_account for order in venue.orders.values() if order.terms.hold}
    for account, balance in venue.register.accounts.items():
        if account.split("/")[1] == "on_hold" and account not in accounts:
            yield f"{account} has {balance}, and no open bid is behind it"


def _misgrouped(venue: Venue) -> Iterator[str]:
    parties = venue.register.parties
    for order in venue.orders.values():
        if order.group != parties[order.party].group:
            yield f"{order.order} counts for {order.group}, and {order.party} is of another group"
    for market in venue.markets.values():
        yield from _position_lots(venue, market)
        yield from _crossing_itself(market)


def _position_lots(venue: Venue, market: Market) -> Iterator[str]:
    """A group's position is what its parties bid for and bought here, and nobody else's."""
    lots: Counter[GroupId] = Counter()
    for order in market.book.bids.orders():
        lots[order.group] += order.open_lots
    for party, bought in market.bought_lots.items():
        for group, more_lots in bought.items():
            lots[group] += more_lots
            if group != venue.register.parties[party].group:
                yield f"{more_lots} lots that {party} bought in {market.spec.market} are {group}'s"
    if market.position_lots != lots:
        found = {name: n for name, n in market.position_lots.items() if n != lots[name]}
        yield f"positions in {market.spec.market} are not their sums: {found or dict(lots)}"


def _crossing_itself(market: Market) -> Iterator[str]:
    highest: dict[GroupId, int] = {}  # bid
    for bid in market.book.bids.orders():  # best first
        highest.setdefault(bid.group, bid.price_ticks)
    for ask in market.book.asks.orders():
        if highest.get(ask.group, 0) >= ask.price_ticks:
            yield f"{ask.order} crosses a bid of its own group {ask.group}"
