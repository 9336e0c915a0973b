"""The entry band: the worst price that an order may name, and its words (EXCHANGE 4)."""

from typing import Final, NamedTuple

from exchange.books.reference import BandReference
from exchange.books.state import Market
from exchange.instruments.kinds import kind_of
from exchange.words import ASK, BID, Side
from ledger.cash.accounts import money
from ledger.durations import SECOND_NS, span_text
from ledger.money import lower_limit, upper_limit
from ledger.refusals import Figure, Reason, Refused, Sentence, sentence_of
from ledger.register import Register

_CHINESE: Final = {"a GPU": "每 GPU", "a GPU-hour": "每 GPU 小时", "a server-month": "每台服务器月"}
_OUTSIDE: Final = {
    BID: "This bid says {price_ticks}; the most that {market} takes now is {edge_ticks}, for "
    "{around}: say that, or less.",
    ASK: "This ask says {price_ticks}; the least that {market} takes now is {edge_ticks}, for "
    "{around}: say that, or more.",
}


class EntryBand(NamedTuple):
    """The worst price that a side may name at an instant, and what it is reckoned from."""

    edge_ticks: int  # a bid's highest, an ask's lowest
    reference: BandReference

    def context(self, at_ns: int) -> dict[str, int | str | None]:
        """The band as a refusal and a dry run tell it; the age is None of what stands now."""
        made_ns = self.reference.at_ns
        return {
            "reference_ticks": self.reference.price_ticks,
            "reference_source": self.reference.source,
            "reference_age_s": None if made_ns is None else max(0, at_ns - made_ns) // SECOND_NS,
            "edge_ticks": self.edge_ticks,
        }


def entry_band(market: Market, side: Side, at_ns: int) -> EntryBand | None:
    """The entry band of a side (EXCHANGE 4); None: there is none, any price is taken."""
    reference = market.reference(side, at_ns)
    if reference is None:
        return None
    assert market.rule is not None
    limit = upper_limit if side == BID else lower_limit
    return EntryBand(limit(reference.price_ticks, market.rule.entry_band_bp), reference)


def must_be_in_band(
    register: Register, market: Market, side: Side, price_ticks: int, at_ns: int
) -> None:
    """The entry band stops slips of the hand, on the aggressive side only."""
    band = entry_band(market, side, at_ns)
    if band is None:
        return
    edge, reference = band
    is_outside = price_ticks > edge if side == BID else price_ticks < edge
    if is_outside:
        raise Refused(
            Reason.outside_band,
            sentence_of(
                _OUTSIDE[side],
                price_ticks=price_figure(register, market, price_ticks),
                market=market.spec.market,
                edge_ticks=price_figure(register, market, edge),
                around=_reference_text(register, market, side, reference, at_ns),
            ),
            field="/price_ticks",
            **{name: each for name, each in band.context(at_ns).items() if each is not None},
        )


def _reference_text(
    register: Register, market: Market, side: Side, reference: BandReference, at_ns: int
) -> Sentence:
    """What the band lies around, in words: the price, since when, and until when."""
    ticks = reference.price_ticks
    remembered = market.remembered_by(market.rule)
    assert remembered is not None, "a band lies around what was remembered, or in its place"
    age = span_text(at_ns - remembered.at_ns)
    if reference.source == "standing":
        return sentence_of(
            "the best {other} is {price_ticks} (the last price is {age_ns} old and no longer "
            "counts)",
            other=ASK if side == BID else BID,
            price_ticks=price_figure(register, market, ticks),
            age_ns=age,
        )
    what = "last trade" if reference.source == "last_trade" else "first reference"
    left = remembered.until_ns
    if left is None:
        return sentence_of(
            "the {what}, {age_ns} ago, is {price_ticks}",
            what=what,
            age_ns=age,
            price_ticks=price_figure(register, market, ticks),
        )
    return sentence_of(
        "the {what}, {age_ns} ago, is {price_ticks}, and counts for {left_ns} more",
        what=what,
        age_ns=age,
        price_ticks=price_figure(register, market, ticks),
        left_ns=span_text(left - at_ns),
    )


def price_figure(register: Register, market: Market, price_ticks: int) -> Figure:
    """A price as a sentence says it; of a lease also what a lot's whole window costs."""
    assert market.rule is not None, "a market without a rule has no prices"
    each = money(register, price_ticks * market.rule.tick_minor)
    kind = kind_of(market)
    text, chinese = f"{each} {kind.priced_by}", f"{_CHINESE[kind.priced_by]} {each.chinese}"
    if kind.lot_priced_by:
        lot = money(register, market.notional_minor(price_ticks, 1))
        text += f" ({lot} {kind.lot_priced_by})"
        chinese += f"（{_CHINESE[kind.lot_priced_by]} {lot.chinese}）"
    return Figure(text, price_ticks, chinese)
