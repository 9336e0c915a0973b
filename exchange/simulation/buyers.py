"""The few who buy: lessees who need a month, buyers who think that a price is low enough."""

from collections.abc import Iterator

from exchange.simulation.cast import buyers, lessees
from exchange.simulation.draw import Draw
from exchange.simulation.intents import Intent, by, known
from exchange.simulation.outlook import Outlook
from ledger.durations import DAY_NS
from ledger.records import Party

AWAKE = (1, 23)  # the hours in which takers are active
LESSEE_ACTIVE_BP = 1_700  # of lessees want a month on a day
BUYER_ACTIVE_BP = 2_200  # of buyers want a title on a day
RESTS_BP = 1_200  # of those leave a bid below the market instead
PAYS_OVER_BP = 400  # a taker pays this much above the path, no more


def bids(outlook: Outlook, draw: Draw, day: int, hour: int) -> Iterator[Intent]:
    """Those whose hour it is: each is active once a day, between 1 and 23."""
    for index, person in enumerate(lessees()):
        party = known(outlook.register, person.registration_no)
        if party is not None and _is_active(draw, day, hour, "lessee", index, LESSEE_ACTIVE_BP):
            yield from _bid(outlook, draw, day, f"lessee.{index}", party, "lease")
    for index, person in enumerate(buyers()):
        party = known(outlook.register, person.registration_no)
        if party is not None and _is_active(draw, day, hour, "buyer", index, BUYER_ACTIVE_BP):
            yield from _bid(outlook, draw, day, f"buyer.{index}", party, "title")


def _is_active(draw: Draw, day: int, hour: int, name: str, index: int, active_bp: int) -> bool:
    if not draw.happens(active_bp, day, f"{name}.active", index):
        return False
    return draw.between(*AWAKE, day, f"{name}.hour", index) == hour


def _bid(
    outlook: Outlook, draw: Draw, day: int, name: str, party: Party, kind: str
) -> Iterator[Intent]:
    markets = outlook.with_asks(kind)
    if not markets:
        return
    market = draw.one_of(markets, day, f"{name}.market")
    best = outlook.best_ask_ticks(market)
    fair = outlook.fair(draw, market, day)
    if best is None or not fair:
        return
    terms = {"market": market, "side": "bid", "type": "limit", "lots": 1}
    if kind == "lease":
        terms["lots"] = draw.between(1, 3, day, f"{name}.lots")
    if draw.happens(RESTS_BP, day, f"{name}.rests"):
        below = draw.between(300, 1_500, day, f"{name}.below")
        price = min(best - 1, fair * (10_000 - below) // 10_000)
        expires = outlook.at_ns + 5 * DAY_NS
        rest = {"price_ticks": price, "time_in_force": "gtd", "expires_ns": expires}
        if price >= 1 and outlook.is_open_until(market, expires):
            yield by(party, "order.new", {**terms, **rest})
    elif best <= fair * (10_000 + PAYS_OVER_BP) // 10_000:
        yield by(party, "order.new", {**terms, "price_ticks": best, "time_in_force": "ioc"})


def acceptances(outlook: Outlook, draw: Draw, day: int) -> Iterator[Intent]:
    """Two buyers of three accept on a day of the inspection; the rest let the time run out."""
    for settlement in outlook.register.settlements.values():
        if settlement.state != "inspecting" or settlement.buyer not in outlook.cast:
            continue
        if draw.happens(4_000, day, f"accept.{settlement.settlement}"):
            buyer = outlook.register.parties[settlement.buyer]
            yield by(buyer, "settlement.accept", {"settlement": settlement.settlement})
