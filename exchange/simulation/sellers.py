"""The many who sell: owners offer months and titles, come down with the price, take cash out."""

from collections.abc import Iterator

from exchange.simulation import price_path
from exchange.simulation.cast import YUAN, buyers, operators, owners
from exchange.simulation.draw import Draw
from exchange.simulation.intents import Intent, by, known
from exchange.simulation.outlook import Outlook
from ledger.durations import DAY_NS
from ledger.records import Party, Thing
from ledger.rights.capacity import is_free

LEASE_OFFERS_BP = 5_500  # of owners offer months on a day
TITLE_OFFERS_BP = 1_300  # of owners offer titles on a day
PRESSED_BP = 2_500  # of those who sell titles sell below what they are worth
COMES_DOWN_BP = 600  # an ask this far above the path comes down
REPRICED_BP = 3_500  # of asks are priced again on a day
AWAKE = (1, 23)  # the hours in which owners offer
OFFERED_AT_ONCE = 3  # lots an owner offers in one ask


def asks(outlook: Outlook, draw: Draw, day: int, hour: int) -> Iterator[Intent]:
    """New offers: one month, or one class of title, per owner and day, when his hour comes."""
    for index, person in enumerate([*owners(), *operators(), *buyers()]):
        if draw.between(*AWAKE, day, "offer.hour", index) != hour:
            continue
        party = known(outlook.register, person.registration_no)
        if party is None:
            continue
        if draw.happens(LEASE_OFFERS_BP, day, "lease.offer", index):
            yield from _month(outlook, draw, day, index, party)
        if draw.happens(TITLE_OFFERS_BP, day, "title.offer", index):
            yield from _title(outlook, draw, day, index, party)


def _month(outlook: Outlook, draw: Draw, day: int, index: int, party: Party) -> Iterator[Intent]:
    things = [
        thing
        for thing in outlook.things_of(party.party)
        if thing.provenance != "P0" and thing.grade in "AB" and not thing.order
    ]
    if not things:
        return
    chosen = draw.one_of(things, day, "lease.thing", index)
    markets = outlook.lease_markets(chosen.model, chosen.delivery_point)
    if not markets:
        return
    market = markets[min(len(markets) - 1, draw.below(4, day, "lease.month", index) // 2)]
    lots = sum(
        1
        for thing in things
        if (thing.model, thing.delivery_point) == (chosen.model, chosen.delivery_point)
        and is_free(thing, market.starts_ns or 0, market.ends_ns or 0)
    )
    if not lots:
        return
    fair = price_path.rent_ticks(draw, chosen.model, day)
    above = draw.between(-100, 900, day, "lease.spread", index)
    yield by(
        party,
        "order.new",
        {
            "market": market.market,
            "side": "ask",
            "type": "limit",
            "price_ticks": max(1, fair * (10_000 + above) // 10_000),
            "lots": min(lots, draw.between(1, OFFERED_AT_ONCE, day, "lease.lots", index)),
            "time_in_force": "gtc",
        },
    )


def _title(outlook: Outlook, draw: Draw, day: int, index: int, party: Party) -> Iterator[Intent]:
    things = [thing for thing in outlook.things_of(party.party) if _may_be_sold(outlook, thing)]
    if not things:
        return
    chosen = draw.one_of(things, day, "title.thing", index)
    market = f"T.{chosen.class_}.{chosen.delivery_point}"
    if market not in outlook.venue.markets:
        return
    fair = price_path.title_ticks(draw, chosen.model, chosen.provenance, day)
    above = draw.between(100, 1_200, day, "title.spread", index)
    if draw.happens(PRESSED_BP, day, "pressed", index):
        above = -draw.between(100, 900, day, "pressed.by", index)
    alike = sum(
        1
        for thing in things
        if (thing.class_, thing.delivery_point) == (chosen.class_, chosen.delivery_point)
    )
    yield by(
        party,
        "order.new",
        {
            "market": market,
            "side": "ask",
            "type": "limit",
            "price_ticks": max(1, fair * (10_000 + above) // 10_000),
            "lots": min(alike, draw.between(1, OFFERED_AT_ONCE, day, "title.lots", index)),
            "time_in_force": "gtc",
        },
    )


def _may_be_sold(outlook: Outlook, thing: Thing) -> bool:
    is_free_now = not (thing.order or thing.settlement or thing.holds or thing.windows)
    rested_ns = outlook.at_ns - thing.last_sale_ns
    return is_free_now and rested_ns > 6 * DAY_NS and thing.identity == "strong"


def comes_down(outlook: Outlook, draw: Draw, day: int, hour: int) -> Iterator[Intent]:
    """Some asks are priced again each day: one left behind comes down, another moves a little."""
    for order in list(outlook.venue.orders.values()):
        if order.side != "ask" or not draw.happens(REPRICED_BP, day, f"down.{order.order}"):
            continue
        if draw.between(1, 23, day, f"down.hour.{order.order}") != hour:
            continue
        fair = outlook.fair(draw, order.market, day)
        if not fair or order.party not in outlook.cast:
            continue
        if order.price_ticks > fair * (10_000 + COMES_DOWN_BP) // 10_000:
            above = draw.between(-150, 350, day, f"down.to.{order.order}")
            price = max(1, fair * (10_000 + above) // 10_000)
        else:
            step = draw.between(-60, 40, day, f"move.{order.order}")
            price = max(1, order.price_ticks * (10_000 + step) // 10_000)
        if price != order.price_ticks:
            party = outlook.register.parties[order.party]
            yield by(party, "order.amend", {"order": order.order, "price_ticks": price})


def withdrawals(outlook: Outlook, day: int) -> Iterator[Intent]:
    """What was earned goes home once a month, in parts that one person may sign for."""
    for index, person in enumerate(owners()):
        party = known(outlook.register, person.registration_no)
        if party is None or (day + index) % 30 != 29:
            continue
        spare = outlook.register.available_minor(party.party) - 1_000_000 * YUAN
        if spare > 0:
            amount = min(spare, 900_000 * YUAN)
            yield by(party, "withdrawal.new", {"amount_minor": amount})
