"""What a dry run answers (WIRE 3): nothing was written, and this is what would be."""

from typing import Final

from msgspec import Struct

from gpubourse.records import CancelReply, ImportPreview


class DryRun(Struct, frozen=True, kw_only=True):
    """The command would be taken as it stands; nothing was written."""

    dry_run: bool
    """true"""
    op: str
    """the command's name"""
    needs: list[str]
    """whose signatures it would wait for: scope:operate, party:p-0042; empty: nobody's"""


class PreviewedAmounts(Struct, frozen=True, kw_only=True):
    """What an order, or a part of it, comes to; minor units of the venue's currency."""

    notional_minor: int
    """the price of the lots"""
    fee_minor: int
    """the fee"""
    deposit_minor: int
    """a lessee's security deposit; 0: none"""
    total_minor: int
    """what a bid pays, or an ask brings"""


class PreviewedFill(PreviewedAmounts, frozen=True, kw_only=True):
    """What the order would trade at once at one price."""

    price_ticks: int
    """the price; ticks"""
    lots: int
    """how many lots"""


class PreviewedBand(Struct, frozen=True, kw_only=True):
    """The worst price that this side may name now, and what it lies around (EXCHANGE 4)."""

    edge_ticks: int
    """that price; ticks"""
    reference_ticks: int
    """what the band lies around; ticks"""
    reference_source: str
    """last_trade, first_reference, standing"""
    reference_age_s: int | None
    """its age in seconds; null: it stands now"""


class PreviewNotice(Struct, frozen=True, kw_only=True):
    """What its sender should know."""

    code: str
    """waits_for_opening, trading_ends, far_price, no_price: of its model nobody traded anything"""
    last_trade_ns: int | None = None
    """of trading_ends: until when it trades; ns since 1970-01-01 UTC"""
    reference_ticks: int | None = None
    """of far_price: what the price lies far from, in ticks of this market"""
    reference_source: str | None = None
    """of far_price: last_trade, first_reference, best_bid, best_ask"""
    reference_age_s: int | None = None
    """of far_price: its age in seconds; null: it stands now"""
    is_above: bool | None = None
    """of far_price: whether the order's price is the higher"""
    times: int | None = None
    """of far_price: how many times the lower one the higher is"""
    best_bid_ticks: int | None = None
    """of far_price: the best other bid here; ticks"""
    best_ask_ticks: int | None = None
    """of far_price: the best other ask here; ticks"""
    looks_like: str | None = None
    """of far_price: lot, gpu, gpu_hour where it is about the usual price of that, else empty"""
    reference_market: str | None = None
    """of far_price: the market of the same model whose price that is; null: its own"""


class OrderPreview(DryRun, frozen=True, kw_only=True):
    """An order as it would be left."""

    market: str
    """the market's symbol"""
    side: str
    """bid, or ask"""
    phase: str
    """of the market: closed, pre_open, continuous"""
    price_ticks: int
    """its limit; ticks"""
    lots: int
    """asked for in all; lots"""
    state: str
    """open, filled, cancelled, expired"""
    cause: str | None = None
    """why it would end; absent: it would not, or be filled"""
    filled_lots: int
    """that would trade at once; lots"""
    open_lots: int
    """that would stand; lots"""
    held_minor: int
    """cash that it would hold; minor units of the venue's currency"""
    fills: list[PreviewedFill]
    """what would trade at once, by price"""
    now: PreviewedAmounts
    """the fills together"""
    at_worst: PreviewedAmounts
    """all of it at its own price and the dearest fee"""
    band: PreviewedBand | None
    """null: any price is taken"""
    notices: list[PreviewNotice]
    """what its sender should know"""


class CancelPreview(DryRun, frozen=True, kw_only=True):
    """The orders that would end."""

    orders: list[CancelReply]
    """each as it would be left"""


class ReplacedPaper(Struct, frozen=True, kw_only=True):
    """A paper on record that is told otherwise."""

    unit: str
    """for which card, u-000017"""
    kind: str
    """what paper it is said to be"""
    names_serial: bool
    """whether it is said to name the serial number"""


class FilingPreview(DryRun, frozen=True, kw_only=True):
    """What a paper would replace."""

    replaces: list[ReplacedPaper]
    """for which units this very file is on record otherwise"""


OF_OPS: Final[dict[str, tuple[type[Struct], ...]]] = {  # what is not here tells DryRun alone
    "order.new": (OrderPreview,),
    "order.amend": (OrderPreview, CancelPreview, DryRun),  # to nothing; to what it is already
    "order.cancel": (CancelPreview,),
    "order.cancel_all": (CancelPreview,),
    "unit.file_provenance": (FilingPreview,),
    "import.new": (ImportPreview,),
}


def previews_of(op: str) -> tuple[type[Struct], ...]:
    """What the dry run of a command may tell."""
    return OF_OPS.get(op, (DryRun,))
