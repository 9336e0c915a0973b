"""From what a person types (8 H100 2026-12 CN-BJ) to one market of the venue, in ticks and lots."""

import re
from collections.abc import Sequence
from typing import Any, Final, NamedTuple, NoReturn

from gateway.cli.confirmed_act import yuan
from gateway.cli.exit_codes import NOT_FOUND, USAGE, VerbFailed
from gateway.cli.figures import MONTH, counted, ticks_per_gpu, ticks_per_lot
from gateway.cli.help_pages import dated
from gateway.cli.nearest import any_of, did_you_mean
from gateway.cli.venue_caller import VenueCaller, path_of
from ledger.durations import SECOND_NS, span_text
from ledger.money import notional_minor
from ledger.things.gpu_models import CATALOGUE

EXAMPLE: Final = dated("8 H100 {month} CN-BJ")
KINDS: Final = {
    "model": "model",
    "month": "month",
    "point": "delivery point",
    "grade": "class",
    "symbol": "market",
}
POINT: Final = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")
SYMBOL: Final = re.compile(r"[TL]\.[A-Z0-9.-]+")
POINT_LETTERS: Final = 2  # of a delivery point behind its country: CN-BJ
NAMES_MOST: Final = 16  # a model at one place: its months of a year, or its classes
REFERENCES: Final = {  # what a price lies far from
    "last_trade": "the last price",
    "first_reference": "the first reference price",
    "best_bid": "the best bid",
    "best_ask": "the best ask",
}
UNITS_MEANT: Final = {  # what the figure is the usual price of
    "lot": "Is this the price of the whole server of {gpus} GPUs? A price here is for one GPU.",
    "gpu": "Is this the rent of one GPU? A rent here is for the whole server of {gpus} GPUs.",
    "gpu_hour": "Is this the rent of a GPU-hour? A rent here is for a server and the whole month.",
}
NO_PRICE: Final = (
    "Nobody has traded or offered this yet, nor anything of its model: there is no price to "
    "compare with."
)
UNITS_HERE: Final = {  # whether it is a lease -> what a price is for
    False: "A price here is for one GPU.",
    True: "A rent here is for a server and the whole month.",
}
CLASS: Final = re.compile(r"[ABCU][012]")


class MarketQuery(NamedTuple):
    """What is wanted, as far as it was given."""

    model: str = ""
    month: str = ""
    point: str = ""
    grade: str = ""  # with the provenance's digit: A1
    symbol: str = ""


def read_wish(words: tuple[str, ...]) -> MarketQuery:
    """Model, month, delivery point and class, in any order; or one market's symbol.

    A class is said as it is printed, `H100SXM8.A0`, or beside its model: `H100 A0`.
    """
    found: dict[str, str] = {}
    for word in words:
        for name, text in _parts(word.strip().upper()):
            if name == "model" and not lot_codes(text):
                _refuse_word(word, text)
            if name in found:
                raise VerbFailed(
                    USAGE,
                    f"{word} is a second {KINDS[name]}, beside {found[name]}.",
                    f"Say one of each: {EXAMPLE}.",
                )
            found[name] = text
    wish = MarketQuery(**found)
    if not wish.symbol and not (wish.model and wish.point):
        raise VerbFailed(
            USAGE,
            f"{' '.join(words) or 'Nothing'} names no market.",
            f"Say model and delivery point, for a lease the month: {EXAMPLE}.",
        )
    return wish


def _parts(text: str) -> list[tuple[str, str]]:
    """What a word names; a class as it is printed names a model, too."""
    if SYMBOL.fullmatch(text):
        return [("symbol", text)]
    if MONTH.fullmatch(text):
        return [("month", text)]
    if POINT.fullmatch(text):
        return [("point", text)]
    if CLASS.fullmatch(text):
        return [("grade", text)]
    model, grade = model_and_grade(text)
    return [("model", model), *([("grade", grade)] if grade else [])]


def model_and_grade(text: str) -> tuple[str, str]:
    """`H100SXM8.A0` as model and grade; the grade of a model alone is ""."""
    model, _, grade = text.partition(".")
    return (model, grade) if CLASS.fullmatch(grade) else (text, "")


def _refuse_word(word: str, text: str) -> NoReturn:
    """A word that is neither model nor anything else: what it may have meant."""
    codes = [code for model in CATALOGUE for code in (model.code, *model.lot_codes)]
    short = [code.partition("SXM")[0].partition("PCIE")[0] for code in codes]
    near = did_you_mean(text, [*dict.fromkeys([*codes, *short])])
    if not near and text.isalpha() and len(text) > 2:
        near = "A delivery point is said by its code, like CN-BJ for Beijing."
    if not near and text.isalpha() and len(text) == POINT_LETTERS:
        near = f"If {text} is meant as a delivery point, it is said whole: CN-{text}."
    raise VerbFailed(
        NOT_FOUND,
        f"{word} is no model that the catalogue knows, and no month, class or delivery point.",
        f"{near} Say it like {EXAMPLE}; `gpubourse markets` lists what is traded.".strip(),
    )


def lot_codes(text: str) -> list[str]:
    """What may be traded under a model's name: `H100` is H100SXM8, H100NVL and H100PCIE.

    A code that is given exactly stands alone.
    """
    for model in CATALOGUE:
        if text in model.lot_codes:
            return [text]
        if text == model.code:
            return list(model.lot_codes)
    begins = re.compile(rf"{re.escape(text)}(?![0-9])")
    found = [code for model in CATALOGUE if begins.match(model.code) for code in model.lot_codes]
    return list(dict.fromkeys(found))


class FoundMarket:
    """One instrument as the venue lists it, and the sums of an order on it."""

    def __init__(self, caller: VenueCaller, spec: dict[str, Any]) -> None:
        self._caller = caller
        self.spec = spec
        self.symbol = str(spec["market"])
        self.is_lease = spec["kind"] == "lease"
        self.gpus = int(spec["gpus_per_lot"])
        self.lot_size = int(spec["lot_size"])
        self.tick_minor = int(spec["tick_minor"])

    def cost(self, preview: dict[str, Any], things: Sequence[str] = ()) -> str:
        """What an order costs or brings, by the venue's own preview of it; what it meets now.

        *things* are those that an ask offers by name.
        """
        lots, side = preview["lots"], preview["side"]
        worst = preview["at_worst"]
        fee = worst["fee_minor"]
        verb = {"bid": "bids for", "ask": "lets" if self.is_lease else "offers"}[side]
        gpus = counted(lots * self.gpus, "GPU")
        text = (
            f"{verb} {', '.join(things) or counted(lots, 'lot')} ({gpus}) on "
            f"{self.symbol} at {self.price(preview['price_ticks'])}: "
            f"{self._money(worst['notional_minor'])}"
        )
        ends = _ends_at_once(preview)
        if side == "bid":
            text += f", a fee of at most {self._money(fee)}"
            if worst["deposit_minor"]:
                text += f", a deposit of {self._money(worst['deposit_minor'])}"
            total = self._money(worst["total_minor"])
            text += f"; at most {total} is spent." if ends else f"; {total} goes on hold."
        else:
            text += f" in all, at least {self._money(worst['total_minor'])} after a fee of at most "
            text += f"{self._money(fee)}."
        return " ".join(filter(None, (text, self._met(preview), self.far_in_words(preview))))

    def far_in_words(self, preview: dict[str, Any]) -> str:
        """How a price stands to its market's where it lies far off, by the venue's preview; ""."""
        notices = {each["code"]: each for each in preview["notices"]}
        if "no_price" in notices:
            return f"{NO_PRICE} {UNITS_HERE[self.is_lease]}"
        far = notices.get("far_price")
        if far is None:
            return ""
        source, age_s = REFERENCES[far["reference_source"]], far["reference_age_s"]
        since = f", {span_text(int(age_s) * SECOND_NS)} ago" if age_s is not None else ""
        if far["reference_market"]:
            source += f" on {far['reference_market']} (this market has none yet)"
        here = f"{source}, {self._usual(far['reference_ticks'])}{since}"
        own, times = self._usual(preview["price_ticks"]), f"about {far['times']:,} times"
        text = f"{own} is {times} {here}" if far["is_above"] else f"{here}, is {times} {own}"
        text = f"Mind the price: {text}"
        if far["reference_source"] not in ("best_bid", "best_ask"):
            best = ((name, far[f"best_{name}_ticks"]) for name in ("bid", "ask"))
            text += "".join(f"; the best {name} is {self._usual(at)}" for name, at in best if at)
        meant = UNITS_MEANT.get(far["looks_like"], "").format(gpus=self.gpus)
        return f"{text}. {meant}".strip()

    def _usual(self, ticks: int) -> str:
        """A price as people type it here: a title's for one GPU, a rent for a server-month."""
        if self.is_lease:
            return f"{self._money(self.notional(ticks, 1))} a server-month"
        return f"{self.each(ticks)} {self.unit}"

    def _met(self, preview: dict[str, Any]) -> str:
        """What the book as it stands would do with an order."""
        if preview["phase"] != "continuous":
            return f"The market is {preview['phase']} now: the order waits for it to open."
        ends = _ends_at_once(preview)
        if not preview["fills"]:
            return "It would meet nobody now" + (", and end at once." if ends else ".")
        fills = ", ".join(
            f"{counted(fill['lots'], 'lot')} at {self.each(fill['price_ticks'])}"
            for fill in preview["fills"]
        )
        rest = " The rest would end at once." if ends else ""
        return f"It would meet {fills} {self.unit} now.{rest}"

    def _money(self, minor: int) -> str:
        return yuan(self._caller, minor)

    def ticks(self, price_minor: int, side: str) -> int:
        """A title's price per GPU, exactly on a tick; a rent's tick, never worse than what is said.

        A rent is per server-month; of a bid the tick is the last that does not pass it, of an ask
        the first that does not fall short.
        """
        if self.is_lease:
            return ticks_per_lot(price_minor, self.tick_minor, self.lot_size, side)
        return ticks_per_gpu(price_minor, self.tick_minor)

    def limit(self, price_minor: int, side: str) -> int:
        """The same, and where a rent lies between two ticks, both are told and which it became."""
        ticks = self.ticks(price_minor, side)
        if self.is_lease and self.notional(ticks, 1) != price_minor:
            below = ticks - (side == "ask")
            steps = [self._money(self.notional(each, 1)) for each in (below, below + 1)]
            self._caller.context.output.log(
                f"A rent here goes in steps, and {self._money(price_minor)} lies between "
                f"{' and '.join(steps)} a server-month: the {side} says {steps[side == 'ask']}."
            )
        return ticks

    @property
    def unit(self) -> str:
        """What a price is for."""
        return "a GPU-hour" if self.is_lease else "a GPU"

    def each(self, ticks: int) -> str:
        """A price in money, without its unit."""
        return yuan(self._caller, ticks * self.tick_minor)

    def price(self, ticks: int) -> str:
        """A price in words: what one GPU costs; of a lease also the month of a whole lot."""
        text = f"{self.each(ticks)} {self.unit}"
        if not self.is_lease:
            return text
        return f"{text} ({yuan(self._caller, self.notional(ticks, 1))} a server-month)"

    def notional(self, ticks: int, lots: int) -> int:
        return notional_minor(ticks, self.tick_minor, self.lot_size, lots)


def find_market(caller: VenueCaller, symbol: str) -> FoundMarket:
    """The market of a symbol, looked up once."""
    if symbol not in caller.specs:
        caller.specs[symbol] = caller.get(path_of("instruments", symbol))["result"]
    return FoundMarket(caller, caller.specs[symbol])


def market_of(caller: VenueCaller, wish: MarketQuery) -> FoundMarket:
    """The one market that fits a wish; VerbFailed for none or several, with what there is."""
    if wish.symbol:
        return find_market(caller, wish.symbol)
    codes = lot_codes(wish.model)
    kind = "lease" if wish.month else "title"
    listed = [
        row
        for row in caller.rows("/v1/instruments", kind=kind)
        if row["model"] in codes and _is_open(row, int(caller.venue["at_ns"]))
    ]
    fitting = [row for row in listed if _fits(row, wish)]
    if len(fitting) == 1:
        return find_market(caller, fitting[0]["market"])
    near = [row for row in listed if row["delivery_point"] == wish.point]
    names = ", ".join(sorted(row["market"] for row in (fitting or near or listed))[:NAMES_MOST])
    if fitting:
        raise VerbFailed(
            USAGE,
            f"{wish.model} may mean any of these markets: {names}.",
            "Say the model or the class more exactly (H100SXM8, A1), or the market itself.",
        )
    raise VerbFailed(
        NOT_FOUND,
        f"No market fits {' '.join(filter(None, wish))}.",
        f"Open are: {names}." if names else f"No {kind} of {wish.model} is open anywhere.",
    )


def _is_open(row: dict[str, Any], at_ns: int) -> bool:
    """Whether its last instant of trade is still to come; a title's market has none."""
    return row["last_trade_ns"] is None or at_ns < int(row["last_trade_ns"])


def _fits(row: dict[str, Any], wish: MarketQuery) -> bool:
    if row["delivery_point"] != wish.point:
        return False
    if wish.month:
        return str(row["market"]).endswith(f".{wish.month}")
    return not wish.grade or str(row["asset_class"]).endswith(f".{wish.grade}")


def _ends_at_once(preview: dict[str, Any]) -> bool:
    """Whether what an order does not meet on arrival ends there."""
    return preview["state"] not in ("open", "filled")


def lots_of(market: FoundMarket, gpus: int) -> int:
    """GPUs as lots; refused where a server would be cut."""
    lots, rest = divmod(gpus, market.gpus)
    if rest or not lots:
        raise VerbFailed(
            USAGE,
            f"{market.symbol} trades {counted(market.gpus, 'GPU')} a lot, and {gpus} is no "
            "multiple of it.",
            f"Ask for {any_of([str(each * market.gpus) for each in (lots, lots + 1) if each])}.",
        )
    return lots


def limit_order(symbol: str, side: str, ticks: int, lots: int, tif: str) -> dict[str, Any]:
    """The members that every order here has (WIRE 3, order args)."""
    return {
        "market": symbol,
        "side": side,
        "type": "limit",
        "price_ticks": ticks,
        "lots": lots,
        "time_in_force": tif,
    }
