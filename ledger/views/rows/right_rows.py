"""What the views keep of titles and their chain, of holds and of leases."""

from ledger.events import (
    HoldPlaced,
    HoldReleased,
    LeaseCommenced,
    LeaseEnded,
    LeaseGranted,
    TitleIssued,
    TitleTransferred,
    UsageMetered,
)
from ledger.views.rows.changes import Change, RowInsert, RowUpdate, Rules, ViewTable, columns


def title_issued(event: TitleIssued, position: int) -> list[Change]:
    link = {
        "from_party": "",
        "to_party": event.holder,
        "price_minor": 0,
        "settlement": "",
        "subject_to": [],
        "document_sha256": event.document_sha256,
    }
    return _passed(event, event.holder, position, link)


def title_transferred(event: TitleTransferred, position: int) -> list[Change]:
    link = {
        "from_party": event.from_party,
        "to_party": event.to_party,
        "price_minor": event.price_minor,
        "settlement": event.settlement,
        "subject_to": event.subject_to,
        "document_sha256": "",
    }
    return _passed(event, event.to_party, position, link)


def _passed(
    event: TitleIssued | TitleTransferred, holder: str, position: int, link: dict[str, object]
) -> list[Change]:
    stamp = {
        "thing": event.thing,
        "basis": event.basis,
        "position": position,
        "at_ns": event.at_ns,
    }
    return [
        RowUpdate("titles", (event.thing,), stamp | {"holder": holder}),
        RowInsert("chain", (position,), stamp | link | {"effective_ns": event.effective_ns}),
    ]


def hold_placed(event: HoldPlaced, position: int) -> list[Change]:
    subject = event.node or event.unit or event.party
    row = columns(event, subject=subject, released_ns=0, reason="", position=position)
    return [RowInsert("holds", (event.hold,), row)]


def hold_released(event: HoldReleased, position: int) -> list[Change]:
    put = {"released_ns": event.at_ns, "reason": event.reason}
    return [RowUpdate("holds", (event.hold,), put)]


def lease_granted(event: LeaseGranted, position: int) -> list[Change]:
    row = columns(event, state="agreed", position=position, trade=event.reference)
    return [RowInsert("leases", (event.lease,), row)]


def lease_commenced(event: LeaseCommenced, position: int) -> list[Change]:
    return [RowUpdate("leases", (event.lease,), {"state": "running"})]


def usage_metered(event: UsageMetered, position: int) -> list[Change]:
    add = {
        "available_gpu_ns": event.available_gpu_ns,
        "down_gpu_ns": event.down_gpu_ns,
        "energy_wh": event.energy_wh,
        "earned_minor": event.earned_minor,
        "fee_minor": event.fee_minor,
        "returned_minor": event.returned_minor,
    }
    return [RowUpdate("leases", (event.lease,), {"metered_to_ns": event.to_ns}, add)]


def lease_ended(event: LeaseEnded, position: int) -> list[Change]:
    add = {
        "returned_minor": event.returned_minor,
        "deposit_returned_minor": event.deposit_minor,
    }
    return [RowUpdate("leases", (event.lease,), {"state": "ended"}, add)]


RULES: Rules = {
    TitleIssued: title_issued,
    TitleTransferred: title_transferred,
    HoldPlaced: hold_placed,
    HoldReleased: hold_released,
    LeaseGranted: lease_granted,
    LeaseCommenced: lease_commenced,
    UsageMetered: usage_metered,
    LeaseEnded: lease_ended,
}

TABLES = {
    "titles": ViewTable(("thing",)),
    "chain": ViewTable(("position",), is_settled=True),
    "holds": ViewTable(("hold",)),
    "leases": ViewTable(("lease",)),
}
