"""What a venue's replies hold. Made by setup/client_verbs.py: edit setup/client.toml.

Members that a newer venue adds are passed over; None stands where the wire has null, or nothing.
Every number is an int, and its unit stands behind its meaning.
"""

from typing import Any

from msgspec import Struct


class VenueTerms(Struct, frozen=True, kw_only=True):
    """What a venue is, and which limits are in force."""

    venue: str
    """its name, as every signed document bears it: cn-1"""
    kind: str
    """live, or demo"""
    currency: str
    """of every amount, ISO 4217"""
    minor_digits: int
    """decimals of the currency: 2 makes 100 minor units one yuan"""
    zone: str
    """IANA time zone whose days and months count"""
    custody_mode: str
    """where cash lies"""
    at_ns: int
    """venue time when it was asked; ns since 1970-01-01 UTC"""
    speed: int
    """venue seconds in one second: 1, or a demo's"""
    version: str
    """of the release that serves"""
    position: int
    """of its last commit"""
    chain: str
    """of that commit: with `position` it names this history, and nothing else"""
    limits: dict[str, int]
    """each limit by its name"""
    seats: dict[str, str] | None = None
    """a demo's invitations, by the seat that each opens"""


class SessionRecord(Struct, frozen=True, kw_only=True):
    """A session as its owner sees it."""

    session: str
    """its name"""
    principal: str
    """whose key opened it"""
    party: str
    """for whom it acts"""
    scopes: list[str]
    """what it opens"""
    expires_ns: int
    """its end, wall time; ns since 1970-01-01 UTC"""
    buckets: dict[str, int]
    """what is left of each rate"""


class Fill(Struct, frozen=True, kw_only=True):
    """What one order sees of a trade."""

    fill: str
    """its id, the trade's with the side: t-000231.bid"""
    price_ticks: int
    """at which it traded; ticks"""
    lots: int
    """how many lots"""
    role: str
    """taker, or maker"""
    notional_minor: int
    """the price of all these lots; minor units of the venue's currency"""
    fee_minor: int
    """this order's fee; minor units of the venue's currency"""
    settlement: str
    """the settlement of a title that it opened; empty for a lease"""


class FillRow(Fill, frozen=True, kw_only=True):
    """A fill as the register keeps it."""

    order: str
    """the order that was filled"""
    party: str
    """whose order"""
    market: str
    """the market's symbol"""
    side: str
    """bid, or ask"""
    trade: str
    """the trade behind it"""
    position: int
    """position of the trade in the journal"""
    at_ns: int
    """when it traded; ns since 1970-01-01 UTC"""


class FillState(Fill, frozen=True, kw_only=True):
    """A fill as the feed shows it."""

    order: str
    """the order that was filled"""
    market: str
    """the market's symbol"""
    side: str
    """bid, or ask"""
    nodes: list[str]
    """the things that changed hands"""
    at_ns: int
    """when it traded; ns since 1970-01-01 UTC"""


class OrderReply(Struct, frozen=True, kw_only=True):
    """An order as it stands after its command, with the fills that it met."""

    order: str
    """the order's id, o-000912"""
    state: str
    """open, filled, cancelled, expired"""
    market: str
    """the market's symbol"""
    side: str
    """bid, or ask"""
    price_ticks: int
    """its limit; ticks"""
    lots: int
    """asked for in all; lots"""
    filled_lots: int
    """traded so far; lots"""
    open_lots: int
    """that stand; lots"""
    held_minor: int
    """cash that it holds now; minor units of the venue's currency"""
    fills: list[Fill]
    """those of this command"""
    key: str | None = None
    """of the command that placed it; None in the reply to any other command"""
    nodes: list[str] | None = None
    """an ask's things that still stand; None: a bid's reply tells none"""
    cause: str | None = None
    """why it ended; None: it has not, or it is filled"""


class CancelReply(OrderReply, frozen=True, kw_only=True):
    """An order that was cancelled."""

    lots_ended: int
    """that stood until now"""


class OrderRow(Struct, frozen=True, kw_only=True):
    """An order as the register keeps it."""

    order: str
    """the order's id, o-000912"""
    key: str
    """of the command that placed it"""
    market: str
    """the market's symbol"""
    party: str
    """whose it is"""
    principal: str
    """whose key placed it"""
    side: str
    """bid, or ask"""
    type: str
    """limit"""
    time_in_force: str
    """how long it stands: gtc, day, gtd, ioc, fok"""
    price_ticks: int
    """its limit; ticks"""
    lots: int
    """asked for in all; lots"""
    open_lots: int
    """that stand; lots"""
    filled_lots: int
    """traded so far; lots"""
    held_minor: int
    """cash that it holds; minor units of the venue's currency"""
    nodes: list[str]
    """an ask's things that still stand"""
    expires_ns: int
    """its end, with gtd; else 0; ns since 1970-01-01 UTC"""
    post_only: str
    """reject: it would not have taken"""
    label: str
    """its owner's word for it"""
    state: str
    """open, filled, cancelled, expired"""
    cause: str
    """why it ended; empty: it has not, or it is filled"""
    position: int
    """position of its beginning in the journal"""
    at_ns: int
    """when it was accepted; ns since 1970-01-01 UTC"""
    changed_ns: int
    """when it last changed; ns since 1970-01-01 UTC"""


class OrderRecord(OrderRow, frozen=True, kw_only=True):
    """An order with all of its fills, oldest first."""

    fills: list[FillRow]
    """all of them"""


class OrderState(Struct, frozen=True, kw_only=True):
    """An order in its new state, as the feed shows it."""

    order: str
    """the order's id"""
    key: str
    """of the command that placed it"""
    party: str
    """whose it is"""
    market: str
    """the market's symbol"""
    side: str
    """bid, or ask"""
    time_in_force: str
    """how long it stands"""
    price_ticks: int
    """its limit; ticks"""
    lots: int
    """asked for in all; lots"""
    filled_lots: int
    """traded so far; lots"""
    open_lots: int
    """that stand; lots"""
    state: str
    """open, filled, cancelled, expired"""
    nodes: list[str]
    """an ask's things that still stand"""
    expires_ns: int
    """its end, with gtd; else 0; ns since 1970-01-01 UTC"""
    label: str
    """its owner's word for it"""
    cause: str | None = None
    """why it ended; None: it has not, or it is filled"""


class Print(Struct, frozen=True, kw_only=True):
    """A trade as the tape shows it, without its parties."""

    trade: str
    """the trade's id"""
    price_ticks: int
    """at which it traded; ticks"""
    lots: int
    """how many lots"""
    taker: str
    """the side that took: bid, or ask"""
    mode: str
    """continuous"""
    at_ns: int
    """when; ns since 1970-01-01 UTC"""


class Trade(Print, frozen=True, kw_only=True):
    """A trade as everyone may read it later, without its parties."""

    market: str | None = None
    """the market's symbol; None: a venue that runs without views leaves it out"""
    notional_minor: int | None = None
    """the price of all these lots; None: as above; minor units of the venue's currency"""
    position: int | None = None
    """position of the trade in the journal; None: as above"""


class SideFees(Struct, frozen=True, kw_only=True):
    """One side's fees."""

    maker: int
    """of who stood in the book, 1/10,000 of the notional"""
    taker: int
    """of who took, 1/10,000 of the notional"""
    flat: int
    """in an auction, 1/10,000 of the notional"""


class MarketFees(Struct, frozen=True, kw_only=True):
    """Both sides' fees."""

    ask: SideFees
    """of the seller, or lessor"""
    bid: SideFees
    """of the buyer, or lessee"""


class Instrument(Struct, frozen=True, kw_only=True):
    """What is traded in a market, and the rule in force; without one its members are None."""

    market: str
    """the market's symbol"""
    kind: str
    """title, or lease"""
    model: str
    """GPU model, or board model"""
    asset_class: str
    """model, grade and provenance of a title: H100SXM8.A1; a lease's model"""
    grade: str | None = None
    """of a title: A, B, C, U; None: a lease"""
    provenance: str | None = None
    """of a title: P0, P1, P2; None: a lease"""
    delivery_point: str
    """where it is delivered: CN-BJ"""
    gpus_per_lot: int
    """GPUs in one lot"""
    hours: int
    """of a lease's month; 0 for a title; h"""
    starts_ns: int | None = None
    """a lease's first instant; None: a title; ns since 1970-01-01 UTC"""
    ends_ns: int | None = None
    """a lease's end; None: a title; ns since 1970-01-01 UTC"""
    lot_size: int
    """GPUs (title) or GPU-hours (lease) in one lot"""
    last_trade_ns: int | None = None
    """until when it trades; None: a title trades for ever; ns since 1970-01-01 UTC"""
    first_reference_ticks: int | None = None
    """the price that it began with; None: none was known; ticks"""
    tick_minor: int | None = None
    """money in one tick; minor units of the venue's currency"""
    max_lots: int | None = None
    """most lots of one order"""
    max_notional_minor: int | None = None
    """largest amount of one order; minor units of the venue's currency"""
    modes: list[str] | None = None
    """how it trades: continuous"""
    fee_bp: MarketFees | None = None
    """each side's fees"""
    entry_band_bp: int | None = None
    """how far from the reference an order may be priced; 1/10,000"""
    reference_max_age_h: int | None = None
    """hours that a last price serves the band; 0: for ever; h"""
    static_band_bp: int | None = None
    """0: no such band; 1/10,000"""
    dynamic_band_bp: int | None = None
    """0: no such band; 1/10,000"""
    deposit_bp: int | None = None
    """a lessee's security deposit, of the notional; 1/10,000"""
    holding_days: int | None = None
    """before a thing may be sold again; days"""
    settlement_days: int | None = None
    """to deliver in; days"""
    inspection_h: int | None = None
    """to inspect in; h"""
    timetable: list[tuple[str, str]] | None = None
    """each day's phases, from when on"""


class Ticker(Struct, frozen=True, kw_only=True):
    """A market in a line. An empty side is None, never 0 and never made from the other."""

    market: str
    """the market's symbol"""
    phase: str
    """closed, pre_open, continuous"""
    best_bid_ticks: int | None = None
    """the highest bid; None: no bids; ticks"""
    best_bid_lots: int | None = None
    """lots that stand there; None: no bids"""
    best_ask_ticks: int | None = None
    """the lowest ask; None: no asks; ticks"""
    best_ask_lots: int | None = None
    """lots that stand there; None: no asks"""
    bid_lots: int
    """all lots bid for"""
    ask_lots: int
    """all lots asked for"""
    bid_orders: int
    """orders behind them"""
    ask_orders: int
    """orders behind them"""
    imbalance_bp: int
    """(bids - asks) of all that stands; 1/10,000"""
    last_ticks: int | None = None
    """the last trade's price; None: never traded; ticks"""
    last_trade_ns: int | None = None
    """the last trade's instant; None: never traded; ns since 1970-01-01 UTC"""
    reference_ticks: int | None = None
    """last price, else the first; the bands lie around it; None: neither; ticks"""
    reference_at_ns: int | None = None
    """when it was made: traded, or listed; None: there is none; ns since 1970-01-01 UTC"""
    reference_until_ns: int | None = None
    """from then on too old for a band; None: it serves for ever; ns since 1970-01-01 UTC"""
    open_ticks: int | None = None
    """the day's first price; None: no trade today; ticks"""
    high_ticks: int | None = None
    """the day's highest; None: no trade today; ticks"""
    low_ticks: int | None = None
    """the day's lowest; None: no trade today; ticks"""
    lots: int
    """traded today; lots"""


class WorthNow(Struct, frozen=True, kw_only=True):
    """A class's market as it stands: prices for one GPU, in minor units."""

    phase: str
    """closed, pre_open, continuous"""
    best_bid_minor: int | None = None
    """the highest bid; None: no bids; minor units of the venue's currency"""
    best_bid_lots: int | None = None
    """lots that stand there; None: no bids"""
    best_ask_minor: int | None = None
    """the lowest ask, to undercut; None: no asks; minor units of the venue's currency"""
    best_ask_lots: int | None = None
    """lots that stand there; None: no asks"""
    last_minor: int | None = None
    """what was paid last; None: never sold; minor units of the venue's currency"""
    last_at_ns: int | None = None
    """when; None: never sold; ns since 1970-01-01 UTC"""
    last_age_s: int | None = None
    """how long ago; None: never sold; s"""
    least_ask_minor: int | None = None
    """the least that an ask may say now; None: any price; minor units of the venue's currency"""
    reference_source: str | None = None
    """what that is reckoned from; None: no band"""
    reference_minor: int | None = None
    """that price; None: no band; minor units of the venue's currency"""
    reference_age_s: int | None = None
    """how old it is; None: it stands now, or no band; s"""
    proceeds_lots: int
    """of the lots, as many as the bids would take now"""
    proceeds_minor: int | None = None
    """what they would pay for these, before the fee; None: no bid takes any; minor units of the
    venue's currency"""


class WorthChange(Struct, frozen=True, kw_only=True):
    """Another class beside this one, measured by figures of like age."""

    by: str
    """what would change the class: papers, report"""
    market: str
    """the other class's title market"""
    now: WorthNow | None = None
    """as it stands; None: nobody ever sold it here"""
    basis: str | None = None
    """bids that stand now, or sales of the same week; None: nothing of like age"""
    own_minor: int | None = None
    """this class's price there, one GPU; minor units of the venue's currency"""
    other_minor: int | None = None
    """the other's; minor units of the venue's currency"""
    basis_at_ns: int | None = None
    """when the older of the two was; None: they stand now; ns since 1970-01-01 UTC"""
    basis_age_s: int | None = None
    """how old the older of the two is; None: they stand now; s"""
    change_minor: int | None = None
    """what it would change, for all the lots; None: not known; minor units of the venue's
    currency"""


class WorthRent(Struct, frozen=True, kw_only=True):
    """A month that can still be let: sums for all the lots and the whole month."""

    market: str
    """its lease market"""
    month: str
    """2026-12"""
    last_trade_ns: int
    """until when it trades; ns since 1970-01-01 UTC"""
    best_bid_minor: int | None = None
    """what somebody would pay; None: no bids; minor units of the venue's currency"""
    best_ask_minor: int | None = None
    """what others ask; None: no asks; minor units of the venue's currency"""
    last_minor: int | None = None
    """what was paid last; None: not let yet; minor units of the venue's currency"""
    last_at_ns: int | None = None
    """when; None: not let yet; ns since 1970-01-01 UTC"""
    last_age_s: int | None = None
    """how long ago; None: not let yet; s"""
    takes_class: bool
    """whether the market takes this class as it is, papers and grade"""


class Worth(Struct, frozen=True, kw_only=True):
    """What lots of a class are worth today, by public figures. What is not known is None."""

    market: str
    """the class's title market, whether it is listed or not"""
    model: str
    """GPU model, or board model"""
    grade: str
    """A, B, C, U"""
    provenance: str
    """P0, P1, P2"""
    delivery_point: str
    """where it stands: CN-BJ"""
    lots: int
    """how many lots are asked about"""
    now: WorthNow | None = None
    """the class's market as it stands; None: nobody ever sold it here"""
    changes: list[WorthChange]
    """what papers or a fresh report would change"""
    rent: WorthRent | None = None
    """the first month that can still be let; None: there is none"""


class MarketRow(Ticker, frozen=True, kw_only=True):
    """How a market stands: the ticker, and its phase's beginning."""

    phase_since_ns: int
    """since when it is in this phase; ns since 1970-01-01 UTC"""


class Candle(Struct, frozen=True, array_like=True):
    """The trades of one span of time; a span without one has no candle."""

    open_ns: int
    """the span's first instant; ns since 1970-01-01 UTC"""
    open_ticks: int
    """first price; ticks"""
    high_ticks: int
    """highest price; ticks"""
    low_ticks: int
    """lowest price; ticks"""
    close_ticks: int
    """last price; ticks"""
    lots: int
    """traded in it; lots"""
    trades: int
    """how many trades"""
    turnover_ticks: int
    """each trade's price in ticks times its lots, summed up"""


class CandleRows(Struct, frozen=True, kw_only=True):
    """A market's newest candles, oldest first."""

    market: str
    """the market's symbol"""
    interval: str
    """length of a span: 1m, 5m, 1h, 1d"""
    candles: list[Candle]
    """one for each span with a trade"""


class PartyReply(Struct, frozen=True, kw_only=True):
    """A party that is registered."""

    party: str
    """its id, p-0042"""


class TierReply(Struct, frozen=True, kw_only=True):
    """How well a party is known now."""

    party: str
    """whose tier"""
    kyc_tier: int
    """0 to 3"""


class RoleReply(Struct, frozen=True, kw_only=True):
    """Whether a party has a role: it was so already."""

    party: str
    """which"""
    role: str
    """owner, operator, …"""


class StandingReply(Struct, frozen=True, kw_only=True):
    """Whether a party may act."""

    party: str
    """which"""
    state: str
    """active, suspended"""


class InvitationReply(Struct, frozen=True, kw_only=True):
    """A one-time code that turns a key into a principal."""

    code: str
    """to be handed to the holder"""
    expires_ns: int
    """until when it serves, wall time; ns since 1970-01-01 UTC"""


class PrincipalReply(Struct, frozen=True, kw_only=True):
    """A key that is enrolled."""

    principal: str
    """its id, k-0107"""
    party: str
    """for whom it acts"""
    scopes: list[str]
    """what it opens"""
    valid_to_ns: int
    """its end; 0: none; ns since 1970-01-01 UTC"""


class RevocationReply(Struct, frozen=True, kw_only=True):
    """A key that is no more."""

    principal: str
    """which"""
    party: str
    """for whom it acted"""
    state: str
    """revoked"""


class PartyRow(Struct, frozen=True, kw_only=True):
    """A party."""

    party: str
    """its id, p-0042"""
    legal_name: str
    """as registered"""
    kind: str
    """company, public_body, person"""
    jurisdiction: str
    """ISO 3166-1 alpha-2"""
    registration_no: str
    """its number there"""
    group: str
    """its beneficial-owner group, the lowest id in it"""
    kyc_tier: int
    """how well it is known, 0 to 3"""
    is_suspended: bool
    """whether it may do nothing but cancel"""
    roles: list[str]
    """owner, operator, lessee, …"""
    position: int
    """position of its registration in the journal"""
    at_ns: int
    """when it was registered; ns since 1970-01-01 UTC"""


class PrincipalRow(Struct, frozen=True, kw_only=True):
    """A key that signs for a party, and what it may do."""

    principal: str
    """its id, k-0107"""
    party: str
    """for whom it acts"""
    holder_sha256: str
    """salted, of its holder's name; SHA-256, base64url without padding"""
    public_key: str
    """Ed25519, base64url without padding"""
    scopes: list[str]
    """what it opens"""
    ip_allow: list[str]
    """from which networks; empty: from all"""
    signing: str
    """every: each command is signed; session: orders ride on the logon"""
    label: str
    """what it is called"""
    valid_to_ns: int
    """its end; 0: none; ns since 1970-01-01 UTC"""
    is_revoked: bool
    """whether it is ended for good"""
    position: int
    """position of its enrolment in the journal"""
    at_ns: int
    """when it was enrolled; ns since 1970-01-01 UTC"""


class WaitingProposal(Struct, frozen=True, kw_only=True):
    """A command that waits for other people's signatures; it is not done yet."""

    proposal: str
    """its id, z-000007"""
    op: str
    """what is proposed"""
    needs: list[str]
    """who must still sign: scope:operate, party:p-0042"""
    expires_ns: int
    """when it lapses; ns since 1970-01-01 UTC"""


class ApprovalReply(Struct, frozen=True, kw_only=True):
    """A proposal that was approved; with the last approval it is done."""

    proposal: str
    """which"""
    state: str
    """waiting: others must sign, too; approved"""
    outcome: dict[str, Any] | None = None
    """the result of what was proposed; None: not done yet"""


class VerdictReply(Struct, frozen=True, kw_only=True):
    """A proposal that came to nothing."""

    proposal: str
    """which"""
    state: str
    """rejected, withdrawn"""


class Approval(Struct, frozen=True, kw_only=True):
    """One person's verdict on a proposal."""

    party: str
    """for whom they signed"""
    principal: str
    """with which key"""
    verdict: str
    """approved, rejected"""
    position: int
    """position in the journal"""


class ProposalRow(Struct, frozen=True, kw_only=True):
    """A command that takes more than one person."""

    proposal: str
    """its id, z-000007"""
    op: str
    """what is proposed"""
    party: str
    """who proposes"""
    principal: str
    """with which key"""
    reference: str
    """what it is about"""
    expires_ns: int
    """when it lapses; ns since 1970-01-01 UTC"""
    needs: list[str]
    """one for each approval: scope:operate, party:p-0042"""
    args: dict[str, Any]
    """the command's args"""
    state: str
    """waiting, approved, rejected, withdrawn, lapsed"""
    approvals: list[Approval]
    """those given so far"""
    position: int
    """position of its making in the journal"""
    at_ns: int
    """when it was made; ns since 1970-01-01 UTC"""


class RuleRow(Struct, frozen=True, kw_only=True):
    """One dated record of a rule."""

    rule: str
    """its name"""
    value: Any
    """of a form that the rule's name fixes"""
    from_ns: int
    """from when on; ns since 1970-01-01 UTC"""
    basis: str
    """why"""
    position: int
    """position in the journal"""
    at_ns: int
    """when it was set; ns since 1970-01-01 UTC"""


class ModelRow(Struct, frozen=True, kw_only=True):
    """A GPU model, or a board model."""

    model: str
    """its code: L40S, H100SXM8"""
    vendor: str
    """its maker"""
    form: str
    """sxm, pcie, nvl, oam"""
    gpus_per_lot: int
    """GPUs in one lot"""
    memory_mib: int
    """of one GPU; MiB"""
    tdp_w: int
    """thermal design power of one GPU; W"""
    tpp: int
    """total processing performance of one GPU"""
    has_ecc: bool
    """whether its memory corrects errors"""
    has_mig: bool
    """whether it can be split into instances"""
    names: list[str]
    """under which reports show it"""
    board_part_numbers: list[str]
    """the maker's"""
    position: int
    """position in the journal"""


class SiteReply(Struct, frozen=True, kw_only=True):
    """A site that is registered."""

    site: str
    """its id, s-0001"""
    name: str
    """its name"""
    operator: str
    """the party that runs it"""
    delivery_point: str
    """CN-BJ"""


class SiteStatusReply(Struct, frozen=True, kw_only=True):
    """A site's new status."""

    site: str
    """which"""
    status: str
    """live, planned, …"""


class SiteRow(Struct, frozen=True, kw_only=True):
    """A data centre."""

    site: str
    """its id, s-0001"""
    name: str
    """its name"""
    operator: str
    """the party that runs it"""
    delivery_point: str
    """CN-BJ"""
    status: str
    """live, planned, …"""
    lat_e6: int
    """latitude; millionths of a degree"""
    lon_e6: int
    """longitude; millionths of a degree"""
    power_w: int
    """what it can feed; W"""
    pue_bp: int
    """power usage effectiveness; 1/10,000"""
    tariff_millis_per_kwh: int
    """what a kWh costs there; thousandths of a minor unit a kWh"""
    uplink_mbps: int
    """its uplink; Mbit/s"""
    latency_us: dict[str, int]
    """to other places, by their names; microseconds"""
    gpus_planned: int
    """GPUs that are to come"""
    position: int
    """position of its registration in the journal"""
    at_ns: int
    """when it was registered; ns since 1970-01-01 UTC"""


class NamedSiteRow(Struct, frozen=True, kw_only=True):
    """A data centre, as everybody with a key may find it."""

    site: str
    """its id, s-0001"""
    name: str
    """its name"""
    operator: str
    """the party that runs it"""
    delivery_point: str
    """CN-BJ"""
    status: str
    """live, planned, …"""
    position: int
    """position of its registration in the journal"""


class ReportLine(Struct, frozen=True, kw_only=True):
    """A remark on one line of a report."""

    line: int | None = None
    """which; None: on the whole report"""
    code: str
    """what is remarked"""
    value: int | str | None = None
    """the figure behind it; None: there is none"""


class RejectedLine(Struct, frozen=True, kw_only=True):
    """A unit of a report that cannot be registered."""

    where: str
    """where it stands"""
    why: str
    """code and reason"""


class ImportReply(Struct, frozen=True, kw_only=True):
    """What an inventory report registered."""

    site: str
    """where"""
    report_sha256: str
    """of the report; SHA-256, base64url without padding"""
    nodes: list[str]
    """the servers that it shows"""
    units: list[str]
    """the GPUs that were inspected by it"""
    new_units: list[str]
    """those that are new"""
    identity: dict[str, str]
    """of each new GPU: strong, medium, weak"""
    grades: dict[str, str]
    """of each GPU: A, B, C, U"""
    rejected: list[RejectedLine]
    """what was left out"""
    warnings: list[ReportLine]
    """remarks"""
    holds: list[str]
    """bars that it put up"""
    proposal: str | None = None
    """the proposal of title; None: title was not claimed"""
    missing_for_p1: list[str] | None = None
    """papers that are missing; None: title was not claimed"""
    site_proposal: str | None = None
    """what the site's operator answers; None: nothing waits for them"""
    waits_for: str | None = None
    """that operator; None: nothing waits for them"""


class NodeSiteReply(Struct, frozen=True, kw_only=True):
    """Servers that stand at a site."""

    site: str
    """which"""
    nodes: list[str]
    """the servers"""
    proposal: str | None = None
    """the proposal of title; None: title was not claimed"""


class PreviewedUnit(Struct, frozen=True, kw_only=True):
    """A GPU as a report shows it."""

    unit: str | None = None
    """its id, if it is registered; None: it is new"""
    slot: int
    """where it sits"""
    model: str
    """its code; empty: not known here"""
    serial: str | None = None
    """its serial; None: it shows none that identifies it"""
    identity: str
    """strong, medium, weak"""
    grade: str
    """A, B, C, U"""
    reasons: list[str]
    """of the grade"""
    flags: list[str]
    """what is odd about it"""


class PreviewedLots(Struct, frozen=True, kw_only=True):
    """Lots of one class that a report's things would be."""

    model: str
    """its code"""
    grade: str
    """the worst in it"""
    provenance: str
    """the worst in it"""
    identity: str
    """the worst in it"""
    asset_class: str
    """H100SXM8.A0"""
    lots: int
    """how many lots"""


class ImportPreview(Struct, frozen=True, kw_only=True):
    """What an import would do; nothing was written."""

    dry_run: bool
    """true"""
    waits_for: str | None = None
    """the site's operator, who has to agree; None: nobody"""
    nodes: int
    """servers in the report"""
    units: int
    """GPUs in the report"""
    new_units: int
    """those that would be new"""
    identity: dict[str, int]
    """how many are strong, medium, weak"""
    grades: dict[str, int]
    """how many are A, B, C, U"""
    rejected: list[RejectedLine]
    """what would be left out"""
    warnings: list[ReportLine]
    """remarks"""
    seen: list[PreviewedUnit]
    """each GPU"""
    things: list[PreviewedLots]
    """what a price would be asked for"""


class ReportUnit(Struct, frozen=True, kw_only=True):
    """A GPU whose newest inspection a report is."""

    unit: str
    """its id"""
    node: str
    """the server it sits in"""
    grade: str
    """A, B, C, U"""
    identity: str
    """strong, medium, weak"""


class ReportRow(Struct, frozen=True, kw_only=True):
    """An inventory report that was filed."""

    report_sha256: str
    """of the report; SHA-256, base64url without padding"""
    site: str
    """where"""
    format: str
    """of which tool"""
    taken_ns: int
    """when it was taken, by its own word; ns since 1970-01-01 UTC"""
    warnings: list[str]
    """remarks, and units that were left out"""
    units: list[ReportUnit]
    """those whose newest inspection it is"""
    position: int
    """position in the journal"""
    at_ns: int
    """when it was filed; ns since 1970-01-01 UTC"""


class InspectionReply(Struct, frozen=True, kw_only=True):
    """What an inspection found."""

    units: list[str]
    """that were inspected"""
    grades: dict[str, str]
    """of each whose grade was set"""
    reasons: dict[str, list[str]]
    """of each grade"""
    flags: dict[str, list[str]]
    """what is odd about each"""
    holds: list[str]
    """bars that it put up"""
    lifted: list[str]
    """bars that it ended"""


class FilingReply(Struct, frozen=True, kw_only=True):
    """A paper that was filed, for whoever verifies it."""

    document_sha256: str
    """of the paper; SHA-256, base64url without padding"""
    units: list[str]
    """for which GPUs"""


class ProvenanceReply(Struct, frozen=True, kw_only=True):
    """What a verified paper changed."""

    document_sha256: str
    """of the paper; SHA-256, base64url without padding"""
    provenance: dict[str, str]
    """of each GPU that it changed: P0, P1, P2"""
    gaps: dict[str, list[str]]
    """papers that each still misses for P1"""


class UnitRow(Struct, frozen=True, kw_only=True):
    """A GPU."""

    unit: str
    """its id, u-000017"""
    vendor: str
    """its maker"""
    model: str
    """its code; empty: not known here"""
    serial: str
    """the maker's; empty: none that identifies it"""
    board_part_number: str
    """the maker's"""
    uuid: str
    """as its driver says"""
    identity: str
    """strong, medium, weak"""
    node: str
    """the server it sits in"""
    slot: int
    """where in it"""
    registrant: str
    """the party that registered it"""
    owner: str
    """the title's holder; empty: no title yet"""
    operator: str
    """the party that runs its server"""
    custodian: str
    """the party that has it in hand"""
    site: str
    """where it stands"""
    delivery_point: str | None = None
    """of the site; None: it stands at none"""
    grade: str
    """A, B, C, U"""
    grade_reasons: list[str] | None = None
    """of the grade; None: it was never graded"""
    grade_valid_to_ns: int | None = None
    """until when the grade counts; None: it was never graded; ns since 1970-01-01 UTC"""
    provenance: str
    """P0, P1, P2"""
    gaps: list[str] | None = None
    """papers that miss for P1; None: no paper was ever looked at"""
    state: str
    """registered, ready, faulted, in_transit, retired"""
    report_sha256: str | None = None
    """of its newest inspection; None: none yet; SHA-256, base64url without padding"""
    taken_ns: int | None = None
    """when that was taken; None: none yet; ns since 1970-01-01 UTC"""
    flags: list[str] | None = None
    """what is odd about it; None: not inspected yet"""
    holds: list[str]
    """ids of the bars on it; those on its board stand there"""
    position: int
    """position of its registration in the journal"""
    at_ns: int
    """when it was registered; ns since 1970-01-01 UTC"""


class ChainLink(Struct, frozen=True, kw_only=True):
    """One passing of a title: a link of the chain."""

    position: int
    """position in the journal"""
    at_ns: int
    """when it was entered; ns since 1970-01-01 UTC"""
    thing: str
    """what passed"""
    from_party: str
    """from whom; empty: the first title"""
    to_party: str
    """to whom"""
    basis: str
    """opening, sale, court, …"""
    price_minor: int
    """what was paid; minor units of the venue's currency"""
    settlement: str
    """the settlement behind it; empty: none"""
    subject_to: list[str]
    """what lay on it"""
    document_sha256: str
    """of the paper behind it; empty: none; SHA-256, base64url without padding"""
    effective_ns: int
    """when it took effect; ns since 1970-01-01 UTC"""


class UnitRecord(UnitRow, frozen=True, kw_only=True):
    """A GPU with its chain of title, oldest first."""

    chain: list[ChainLink]
    """how it came to its owner"""


class NodeRow(Struct, frozen=True, kw_only=True):
    """A server."""

    node: str
    """its id, n-0003"""
    chassis_vendor: str
    """its maker"""
    chassis_model: str
    """the maker's"""
    chassis_serial: str
    """the maker's"""
    model: str
    """the board model that is sold whole; empty: its cards are single units"""
    form: str
    """how its GPUs are built in"""
    site: str
    """where it stands"""
    delivery_point: str | None = None
    """of the site; None: it stands at none"""
    operator: str
    """the party that runs it"""
    custodian: str
    """the party that has it in hand"""
    registrant: str
    """the party that registered it"""
    owner: str
    """the title's holder; empty: no title yet"""
    nvlink: bool
    """whether its GPUs are linked"""
    fabric_mbps_per_gpu: int
    """of its network; Mbit/s a GPU"""
    gpus: int
    """GPUs in it"""
    units: list[str] | None = None
    """them, by slot; None: it has none"""
    grade: str | None = None
    """the worst in it; None: it has no GPU"""
    provenance: str
    """the worst in it"""
    identity: str
    """the worst in it"""
    asset_class: str | None = None
    """H100SXM8.A1; empty: single cards; None: it has no GPU"""
    holds: list[str]
    """ids of the bars on the whole board"""
    position: int
    """position of its registration in the journal"""
    at_ns: int
    """when it was registered; ns since 1970-01-01 UTC"""


class HistoryRow(Struct, frozen=True, kw_only=True):
    """An event in a thing's life, and who asked for it."""

    position: int
    """position in the journal"""
    stream: str
    """whose event: unit:u-000017"""
    version: int
    """its number in the stream"""
    topic: str
    """what happened"""
    at_ns: int
    """when; ns since 1970-01-01 UTC"""
    event: dict[str, Any]
    """the event's own members"""
    party: str | None = None
    """who asked; None: the engine itself"""
    principal: str | None = None
    """with which key; None: the engine itself"""
    op: str | None = None
    """by which command; None: the engine itself"""
    label: str | None = None
    """the asker's word for it; None: the engine itself"""


class HoldingRow(Struct, frozen=True, kw_only=True):
    """A titled thing, and where it stands."""

    party: str
    """its owner"""
    thing: str
    """a server, or a single GPU"""
    model: str
    """its code"""
    asset_class: str
    """H100SXM8.A1"""
    gpus: int
    """GPUs in it"""
    grade: str
    """the worst in it"""
    provenance: str
    """the worst in it"""
    site: str
    """where it stands"""
    delivery_point: str | None = None
    """of the site; None: it stands at none"""
    basis: str
    """how it came: opening, sale, …"""
    order: str | None = None
    """the oldest ask that offers it; None: not offered"""
    settlement: str | None = None
    """the sale that it is in; None: none"""
    lease: str | None = None
    """the lease that runs now; None: none"""
    position: int
    """position of the title in the journal"""
    at_ns: int
    """since when; ns since 1970-01-01 UTC"""
    orders: list[str]
    """every ask that offers it, the oldest first: its title in one, its use month by month"""
    leases: list[str]
    """every lease that runs or will begin, in the order of time"""


class HoldRow(Struct, frozen=True, kw_only=True):
    """A bar on a thing: while it stands, the thing is not for sale."""

    hold: str
    """its id, h-000004"""
    subject: str
    """what it bars"""
    kind: str
    """identity, dispute, court, …"""
    from_ns: int
    """from when on; ns since 1970-01-01 UTC"""
    to_ns: int
    """until when; 0: open; ns since 1970-01-01 UTC"""
    reference: str
    """what it is about"""
    basis_sha256: str
    """of the paper behind it; empty: none; SHA-256, base64url without padding"""
    released_ns: int
    """when it ended; 0: it stands; ns since 1970-01-01 UTC"""
    reason: str
    """why it ended"""
    position: int
    """position in the journal"""
    at_ns: int
    """when it was put up; ns since 1970-01-01 UTC"""


class LeaseRow(Struct, frozen=True, kw_only=True):
    """The use of a thing for a while, for rent."""

    lease: str
    """its id, l-000012"""
    lessor: str
    """who lets"""
    lessee: str
    """who uses"""
    node: str
    """what"""
    units: list[str]
    """single GPUs of it; empty: the whole board"""
    gpus: int
    """GPUs in it"""
    from_ns: int
    """its first instant; ns since 1970-01-01 UTC"""
    to_ns: int
    """its end; ns since 1970-01-01 UTC"""
    price_minor_per_gpu_hour: int
    """the rent; minor units a GPU-hour"""
    rent_minor: int
    """for the whole span; minor units of the venue's currency"""
    prepaid_minor: int
    """rent and fee ahead, in rent escrow; minor units of the venue's currency"""
    deposit_minor: int
    """the security deposit; minor units of the venue's currency"""
    payee: str
    """the account that the rent goes to"""
    lessor_fee_bp: int
    """the lessor's fee; 1/10,000"""
    lessee_fee_bp: int
    """the lessee's fee; 1/10,000"""
    trade: str
    """the trade behind it"""
    state: str
    """agreed, running, ended"""
    metered_to_ns: int
    """until when it is metered; 0: not yet; ns since 1970-01-01 UTC"""
    available_gpu_ns: int
    """metered as available; GPU-ns: one GPU for one nanosecond"""
    down_gpu_ns: int
    """metered as down; GPU-ns: one GPU for one nanosecond"""
    energy_wh: int
    """metered; Wh"""
    earned_minor: int
    """to the payee so far; minor units of the venue's currency"""
    fee_minor: int
    """both sides' so far; minor units of the venue's currency"""
    returned_minor: int
    """to the lessee for down time so far; minor units of the venue's currency"""
    deposit_returned_minor: int
    """of the deposit; minor units of the venue's currency"""
    site: str
    """where it stands"""
    position: int
    """position of its beginning in the journal"""
    at_ns: int
    """when it was agreed; ns since 1970-01-01 UTC"""


class MeterReply(Struct, frozen=True, kw_only=True):
    """What a metered span moved."""

    lease: str
    """which"""
    earned_minor: int
    """to the payee; minor units of the venue's currency"""
    fee_minor: int
    """both sides'; minor units of the venue's currency"""
    returned_minor: int
    """to the lessee for down time; minor units of the venue's currency"""


class DepositReply(Struct, frozen=True, kw_only=True):
    """Cash that came in."""

    entry: str
    """the entry's id, j-000003"""
    kind: str
    """of the entry"""
    postings: list[tuple[str, int]]
    """each account, and the minor units that it gained"""


class WithdrawalReply(Struct, frozen=True, kw_only=True):
    """Cash that is to go out; it is no longer available."""

    payment: str
    """its id, y-000001"""
    amount_minor: int
    """how much; minor units of the venue's currency"""
    state: str
    """withdrawing"""


class PaymentReply(Struct, frozen=True, kw_only=True):
    """What became of a payment."""

    payment: str
    """which"""
    state: str
    """paid, refused"""


class Balance(Struct, frozen=True, kw_only=True):
    """An account with its balance; what is not listed holds 0."""

    account: str
    """p-0042/available"""
    party: str
    """whose"""
    kind: str
    """available, on_hold, escrow, …"""
    reference: str
    """what it is kept for; empty: nothing in particular"""
    balance_minor: int
    """what it holds; minor units of the venue's currency"""
    position: int
    """position of the posting that last moved it"""


class PostingRow(Struct, frozen=True, kw_only=True):
    """A posting to an account; those of one event sum to zero."""

    position: int
    """position of the event in the journal"""
    line: int
    """from 0 within the event"""
    account: str
    """which"""
    party: str
    """whose"""
    amount_minor: int
    """what it gained; minor units of the venue's currency"""
    kind: str
    """why"""
    entry: str
    """a written entry's id, or the event's position"""
    at_ns: int
    """when; ns since 1970-01-01 UTC"""


class BalanceState(Struct, frozen=True, kw_only=True):
    """An account that changed, and the posting that changed it, as the feed shows it."""

    account: str
    """which"""
    balance_minor: int
    """what it holds now; minor units of the venue's currency"""
    amount_minor: int | None = None
    """what it gained; None: the snapshot tells balances alone; minor units of the venue's
    currency"""
    position: int | None = None
    """position of the event; None: the snapshot tells balances alone"""
    kind: str | None = None
    """the event's topic; None: the snapshot tells balances alone"""


class WithdrawalRow(Struct, frozen=True, kw_only=True):
    """Cash that goes out."""

    payment: str
    """its id, y-000001"""
    party: str
    """whose cash"""
    amount_minor: int
    """how much; minor units of the venue's currency"""
    legs: list[Any]
    """what it is made of"""
    payer: str
    """who pays it out"""
    state: str
    """instructed, paid, refused"""
    payer_reference: str
    """the bank's; empty: not paid yet"""
    reason: str
    """why it was refused"""
    position: int
    """position in the journal"""
    at_ns: int
    """when it was asked for; ns since 1970-01-01 UTC"""


class InstructionReply(Struct, frozen=True, kw_only=True):
    """A delivery that was ordered."""

    settlement: str
    """which"""
    mode: str
    """in_place, carrier"""
    due_ns: int
    """until when it is to be delivered; ns since 1970-01-01 UTC"""
    state: str
    """delivering"""


class DeliveryReply(Struct, frozen=True, kw_only=True):
    """A delivery that was confirmed."""

    settlement: str
    """which"""
    inspect_until_ns: int
    """until when the buyer may inspect; ns since 1970-01-01 UTC"""
    state: str
    """inspecting"""


class AcceptanceReply(Struct, frozen=True, kw_only=True):
    """A settlement that is settled: title and money have passed."""

    settlement: str
    """which"""
    state: str
    """settled"""
    postings: list[tuple[str, int]]
    """each account, and the minor units that it gained"""
    compared: str | None = None
    """how the report compares; None: none was given"""


class FailureReply(Struct, frozen=True, kw_only=True):
    """A settlement that failed; its seller may cure it."""

    settlement: str
    """which"""
    at_fault: str
    """whose fault"""
    cure_until_ns: int
    """until when it may be cured; ns since 1970-01-01 UTC"""
    state: str
    """failed"""


class SettlementRow(Struct, frozen=True, kw_only=True):
    """A title's trade on its way to delivery and payment."""

    settlement: str
    """its id, x-000031"""
    trade: str
    """the trade behind it"""
    market: str
    """the market's symbol"""
    seller: str
    """who sells"""
    buyer: str
    """who buys"""
    nodes: list[str]
    """servers sold"""
    units: list[str]
    """single GPUs sold"""
    lots: int
    """how many lots"""
    price_minor_per_gpu: int
    """the price; minor units a GPU"""
    notional_minor: int
    """of all; minor units of the venue's currency"""
    buyer_fee_minor: int
    """the buyer's fee; minor units of the venue's currency"""
    seller_fee_minor: int
    """the seller's fee; minor units of the venue's currency"""
    is_related: bool
    """whether both sides are of one group"""
    state: str
    """open, delivering, inspecting, failed, settled, unwound"""
    mode: str | None = None
    """in_place, carrier; None: not ordered yet"""
    to_site: str | None = None
    """where a carrier takes it; None: not ordered yet"""
    due_ns: int
    """until when it is to be delivered, or was, once it is; ns since 1970-01-01 UTC"""
    inspection_ns: int
    """how long the buyer may inspect; ns"""
    inspect_until_ns: int
    """until when; 0: not delivered yet; ns since 1970-01-01 UTC"""
    cure_until_ns: int
    """until when it may be cured; 0: it has not failed; ns since 1970-01-01 UTC"""
    receipt_sha256: str | None = None
    """of the delivery's receipt; None: not delivered yet; SHA-256, base64url without padding"""
    report_sha256: str | None = None
    """of the buyer's report; None: not accepted yet; SHA-256, base64url without padding"""
    by_timeout: bool | None = None
    """whether silence accepted it; None: not accepted yet"""
    at_fault: str | None = None
    """whose fault; None: it has not failed"""
    reason: str | None = None
    """why it failed; None: it has not"""
    position: int
    """position of the trade in the journal"""
    at_ns: int
    """when it was traded; ns since 1970-01-01 UTC"""
    changed_ns: int
    """when it last changed; ns since 1970-01-01 UTC"""


class SettlementState(Struct, frozen=True, kw_only=True):
    """A settlement in its new state, as the feed shows it."""

    settlement: str
    """which"""
    trade: str
    """the trade behind it"""
    market: str
    """the market's symbol"""
    seller: str
    """who sells"""
    buyer: str
    """who buys"""
    things: list[str]
    """what is sold"""
    notional_minor: int
    """of all; minor units of the venue's currency"""
    buyer_fee_minor: int
    """the buyer's fee; minor units of the venue's currency"""
    seller_fee_minor: int
    """the seller's fee; minor units of the venue's currency"""
    state: str
    """open, delivering, inspecting, accepted, failed, settled, unwound"""
    due_ns: int
    """until when it is to be delivered, or was, once it is; ns since 1970-01-01 UTC"""
    inspect_until_ns: int
    """until when the buyer may inspect; 0: not delivered yet; ns since 1970-01-01 UTC"""


class StateRow(Struct, frozen=True, kw_only=True):
    """All that was known of a subject at a position: its row of form 2."""

    subject: str
    """n-0003, account/p-0002/available"""
    kind: str
    """what it is: party, unit, node, account, order, …"""
    state: dict[str, Any]
    """its members, as a certificate bears them"""


class FieldChange(Struct, frozen=True, kw_only=True):
    """A field that differs."""

    field: str
    """lot.owner: a member of a member behind a point"""
    before: Any
    """null: it was not there"""
    after: Any
    """null: it is not there"""
    added: list[Any]
    """of a list, what came"""
    removed: list[Any]
    """of a list, what went"""


class SubjectChange(Struct, frozen=True, kw_only=True):
    """What is otherwise of a subject between two positions."""

    subject: str
    """n-0003"""
    kind: str
    """what it is"""
    change: str
    """new, gone, or changed: it stood there at both"""
    fields: list[FieldChange]
    """each that differs"""


class EventRow(Struct, frozen=True, kw_only=True):
    """A row of the journal, as auditors see it."""

    position: int
    """in the journal"""
    stream: str
    """whose event: node:n-0003"""
    version: int
    """its number in the stream"""
    topic: str
    """what happened"""
    at_ns: int
    """when; ns since 1970-01-01 UTC"""
    event: dict[str, Any]
    """the event's own members"""
    entry: str | None = None
    """the row's exact form; None: a list narrowed to a topic does not tell it"""
    party: str | None = None
    """who asked; None: the engine itself, or the list is not narrowed to a topic"""
    principal: str | None = None
    """with which key; None: as party"""
    op: str | None = None
    """by which command; None: as party"""
    label: str | None = None
    """the asker's word for it; None: as party"""


class EntryState(Struct, frozen=True, kw_only=True):
    """A row of the journal, as the feed shows it."""

    position: int
    """in the journal"""
    stream: str
    """whose event"""
    version: int
    """its number in the stream"""
    topic: str
    """what happened"""
    at_ns: int
    """when; ns since 1970-01-01 UTC"""
    entry: str
    """the row's exact form"""


class SignatureRecord(Struct, frozen=True, kw_only=True):
    """Who asked for a position, in the exact bytes that were signed; or that the engine did."""

    position: int | None = None
    """the engine's own act; None: somebody's command"""
    by: str | None = None
    """engine; None: somebody's command"""
    op: str | None = None
    """the command"""
    party: str | None = None
    """for whom"""
    principal: str | None = None
    """with which key"""
    key: str | None = None
    """the command's own"""
    session: str | None = None
    """in which it came"""
    received_ns: int | None = None
    """when it came, wall time; ns since 1970-01-01 UTC"""
    signed: str | None = None
    """the bytes that were signed, as text"""
    signature: str | None = None
    """base64url; empty: the logon stands for it"""
    public_key: str | None = None
    """Ed25519, base64url; None: not known any more"""
    first_position: int | None = None
    """of its batch; position in the journal"""
    last_position: int | None = None
    """of its batch; position in the journal"""
    logon: dict[str, str] | None = None
    """signed and signature of the logon; None: it was signed itself"""


class TrialBalanceRow(Struct, frozen=True, kw_only=True):
    """An account with its balance."""

    account: str
    """which"""
    party: str
    """whose"""
    kind: str
    """available, on_hold, escrow, …"""
    reference: str
    """what it is kept for"""
    balance_minor: int
    """what it holds; minor units of the venue's currency"""


class TrialBalanceRecord(Struct, frozen=True, kw_only=True):
    """Every account with a balance; their sum is 0."""

    accounts: list[TrialBalanceRow]
    """each"""
    sum_minor: int
    """0; minor units of the venue's currency"""


class FirstAnswer(Struct, frozen=True, kw_only=True):
    """The first answer to a command's key."""

    op: str
    """the command"""
    status: int
    """of HTTP"""
    result: dict[str, Any]
    """as it was answered"""
