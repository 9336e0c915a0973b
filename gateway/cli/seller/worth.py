"""What inspected units are worth at a venue, by its public figures: never an invented one."""

from collections import Counter
from typing import Any, NamedTuple

from gateway.cli.confirmed_act import yuan
from gateway.cli.figures import age, counted
from gateway.cli.market_search import FoundMarket, find_market
from gateway.cli.options import VerbContext
from gateway.cli.output import Output
from gateway.cli.venue_caller import VenueCaller
from ledger.durations import SECOND_NS
from ledger.inspection.report_inspection import ReportInspection

PAPERS = ("P1", "P2")
UNPROVEN = "P0"  # what is not registered has no verified papers yet


class Lots(NamedTuple):
    """Some lots of one class: a whole board is one, a card is one."""

    model: str
    grade: str
    number: int


def worth_of(venue: str, found: ReportInspection, point: str) -> dict[str, Any]:
    """The document's `worth`: per class best bid, last sale with its age, rent, what papers change.

    A figure that the venue does not have is None. *point* narrows it to one delivery point.
    """
    caller = VenueCaller(VerbContext(output=Output(is_json=True), venue=venue))
    markets = [
        (row, find_market(caller, row["market"]))
        for row in caller.rows("/v1/markets")
        if not point or row["market"].split(".")[-1 - row["market"].startswith("L.")] == point
    ]
    classes = [_class_worth(caller, lots, markets) for lots in _lots(found)]
    return {
        "venue": caller.venue["venue"],
        "position": caller.position,
        "at_ns": str(caller.venue["at_ns"]),
        "currency": caller.venue["currency"],
        "classes": classes,
        "sentences": [sentence for each in classes for sentence in _in_words(caller, each)],
    }


def _lots(found: ReportInspection) -> list[Lots]:
    """A whole board is one lot of its node's grade; anything else is lots of single cards."""
    counted: Counter[tuple[str, str]] = Counter()
    for node in found.nodes:
        if node.kind.model:
            counted[node.kind.model, node.grade] += 1
            continue
        for unit in node.units:
            if unit.model and not unit.model.is_board:
                counted[unit.model.code, unit.grade.letter] += 1
    return [Lots(model, grade, number) for (model, grade), number in counted.items()]


def _class_worth(
    caller: VenueCaller, lots: Lots, markets: list[tuple[dict[str, Any], FoundMarket]]
) -> dict[str, Any]:
    fitting = [(row, market) for row, market in markets if market.spec["model"] == lots.model]
    titles = [
        _title(caller, row, market, lots)
        for row, market in fitting
        if not market.is_lease and market.spec["grade"] == lots.grade
    ]
    rents = [_rent(caller, row, market, lots) for row, market in fitting if market.is_lease]
    return {
        "model": lots.model,
        "grade": lots.grade,
        "lots": lots.number,
        "as_it_is": [each for each in titles if each["provenance"] == UNPROVEN],
        "with_papers": [each for each in titles if each["provenance"] in PAPERS],
        "rent": rents,
    }


def _title(
    caller: VenueCaller, row: dict[str, Any], market: FoundMarket, lots: Lots
) -> dict[str, Any]:
    """One title market: prices per GPU, and the sum for all these lots at the best bid."""
    bid, last = row["best_bid_ticks"], row["last_ticks"]
    takes = min(lots.number, row["best_bid_lots"] or 0)
    return {
        "market": market.symbol,
        "delivery_point": market.spec["delivery_point"],
        "provenance": market.spec["provenance"],
        "best_bid_minor": None if bid is None else bid * market.tick_minor,
        "best_bid_lots": row["best_bid_lots"],
        "proceeds_minor": None if bid is None else market.notional(bid, takes),
        **_last(caller, row, market, last),
    }


def _rent(
    caller: VenueCaller, row: dict[str, Any], market: FoundMarket, lots: Lots
) -> dict[str, Any]:
    """One lease month: the last price, and what it gives for these lots."""
    last = row["last_ticks"]
    return {
        "market": market.symbol,
        "delivery_point": market.spec["delivery_point"],
        "month": market.symbol.rpartition(".")[2],
        "needs_papers": True,  # lease markets take P1 and P2 (EXCHANGE 1, `eligible`)
        "month_minor": None if last is None else market.notional(last, lots.number),
        **_last(caller, row, market, last),
    }


def _last(
    caller: VenueCaller, row: dict[str, Any], market: FoundMarket, last: int | None
) -> dict[str, Any]:
    at_ns = row["last_trade_ns"] if last is not None else None
    now_ns = int(caller.venue["at_ns"])
    return {
        "last_minor": None if last is None else last * market.tick_minor,
        "last_at_ns": at_ns,
        "last_age_s": None if at_ns is None else max(0, now_ns - int(at_ns)) // SECOND_NS,
    }


def _in_words(caller: VenueCaller, each: dict[str, Any]) -> list[str]:
    what = f"{each['lots']} x {each['model']} grade {each['grade']}"
    known = [title for title in each["as_it_is"] if _has_price(title)]
    sentences = [f"{what}, without papers, {_price(caller, title)}." for title in known]
    if not known:
        sentences.append(f"{what}, without papers: nobody bids and nothing was ever sold here.")
    papers = [title for title in each["with_papers"] if _has_price(title)]
    sentences += [
        f"With papers ({title['provenance']}) {_price(caller, title)}." for title in papers
    ]
    if not papers:
        sentences.append("With papers: no bid and no sale here that would say what they change.")
    rents = _next_months(each["rent"])
    sentences += [
        f"Rent in {rent['month']} at {rent['delivery_point']}, at the last price "
        f"({age(rent['last_at_ns'], caller.venue['at_ns'])}): "
        f"{yuan(caller, rent['month_minor'])} a month, only with papers."
        for rent in rents
    ]
    if not rents:
        sentences.append("Rent: nothing of this model has been let here yet.")
    return sentences


def _next_months(rents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of each delivery point the nearest month in which anything was let."""
    nearest: dict[str, dict[str, Any]] = {}
    for rent in sorted(rents, key=lambda each: str(each["month"])):
        if rent["month_minor"] is not None:
            nearest.setdefault(rent["delivery_point"], rent)
    return list(nearest.values())


def _has_price(title: dict[str, Any]) -> bool:
    return title["best_bid_minor"] is not None or title["last_minor"] is not None


def _price(caller: VenueCaller, title: dict[str, Any]) -> str:
    if title["best_bid_minor"] is not None:
        bid = f"best bid {yuan(caller, title['best_bid_minor'])} a GPU"
        bid += f" for {counted(title['best_bid_lots'], 'lot')}"
    else:
        bid = "no bids"
    if title["last_minor"] is None:
        return f"at {title['delivery_point']}: {bid}; never sold"
    sold = age(title["last_at_ns"], caller.venue["at_ns"])
    last = f"last sale {yuan(caller, title['last_minor'])} a GPU, {sold}"
    return f"at {title['delivery_point']}: {bid}; {last}"
