"""The lists of things: sites, reports, GPUs and servers, and what is held of them."""

from ledger.ids import NodeId, SiteId
from ledger.refusals import Reason
from ledger.views.lists.declaration import Filter, Listing, ListPath, RecordPath, equal, of
from ledger.views.lists.filter_values import MODEL, id_of, words
from ledger.words import SiteStatus, UnitState

_SITE = id_of(SiteId)

SITES = Listing(
    columns=of(
        "s",
        "site name operator delivery_point status lat_e6 lon_e6 power_w pue_bp"
        " tariff_millis_per_kwh uplink_mbps latency_us gpus_planned position at_ns",
    ),
    source="views.sites s",
    key="s.position",
    since="s.position",
    filters=equal(
        {"site": "s.site", "party": "s.operator", "state": "s.status"}, state=words(SiteStatus)
    ),
    nested=frozenset(("latency_us",)),  # a point's name may end in `_ns`, too
    served=ListPath("/v1/sites", "Sites", ("state",)),
    record=RecordPath("/v1/sites/{site}", "A site", Reason.unknown_site, "site"),
)

# Which data centres there are: whoever names one has to find it. What it costs is its operator's.
SITE_DIRECTORY = Listing(
    columns=of("s", "site name operator delivery_point status position"),
    source="views.sites s",
    key="s.position",
    since="s.position",
    filters=equal({"state": "s.status"}, state=words(SiteStatus)),
    served=ListPath("/v1/site_directory", "Every site, by name", ("state",), rows="all"),
)

_UNITS_OF_REPORT = """(SELECT coalesce(jsonb_agg(jsonb_build_object('unit', u.unit,
        'node', u.node, 'grade', u.grade, 'identity', u.identity) ORDER BY u.position), '[]')
    FROM views.units u WHERE u.report_sha256 = r.report_sha256)"""

REPORTS = Listing(
    columns=of("r", "report_sha256 site format taken_ns warnings")
    | {"units": _UNITS_OF_REPORT}
    | of("r", "position at_ns"),
    source="views.reports r JOIN views.sites s USING (site)",
    key="r.position",
    since="r.position",
    filters=equal({"report_sha256": "r.report_sha256", "party": "s.operator"}),
    record=RecordPath(
        "/v1/imports/{report}", "An inventory report", Reason.unknown_document, "report_sha256"
    ),
)

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

_HOLDS_ON = """(SELECT coalesce(jsonb_agg(h.hold ORDER BY h.position), '[]')
    FROM views.holds h WHERE h.released_ns = 0 AND h.subject = {subject})"""

UNITS = Listing(
    columns=of("u", "unit vendor model serial board_part_number uuid identity node slot registrant")
    | {"owner": _OWNER}
    | of("n", "operator custodian site")
    | of("s", "delivery_point")
    | of(
        "u",
        "grade grade_reasons grade_valid_to_ns provenance gaps state report_sha256 taken_ns flags",
    )
    | {"holds": _HOLDS_ON.format(subject="u.unit")}
    | of("u", "position at_ns"),
    source="""views.units u JOIN views.nodes n USING (node)
        LEFT JOIN views.sites s ON s.site = n.site
        LEFT JOIN views.titles tu ON tu.thing = u.unit
        LEFT JOIN views.titles tn ON tn.thing = u.node""",
    key="u.position",
    since="u.position",
    filters={"party": Filter(_UNIT_CONCERNS)}
    | equal(
        {
            "unit": "u.unit",
            "node": "u.node",
            "site": "n.site",
            "state": "u.state",
            "model": "u.model",
        },
        site=_SITE,
        node=id_of(NodeId),
        state=words(UnitState),
        model=MODEL,
    ),
    served=ListPath("/v1/units", "GPUs", ("site", "node", "state", "model")),
)

_NODE_CONCERNS = """(
    %(party)s IN (coalesce(t.holder, n.registrant), n.operator)
    OR EXISTS (SELECT FROM views.leases l WHERE l.node = n.node AND l.lessee = %(party)s
               AND l.state IN ('agreed', 'running'))
    OR EXISTS (SELECT FROM views.settlements x WHERE x.buyer = %(party)s
               AND x.state NOT IN ('settled', 'unwound') AND x.nodes ? n.node))
"""

NODES = Listing(
    columns=of("n", "node chassis_vendor chassis_model chassis_serial model form site")
    | of("s", "delivery_point")
    | of("n", "operator custodian registrant")
    | {"owner": "coalesce(t.holder, '')"}
    | of("n", "nvlink fabric_mbps_per_gpu")
    | of("g", "gpus units grade provenance identity")
    | {
        "asset_class": """CASE WHEN n.model <> ''
            THEN n.model || '.' || g.grade || right(g.provenance, 1) ELSE '' END""",
        "holds": _HOLDS_ON.format(subject="n.node"),
    }
    | of("n", "position at_ns"),
    source="""views.nodes n
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
    since="n.position",
    filters={"party": Filter(_NODE_CONCERNS)}
    | equal({"node": "n.node", "site": "n.site", "model": "n.model"}, site=_SITE, model=MODEL),
    served=ListPath("/v1/nodes", "Servers", ("site", "model")),
    record=RecordPath("/v1/nodes/{node}", "A server", Reason.unknown_node, "node"),
)

_OFFERING = """FROM views.orders o WHERE o.party = h.party
            AND o.side = 'ask' AND o.ended = '' AND o.open_lots > 0 AND o.nodes ? h.thing"""
_LETTING = """FROM views.leases l WHERE l.state IN ('agreed', 'running')
            AND (l.node = h.thing OR l.units ? h.thing)"""

HOLDINGS = Listing(
    columns=of("h", "party thing model")
    | {"asset_class": "h.model || '.' || h.grade || right(h.provenance, 1)"}
    | of("h", "gpus grade provenance site delivery_point basis")
    | {
        "order": f"""(SELECT o."order" {_OFFERING} ORDER BY o.position LIMIT 1)""",
        "settlement": """(SELECT x.settlement FROM views.settlements x
            WHERE x.seller = h.party AND x.state NOT IN ('settled', 'unwound')
            AND (x.nodes ? h.thing OR x.units ? h.thing) LIMIT 1)""",
        "lease": f"""(SELECT l.lease {_LETTING} AND l.state = 'running' LIMIT 1)""",
    }
    | of("h", "position at_ns")
    | {
        "orders": f"""(SELECT coalesce(jsonb_agg(o."order" ORDER BY o.position), '[]')
            {_OFFERING})""",
        "leases": f"""(SELECT coalesce(jsonb_agg(l.lease ORDER BY l.from_ns), '[]')
            {_LETTING})""",
    },
    source="public.holdings h",
    key="h.thing",
    since="h.position",
    filters=equal({"party": "h.party", "site": "h.site"}, site=_SITE),
    served=ListPath("/v1/holdings", "Titled things and where they stand", ("site",)),
)

LISTINGS = (SITES, SITE_DIRECTORY, REPORTS, UNITS, NODES, HOLDINGS)
