"""From what a person types (8 H100 2026-12 CN-BJ) to one market of the venue, in ticks and lots."""

import re
from typing import Any, Final, NamedTuple

from gateway.cli.confirmed_act import yuan
from gateway.cli.exit_codes import NOT_FOUND, USAGE, VerbFailed
from gateway.cli.figures import MONTH, ticks_per_gpu, ticks_per_lot
from gateway.cli.venue_caller import VenueCaller, path_of
from ledger.money import deposit_minor, fee_minor, held_minor, notional_minor
from ledger.things.gpu_models import CATALOGUE

POINT: Final = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")
SYMBOL: Final = re.compile(r"[TL]\.[A-Z0-9.-]+")
CLASS: Final = re.compile(r"[ABCU][012]")


class MarketQuery(NamedTuple):
    """What is wanted, as far as it was given."""

    model: str = ""
    month: str = ""
    point: str = ""
    grade: str = ""  # with the provenance's digit: A1
    symbol: str = ""


def read_wish(words: tuple[str, ...]) -> MarketQuery:
    """Model, month, delivery point and class, in any order; or one market's symbol."""
    found: dict[str, str] = {}
    for word in words:
        text = word.strip().upper()
        if SYMBOL.fullmatch(text):
            name = "symbol"
        elif MONTH.fullmatch(text):
            name = "month"
        elif POINT.fullmatch(text):
            name = "point"
        elif CLASS.fullmatch(text):
            name = "grade"
        else:
            name = "model"
        if name in found:
            raise VerbFailed(
                USAGE,
                f"Both {found[name]} and {text} were given as {name}.",
                "Say one of each: 8 H100 2026-12 CN-BJ.",
            )
        found[name] = text
    wish = MarketQuery(**found)
    if not wish.symbol and not (wish.model and wish.point):
        raise VerbFailed(
            USAGE,
            f"{' '.join(words) or 'Nothing'} names no market.",
            "Say model and delivery point, for a lease the month: 8 H100 2026-12 CN-BJ.",
        )
    return wish


def lot_codes(text: str) -> list[str]:
    """What may be traded under a model's name: `H100` is H100SXM8, H100NVL and H100PCIE.

    A code that is given exactly stands alone.
    """
    for model in CATALOGUE:
        if text in (model.code, model.lot_code):
            return [model.lot_code]
    begins = re.compile(rf"{re.escape(text)}(?!\d)")
    found = [model.lot_code for model in CATALOGUE if begins.match(model.code)]
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

    def ticks(self, price_minor: int) -> int:
        """A title's price per GPU, exactly on a tick; a rent per server-month, the nearest."""
        if self.is_lease:
            return ticks_per_lot(price_minor, self.tick_minor, self.lot_size)
        return ticks_per_gpu(price_minor, self.tick_minor)

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

    def fee(self, side: str, amount_minor: int) -> int:
        """The most that a side pays: as taker."""
        return fee_minor(amount_minor, self._fee_bp(side))

    def deposit(self, amount_minor: int) -> int:
        """A lessee's security."""
        return deposit_minor(amount_minor, int(self.spec.get("deposit_bp", 0)))

    def held(self, amount_minor: int) -> int:
        """What an open bid holds of the buyer's cash."""
        return held_minor(amount_minor, self._fee_bp("bid"), int(self.spec.get("deposit_bp", 0)))

    def _fee_bp(self, side: str) -> int:
        rates = self.spec["fee_bp"][side]
        return int(max(rates["maker"], rates["taker"]))


def find_market(caller: VenueCaller, symbol: str) -> FoundMarket:
    """The market of a symbol."""
    return FoundMarket(caller, caller.get(path_of("instruments", symbol))["result"])


def market_of(caller: VenueCaller, wish: MarketQuery) -> FoundMarket:
    """The one market that fits a wish; VerbFailed for none or several, with what there is."""
    if wish.symbol:
        return find_market(caller, wish.symbol)
    codes = lot_codes(wish.model)
    if not codes:
        raise VerbFailed(
            NOT_FOUND, f"The catalogue knows no {wish.model}.", "Say it like H100, A100 or L40S."
        )
    kind = "lease" if wish.month else "title"
    listed = [row for row in caller.rows("/v1/instruments", kind=kind) if row["model"] in codes]
    fitting = [row for row in listed if _fits(row, wish)]
    if len(fitting) == 1:
        return find_market(caller, fitting[0]["market"])
    names = ", ".join(row["market"] for row in (fitting or listed)[:8])
    if fitting:
        raise VerbFailed(
            USAGE,
            f"{wish.model} may mean any of these markets: {names}.",
            "Say the model or the class more exactly (H100SXM8, A1), or the market itself.",
        )
    raise VerbFailed(
        NOT_FOUND,
        f"No market fits {' '.join(filter(None, wish))}.",
        f"There are: {names}." if names else f"No {kind} of {wish.model} is listed anywhere.",
    )


def _fits(row: dict[str, Any], wish: MarketQuery) -> bool:
    if row["delivery_point"] != wish.point:
        return False
    if wish.month:
        return str(row["market"]).endswith(f".{wish.month}")
    return not wish.grade or str(row["asset_class"]).endswith(f".{wish.grade}")


def lots_of(market: FoundMarket, gpus: int) -> int:
    """GPUs as lots; refused where a server would be cut."""
    lots, rest = divmod(gpus, market.gpus)
    if rest or not lots:
        raise VerbFailed(
            USAGE,
            f"{market.symbol} trades {market.gpus} GPUs a lot, and {gpus} is no multiple of it.",
            f"Ask for {max(1, lots) * market.gpus} or {(lots + 1) * market.gpus}.",
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
