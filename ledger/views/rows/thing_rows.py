"""What the views keep of sites, reports, nodes and units, and of the papers behind them."""

from typing import Any

from ledger.events import (
    CustodyMoved,
    IdentityConflictFound,
    NodeIdentified,
    NodeRegistered,
    NodeSiteSet,
    ProvenanceFiled,
    ProvenanceGraded,
    ProvenanceVerified,
    ReportFiled,
    SiteRegistered,
    SiteStatusSet,
    UnitGraded,
    UnitIdentified,
    UnitInspected,
    UnitRegistered,
)
from ledger.views.rows.changes import Change, RowInsert, RowUpdate, Rules, ViewTable, columns


def site_registered(event: SiteRegistered, position: int) -> list[Change]:
    return [RowInsert("sites", (event.site,), columns(event, gpus_planned=0, position=position))]


def site_status_set(event: SiteStatusSet, position: int) -> list[Change]:
    put = {"status": event.status, "gpus_planned": event.gpus_planned}
    return [RowUpdate("sites", (event.site,), put)]


def report_filed(event: ReportFiled, position: int) -> list[Change]:
    return [RowUpdate("reports", (event.report_sha256,), columns(event, position=position))]


def node_registered(event: NodeRegistered, position: int) -> list[Change]:
    row = columns(event, custodian=event.operator, position=position)
    return [RowInsert("nodes", (event.node,), row)]


def node_identified(event: NodeIdentified, position: int) -> list[Change]:
    put = {"model": event.model, "form": event.form, "nvlink": event.nvlink}
    return [RowUpdate("nodes", (event.node,), put)]


def node_site_set(event: NodeSiteSet, position: int) -> list[Change]:
    put = {"site": event.site, "operator": event.operator, "custodian": event.operator}
    return [RowUpdate("nodes", (event.node,), put)]


def custody_moved(event: CustodyMoved, position: int) -> list[Change]:
    put = {"custodian": event.to_party, "site": event.site}
    return [RowUpdate("nodes", (event.node,), put)]


def unit_registered(event: UnitRegistered, position: int) -> list[Change]:
    ungraded = {"grade": "U", "grade_valid_to_ns": 0, "provenance": "P0", "state": "registered"}
    row = columns(event, position=position) | ungraded
    return [RowInsert("units", (event.unit,), row)]


def unit_inspected(event: UnitInspected, position: int) -> list[Change]:
    """The newest report counts; an older one that comes later is history."""
    newest = {
        "report_sha256": event.report_sha256,
        "taken_ns": event.taken_ns,
        "flags": event.flags,
    }
    return [
        RowUpdate("units", (event.unit,), {"state": "ready"}),
        RowUpdate("units", (event.unit,), newest, newest_by="taken_ns"),
        RowInsert("inspections", (event.inspection,), columns(event, position=position)),
    ]


def unit_identified(event: UnitIdentified, position: int) -> list[Change]:
    put = {
        "serial": event.serial,
        "board_part_number": event.board_part_number,
        "uuid": event.uuid,
        "identity": event.identity,
    } | ({"model": event.model} if event.model else {})
    return [RowUpdate("units", (event.unit,), put)]


def identity_conflict_found(event: IdentityConflictFound, position: int) -> list[Change]:
    return [RowInsert("conflicts", (position,), columns(event, position=position))]


def unit_graded(event: UnitGraded, position: int) -> list[Change]:
    put: dict[str, Any] = {
        "grade": event.grade,
        "grade_reasons": event.reasons,
        "grade_valid_to_ns": event.valid_to_ns,
    }
    if "expired" in event.reasons:
        put["state"] = "registered"  # DOMAIN 4: READY goes back when its grade expires
    return [RowUpdate("units", (event.unit,), put)]


def provenance_filed(event: ProvenanceFiled, position: int) -> list[Change]:
    row = columns(event, is_verified=False, position=position)
    return [RowUpdate("documents", (event.unit, event.document_sha256), row)]


def provenance_verified(event: ProvenanceVerified, position: int) -> list[Change]:
    return [RowUpdate("documents", (event.unit, event.document_sha256), {"is_verified": True})]


def provenance_graded(event: ProvenanceGraded, position: int) -> list[Change]:
    put = {"provenance": event.provenance, "gaps": event.gaps}
    return [RowUpdate("units", (event.unit,), put)]


RULES: Rules = {
    SiteRegistered: site_registered,
    SiteStatusSet: site_status_set,
    ReportFiled: report_filed,
    NodeRegistered: node_registered,
    NodeIdentified: node_identified,
    NodeSiteSet: node_site_set,
    CustodyMoved: custody_moved,
    UnitRegistered: unit_registered,
    UnitInspected: unit_inspected,
    UnitIdentified: unit_identified,
    IdentityConflictFound: identity_conflict_found,
    UnitGraded: unit_graded,
    ProvenanceFiled: provenance_filed,
    ProvenanceVerified: provenance_verified,
    ProvenanceGraded: provenance_graded,
}

TABLES = {
    "sites": ViewTable(("site",)),
    "reports": ViewTable(("report_sha256",)),
    "nodes": ViewTable(("node",)),
    "units": ViewTable(("unit",)),
    "inspections": ViewTable(("inspection",), is_settled=True),
    "conflicts": ViewTable(("position",), is_settled=True),
    "documents": ViewTable(("unit", "document_sha256")),
}
