"""Whom the table of rights asks as: each role, its own things and another party's, each op's args.

A route or an op that is new has no cell until it is asked for here: the tests say so.
"""

import re
from typing import Any, NamedTuple

from exchange.ops import OPS
from gateway.routes.openapi import plain_path
from gateway.routes.request import Route
from ledger.durations import DAY_NS
from ledger.events import ReportFiled, SiteRegistered
from ledger.op import Rest
from tests.exchange.ground import LEASE, TITLE, Floor, key_of

DIGEST = "r" * 42 + "A"
OTHER_DIGEST = "s" * 42 + "A"
JANUARY = "L.H100SXM8.CN-BJ.2025-01"
NONE = "–"  # there is no such thing to ask for


class Role(NamedTuple):
    """A sort of caller: a key of the town, and the scopes that it logs on with."""

    key: str  # "": a visitor
    party: str
    scopes: list[str]
    foreign: str  # the party whose things it tries


ROLES = {
    "visitor": Role("", "", [], "p-0002"),
    "auditor": Role("auditor", "p-0001", ["audit"], "p-0002"),
    "trader": Role("trader", "p-0004", ["read", "trade"], "p-0003"),
    "seller": Role("seller", "p-0002", ["read", "trade", "seller"], "p-0003"),
    "other": Role("maker", "p-0003", ["read", "trade", "seller"], "p-0002"),
    "operator": Role("clerk", "p-0001", ["read", "operate"], "p-0002"),
    "compliance": Role("clerk", "p-0001", ["read", "comply"], "p-0002"),
    "admin": Role("clerk", "p-0001", ["read", "admin"], "p-0002"),
}
PARTIES = ("seller", "trader", "other")  # roles that see their own things alone

# party -> what it has, by the name of a path's part
THINGS: dict[str, dict[str, str]] = {
    "p-0001": {"proposal": "z-000001", "principal": "k-0002"},
    "p-0002": {
        "site": "s-0001",
        "unit": "u-000001",
        "node": "n-0001",
        "order": "o-000001",
        "lease": "l-0001",
        "settlement": "x-000001",
        "proposal": "z-000002",
        "payment": "y-000001",
        "report": DIGEST,
        "principal": "k-0005",
    },
    "p-0003": {
        "site": "s-0002",
        "unit": "u-000033",
        "node": "n-0005",
        "order": "o-000003",
        "lease": "l-0002",
        "settlement": "x-000002",
        "proposal": "z-000003",
        "payment": "y-000002",
        "report": OTHER_DIGEST,
        "principal": "k-0006",
    },
    "p-0004": {
        "order": "o-000002",
        "lease": "l-0001",
        "settlement": "x-000001",
        "proposal": "z-000004",
        "payment": "y-000003",
        "principal": "k-0007",
    },
    "": {},
}
NOBODYS = {"market": LEASE, "position": "1", "key": "nobody-1", "code": "bad_field", "name": "x.js"}
NOBODYS |= {"level": "0", "number": "000", "log": "1"}  # of the log
# What an op's other members are, where they must be given, or where they name whose it is.
ARGS: dict[str, dict[str, Any]] = {
    "model.new": {
        "model": "L40S",
        "vendor": "NVIDIA",
        "form": "pcie",
        "gpus_per_lot": 1,
        "memory_mib": 46_068,
        "tdp_w": 350,
        "tpp": 0,
        "has_ecc": True,
        "has_mig": False,
        "names": ["NVIDIA L40S"],
    },
    "model.adopt": {"models": ["L40S"]},
    "party.new": {
        "legal_name": "West",
        "kind": "company",
        "jurisdiction": "CN",
        "registration_no": "91-7",
    },
    "party.tier": {"kyc_tier": 2},
    "party.suspend": {"reason": "papers"},
    "party.reinstate": {"reason": "papers"},
    "party.grant_role": {"role": "lessee"},
    "party.revoke_role": {"role": "lessee"},
    "party.declare_ownership": {"owner": "p-0005", "share_bp": 10_000},
    "site.new": {"name": "East", "delivery_point": "CN-BJ"},
    "site.status": {"status": "idle"},
    "import.new": {"site": "site", "report_sha256": DIGEST},
    "unit.inspect": {"report_sha256": DIGEST},
    "unit.file_provenance": {"kind": "invoice", "document_sha256": DIGEST, "names_serial": True},
    "unit.verify_provenance": {"document_sha256": DIGEST},
    "title.issue": {"things": ["node"]},
    "node.site": {"nodes": ["node"], "site": "site"},
    "lease.meter": {"from_ns": "0", "to_ns": "1", "available_gpu_ns": "0"},
    "deposit.new": {"party": "party", "amount_minor": 1, "reference": "BANK-9"},
    "deposit.reverse": {
        "party": "party",
        "amount_minor": 1,
        "reference": "BANK-7",
        "reason": "not theirs",
    },
    "log.accept_loss": {
        "origin": "gpubourse/xx-1/0000000000000000",
        "size": 9,
        "root_sha256": DIGEST,
        "journal_position": 1,
        "journal_chain": DIGEST,
        "reason": "a disk",
    },
    "withdrawal.new": {"amount_minor": 1, "to_account": "ICBC 6222"},
    "withdrawal.confirm": {"payer_reference": "BANK-8"},
    "withdrawal.refuse": {"reason": "no account"},
    "settlement.fail": {"reason": "differs"},
    "rule.new": {"rule": "proposal", "value": 1, "from_ns": "0"},
    "instrument.new": {"market": TITLE},
    "order.new": {"market": LEASE, "side": "bid", "price_ticks": 1_000, "lots": 1},
    "order.amend": {"price_ticks": 1_001},
    "principal.invite": {"holder": "Wu Ming", "scopes": ["read"], "party": "party"},
}
BODIES = {  # of what is no command
    "/v1/auth/challenge": {},
    "/v1/auth/session": {},
    "/v1/auth/browser": {},
    "/v1/auth/ticket": {},
    "/v1/principals/enrol": {},
}


def things_of(party: str) -> dict[str, str]:
    """What is asked for as that party's."""
    own = {"party": party, "owned": party, "stream": f"party:{party}"} if party else {}
    return NOBODYS | own | THINGS[party]


def path_of(route: Route, party: str) -> str:
    """A route's path with that party's things; "" if it has none."""
    things = things_of(party)
    path = plain_path(route.path)
    if path.endswith("/worth"):  # of a class alone
        things = things | {"market": TITLE}
    if any(part not in things for part in re.findall(r"\{(\w+)\}", path)):
        return ""
    return path.format_map(things)


def args_of(op: str, party: str) -> dict[str, Any] | None:
    """An op's members, with that party's things among them; None if it has none."""
    things = things_of(party)
    served = OPS[op].route if op in OPS else None
    names = re.findall(r"\{(\w+)\}", served.path) if isinstance(served, Rest) else []
    given = ARGS.get(op, {})
    if op == "order.cancel_all":
        given = {"orders": ["order"]}
    named = {**{name: name for name in names}, **given}
    found = {name: _thing(value, things) for name, value in named.items()}
    return None if None in found.values() else found


KINDS = {"site", "node", "party", "order"}  # a value that is one of these is that party's own


def _thing(value: Any, things: dict[str, str]) -> Any:
    if isinstance(value, list):
        found = [_thing(each, things) for each in value]
        return None if None in found else found
    if isinstance(value, str) and (value in KINDS or value in NAMED):
        return things.get(value)
    return value


NAMED = {
    name
    for op in OPS.values()
    if isinstance(op.route, Rest)
    for name in re.findall(r"\{(\w+)\}", op.route.path)
}


def a_day(floor: Floor) -> None:
    """Orders, a lease, a settlement, proposals and payments of several parties."""
    seller, other = floor.owners
    trader = floor.buyers[0]
    floor.clerk(0, "rule.new", rule="failed", value=DAY_NS, from_ns=0)
    floor.happen(ReportFiled("s-0001", DIGEST, "csv", 0, []))
    floor.ask(seller, 2, 1302)
    floor.bid(trader, 1, 1302)
    floor.ask(other, 1, 1400)
    floor.ask(seller, 1, 10_350, market=TITLE)
    floor.bid(trader, 1, 10_350, market=TITLE)
    floor.happen(
        SiteRegistered("s-0002", "North", other, "CN-BJ", "live", 0, 0, 1, 13_500, 55_000, 1, {}),
        ReportFiled("s-0002", OTHER_DIGEST, "csv", 0, []),
    )
    floor.happen(key_of(floor.buyers[1], 90))  # its others only read
    for market, price in ((JANUARY, 1302), (TITLE, 10_350)):
        floor.ask(other, 1, price, market=market)
        floor.bid(floor.buyers[1], 1, price, market=market)
    for party in (seller, other, trader):
        floor.tell(party, "withdrawal.new", amount_minor=100_000_001)
        floor.tell(party, "withdrawal.new", amount_minor=5)
