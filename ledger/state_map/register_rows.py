"""The rows of the register in form 2: one for each subject, with all that is known of it.

Frozen once a root is attested: a field that a later release gives to a record stands in `LATER`
and is shown only where it is not its default, so that the rows of older journals stay as they are.
Every list is there, and whole: an empty one says that there is none. Pure.
"""

from collections.abc import Iterator
from typing import Any, Final

from msgspec import to_builtins

from ledger.ids import PartyId, ThingId
from ledger.records import (
    Deposit,
    Document,
    Lease,
    LogLoss,
    Model,
    MonthTurnover,
    Node,
    Party,
    Payment,
    Periods,
    Principal,
    Proposal,
    Rule,
    Settlement,
    Site,
    Thing,
    Unit,
    Window,
)
from ledger.register import Register
from ledger.state_map.row import RecordForm, Row, listed
from ledger.state_map.subjects import VENUE, named

# What is made from other members of the register, or is no knowledge: no row of its own.
LEFT_OUT: Final = {
    "Register.owned": "an index of titles: each thing's row names its owner",
    "Register.timers": "when to look again: each row has the instants that it waits for",
    "Register.ended": "a courtesy: how what has left the register ended, which the journal tells",
}
SHOWN: Final[dict[type[Any], str]] = {
    Deposit: "position party amount_minor",
    Document: "kind names_serial is_verified filed_by",
    Lease: (
        "lease lessor lessee node things from_ns to_ns gpus price_minor_per_gpu_hour rent_minor"
        " prepaid_minor deposit_minor payee lessor_fee_bp lessee_fee_bp state metered_to_ns"
        " meter_due_ns available_gpu_ns earned_minor fee_minor returned_minor"
    ),
    LogLoss: "position origin size root_sha256",
    Periods: "closed_from_ns closed_to_ns carried_minor open_months",
    MonthTurnover: "label from_ns to_ns debit_minor credit_minor",
    Model: "model vendor form gpus_per_lot memory_mib tpp has_ecc names is_board",
    Node: (
        "node model form chassis_serial site operator custodian registrant nvlink"
        " fabric_mbps_per_gpu units"
    ),
    Party: (
        "party legal_name kind jurisdiction registration_no group roles kyc_tier is_suspended"
        " principals"
    ),
    Payment: "payment party amount_minor position",
    Principal: (
        "principal party holder_sha256 public_key scopes ip_allow signing label valid_to_ns"
        " is_revoked is_audit_given"
    ),
    Proposal: "proposal op party principal args expires_ns needs approvers",
    Rule: "value from_ns position",
    Settlement: (
        "settlement trade market seller buyer things notional_minor buyer_fee_minor"
        " seller_fee_minor price_minor_per_gpu inspection_ns due_ns state mode to_site"
        " inspect_until_ns cure_until_ns"
    ),
    Site: "site name operator delivery_point status zone",
    Thing: (
        "thing node units model number owner grade provenance identity site delivery_point order"
        " settlement last_sale_ns holds windows"
    ),
    Unit: (
        "unit vendor model serial board_part_number uuid identity node slot registrant grade"
        " grade_valid_to_ns provenance state report_sha256 taken_ns faults documents holds"
    ),
    Window: "from_ns to_ns order lease",
}
LATER: Final[dict[type[Any], str]] = {  # record -> its younger fields, as in SHOWN
    Party: "refused_servers",
}
_record = RecordForm(SHOWN, LATER).row


def register_rows(register: Register) -> Iterator[tuple[str, Row]]:
    """Every subject of the register, once, with its row."""
    yield VENUE, _venue(register)
    yield from _parties(register)
    yield from _things(register)
    for kind, records in _plain(register).items():
        for name, record in records.items():
            yield name, {"subject_kind": kind, **_record(record)}
    for code, model in register.models.items():
        yield named("model", code), {"subject_kind": "model", **_record(model)}
    for account, balance_minor in register.accounts.items():
        yield named("account", account), {"subject_kind": "account", "balance_minor": balance_minor}
    for reference, deposit in register.deposits.items():
        row = {"subject_kind": "bank_reference", **_record(deposit)}
        yield named("bank_reference", reference), row
    for report, site in register.reports.items():
        yield named("report", report), {"subject_kind": "report", "site": site}
    for rule, every in register.rules.records.items():
        dated = [{**_record(each), "value": to_builtins(each.value)} for each in every]
        row = {"subject_kind": "rule", "records": dated}
        yield named("rule", rule), row


def _plain(register: Register) -> dict[str, dict[Any, Any]]:
    """The kinds whose row is their record."""
    return {
        "lease": register.leases,
        "payment": register.payments,
        "proposal": register.proposals,
        "settlement": register.settlements,
    }


def _venue(register: Register) -> Row:
    return {
        "subject_kind": "venue",
        "venue": register.venue,
        "currency": register.currency,
        "zone": register.zone,
        "minor_digits": register.minor_digits,
        "kind": register.kind,
        "venue_party": register.venue_party,
        "counters": register.counters,
        **_periods(register),
        **_log_losses(register),
    }


def _periods(register: Register) -> Row:
    """The months, once one is closed: the rows of a journal that closes none stay as they are."""
    if not register.periods.closed_to_ns:
        return {}
    return {"periods": _record(register.periods)}


def _log_losses(register: Register) -> Row:
    """The logs that ended, where one did: the rows of other journals stay as they are."""
    if not register.log_losses:
        return {}
    return {"log_losses": [_record(each) for each in register.log_losses]}


def _parties(register: Register) -> Iterator[tuple[str, Row]]:
    """Parties with what they have, and principals; then sites with what stands there."""
    titles = listed((thing.owner, thing.thing) for thing in register.things.values())
    accounts = listed((PartyId(each.partition("/")[0]), each) for each in register.accounts)
    registrations = listed((party, list(each)) for each, party in register.registrations.items())
    declared = listed(
        (party, {"owner": owner, "owned": owned, "declaration": terms})
        for (owner, owned), terms in register.declared.items()
        for party in (owner, owned)
    )
    owns = listed((owner, owned) for owner, owned in register.ownerships)
    owners = listed((owned, owner) for owner, owned in register.ownerships)
    leases = listed(
        (party, lease.lease)
        for lease in register.leases.values()
        for party in {lease.lessor: 0, lease.lessee: 0, lease.payee: 0}
    )
    settlements = listed(
        (party, each.settlement)
        for each in register.settlements.values()
        for party in {each.seller: 0, each.buyer: 0}
    )
    for name, party in register.parties.items():
        yield (
            name,
            {
                "subject_kind": "party",
                **_record(party),
                "roles": sorted(party.roles),
                "registrations": registrations.get(name, []),
                "declared": declared.get(name, []),
                "owns": owns.get(name, []),
                "owners": owners.get(name, []),
                "titles": titles.get(name, []),
                "accounts": accounts.get(name, []),
                "leases": leases.get(name, []),
                "settlements": settlements.get(name, []),
            },
        )
    clerks = dict.fromkeys(register.clerks)
    for principal, record in register.principals.items():
        row = {"subject_kind": "principal", **_record(record), "is_clerk": principal in clerks}
        yield principal, row
    yield from _sites(register)


def _sites(register: Register) -> Iterator[tuple[str, Row]]:
    nodes = listed((node.site, node.node) for node in register.nodes.values())
    for name, site in register.sites.items():
        yield (
            name,
            {
                "subject_kind": "site",
                **_record(site),
                "nodes": nodes.get(name, []),
            },
        )


def _things(register: Register) -> Iterator[tuple[str, Row]]:
    """Nodes and units; what is titled, sold and leased as one lot is told in the row of its id."""
    rights = _Rights(register)
    chassis = listed((node, serial) for serial, node in register.chassis.items())
    inside = listed((thing.node, thing.thing) for thing in register.things.values())
    for name, node in register.nodes.items():
        yield (
            name,
            {
                "subject_kind": "node",
                **_record(node),
                "chassis_serials": chassis.get(name, []),
                "things": inside.get(name, []),
                "lot": rights.lot(name),
            },
        )
    strong = listed((unit, list(names)) for names, unit in register.strong_keys.items())
    uuids = listed((unit, uuid) for uuid, unit in register.uuids.items())
    for unit_name, unit in register.units.items():
        yield (
            unit_name,
            {
                "subject_kind": "unit",
                **_record(unit),
                "known_by": strong.get(unit_name, []),
                "uuids": uuids.get(unit_name, []),
                "lot": rights.lot(unit_name),
            },
        )


class _Rights:
    """What stands on each thing, looked up once for all of them."""

    def __init__(self, register: Register) -> None:
        self._things = register.things
        self._leases = listed(
            (thing, lease.lease) for lease in register.leases.values() for thing in lease.things
        )
        self._settlements = listed(
            (thing, each.settlement)
            for each in register.settlements.values()
            for thing in each.things
        )

    def lot(self, name: ThingId) -> Row | None:
        """A thing's own row, and all rights on it; None: it is no lot of its own."""
        thing = self._things.get(name)
        if thing is None:
            return None
        return {
            **_record(thing),
            "liens": [],  # no release records any yet
            "leases": self._leases.get(name, []),
            "settlements": self._settlements.get(name, []),
        }
