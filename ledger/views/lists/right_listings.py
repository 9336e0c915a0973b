"""The lists of rights: holds, who owns what, and a GPU's chain of title."""

from ledger.ids import NodeId, PartyId, UnitId
from ledger.refusals import Reason
from ledger.views.lists.declaration import (
    Filter,
    Listing,
    ListPath,
    RecordPath,
    equal,
    of,
    with_rows,
)
from ledger.views.lists.filter_values import id_of
from ledger.views.lists.thing_listings import HOLDINGS, UNITS

LINKS_OF_A_RECORD = 100

HOLDS = Listing(
    columns=of(
        "h",
        "hold subject kind from_ns to_ns reference basis_sha256 released_ns reason position at_ns",
    ),
    source="views.holds h",
    key="h.position",
    since="h.position",
    filters=equal({"subject": "h.subject"}, subject=id_of(NodeId, UnitId, PartyId)),
    served=ListPath("/v1/holds", "Bars", ("subject",), scopes=("audit", "comply"), rows="all"),
)

AUDIT_HOLDINGS = HOLDINGS._replace(
    served=ListPath("/v1/audit/holdings", "Who owns what", ("site",), scopes=("audit",))
)

# The chain of title, oldest first; a unit's is its board's where it sits on one.
CHAIN = Listing(
    columns=of(
        "c",
        "position at_ns thing from_party to_party basis price_minor settlement subject_to"
        " document_sha256 effective_ns",
    ),
    source="views.chain c",
    key="c.position",
    since="c.position",
    filters={
        "thing": Filter(
            """c.thing IN (%(thing)s,
            (SELECT u.node FROM views.units u WHERE u.unit = %(thing)s))"""
        )
    },
    at_ns="c.at_ns",
)

UNIT_WITH_CHAIN = with_rows(
    UNITS, chain=CHAIN.embedded("c.thing IN (u.unit, u.node)", LINKS_OF_A_RECORD)
)._replace(
    served=None,
    record=RecordPath(
        "/v1/units/{unit}", "A GPU, with its chain of title", Reason.unknown_unit, "unit"
    ),
)

LISTINGS = (HOLDS, AUDIT_HOLDINGS, UNIT_WITH_CHAIN)
