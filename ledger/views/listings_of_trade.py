"""The lists of money, orders, trades, settlements and leases; of the journal itself, too."""

from ledger.views.listings import Listing

CASH = Listing(
    rows="""
        SELECT a.account, a.party, a.kind, a.reference, a.balance_minor, a.position
        FROM views.accounts a""",
    key="a.account",
    born="0",
    clauses={"party": "a.party = %(party)s", "kind": "a.kind = %(kind)s"},
)

POSTINGS = Listing(
    rows="""
        SELECT p.position, p.line, p.account, p.party, p.amount_minor, p.kind, p.entry, p.at_ns
        FROM views.postings p""",
    key="(p.position * 256 + p.line)",
    born="p.position",
    clauses={
        "party": "p.party = %(party)s",
        "account": "p.account = %(account)s",
        "kind": "p.kind = %(kind)s",
    },
    is_newest_first=True,
    at_ns="p.at_ns",
)

PAYMENTS = Listing(
    rows="""
        SELECT y.payment, y.party, y.amount_minor, y.legs, y.payer, y.state, y.payer_reference,
               y.reason, y.position, y.at_ns
        FROM views.payments y""",
    key="y.position",
    born="y.position",
    clauses={
        "party": "y.party = %(party)s",
        "payment": "y.payment = %(payment)s",
        "state": "y.state = %(state)s",
    },
    is_newest_first=True,
    at_ns="y.at_ns",
)

ENTRIES = Listing(
    rows="""
        SELECT j.entry, j.kind, j.reference, j.postings, j.reverses_position, j.position, j.at_ns
        FROM views.entries j""",
    key="j.position",
    born="j.position",
    clauses={"entry": "j.entry = %(entry)s", "kind": "j.kind = %(kind)s"},
    is_newest_first=True,
    at_ns="j.at_ns",
)

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

SETTLEMENTS = Listing(
    rows="""
        SELECT x.settlement, x.trade, x.market, x.seller, x.buyer, x.nodes, x.units, x.lots,
               x.price_minor_per_gpu, x.notional_minor, x.buyer_fee_minor, x.seller_fee_minor,
               x.is_related, x.state, x.mode, x.to_site, x.due_ns, x.inspection_ns,
               x.inspect_until_ns, x.cure_until_ns, x.receipt_sha256, x.report_sha256,
               x.by_timeout, x.at_fault, x.reason, x.position, x.at_ns, x.changed_ns
        FROM views.settlements x""",
    key="x.position",
    born="x.position",
    clauses={
        "party": "%(party)s IN (x.buyer, x.seller)",
        "settlement": "x.settlement = %(settlement)s",
        "market": "x.market = %(market)s",
        "state": "x.state = %(state)s",
    },
    is_newest_first=True,
    at_ns="x.at_ns",
)

LEASES = Listing(
    rows="""
        SELECT l.*, n.site FROM views.leases l JOIN views.nodes n USING (node)""",
    key="l.position",
    born="l.position",
    clauses={
        "party": "%(party)s IN (l.lessor, l.lessee)",
        "lease": "l.lease = %(lease)s",
        "state": "l.state = %(state)s",
        "site": "n.site = %(site)s",
    },
    is_newest_first=True,
    at_ns="l.at_ns",
)

PROPOSALS = Listing(
    rows="""
        SELECT z.proposal, z.op, z.party, z.principal, z.reference, z.expires_ns, z.needs, z.args,
               z.state,
               (SELECT coalesce(jsonb_agg(jsonb_build_object('party', a.party,
                    'principal', a.principal, 'verdict', a.verdict, 'position', a.position)
                    ORDER BY a.position), '[]')
                FROM views.approvals a WHERE a.proposal = z.proposal) AS approvals,
               z.position, z.at_ns
        FROM views.proposals z""",
    key="z.position",
    born="z.position",
    clauses={
        "party": "(z.party = %(party)s OR z.needs ? ('party:' || %(party)s))",
        "proposal": "z.proposal = %(proposal)s",
        "state": "z.state = %(state)s",
    },
    is_newest_first=True,
    at_ns="z.at_ns",
)

HOLDS = Listing(
    rows="SELECT h.* FROM views.holds h",
    key="h.position",
    born="h.position",
    clauses={"hold": "h.hold = %(hold)s", "subject": "h.subject = %(subject)s"},
)

_RIGHTS = "'title_issued', 'title_transferred', 'hold_placed', 'hold_released', 'custody_moved'"

EVENTS = Listing(
    rows="""
        SELECT e.position, e.stream, e.version, e.topic, (e.event->>'at_ns')::bigint AS at_ns,
               e.event, c.party, c.principal, c.op, c.label
        FROM (SELECT notification_id AS position, originator_id AS stream,
                     originator_version AS version, topic,
                     convert_from(state, 'UTF8')::jsonb AS event
              FROM public.stored_events) e
        LEFT JOIN public.commands c
            ON c.first_position = coalesce((e.event->>'cause')::bigint, e.position)""",
    key="e.position",
    born="e.position",
    clauses={
        "stream": "e.stream = %(stream)s",
        "topic": "e.topic = %(topic)s",
        "from_position": "e.position >= %(from_position)s",
        "to_position": "e.position <= %(to_position)s",
        # a unit's life: its own stream, and its board's rights and leases
        "unit": f"""(e.stream = 'unit:' || %(unit)s
            OR (e.stream = 'node:' || %(node)s AND e.topic IN ({_RIGHTS}))
            OR e.stream IN (SELECT 'lease:' || l.lease FROM views.leases l
                            WHERE l.node = %(node)s
                            AND (l.units = '[]' OR l.units ? %(unit)s)))""",
        "board": """(e.stream = 'node:' || %(board)s
            OR e.stream IN (SELECT 'lease:' || l.lease FROM views.leases l
                            WHERE l.node = %(board)s))""",
    },
)
