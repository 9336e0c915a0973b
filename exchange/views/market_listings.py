"""The lists of the market: instruments, orders, trades and fills."""

from ledger.views.lists.thing_listings import Listing

INSTRUMENTS = Listing(
    rows="""
        SELECT i.market, i.kind, i.model,
               CASE WHEN i.grade IS NULL THEN i.model
                    ELSE i.model || '.' || i.grade || right(i.provenance, 1) END AS asset_class,
               i.grade, i.provenance, i.delivery_point, i.gpus_per_lot, i.starts_ns, i.ends_ns,
               i.hours, i.lot_size, i.last_trade_ns, i.phase, i.reference_ticks, i.low_ticks,
               i.high_ticks, i.rule_position, t.price_ticks AS last_ticks, t.at_ns AS last_at_ns,
               i.position, i.at_ns
        FROM views.instruments i
        LEFT JOIN LATERAL (SELECT t.price_ticks, t.at_ns FROM views.trades t
            WHERE t.market = i.market ORDER BY t.position DESC LIMIT 1) t ON true""",
    key="i.market",
    born="i.position",
    clauses={"market": "i.market = %(market)s", "kind": "i.kind = %(kind)s"},
)

ORDERS = Listing(
    rows="""
        SELECT o."order", o.key, o.market, o.party, o.principal, o.side, o.type, o.time_in_force,
               o.price_ticks, o.lots, o.open_lots, o.filled_lots,
               coalesce(a.balance_minor, 0) AS held_minor, o.nodes, o.expires_ns, o.post_only,
               o.label, o.state, o.cause, o.position, o.at_ns, o.changed_ns
        FROM views.orders o
        LEFT JOIN views.accounts a
            ON o.hold <> '' AND a.account = o.party || '/on_hold/' || o.hold""",
    key="o.position",
    born="o.position",
    clauses={
        "party": "o.party = %(party)s",
        "order": 'o."order" = %(order)s',
        "key": "o.key = %(key)s",
        "market": "o.market = %(market)s",
        "side": "o.side = %(side)s",
        "state": "o.state = %(state)s",
        "label": "o.label = %(label)s",
    },
    is_newest_first=True,
    at_ns="o.at_ns",
)

PUBLIC_TRADES = Listing(
    rows="""
        SELECT t.trade, t.market, t.price_ticks, t.lots, t.taker, t.mode, t.notional_minor,
               t.position, t.at_ns
        FROM views.trades t""",
    key="t.position",
    born="t.position",
    clauses={"market": "t.market = %(market)s", "trade": "t.trade = %(trade)s"},
    is_newest_first=True,
    at_ns="t.at_ns",
)

TRADES = PUBLIC_TRADES._replace(
    rows="SELECT t.* FROM views.trades t",
    clauses=PUBLIC_TRADES.clauses | {"party": "%(party)s IN (t.buyer, t.seller)"},
)

FILLS = Listing(
    rows="""
        SELECT f.fill, f."order", f.party, f.market, f.side, f.price_ticks, f.lots, f.role,
               f.notional_minor, f.fee_minor, f.settlement, f.trade, f.position, f.at_ns
        FROM public.fills f""",
    key="(f.position * 2 + (f.side = 'bid')::int)",
    born="f.position",
    clauses={
        "party": "f.party = %(party)s",
        "order": 'f."order" = %(order)s',
        "market": "f.market = %(market)s",
    },
    is_newest_first=True,
    at_ns="f.at_ns",
)
