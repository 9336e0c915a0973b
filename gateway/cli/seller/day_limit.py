"""What a tier lets a party sell in a day: how many servers of a fleet fit, in yuan."""

from collections.abc import Sequence
from typing import NamedTuple

from gateway.cli.confirmed_act import yuan
from gateway.cli.exit_codes import NOT_ALLOWED
from gateway.cli.market_search import find_market, limit_order
from gateway.cli.seller.fleet_choice import FleetOffer, LeftOut
from gateway.cli.venue_caller import Problem, VenueCaller


class DayLimit(NamedTuple):
    """What a tier may sell in a day, and what is left of it; minor units."""

    tier: int
    limit_minor: int
    left_minor: int


def day_limit(caller: VenueCaller, offers: Sequence[FleetOffer]) -> DayLimit | None:
    """What may still be sold today, if all of these are more than that; None if they fit.

    The venue is asked, by a dry run of one order that is worth them all: it checks the day before
    anything else of the order. What stands on offer may be sold today, too, and is counted.
    """
    if not offers:
        return None
    dearest = max(offers, key=lambda offer: offer.notional_minor)
    standing = _standing_minor(caller)
    total = sum(offer.notional_minor for offer in offers) + standing
    lots = -(-total // dearest.notional_minor)
    args = limit_order(dearest.market.symbol, "ask", dearest.ticks, lots, "gtc")
    try:
        caller.command("order.new", "POST", "/v1/orders", {**args, "dry_run": True}, "day")
    except Problem as no:
        context = no.members.get("context", {})
        if no.reason == "tier_too_low" and "left_minor" in context:
            left = max(0, context["left_minor"] - standing)
            return DayLimit(context["kyc_tier"], context["limit_minor"], left)
    return None


def _standing_minor(caller: VenueCaller) -> int:
    """What the party's open asks for title are worth."""
    return sum(
        find_market(caller, row["market"]).notional(row["price_ticks"], row["open_lots"])
        for row in caller.rows("/v1/orders", side="ask", state="open")
        if row["market"].startswith("T.")
    )


def within(limit: DayLimit, offers: list[FleetOffer], left_out: list[LeftOut]) -> list[FleetOffer]:
    """The first asks, as many as the day lets through; the others are left out."""
    fitting: list[FleetOffer] = []
    left = limit.left_minor
    reason = f"more than tier {limit.tier} may sell today"
    for offer in offers:
        if offer.notional_minor <= left:
            left -= offer.notional_minor
            fitting.append(offer)
        else:
            left = 0  # in order: a cheaper one behind does not go before
            left_out.append(LeftOut(offer.thing.id, reason, NOT_ALLOWED))
    return fitting


def limit_in_words(caller: VenueCaller, limit: DayLimit, fitting: int, total: int) -> str:
    """How many fit today, and what lifts the limit."""
    return (
        f"Tier {limit.tier} may sell title for {yuan(caller, limit.limit_minor)} a day; "
        f"{yuan(caller, limit.left_minor)} of it is left today, after what was traded and what "
        f"stands on offer: {fitting:,} of your {total:,} fit. To offer the others, ask "
        "compliance for a higher tier, or say this line again when more is left."
    )
