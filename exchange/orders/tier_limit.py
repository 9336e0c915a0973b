"""What the tier of a party lets it order: a lease at once, titles in a day (EXCHANGE 4)."""

from collections.abc import Sequence
from typing import Final

from exchange.books.state import Market, Venue
from exchange.instruments.kinds import kind_of
from ledger.cash.accounts import money
from ledger.moment import Moment
from ledger.records import Party
from ledger.refusals import Figure, Reason, Refused, Sentence, sentence_of
from ledger.register import Register

_LOTS: Final = {True: ("servers", "台服务器"), False: ("cards", "张卡")}  # a lot is a whole board


def must_be_within_tier(
    venue: Venue, market: Market, party: Party, price_ticks: int, lots: int, moment: Moment
) -> None:
    """Refuse `tier_too_low` a lease, or a day's title, above the limits of the party's tier."""
    kind, tier = kind_of(market), party.kyc_tier
    limits = venue.register.rules.value("kyc_limits", moment.at_ns)[kind.tier_limit]
    limit = limits[tier]
    if limit is None:
        return
    amount = kind.tier_amount_minor(venue, market, party.party, price_ticks, lots)
    if amount <= limit:
        return
    higher = _higher_tier(venue.register, limits, tier)
    used = kind.tier_amount_minor(venue, market, party.party, price_ticks, 0)
    each = kind.tier_amount_minor(venue, market, party.party, price_ticks, 1) - used
    if not each:
        text = sentence_of(
            "Tier {kyc_tier} allows {limit_minor} of {tier_limit_of}; this would make "
            "{amount_minor}: order less, or ask compliance for {higher}.",
            kyc_tier=tier,
            limit_minor=money(venue.register, limit),
            tier_limit_of=kind.tier_limit_of,
            amount_minor=money(venue.register, amount),
            higher=higher,
        )
    else:  # lots add up, so that fewer may fit
        left_minor = max(0, limit - used)
        fits_lots = left_minor // each
        noun, counted = _LOTS[market.spec.gpus_per_lot > 1]
        text = sentence_of(
            "Tier {kyc_tier} allows {limit_minor} of {tier_limit_of}; {left_minor} of it is left, "
            "and this makes {more_minor}: {fits_lots} of the {lots} fit. Order so many, or ask "
            "compliance for {higher}.",
            kyc_tier=tier,
            limit_minor=money(venue.register, limit),
            tier_limit_of=kind.tier_limit_of,
            left_minor=money(venue.register, left_minor),
            more_minor=money(venue.register, amount - used),
            fits_lots=Figure(f"{fits_lots:,}", fits_lots, f"{fits_lots:,} {counted[0]}"),
            lots=Figure(f"{lots:,} {noun}", lots, f"{lots:,} {counted}"),
            higher=higher,
        )
    raise Refused(Reason.tier_too_low, text, amount_minor=amount)


def _higher_tier(register: Register, limits: Sequence[int | None], tier: int) -> Sentence:
    """The next tier that lifts this limit, in words."""
    for higher in range(tier + 1, len(limits)):
        limit, now = limits[higher], limits[tier]
        if limit is None:
            return sentence_of("tier {tier}, which has no limit", tier=higher)
        if now is not None and limit > now:
            return sentence_of(
                "tier {tier}, which allows {limit_minor}",
                tier=higher,
                limit_minor=money(register, limit),
            )
    return sentence_of("a change of this rule")
