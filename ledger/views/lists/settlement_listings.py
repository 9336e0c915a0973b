"""The list of settlements: what was sold, and how far delivery and payment have come."""

from ledger.refusals import Reason
from ledger.views.lists.declaration import Filter, Listing, ListPath, RecordPath, equal, of
from ledger.views.lists.filter_values import SYMBOL, words
from ledger.words import SettlementState

SETTLEMENTS = Listing(
    columns=of(
        "x",
        "settlement trade market seller buyer nodes units lots price_minor_per_gpu notional_minor"
        " buyer_fee_minor seller_fee_minor is_related state mode to_site due_ns inspection_ns"
        " inspect_until_ns cure_until_ns receipt_sha256 report_sha256 by_timeout at_fault reason"
        " position at_ns changed_ns",
    ),
    source="views.settlements x",
    key="x.position",
    since="x.position",
    filters={"party": Filter("%(party)s IN (x.buyer, x.seller)")}
    | equal(
        {"settlement": "x.settlement", "market": "x.market", "state": "x.state"},
        market=SYMBOL,
        state=words(SettlementState),
    ),
    is_newest_first=True,
    at_ns="x.at_ns",
    served=ListPath("/v1/settlements", "Settlements", ("market", "state")),
    record=RecordPath(
        "/v1/settlements/{settlement}", "A settlement", Reason.unknown_settlement, "settlement"
    ),
)

LISTINGS = (SETTLEMENTS,)
