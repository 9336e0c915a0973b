"""Asks for a fleet: every free thing of a class at a site, or by a price list; one ask each."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from gateway.cli.confirmed_act import QUESTION, by_preview, repeated_words, yuan
from gateway.cli.exit_codes import SOME_REFUSED, UNAVAILABLE, USAGE, VerbFailed
from gateway.cli.figures import counted, ranges
from gateway.cli.market_search import limit_order
from gateway.cli.seller.day_limit import day_limit, limit_in_words, within
from gateway.cli.seller.fleet_choice import FleetOffer, FleetTerms, LeftOut, offers_of
from gateway.cli.venue_caller import Problem, VenueCaller

SHOWN: Final = 12  # refusals that are told one by one, of one reason


def must_be_one_way(subjects: Sequence[str], terms: FleetTerms, *, is_template: bool) -> bool:
    """Whether a fleet is meant. Raises: VerbFailed for words that contradict or do nothing."""
    if is_template:
        if subjects or terms.asset_class or terms.price or terms.prices:
            raise VerbFailed(
                USAGE, "--template prints a price list.", "Say --site beside it alone."
            )
        return True
    if bool(terms.price) == bool(terms.prices):
        both = "Give one price, or a price list." if terms.price else "At which price?"
        raise VerbFailed(USAGE, both, "Say --price YUAN, the price of one GPU, or --prices FILE.")
    if subjects:
        if terms.site or terms.asset_class or terms.prices:
            raise VerbFailed(
                USAGE,
                "Servers that are named need no --site, --class or --prices.",
                "Name them with --price, or leave the names out.",
            )
        return False
    if terms.price and not terms.asset_class:
        raise VerbFailed(
            USAGE,
            "Which servers?",
            "Name them, or say --site S --class C, or --prices FILE.",
        )
    return True


def sell_fleet(caller: VenueCaller, terms: FleetTerms) -> None:
    """Choose, say what would be offered and for how much, ask, and place one ask for each."""
    left_out: list[LeftOut] = []
    offers = offers_of(caller, terms, left_out)
    if not offers and not left_out:
        caller.context.output.write("Nothing is left to offer: all of it is offered or sold.")
    limit = None if terms.month else day_limit(caller, offers)
    if limit is not None:
        total = len(offers)
        offers = within(limit, offers, left_out)
        caller.context.output.log(limit_in_words(caller, limit, len(offers), total))
    if offers and caller.context.key and not caller.context.is_dry:
        caller.context.output.log(repeated_words(caller.context))
    elif offers:
        previews = _previews(caller, terms, offers, left_out)
        offers = [offer for offer in offers if offer.thing.id in previews]
        _log_preview(caller, offers, previews)
    _log_left_out(caller, left_out)
    items: list[dict[str, Any]] = []
    if caller.context.is_dry:
        items = [{"thing": offer.thing.id, **_args(offer, terms)} for offer in offers]
        caller.context.output.log("Nothing was sent.")
    elif offers:
        caller.context.output.confirm(QUESTION, is_yes=caller.context.is_yes)
        items = _place(caller, terms, offers, left_out)
    caller.context.output.document(
        {
            "dry_run": caller.context.is_dry,
            "items": items,
            "left_out": [{"thing": each.thing, "why": each.reason} for each in left_out],
            "day_limit": limit._asdict() if limit else None,
        }
    )
    if left_out:
        raise SystemExit(SOME_REFUSED if items else left_out[0].code)


# --- sending


def _previews(
    caller: VenueCaller, terms: FleetTerms, offers: list[FleetOffer], left_out: list[LeftOut]
) -> dict[str, dict[str, Any]]:
    """By thing, what the venue says of each ask that it would take; the others are left out."""
    previews: dict[str, dict[str, Any]] = {}
    with caller.context.output.progress("asking the venue", len(offers)) as steps:
        for done, offer in enumerate(offers):
            steps.reach(done, offer.thing.id)
            try:
                args = {**_args(offer, terms), "dry_run": True}
                reply = caller.command("order.new", "POST", "/v1/orders", args)
            except Problem as no:
                left_out.append(LeftOut(offer.thing.id, str(no), no.code))
            else:
                previews[offer.thing.id] = reply["result"]
        steps.reach(len(offers))
    return previews


def _place(
    caller: VenueCaller, terms: FleetTerms, offers: list[FleetOffer], left_out: list[LeftOut]
) -> list[dict[str, Any]]:
    """Send each ask under a key of its own; one that is refused does not stop the others."""
    items: list[dict[str, Any]] = []
    refused: list[LeftOut] = []
    output = caller.context.output
    with output.progress("offering", len(offers)) as steps:
        for done, offer in enumerate(offers):
            steps.reach(done, offer.thing.id)
            try:
                path = "/v1/orders"
                reply = caller.command(
                    "order.new", "POST", path, _args(offer, terms), offer.thing.id
                )
            except VerbFailed as no:
                refused.append(LeftOut(offer.thing.id, str(no), no.code))
                if no.code == UNAVAILABLE:  # the others would hear the same
                    refused += [
                        LeftOut(e.thing.id, "not tried", no.code) for e in offers[done + 1 :]
                    ]
                    break
            except KeyboardInterrupt:
                output.log(
                    f"{done:,} of {counted(len(offers), 'ask')} are placed. Say the same line "
                    f"again with --key {caller.line_name} to go on: none is placed twice."
                )
                raise
            else:
                items.append({"thing": offer.thing.id, **reply})
        else:
            steps.reach(len(offers))
    _log_left_out(caller, refused)
    left_out += refused
    _write_placed(caller, [item["result"] for item in items])
    if items:
        output.log(f"Next: {caller.context.line('inventory')}")
    return items


def _args(offer: FleetOffer, terms: FleetTerms) -> dict[str, Any]:
    args = limit_order(offer.market.symbol, "ask", offer.ticks, 1, terms.tif)
    args["nodes"] = [offer.thing.id]
    return args | ({"label": terms.label} if terms.label else {})


# --- words


def _log_preview(
    caller: VenueCaller, offers: Sequence[FleetOffer], previews: dict[str, dict[str, Any]]
) -> None:
    """Each market with number, price and sum; then all of it, and what is left after fees."""
    output = caller.context.output
    if not offers:
        return
    by_market: dict[str, list[FleetOffer]] = {}
    for offer in offers:
        by_market.setdefault(offer.market.symbol, []).append(offer)
    for symbol, some in by_market.items():
        market, ticks = some[0].market, sorted({offer.ticks for offer in some})
        total = _sum(some, previews, "notional_minor")
        prices = " to ".join(market.price(each) for each in dict.fromkeys((ticks[0], ticks[-1])))
        noun = "server" if some[0].thing.id.startswith("n-") else "card"
        verb = "Lets" if market.is_lease else "Offers"
        output.log(
            f"{verb} {counted(len(some), noun)} on {symbol} at {prices}: {yuan(caller, total)}."
        )
        far = (market.far_in_words(previews[offer.thing.id]) for offer in some)
        for words in dict.fromkeys(filter(None, far)):
            output.log(words)
    notional, net, fees = (
        yuan(caller, _sum(offers, previews, name))
        for name in ("notional_minor", "total_minor", "fee_minor")
    )
    output.log(
        by_preview(
            f"{counted(len(offers), 'ask')}: {notional} in all, at least {net} after fees of at "
            f"most {fees}."
        )
    )


def _sum(offers: Sequence[FleetOffer], previews: dict[str, dict[str, Any]], name: str) -> int:
    """An amount of all these asks together, at their own prices and the dearest fee."""
    return sum(int(previews[offer.thing.id]["at_worst"][name]) for offer in offers)


def _log_left_out(caller: VenueCaller, left_out: Sequence[LeftOut]) -> None:
    """What is not offered, by reason; of one reason the first are named."""
    by_reason: dict[str, list[str]] = {}
    for each in left_out:
        by_reason.setdefault(each.reason, []).append(each.thing)
    for place, (reason, things) in enumerate(by_reason.items()):
        if place == SHOWN:
            output_more = len(by_reason) - SHOWN
            caller.context.output.log(f"… and {output_more:,} more: --json has each.")
            break
        caller.context.output.log(f"Not offered: {', '.join(ranges(things)[:SHOWN])}: {reason}")


def _write_placed(caller: VenueCaller, orders: Sequence[dict[str, Any]]) -> None:
    states = Counter(order["state"] for order in orders)
    if orders:
        names = ", ".join(ranges([order["order"] for order in orders]))
        states_in_words = ", ".join(f"{number:,} {state}" for state, number in states.items())
        caller.context.output.write(
            f"{counted(len(orders), 'ask')} placed: {names}; {states_in_words}."
        )
