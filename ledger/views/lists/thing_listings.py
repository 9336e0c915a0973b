"""The lists that the views answer: what a row shows, in which order, and what may narrow it.

A clause narrows a list only when its term was given. `key` orders the rows and ends their cursor.
"""

from typing import NamedTuple


class Listing(NamedTuple):
    """One list: SQL for its rows, the expression that orders them, and its clauses by name."""

    rows: str  # SELECT … FROM …
    key: str  # unique, and ascending with time or name
    born: str  # the position at which a row came to be: a cursor pins it
    clauses: dict[str, str]
    is_newest_first: bool = False
    at_ns: str = ""  # what `from` and `to` look at


_OWNER = "coalesce(tn.holder, tu.holder, '')"

# Who is concerned by a unit: its owner (untitled: its registrant), the operator who has it in hand,
# the lessee of its node, and whoever is buying it.
_UNIT_CONCERNS = f"""(
    %(party)s IN (coalesce(nullif({_OWNER}, ''), u.registrant), n.operator)
    OR EXISTS (SELECT FROM views.leases l WHERE l.node = u.node AND l.lessee = %(party)s
               AND l.state IN ('agreed', 'running'))
    OR EXISTS (SELECT FROM views.settlements x WHERE x.buyer = %(party)s
               AND x.state NOT IN ('settled', 'unwound')
               AND (x.nodes ? u.node OR x.units ? u.unit)))
"""

UNITS = Listing(
    rows=f"""
        SELECT u.unit, u.vendor, u.model, u.serial, u.board_part_number, u.uuid, u.identity, u.node,
               u.slot, u.registrant, {_OWNER} AS owner, n.operator, n.custodian, n.site,
               s.delivery_point, u.grade, u.grade_reasons, u.grade_valid_to_ns, u.provenance,
               u.gaps, u.state, u.report_sha256, u.taken_ns, u.flags, u.position, u.at_ns
        FROM views.units u JOIN views.nodes n USING (node)
        LEFT JOIN views.sites s ON s.site = n.site
        LEFT JOIN views.titles tu ON tu.thing = u.unit
        LEFT JOIN views.titles tn ON tn.thing = u.node""",
    key="u.position",
    born="u.position",
    clauses={
        "party": _UNIT_CONCERNS,
        "unit": "u.unit = %(unit)s",
        "node": "u.node = %(node)s",
        "site": "n.site = %(site)s",
        "state": "u.state = %(state)s",
        "model": "u.model = %(model)s",
    },
)

_NODE_CONCERNS = """(
    %(party)s IN (coalesce(t.holder, n.registrant), n.operator)
    OR EXISTS (SELECT FROM views.leases l WHERE l.node = n.node AND l.lessee = %(party)s
               AND l.state IN ('agreed', 'running'))
    OR EXISTS (SELECT FROM views.settlements x WHERE x.buyer = %(party)s
               AND x.state NOT IN ('settled', 'unwound') AND x.nodes ? n.node))
"""

NODES = Listing(
    rows="""
        SELECT n.node, n.chassis_vendor, n.chassis_model, n.chassis_serial, n.model, n.form, n.site,
               s.delivery_point, n.operator, n.custodian, n.registrant,
               coalesce(t.holder, '') AS owner, n.nvlink, n.fabric_mbps_per_gpu, g.gpus, g.units,
               g.grade, g.provenance, g.identity,
               CASE WHEN n.model <> '' THEN n.model || '.' || g.grade || right(g.provenance, 1)
                    ELSE '' END AS asset_class,
               n.position, n.at_ns
        FROM views.nodes n
        LEFT JOIN views.sites s ON s.site = n.site
        LEFT JOIN views.titles t ON t.thing = n.node
        CROSS JOIN LATERAL (
            SELECT count(*) AS gpus, jsonb_agg(u.unit ORDER BY u.slot, u.position) AS units,
                   max(u.grade) AS grade,
                   CASE WHEN bool_or(u.provenance = 'P0') THEN 'P0'
                        WHEN bool_or(u.provenance = 'P2') THEN 'P2' ELSE 'P1' END AS provenance,
                   CASE WHEN bool_or(u.identity = 'weak') THEN 'weak'
                        WHEN bool_or(u.identity = 'medium') THEN 'medium'
                        ELSE 'strong' END AS identity
            FROM views.units u WHERE u.node = n.node AND u.state <> 'retired') g""",
    key="n.position",
    born="n.position",
    clauses={
        "party": _NODE_CONCERNS,
        "node": "n.node = %(node)s",
        "site": "n.site = %(site)s",
        "model": "n.model = %(model)s",
    },
)

HOLDINGS = Listing(
    rows="""
        SELECT h.party, h.thing, h.model, h.model || '.' || h.grade || right(h.provenance, 1)
                   AS asset_class, h.gpus, h.grade, h.provenance, h.site, h.delivery_point, h.basis,
               (SELECT o."order" FROM views.orders o WHERE o.party = h.party AND o.side = 'ask'
                    AND o.ended = '' AND o.open_lots > 0 AND o.nodes ? h.thing LIMIT 1) AS "order",
               (SELECT x.settlement FROM views.settlements x WHERE x.seller = h.party
                    AND x.state NOT IN ('settled', 'unwound')
                    AND (x.nodes ? h.thing OR x.units ? h.thing) LIMIT 1) AS settlement,
               (SELECT l.lease FROM views.leases l WHERE l.state = 'running'
                    AND (l.node = h.thing OR l.units ? h.thing) LIMIT 1) AS lease,
               h.position, h.at_ns
        FROM public.holdings h""",
    key="h.thing",
    born="h.position",
    clauses={"party": "h.party = %(party)s", "site": "h.site = %(site)s"},
)

CHAIN = Listing(
    rows="""
        SELECT c.position, c.at_ns, c.thing, c.from_party, c.to_party, c.basis, c.price_minor,
               c.settlement, c.subject_to, c.document_sha256, c.effective_ns
        FROM views.chain c""",
    key="c.position",
    born="c.position",
    clauses={
        "thing": """c.thing IN (%(thing)s,
            (SELECT u.node FROM views.units u WHERE u.unit = %(thing)s))""",
        "party": "%(party)s IN (c.from_party, c.to_party)",
    },
    at_ns="c.at_ns",
)

SITES = Listing(
    rows="SELECT s.* FROM views.sites s",
    key="s.position",
    born="s.position",
    clauses={
        "site": "s.site = %(site)s",
        "party": "s.operator = %(party)s",
        "state": "s.status = %(state)s",
    },
)

PARTIES = Listing(
    rows="""
        SELECT p.party, p.legal_name, p.kind, p.jurisdiction, p.registration_no, p."group",
               p.kyc_tier, p.is_suspended,
               (SELECT coalesce(jsonb_agg(r.role ORDER BY r.position, r.role), '[]')
                FROM views.roles r WHERE r.party = p.party) AS roles, p.position, p.at_ns
        FROM views.parties p""",
    key="p.position",
    born="p.position",
    clauses={"party": "p.party = %(party)s"},
)

PRINCIPALS = Listing(
    rows="""
        SELECT k.principal, k.party, k.holder_sha256, k.public_key, k.scopes, k.ip_allow,
               k.signing, k.label, k.valid_to_ns, k.is_revoked, k.position, k.at_ns
        FROM views.principals k""",
    key="k.position",
    born="k.position",
    clauses={"party": "k.party = %(party)s", "principal": "k.principal = %(principal)s"},
)

MODELS = Listing(
    rows="SELECT m.* FROM views.models m", key="m.model", born="m.position", clauses={}
)

RULES = Listing(
    rows="SELECT r.rule, r.value, r.from_ns, r.basis, r.position, r.at_ns FROM views.rules r",
    key="r.position",
    born="r.position",
    clauses={"rule": "r.rule = %(rule)s"},
)

REPORTS = Listing(
    rows="""
        SELECT r.report_sha256, r.site, r.format, r.taken_ns, r.warnings,
               (SELECT coalesce(jsonb_agg(jsonb_build_object('unit', u.unit, 'node', u.node,
                    'grade', u.grade, 'identity', u.identity) ORDER BY u.position), '[]')
                FROM views.units u WHERE u.report_sha256 = r.report_sha256) AS units,
               r.position, r.at_ns
        FROM views.reports r JOIN views.sites s USING (site)""",
    key="r.position",
    born="r.position",
    clauses={
        "report_sha256": "r.report_sha256 = %(report_sha256)s",
        "party": "s.operator = %(party)s",
    },
)

INSPECTIONS = Listing(
    rows="SELECT i.* FROM views.inspections i",
    key="i.position",
    born="i.position",
    clauses={"unit": "i.unit = %(unit)s"},
)

DOCUMENTS = Listing(
    rows="SELECT d.* FROM views.documents d",
    key="d.position",
    born="d.position",
    clauses={"unit": "d.unit = %(unit)s"},
)
