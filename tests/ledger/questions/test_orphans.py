"""Each rule of `audit orphans` finds what it is for, and a lawful state has nothing broken."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from exchange.books.state import Venue
from exchange.questions.market_orphans import MARKET_RULES, market_orphans
from gateway.server.audit_rules import venue_folding
from ledger.ids import ProposalId
from ledger.questions.orphans import KEPT_FILES, RULES, orphans
from ledger.records import Proposal
from tests.ledger.audit.scene import a_week

FOLDING = venue_folding()
pytestmark = pytest.mark.xdist_group("questions")  # one week is written once
Break = Callable[[Any], str]  # what of a venue's is broken, and the subject that is then an orphan


def first(found: Any) -> Any:
    return next(iter(found.values()))


def _holder(venue: Venue) -> str:
    thing = first(venue.register.things)
    thing.owner = "p-9999"
    return str(thing.thing)


def _server(venue: Venue) -> str:
    unit = first(venue.register.units)
    unit.node = "n-9999"
    return str(unit.unit)


def _lessee(venue: Venue) -> str:
    lease = first(venue.register.leases)
    lease.lessee = "p-9999"
    return str(lease.lease)


def _security(venue: Venue) -> str:
    lease = first(venue.register.leases)
    lease.deposit_minor += 1
    return str(lease.lease)


def _settlement(venue: Venue) -> str:
    thing = first(venue.register.things)
    thing.settlement = "x-999999"
    return str(thing.thing)


def _account(venue: Venue) -> str:
    venue.register.accounts["p-0002/escrow/x-999999"] = 5  # type: ignore[index]
    return "account/p-0002/escrow/x-999999"


def _key(venue: Venue) -> str:
    principal = first(venue.register.principals)
    principal.party = "p-9999"
    return str(principal.principal)


def _site(venue: Venue) -> str:
    node = first(venue.register.nodes)
    node.site = ""
    return str(node.node)


def _title(venue: Venue) -> str:
    thing = first(venue.register.things)
    thing.owner = ""
    return str(thing.thing)


def _no_key(venue: Venue) -> str:
    for principal in venue.register.principals.values():
        principal.is_revoked = True
    return "p-0002"


def _proposal(venue: Venue) -> str:
    principal = first(venue.register.principals)
    principal.is_revoked = True
    made = ProposalId("z-000009")
    whose = (principal.party, principal.principal)
    venue.register.proposals[made] = Proposal(made, "x", *whose, {}, 1, [])
    return made


BROKEN: dict[str, Break] = {
    "holder of title": _holder,
    "server, site, operator": _server,
    "lease: thing and sides": _lessee,
    "lease: security": _security,
    "settlement": _settlement,
    "account: owner and ground": _account,
    "key and proposal: whose": _key,
    "site not agreed": _site,
    "no title": _title,
    "owner without a key": _no_key,
    "proposal without a key": _proposal,
}


def test_each_rule_is_tried() -> None:
    assert set(BROKEN) == {rule.name for rule in RULES}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_finds_what_it_is_for(rule: Any) -> None:
    week = a_week()
    venue = deepcopy(week.venue)
    subject = BROKEN[rule.name](venue)

    found = [each for each, _ in rule.find(venue.register, week.writer.at_ns)]

    assert subject in found
    before = [each for each, _ in rule.find(week.venue.register, week.writer.at_ns)]
    assert subject not in before


def test_the_market_has_its_own() -> None:
    venue = deepcopy(a_week().venue)
    assert list(market_orphans(venue)) == []

    order = first(venue.orders)
    thing = first(venue.register.things)
    del venue.orders[order.order]
    thing.order = order.order
    for party in list(venue.register.parties):
        del venue.register.parties[party]
    found = [each[:2] for each in market_orphans(venue)]

    assert (MARKET_RULES[0], thing.thing) in found
    assert (MARKET_RULES[1], first(venue.orders).order) in found


def test_a_week_has_nothing_broken_and_a_file_that_nothing_names_is_loose() -> None:
    week = a_week()
    journal = week.journal()
    journal.keep(b"never filed")
    logon = week.raws[-1].replace(b'"ttl_s":60', b'"ttl_s":61')
    journal.keep(logon)  # nothing rode on it, and nothing need

    told = orphans(journal, FOLDING, journal.head() - 3, with_files=True)

    assert [each for each in told["orphans"] if each["is_broken"]] == []
    files = [each for each in told["orphans"] if each["rule"] == KEPT_FILES]
    assert len(files) == 1
    assert KEPT_FILES in told["rules"]
    assert KEPT_FILES not in orphans(journal, FOLDING, journal.head())["rules"]
