"""What inspected units are worth at a venue, by its public figures: never an invented one.

The venue reckons it (`GET /v1/markets/{market}/worth`); the console shows the same reply.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import compress
from typing import Any, NamedTuple

from gateway.cli.confirmed_act import yuan
from gateway.cli.figures import counted, money
from gateway.cli.options import VerbContext
from gateway.cli.output import Output
from gateway.cli.seller.machine_count import MachineCount
from gateway.cli.venue_caller import VenueCaller, path_of
from ledger.durations import SECOND_NS, span_text
from ledger.inspection.report_inspection import InspectedNode, ReportInspection, inspect_nodes
from ledger.things.gpu_models import CATALOGUE

LOTS_MOST = 1_024  # of one question to the venue
NO_FIGURE = "-"
UNPROVEN = "0"  # what is not registered has no verified papers yet
AGED = "report_too_old"
OLD = frozenset({AGED, "report_undated"})  # reasons for U that a fresh report takes away
TESTED = "no_ecc"  # the one that an inspector's load test takes away


class Lots(NamedTuple):
    """Some lots of one class: a whole board is one, a card is one.

    `grade` is what an import today would give it; `then` what it was when the report was taken.
    """

    model: str
    grade: str
    then: str
    reasons: frozenset[str]  # of the grade
    number: int


class Pile(NamedTuple):
    """What some reports show, every machine once: as it would be graded now, and as it was then."""

    now: list[InspectedNode]
    then: list[InspectedNode]


def worth_of(venue: str, found: Sequence[ReportInspection], point: str) -> dict[str, Any]:
    """The document's `worth`: per class and delivery point the venue's reply, and it in words.

    Of several reports it is that of all of them, and a machine that several show counts once.

    Graded as an import at the venue would be now, by the venue's own time: an old report is U. A
    figure that the venue does not have is None. *point* narrows it to one delivery point.
    """
    caller = VenueCaller(VerbContext(output=Output(is_json=True), venue=venue))
    listed = list(caller.rows("/v1/instruments"))
    here = sorted({str(row["delivery_point"]) for row in listed})
    sentences = []
    is_traded_at = not point or point in here
    if not is_traded_at:
        there = f": these points have markets: {', '.join(here)}" if here else ""
        sentences = [f"Nothing is traded at {point}{there}."]
    classes = []
    pile = _pile(found, int(caller.venue["at_ns"]))
    for lots in _lots(pile):
        points = sorted({row["delivery_point"] for row in listed if row["model"] == lots.model})
        wanted = [each for each in points if point in ("", each)]
        worths = [_worth(caller, lots, each) for each in wanted]
        kind = {"model": lots.model, "grade": lots.grade, "number": lots.number}
        classes.append({**kind, "points": worths})
        if is_traded_at and not worths:
            where = f" at {point}" if point else " at this venue"
            sentences.append(f"{_what(lots)}: nobody sells or lets this model{where}.")
        sentences += [each for worth in worths for each in in_words(caller, lots, worth)]
    sentences += _without_figure(pile.now)
    return {
        "venue": caller.venue["venue"],
        "position": caller.position,
        "at_ns": str(caller.venue["at_ns"]),
        "currency": caller.venue["currency"],
        "classes": classes,
        "sentences": sentences,
    }


def _worth(caller: VenueCaller, lots: Lots, point: str) -> dict[str, Any]:
    symbol = f"T.{lots.model}.{lots.grade}{UNPROVEN}.{point}"
    number = min(lots.number, LOTS_MOST)
    reply: dict[str, Any] = caller.get(path_of("markets", symbol, "worth"), lots=number)
    worth: dict[str, Any] = reply["result"]
    return worth


def _pile(found: Sequence[ReportInspection], now_ns: int) -> Pile:
    """The machines of these reports, each by the newest that shows it."""
    count, pile = MachineCount(), Pile([], [])
    for at, each in sorted(enumerate(found), key=lambda pair: -(pair[1].report.taken_ns or 0)):
        nodes = inspect_nodes(each.report, now_ns)
        are_new = count.add(str(at), nodes, each.report.taken_ns or 0)
        pile.now.extend(compress(nodes, are_new))
        pile.then.extend(compress(each.nodes, are_new))
    return pile


def _lots(pile: Pile) -> list[Lots]:
    """A whole board is one lot of its node's grade; anything else is lots of single cards."""
    counts: Counter[tuple[str, str, str, frozenset[str]]] = Counter()
    for node, then in zip(pile.now, pile.then, strict=True):
        if node.kind.model:
            reasons = frozenset(each for unit in node.units for each in unit.grade.reasons)
            counts[node.kind.model, node.grade, then.grade, reasons] += 1
            continue
        for unit, before in zip(node.units, then.units, strict=True):
            if unit.model and not unit.model.is_board:
                own = unit.grade.letter, before.grade.letter, frozenset(unit.grade.reasons)
                counts[unit.model.code, *own] += 1
    return [Lots(*kind, number) for kind, number in counts.items()]


def _without_figure(nodes: Sequence[InspectedNode]) -> list[str]:
    """The units that are in no lot, and why."""
    unlisted: Counter[str] = Counter()
    parts: Counter[str] = Counter()
    for node in nodes:
        for unit in node.units:
            if unit.model is None:
                unlisted[unit.reading.model_name or "a GPU without a name"] += 1
            elif unit.model.is_board and not node.kind.model:
                parts[unit.model.code] += 1
    return [
        f"{number} x {name}: no model that this venue's catalogue knows, so there is no figure."
        for name, number in unlisted.items()
    ] + [
        f"{number} x {code}: sold as a whole board alone, and the report shows none; no figure."
        for code, number in parts.items()
    ]


def _what(lots: Lots) -> str:
    """What is priced, with its grade of today, and why that is no better."""
    aged = ""
    if AGED in lots.reasons:
        aged = " (its report is too old to be graded by"
        aged += f"; when it was taken: {lots.then})" if lots.then != lots.grade else ")"
    return f"{lots.number} x {lots.model} grade {lots.grade}{aged}"


def in_words(caller: VenueCaller, lots: Lots, worth: dict[str, Any]) -> list[str]:
    """The bottom line of a class at one delivery point."""
    place = f"{_what(lots)} at {worth['delivery_point']}"
    sentences = [f"{place}, as it is, without papers: {_today(caller, lots, worth['now'])}"]
    sentences += [_change(caller, lots, each) for each in worth["changes"]]
    return [*sentences, _rent(caller, lots, worth)]


def _today(caller: VenueCaller, lots: Lots, now: dict[str, Any] | None) -> str:
    """What it would fetch now, what is asked there, and what was paid last."""
    if not _has_figure(now):
        return "nobody bids, asks or ever sold this class here; no figure says what it would fetch."
    assert now is not None
    words = [_fetches(caller, lots, now)]
    if now["best_ask_minor"] is not None:
        standing = counted(now["best_ask_lots"], "lot")
        words.append(
            f"best ask {yuan(caller, now['best_ask_minor'])} a GPU for {standing}, and who"
            " asks less sells first"
        )
    else:
        words.append("nobody asks")
    words.append(_last(caller, now))
    return "; ".join(words) + "."


def _fetches(caller: VenueCaller, lots: Lots, now: dict[str, Any]) -> str:
    if now["best_bid_minor"] is None:
        return "no bids, so nothing today"
    bid = f"best bid {yuan(caller, now['best_bid_minor'])} a GPU"
    bid += f" for {counted(now['best_bid_lots'], 'lot')}"
    if now["proceeds_minor"] is None:
        least = yuan(caller, now["least_ask_minor"])
        return f"{bid}, below the least that an ask may say now, {least} ({_around(caller, now)})"
    part = "" if now["proceeds_lots"] == lots.number else f"{now['proceeds_lots']} of them "
    return f"{part}would fetch {yuan(caller, now['proceeds_minor'])} today ({bid})"


def _around(caller: VenueCaller, now: dict[str, Any]) -> str:
    """What the entry band lies around."""
    price = yuan(caller, now["reference_minor"])
    if now["reference_source"] == "standing":
        return f"reckoned from the best bid, {price}"
    return f"reckoned from the last price, {price}, {_ago(now['reference_age_s'])}"


def _last(caller: VenueCaller, now: dict[str, Any]) -> str:
    if now["last_minor"] is None:
        return "never sold here"
    return f"last sale {yuan(caller, now['last_minor'])} a GPU, {_ago(now['last_age_s'])}"


def changed_by(lots: Lots, change: dict[str, Any]) -> str:
    """What the change takes: papers, a fresh report, or what else takes the grade U away."""
    if change["by"] == "papers":
        graded = " and a report that grades it A" if lots.grade == "U" else ""
        return f"Complete papers (P1){graded}"
    if lots.reasons <= OLD:
        return "A fresh report that grades it A"
    if lots.reasons <= {TESTED, *OLD}:
        return "An inspector's load test that grades it A"
    return "A report that shows its health and grades it A"


def _change(caller: VenueCaller, lots: Lots, change: dict[str, Any]) -> str:
    """What papers or a fresh report change, by figures of like age; else what is known."""
    what = changed_by(lots, change)
    if change["change_minor"] is not None:
        more = "more" if change["change_minor"] >= 0 else "less"
        own, other = (yuan(caller, change[name]) for name in ("own_minor", "other_minor"))
        measured = "best bids now"
        if change["basis"] == "sales":
            measured = f"sales within a week of each other, the older {_ago(change['basis_age_s'])}"
        worth = yuan(caller, abs(change["change_minor"]))
        return f"{what}: {worth} {more} ({measured}: {other} against {own} a GPU)."
    now = change["now"]
    if not _has_figure(now):
        return (
            f"{what}: not known what they change; nobody bids, asks or ever sold that class here."
        )
    assert now is not None
    bid = "no bids"
    if now["best_bid_minor"] is not None:
        bid = f"best bid {yuan(caller, now['best_bid_minor'])} a GPU"
    return (
        f"{what}: no two figures of like age say what they change; that class: {bid},"
        f" {_last(caller, now)}."
    )


def _rent(caller: VenueCaller, lots: Lots, worth: dict[str, Any]) -> str:
    rent = worth["rent"]
    if rent is None:
        return f"Rent: no month of this model can be let at {worth['delivery_point']} now."
    figures = []
    if rent["best_bid_minor"] is not None:
        figures.append(f"best bid {yuan(caller, rent['best_bid_minor'])} a month")
    if rent["last_minor"] is not None:
        last = yuan(caller, rent["last_minor"])
        figures.append(f"last let for {last} a month ({_ago(rent['last_age_s'])})")
    if rent["best_ask_minor"] is not None:
        figures.append(f"best ask {yuan(caller, rent['best_ask_minor'])} a month")
    known = "; ".join(figures) or "nobody bids, asks or has let it yet"
    papers = ""
    if not rent["takes_class"]:
        report = "a fresh report of " if lots.reasons & OLD else ""
        papers = f", only with papers and {report}grade A or B"
    return f"Rent in {rent['month']}, the next month that can be let: {known}{papers}."


def _has_figure(now: dict[str, Any] | None) -> bool:
    names = ("best_bid_minor", "best_ask_minor", "last_minor")
    return now is not None and any(now[name] is not None for name in names)


def _ago(age_s: int) -> str:
    return f"{span_text(age_s * SECOND_NS)} ago"


# --- a fleet in one table

TOTAL_HEADINGS = (
    *("class", "at", "lots>", "GPUs>", "best bid a GPU>", "the bids take now>"),
    *("last price a GPU>", "all at the last price>"),
)


def total_rows(worth: dict[str, Any]) -> list[tuple[str, ...]]:
    """A fleet's worth by class and point, and each point's total; "-": the venue has no figure."""
    by_point: dict[str, list[FleetWorth]] = {}
    for each in worth["classes"]:
        for there in each["points"]:
            line = _fleet_worth(f"{each['model']}.{each['grade']}{UNPROVEN}", each, there)
            by_point.setdefault(there["delivery_point"], []).append(line)
    rows = []
    for point, lines in sorted(by_point.items()):
        alike: dict[str, FleetWorth] = {}
        for line in lines:
            earlier = alike.get(line.asset_class)
            alike[line.asset_class] = line if earlier is None else earlier.with_more(line)
        known = list(alike.values())
        currency = worth["currency"]
        rows += [line.cells(point, currency) for line in known]
        total = FleetWorth("all of these", 0, 0, None, None, None, None)
        for line in known:
            total = total.with_more(line)
        rows.append(total._replace(best_bid_minor=None, last_minor=None).cells(point, currency))
    return rows


class FleetWorth(NamedTuple):
    """Some lots of one class at one point: what bids would take now, and all at the last price."""

    asset_class: str
    lots: int
    gpus: int
    best_bid_minor: int | None  # a GPU
    taken_minor: int | None
    last_minor: int | None  # a GPU
    at_last_minor: int | None

    def with_more(self, other: "FleetWorth") -> "FleetWorth":
        """Both together; what is known of one alone counts."""
        return self._replace(
            lots=self.lots + other.lots,
            gpus=self.gpus + other.gpus,
            taken_minor=_both(self.taken_minor, other.taken_minor),
            at_last_minor=_both(self.at_last_minor, other.at_last_minor),
        )

    def cells(self, point: str, currency: str) -> tuple[str, ...]:
        sums = (self.best_bid_minor, self.taken_minor, self.last_minor, self.at_last_minor)
        figures = (NO_FIGURE if each is None else money(each, currency) for each in sums)
        return (self.asset_class, point, f"{self.lots:,}", f"{self.gpus:,}", *figures)


def _both(one: int | None, other: int | None) -> int | None:
    return other if one is None else one + (other or 0)


def _fleet_worth(asset_class: str, lots: dict[str, Any], there: dict[str, Any]) -> FleetWorth:
    now = there["now"] or {}
    gpus = lots["number"] * gpus_of_lot(lots["model"])
    last = now.get("last_minor")
    return FleetWorth(
        asset_class=asset_class,
        lots=lots["number"],
        gpus=gpus,
        best_bid_minor=now.get("best_bid_minor"),
        taken_minor=now.get("proceeds_minor"),
        last_minor=last,
        at_last_minor=None if last is None else last * gpus,
    )


def gpus_of_lot(code: str) -> int:
    """How many GPUs a lot of a model has: a board's size, 1 of a card."""
    sizes = (size.gpus for model in CATALOGUE for size in model.boards if size.code == code)
    return next(sizes, 1)
