"""The lists of cash and of what it is owed for: accounts, payments, settlements, leases."""

from ledger.views.lists.thing_listings import Listing

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
