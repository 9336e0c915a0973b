"""Phase 2: what follows from a fact just applied; it may not say no (ARCHITECTURE 1).

A trade becomes a settlement or a lease; a thing or party that changed ends the orders that it no
longer carries; a class that stands somewhere for the first time gets its market; a party in another
group has its orders and positions judged by it.
"""

from collections.abc import Callable, Sequence
from typing import Any

from exchange.books.state import Venue
from exchange.events import InstrumentListed, Traded
from exchange.instruments.kinds import kind_of
from exchange.orders.cancelling import cancelled
from exchange.orders.deliverables import no_longer, orders_on
from exchange.orders.group_moves import regrouped
from exchange.trading_day.listing import list_for
from exchange.trading_day.phases import open_listed
from exchange.words import ASK
from ledger.events import (
    STREAMS,
    Event,
    GroupChanged,
    HoldReleased,
    JournalUpgraded,
    KycTierSet,
    PartySuspended,
    ProvenanceGraded,
    RoleRevoked,
    UnitGraded,
    UnitIdentified,
)
from ledger.moment import Moment
from ledger.records import Thing
from ledger.settlement.delivery_versus_payment import settlement_due

Follow = Callable[[Venue, Any, Moment], list[Event]]


def after_trade(venue: Venue, event: Traded, moment: Moment) -> list[Event]:
    """The right that was sold, or the settlement that will bring it."""
    return kind_of(venue.markets[event.market]).settle(venue, event, moment)


def after_listing(venue: Venue, event: InstrumentListed, moment: Moment) -> list[Event]:
    """A market whose timetable says open opens at once."""
    return open_listed(venue, venue.markets[event.market], moment)


def after_unit(
    venue: Venue, event: UnitGraded | ProvenanceGraded | UnitIdentified, moment: Moment
) -> list[Event]:
    """A unit's class or identity changed, and with it perhaps its node's."""
    things = venue.register.things
    thing = things.get(event.unit) or things.get(venue.register.units[event.unit].node)
    return _after_thing(venue, thing, moment) if thing else []


def after_right(venue: Venue, event: Any, moment: Moment) -> list[Event]:
    """A thing has another holder, or is barred: whatever the right, its fact names the thing."""
    thing = venue.register.things.get(event.thing)
    return _after_thing(venue, thing, moment) if thing else []


def after_release(venue: Venue, event: HoldReleased, moment: Moment) -> list[Event]:
    """A settlement whose time ran out while its thing was barred ends now."""
    register = venue.register
    thing = register.things.get(event.thing)
    if thing is None or not thing.settlement:
        return []
    return settlement_due(register, thing.settlement, moment.at_ns, moment)


def after_party(
    venue: Venue, event: PartySuspended | RoleRevoked | KycTierSet, moment: Moment
) -> list[Event]:
    """A party that may no longer trade here has no order here."""
    party = venue.register.parties[event.party]
    ended: list[Event] = []
    for name in venue.party_orders.get(party.party, ()):
        order = venue.orders[name]
        rule = venue.markets[order.market].rule
        assert rule is not None, "an order stands under a rule"
        roles = rule.eligible.ask_roles if order.side == ASK else rule.eligible.bid_roles
        is_eligible = (
            not party.is_suspended
            and party.kyc_tier >= rule.eligible.kyc_tier
            and (not roles or any(role in party.roles for role in roles))
        )
        if not is_eligible:
            ended.append(cancelled(venue, order, "eligibility"))
    return ended


def after_groups(venue: Venue, events: Sequence[GroupChanged], moment: Moment) -> list[Event]:
    """Who was moved is of the new group in every market, too."""
    return regrouped(venue, list(dict.fromkeys(event.party for event in events)))


def after_upgrade(venue: Venue, event: JournalUpgraded, moment: Moment) -> list[Event]:
    """The first release moved parties and left what they had standing and bought where it was."""
    return regrouped(venue, list(venue.register.parties))


def _after_thing(venue: Venue, thing: Thing, moment: Moment) -> list[Event]:
    events: list[Event] = []
    for name in orders_on(thing):
        order = venue.orders[name]
        reason = no_longer(venue.markets[order.market], order, thing)
        if reason:
            events.append(cancelled(venue, order, reason))
    return events + list_for(venue, thing, moment)


AFTER: dict[type[Event], Follow] = {
    # Every fact of a right on a thing, those of rights still to come, too: its asks are looked at.
    **{kind: after_right for kind, stream in STREAMS.items() if stream == "thing"},
    HoldReleased: after_release,
    Traded: after_trade,
    InstrumentListed: after_listing,
    UnitGraded: after_unit,
    ProvenanceGraded: after_unit,
    UnitIdentified: after_unit,
    PartySuspended: after_party,
    RoleRevoked: after_party,
    KycTierSet: after_party,
    GroupChanged: after_groups,
    JournalUpgraded: after_upgrade,
}

AT_LAST: frozenset[Follow] = frozenset({after_groups})  # asked once, with all of such facts
