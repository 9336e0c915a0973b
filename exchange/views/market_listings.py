"""The lists of the market: orders and fills, the public tape, instruments."""

from exchange.words import OrderState, Side
from ledger.ids import OrderId
from ledger.refusals import Reason
from ledger.views.lists.declaration import Listing, ListPath, RecordPath, equal, of, with_rows
from ledger.views.lists.filter_values import LABEL, SYMBOL, id_of, words

FILLS_OF_A_RECORD = 1_000

ORDERS = Listing(
    columns=of(
        "o",
        "order key market party principal side type time_in_force price_ticks lots open_lots"
        " filled_lots",
    )
    | {"held_minor": "coalesce(a.balance_minor, 0)"}
    | of("o", "nodes expires_ns post_only label state cause position at_ns changed_ns"),
    source="""views.orders o
        LEFT JOIN views.accounts a
            ON o.hold <> '' AND a.account = o.party || '/on_hold/' || o.hold""",
    key="o.position",
    since="o.position",
    filters=equal(
        {
            "party": "o.party",
            "order": 'o."order"',
            "key": "o.key",
            "market": "o.market",
            "side": "o.side",
            "state": "o.state",
            "label": "o.label",
        },
        market=SYMBOL,
        state=words(OrderState),
        side=words(Side),
        label=LABEL,
    ),
    is_newest_first=True,
    at_ns="o.at_ns",
    served=ListPath("/v1/orders", "Orders, newest first", ("market", "state", "side", "label")),
)

FILLS = Listing(
    columns=of(
        "f",
        "fill order party market side price_ticks lots role notional_minor fee_minor settlement"
        " trade position at_ns",
    ),
    source="public.fills f",
    key="(f.position * 2 + (f.side = 'bid')::int)",
    since="f.position",
    filters=equal(
        {"party": "f.party", "order": 'f."order"', "market": "f.market"},
        order=id_of(OrderId),
        market=SYMBOL,
    ),
    is_newest_first=True,
    at_ns="f.at_ns",
    served=ListPath("/v1/fills", "Fills, newest first", ("order", "market")),
)

ORDER_WITH_FILLS = with_rows(
    ORDERS, fills=FILLS.embedded('f."order" = o."order"', FILLS_OF_A_RECORD)
)._replace(
    served=None,
    record=RecordPath(
        "/v1/orders/{order}",
        "An order with its fills",
        Reason.unknown_order,
        "order",
        prefixes={"key:": "key"},  # as the key of its command names it
    ),
)

# Prints without their parties, for everybody.
TRADES = Listing(
    columns=of("t", "trade market price_ticks lots taker mode notional_minor position at_ns"),
    source="views.trades t",
    key="t.position",
    since="t.position",
    filters=equal({"market": "t.market"}),
    is_newest_first=True,
    at_ns="t.at_ns",
)

# The gateway shows instruments as they stand live; this is what the views know of them.
INSTRUMENTS = Listing(
    columns=of("i", "market kind model")
    | {
        "asset_class": """CASE WHEN i.grade IS NULL THEN i.model
            ELSE i.model || '.' || i.grade || right(i.provenance, 1) END"""
    }
    | of(
        "i",
        "grade provenance delivery_point gpus_per_lot starts_ns ends_ns hours lot_size"
        " last_trade_ns phase reference_ticks low_ticks high_ticks rule_position",
    )
    | {"last_ticks": "t.price_ticks", "last_at_ns": "t.at_ns"}
    | of("i", "position at_ns"),
    source="""views.instruments i
        LEFT JOIN LATERAL (SELECT t.price_ticks, t.at_ns FROM views.trades t
            WHERE t.market = i.market ORDER BY t.position DESC LIMIT 1) t ON true""",
    key="i.market",
    since="i.position",
    filters=equal({"market": "i.market", "kind": "i.kind"}),
)

LISTINGS = (ORDERS, FILLS, ORDER_WITH_FILLS)
