"""Lawful journals: whatever people do, the checks of acts have nothing to say of it."""

import random
from typing import Any, Final

import pytest

from exchange.engine.replay import recover
from gateway.demo.headless import START_NS
from gateway.demo.past import PastWriter
from gateway.server.audit_rules import venue_folding
from ledger.audit.verify import verify
from ledger.durations import HOUR_NS
from ledger.ids import PartyId
from ledger.journal.memory import MemoryJournal
from ledger.refusals import Refused
from tests.exchange.ground import LEASE, TITLE
from tests.ledger.act_checks.busy import a_busy_day
from tests.ledger.act_checks.forgery import CLERK, Offices, failing
from tests.ledger.audit.scene import folding_of

SEEDS: Final = 200
ACTS_OF_A_DAY: Final = 40


def test_a_day_on_which_everybody_acts_is_lawful() -> None:
    floor = a_busy_day()

    assert failing(floor.journal(), folding_of(floor)) == {}


@pytest.mark.long
@pytest.mark.parametrize("tens", range(SEEDS // 10))
def test_no_small_journal_of_any_seed_is_blamed(tens: int) -> None:
    accepted = 0
    for seed in range(10 * tens, 10 * tens + 10):
        floor = Offices()
        draw = random.Random(seed)
        for _ in range(ACTS_OF_A_DAY):
            accepted += _acted(floor, draw)
        assert failing(floor.journal(), folding_of(floor)) == {}, f"seed {seed}"
    assert accepted > 10 * ACTS_OF_A_DAY // 2, "most of what they ask for happens"


@pytest.mark.parametrize("seed", [7, 11])
def test_no_demo_is_blamed(seed: int) -> None:
    journal = MemoryJournal()
    journal.take_fence()
    past = PastWriter.of(journal, recover(journal), seed, START_NS)
    for day in range(2):
        past.day(day)
    report = verify(journal, venue_folding())

    assert [check for check in report["checks"] if not check["ok"]] == []
    assert journal.count_commands(journal.head()) > 1_000


def _acted(floor: Offices, draw: random.Random) -> bool:
    """Somebody asks for something; whether it happened."""
    party = draw.choice(floor.owners + floor.buyers)
    try:
        draw.choice(DEEDS)(floor, party, draw)
    except Refused:
        return False
    return True


def _places(floor: Offices, party: str, draw: random.Random) -> None:
    market, about = draw.choice([(TITLE, 1_035), (LEASE, 1_302)])
    more: dict[str, Any] = draw.choice([{}, {"time_in_force": "ioc"}, {"post_only": "reject"}])
    place = floor.ask if party in floor.owners else floor.bid
    place(party, draw.randrange(1, 3), about + draw.randrange(-5, 6), market=market, **more)


def _amends(floor: Offices, party: str, draw: random.Random) -> None:
    for order in list(floor.venue.party_orders.get(PartyId(party), ()))[:1]:
        floor.tell(party, "order.amend", order=order, lots=draw.randrange(1, 4))


def _cancels(floor: Offices, party: str, draw: random.Random) -> None:
    for order in list(floor.venue.party_orders.get(PartyId(party), ()))[:1]:
        floor.tell(party, "order.cancel", order=order)


def _sweeps(floor: Offices, party: str, draw: random.Random) -> None:
    floor.tell(party, "order.cancel_all", side=draw.choice(["", "bid"]))


def _settles(floor: Offices, party: str, draw: random.Random) -> None:
    for settlement in list(floor.venue.register.settlements.values())[:2]:
        by, op = {
            "delivering": (settlement.seller, "settlement.confirm"),
            "inspecting": (settlement.buyer, "settlement.accept"),
            "failed": (settlement.seller, "settlement.instruct"),
        }[settlement.state]
        floor.tell(by, op, settlement=settlement.settlement)


def _deposits(floor: Offices, party: str, draw: random.Random) -> None:
    amount_minor, reference = draw.randrange(1, 10**9), f"bank-{draw.randrange(10**9)}"
    args = {"party": party, "amount_minor": amount_minor, "reference": reference}
    floor.ask_for(CLERK, "deposit.new", **args)
    if draw.random() < 0.3:
        floor.agreed("deposit.reverse", reason="of another party", **args)


def _withdraws(floor: Offices, party: str, draw: random.Random) -> None:
    floor.tell(party, "withdrawal.new", amount_minor=draw.randrange(1, 10**6))
    (payment, *_) = floor.venue.register.payments
    if draw.random() < 0.5:
        floor.ask_for(CLERK, "withdrawal.confirm", payment=payment, payer_reference="B")


def _grants(floor: Offices, party: str, draw: random.Random) -> None:
    role = draw.choice(["lessee", "lender"])
    has_it = role in floor.venue.register.parties[PartyId(party)].roles
    op = "party.revoke_role" if has_it else "party.grant_role"
    floor.agreed(op, party=party, role=role, basis="")


def _judges(floor: Offices, party: str, draw: random.Random) -> None:
    if floor.venue.register.parties[PartyId(party)].is_suspended:
        floor.agreed("party.reinstate", party=party, reason="looked")
    elif draw.random() < 0.2:
        floor.ask_for(CLERK, "party.suspend", party=party, reason="a look")


def _rides(floor: Offices, party: str, draw: random.Random) -> None:
    if floor.writer.at_ns - floor.batches[0].at_ns < HOUR_NS // 120:  # while its log-on lasts
        bid = {"market": LEASE, "side": "bid", "lots": 1, "price_ticks": draw.randrange(800, 900)}
        floor.ride(floor.buyers[1], "order.new", **bid)


def _waits(floor: Offices, party: str, draw: random.Random) -> None:
    floor.pass_time(floor.writer.at_ns + draw.randrange(1, 30) * HOUR_NS)


DEEDS: Final = [
    *(_places,) * 6,
    *(_amends, _cancels, _sweeps, _deposits, _withdraws, _grants, _judges, _rides, _waits),
    *(_settles,) * 3,
]
