"""What a market rule says: the fields of a dated record, and what it may never say (EXCHANGE 1)."""

from operator import attrgetter
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from exchange.words import SYMBOL_LETTERS
from ledger.durations import DAY_S
from ledger.money import BP
from ledger.opening.first_rules import FIRST_RULES
from ledger.refusals import Reason, Refused, Sentence, sentence_of
from ledger.shapes import form, in_words

Bp = Annotated[int, Meta(ge=0, le=BP)]
FeeBp = Annotated[int, Meta(gt=-BP, lt=BP)]
Count = Annotated[int, Meta(ge=0, le=2**53 - 1)]
AtLeastOne = Annotated[int, Meta(ge=1, le=2**53 - 1)]
Days = Annotated[int, Meta(ge=0, le=3_660)]  # ten years: any instant plus it fits an int64
Hours = Annotated[int, Meta(ge=0, le=24 * 3_660)]
Clock = Annotated[str, form("(?:[01][0-9]|2[0-3]):[0-5][0-9]", "a time of day such as 09:30")]

MODES = ("continuous",)
PHASES = ("closed", "pre_open", "continuous")
SELF_TRADE = ("cancel_newest",)


class FeeRates(Struct, frozen=True, forbid_unknown_fields=True):
    """One side's fee in basis points of the notional."""

    maker: FeeBp
    taker: FeeBp
    flat: FeeBp


class Fees(Struct, frozen=True, forbid_unknown_fields=True):
    ask: FeeRates
    bid: FeeRates


class Eligible(Struct, frozen=True, forbid_unknown_fields=True):
    """Who and what may trade; an empty list bars nothing."""

    ask_roles: list[str]
    bid_roles: list[str]
    kyc_tier: Annotated[int, Meta(ge=0, le=3)]
    identity: str  # the least: strong, medium
    provenance: list[str]  # of the things: P1, P2 …; T: the symbol's own


class OrderRate(Struct, frozen=True, forbid_unknown_fields=True):
    """At most so many orders in so many seconds, per party, by the gateway's wall time."""

    orders: AtLeastOne
    seconds: Annotated[int, Meta(ge=1, le=DAY_S)]


class MarketRule(Struct, frozen=True, forbid_unknown_fields=True):
    """The value of a rule `market:<pattern>`; `pattern` is a symbol, or a prefix ending in `*`."""

    pattern: Annotated[
        str,
        form(
            f"[{SYMBOL_LETTERS}]" + r"[A-Z0-9.-]*\*?", "a symbol, or its beginning and *", most=40
        ),
    ]
    modes: Annotated[list[str], Meta(min_length=1)]
    timetable: Annotated[list[tuple[Clock, str]], Meta(min_length=1)]  # every day, venue's zone
    tick_minor: AtLeastOne
    max_lots: AtLeastOne
    max_notional_minor: AtLeastOne
    entry_band_bp: Count
    static_band_bp: Count  # 0: no such band
    dynamic_band_bp: Count
    fee_bp: Fees
    deposit_bp: Bp
    holding_days: Days
    settlement_days: Days
    inspection_h: Hours
    eligible: Eligible
    self_trade: str
    gtd_max_days: Annotated[int, Meta(ge=1, le=3_660)]
    rate: OrderRate
    max_open_orders: AtLeastOne
    position_limit_lots: Count | None  # per group; None: no limit
    # How long the last price serves the entry band; 0, as in records that do not say: for ever.
    reference_max_age_h: Hours = 0


def read_market_rule(value: Any) -> MarketRule:
    """The record in *value* (plain JSON), whole and lawful; refuses `bad_field` else."""
    try:
        rule = msgspec.convert(value, MarketRule)
    except msgspec.ValidationError as error:
        raise Refused(Reason.bad_field, _not_whole(str(error))) from None
    _must_be_known(rule)
    _must_charge_lawfully(rule.fee_bp)
    return rule


# Members that nothing enforces yet, in every market and in those of one kind (title, lease):
# in a new rule they stay at the value that the first rules give them.
NOT_ENFORCED: tuple[str, ...] = (
    "static_band_bp",
    "dynamic_band_bp",
    "fee_bp.ask.flat",
    "fee_bp.bid.flat",
)
NOT_ENFORCED_BY_KIND: dict[str, tuple[str, ...]] = {
    "T": ("deposit_bp",),
    "L": ("holding_days", "settlement_days", "inspection_h"),
}


def must_be_new_market_rule(pattern: str, value: Any) -> None:
    """Refuse `bad_field` a new rule for *pattern* that is not lawful, or promises in vain.

    A stored rule folds as it stands; a new one may say only what the venue will do.
    """
    rule = read_market_rule(value)
    if rule.pattern != pattern:
        raise Refused(
            Reason.bad_field,
            sentence_of("Rule market:{pattern} must have the pattern {pattern}.", pattern=pattern),
        )
    if "reference_max_age_h" not in value:
        raise Refused(
            Reason.bad_field,
            "The market rule is not whole, at reference_max_age_h: say how many hours a last price"
            " serves the entry band; 168 is a week, 0 for ever.",
            field="/value/reference_max_age_h",
        )
    kind = pattern[0]
    neutral = read_market_rule(FIRST_RULES[f"market:{kind}.*"])
    for member in NOT_ENFORCED + NOT_ENFORCED_BY_KIND.get(kind, ()):
        at = attrgetter(member)
        if at(rule) != at(neutral):
            raise Refused(
                Reason.bad_field,
                sentence_of(
                    "{member} of a market {kind}.* is not enforced by this venue yet: "
                    "leave it at {neutral}.",
                    member=member,
                    kind=kind,
                    neutral=at(neutral),
                ),
                field=f"/value/{member.replace('.', '/')}",
            )


def _not_whole(complaint: str) -> Sentence:
    what, _, where = complaint.partition(" - at `$.")
    member = where.rstrip("`") or "it"
    return sentence_of(
        "The market rule is not whole, at {member}: {what}.", member=member, what=in_words(what)
    )


def _must_be_known(rule: MarketRule) -> None:
    for mode in rule.modes:
        _must_be_one_of(mode, MODES, "mode")
    for _, phase in rule.timetable:
        _must_be_one_of(phase, PHASES, "phase")
    _must_be_one_of(rule.self_trade, SELF_TRADE, "self_trade")
    _must_be_one_of(rule.eligible.identity, ("strong", "medium"), "identity")
    clocks = [clock for clock, _ in rule.timetable]
    if clocks != sorted(set(clocks)):
        raise Refused(Reason.bad_field, "A timetable runs forward: each clock time once, in order.")


def _must_be_one_of(word: str, known: tuple[str, ...], what: str) -> None:
    if word not in known:
        raise Refused(
            Reason.bad_field,
            sentence_of(
                "{word!r} is no {what} here: one of {known}.",
                word=word,
                what=what,
                known=", ".join(known),
            ),
        )


def _must_charge_lawfully(fees: Fees) -> None:
    """No trade may cost the venue money, and a fee never takes a seller's whole proceeds."""
    sums = (
        fees.ask.maker + fees.bid.taker,
        fees.bid.maker + fees.ask.taker,
        fees.ask.flat + fees.bid.flat,
    )
    if min(sums) < 0:
        raise Refused(
            Reason.bad_field,
            "The fees of a trade's two sides must not sum below 0: maker with the other side's "
            "taker, and flat with flat.",
        )
