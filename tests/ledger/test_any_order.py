"""Laws for any flow: whatever anybody tries in any order, no line of DOMAIN 6 breaks (see `hall`).

The seed is the test's name: the same steps on every machine. `REACH` says what each seed must meet.
"""

import random
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from exchange.events import OrderCancelled, OrderExpired
from exchange.venue import TOPICS
from ledger.caller import Caller
from ledger.durations import DAY_NS, HOUR_NS
from ledger.events import DeliveryAccepted, Event
from ledger.refusals import Refused
from tests.ledger.hall import Hall
from tests.ledger.opened import digest
from tests.ledger.things.dumps import block, csv, dump, several
from tests.reach import Reach

SPANS_NS = (HOUR_NS, HOUR_NS, 6 * HOUR_NS, DAY_NS, 3 * DAY_NS)
STEPS = 2_000
BOARDS = 6
NEXT = {"open": "instruct", "delivering": "confirm", "inspecting": "accept", "failed": "instruct"}

# What each seed must meet: facts by their topic, an order's end and an acceptance by how it came.
LEAST = {
    "traded": 15,
    "order_amended": 25,
    "user": 25,
    "self_trade": 4,
    "day": 10,
    "ioc": 15,
    "fok": 15,
    "window": 2,
    "settlement_opened": 8,
    "accepted": 3,
    "accepted_in_silence": 1,
    "trade_settled": 5,
    "settlement_failed": 4,
    "trade_unwound": 2,
    "lease_granted": 3,
    "lease_commenced": 2,
    "lease_ended": 2,
    "usage_metered": 60,
    "hold_placed": 8,
    "hold_released": 4,
    "identity_conflict_found": 4,
    "unit_inspected": 150,
    "unit_graded": 150,
    "party_suspended": 1,
    "party_reinstated": 1,
    "proposal_approved": 1,
    "proposal_lapsed": 5,
    "payment_instructed": 4,
    "venue_resumed": 2,
}

TOPIC_OF = {kind: topic for topic, kind in TOPICS.items()}

Try = tuple[Caller, str, bytes, dict[str, Any]]  # who, op, a report beside it, args


def cards(board: int) -> list[str]:
    """The eight modules of one of several boards."""
    return [
        text.replace("98bd8cdc", f"98bd8cd{board}").replace("1654423001", f"1654{board}23001")
        for text in several(8)
    ]


class Crowd:
    """Two owners with six titled boards, a buyer, an inspector, two clerks; none is careful."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.hall = Hall()
        self.refusals: list[str] = []
        self.owners = [self.hall.owner(number) for number in ("91-A", "91-B")]
        self.buyer = self.hall.let_in("91-C", "owner")
        self.inspector = self.hall.let_in("91-I", "inspector")
        for board in range(1, BOARDS + 1):
            self.hall.titled(*self.owners[board % 2], dump(*cards(board)))
        self.traders = [self.owners[0][0], self.owners[1][0], self.buyer]
        for party in self.traders:
            self.hall.pay_in(party, 10_000_000_000)
        self.people = [*self.traders, self.inspector, self.hall.clerk, self.hall.second]
        self.tries: list[Callable[[], Try]] = [
            self.report,
            self.order,
            self.order,
            self.order,
            self.change,
            self.settle,
            self.settle,
            self.answer,
            self.paper,
            self.paper,
            self.meter,
            self.inspect,
            self.forge,
            self.office,
        ]

    def step(self) -> None:
        """One try, or some time passes; a refusal is as good as a fact."""
        if self.draw.random() < 0.06:
            self.hall.advance(self.draw.choice(SPANS_NS))
            return
        if self.draw.random() < 0.005:
            self.hall.sleep(7 * DAY_NS)
            return
        caller, op, raw, args = self.draw.choice(self.tries)()
        try:
            self.hall.do(caller, op, raw, **args)
        except Refused as refusal:
            self.refusals.append(refusal.detail)

    def knows(self) -> bool:
        """Whether this try is by the one whose act it is; else anybody's."""
        return self.draw.random() < 0.7

    def by(self, party: str) -> Caller:
        return next(person for person in self.people if person.party == party)

    def dump(self) -> bytes:
        """A board whole, or with a card that is missing, hidden, forged, worn, or in a table."""
        shown = cards(self.draw.randrange(1, BOARDS + 2))
        at = self.draw.randrange(8)
        uuid = f"GPU-b42dd28e-ffdd-8720-1df0-98bd8cd{self.draw.randrange(1, BOARDS + 2)}{at:04x}"
        spoilt = ("missing", "hidden", "forged", "forged", "forged", "worn", "table")
        kind = self.draw.choice(("whole",) * 8 + spoilt)
        if kind == "missing":
            del shown[at]
        elif kind == "hidden":
            shown[at] = block({"Serial Number": "N/A", "GPU UUID": "N/A"}, bus=0x10 + at)
        elif kind == "forged":
            shown[at] = block({"Serial Number": f"16540000000{at:02d}", "GPU UUID": uuid})
        elif kind == "worn":
            worn = "Uncorrectable Error            : "
            shown[at] = shown[at].replace(f"{worn}0", f"{worn}3")
        elif kind == "table":
            return csv(f"nvidia,H100SXM,16540000000{at:02d},692-2G520-0200-000,{uuid},a,{at}")
        return dump(*shown, stamp=self.lately())

    def lately(self) -> str:
        """An instant of the last day, as a report is dated."""
        age_s = self.draw.randrange(60, 86_400)
        at = datetime.fromtimestamp(
            self.hall.writer.at_ns // 10**9 - age_s, ZoneInfo("Asia/Shanghai")
        )
        return at.strftime("%a %b %d %H:%M:%S %Y")

    def report(self) -> Try:
        owner, site = self.draw.choice(self.owners)
        claim = self.draw.random() < 0.5
        return owner, "import.new", self.dump(), {"site": site, "claim": claim}

    def order(self) -> Try:
        args = {"market": self.market(), "lots": self.draw.choice((1, 1, 2))}
        args |= {"side": self.draw.choice(("bid", "ask"))}
        args |= {"price_ticks": self.draw.choice((999, 1_000, 1_001))}
        args |= {"time_in_force": self.draw.choice(("gtc", "gtc", "day", "ioc", "fok"))}
        return self.draw.choice(self.traders), "order.new", b"", args

    def market(self) -> str:
        """Title to what somebody has, or the next month that can still be leased."""
        owned = [thing for thing in self.hall.register.things.values() if thing.owner]
        if self.draw.random() < 0.75:
            thing = self.draw.choice(owned)
            return f"T.{thing.class_}.{thing.delivery_point}"
        markets = self.hall.venue.markets.values()
        return next(
            each.spec.market for each in markets if each.spec.starts_ns and each.next_phase_ns
        )

    def change(self) -> Try:
        orders = list(self.hall.venue.orders.values())
        if not orders:
            return self.order()
        order = self.draw.choice(orders)
        who = self.by(order.party) if self.knows() else self.draw.choice(self.traders)
        if self.draw.random() < 0.3:
            return who, "order.cancel", b"", {"order": order.order}
        terms = {"price_ticks": self.draw.choice((999, 1_000, 1_001))}
        terms |= {"lots": self.draw.choice((1, 2, 3))}
        return who, "order.amend", b"", {"order": order.order, **terms}

    def settle(self) -> Try:
        sales = self.hall.register.settlements
        sale = self.draw.choice(list(sales) or ["x-000001"])
        args = {"settlement": sale}
        op = self.draw.choice(("confirm", "confirm", "accept", "accept", "instruct", "fail"))
        who = self.draw.choice(self.people)
        if sale in sales and self.draw.random() < 0.4:
            found = sales[sale]
            op = NEXT[found.state]
            who = self.by(found.buyer if op == "accept" else found.seller)
        raw = self.dump() if op == "accept" and self.draw.random() < 0.3 else b""
        if op == "fail":
            args["reason"] = "lost"
        return who, f"settlement.{op}", raw, args

    def answer(self) -> Try:
        proposal = self.draw.choice(list(self.hall.register.proposals) or ["z-000001"])
        op = self.draw.choice(("approve", "approve", "reject", "withdraw"))
        who = self.draw.choice(self.people)
        if self.knows():
            who = self.draw.choice((self.hall.clerk, self.hall.second))
        return who, f"proposal.{op}", b"", {"proposal": proposal}

    def paper(self) -> Try:
        args: dict[str, Any] = {"document_sha256": digest(str(self.draw.randrange(3)))}
        args |= {"unit": self.draw.choice([*self.hall.register.nodes, *self.hall.register.units])}
        if self.draw.random() < 0.5:
            return self.draw.choice(self.people), "unit.verify_provenance", b"", args
        args |= {"kind": self.draw.choice(("invoice", "customs")), "names_serial": True}
        return self.draw.choice(self.traders), "unit.file_provenance", b"", args

    def meter(self) -> Try:
        leases = self.hall.register.leases
        lease = self.draw.choice(list(leases) or ["l-0001"])
        from_ns = leases[lease].metered_to_ns if lease in leases else 0
        to_ns = from_ns + self.draw.choice(SPANS_NS)
        args = {"lease": lease, "from_ns": from_ns, "to_ns": to_ns}
        args |= {"available_gpu_ns": self.draw.randrange(8 * (to_ns - from_ns) + HOUR_NS)}
        who = self.draw.choice(self.traders)
        if lease in leases and self.knows():
            who = self.by(leases[lease].lessor)
        return who, "lease.meter", b"", args

    def forge(self) -> Try:
        """A lone card that claims the UUID of one on a board: now and then."""
        if self.draw.random() < 0.8:
            return self.report()
        owner, site = self.draw.choice(self.owners)
        at = self.draw.randrange(8)
        uuid = f"GPU-b42dd28e-ffdd-8720-1df0-98bd8cd{self.draw.randrange(1, BOARDS + 1)}{at:04x}"
        card = block({"Serial Number": f"16549900000{at:02d}", "GPU UUID": uuid})
        return owner, "import.new", dump(card, stamp=self.lately()), {"site": site}

    def inspect(self) -> Try:
        boards = [f"n-{board:04d}" for board in range(1, BOARDS + 1)]
        barred = [name for name in boards if self.hall.register.things[name].holds]
        if barred and self.knows():
            whole = dump(*cards(int(barred[0][2:])), stamp=self.lately())
            return self.inspector, "unit.inspect", whole, {"unit": barred[0]}
        args: dict[str, Any] = {"unit": self.draw.choice(list(self.hall.register.nodes))}
        if self.draw.random() < 0.2:
            args["flags"] = ["warranty_void"]
        return self.draw.choice([self.inspector, *self.traders]), "unit.inspect", self.dump(), args

    def office(self) -> Try:
        party = self.draw.choice(self.traders)
        amount = {"amount_minor": self.draw.randrange(1, 200_000_000), "to_account": "bank"}
        payment = {"payment": f"y-{self.draw.randrange(1, 5):06d}"}
        tries: list[Try] = [
            (party, "withdrawal.new", b"", amount),
            (self.hall.clerk, "withdrawal.confirm", b"", payment | {"payer_reference": "out"}),
            (self.hall.second, "withdrawal.refuse", b"", payment | {"reason": "closed"}),
            (party, "title.issue", b"", {"things": ["n-0001"]}),
            (party, "order.cancel_all", b"", {}),
        ]
        if any(each.is_suspended for each in self.hall.register.parties.values()):
            return self.clear()
        if self.draw.random() < 0.05:
            stop = {"party": party.party, "reason": "doubts"}
            return self.hall.clerk, "party.suspend", b"", stop
        return self.draw.choice(tries)

    def clear(self) -> Try:
        """A party was stopped: two of compliance let it go on."""
        stopped = [each.party for each in self.hall.register.parties.values() if each.is_suspended]
        for proposal in self.hall.register.proposals.values():
            if proposal.op == "party.reinstate":
                named = {"proposal": proposal.proposal}
                return self.hall.second, "proposal.approve", b"", named
        reason = {"party": stopped[0], "reason": "clear"}
        return self.hall.clerk, "party.reinstate", b"", reason


def name(event: Event) -> str:
    """What `LEAST` calls a fact."""
    if isinstance(event, OrderCancelled | OrderExpired):
        return event.reason
    if isinstance(event, DeliveryAccepted):
        return "accepted_in_silence" if event.by_timeout else "accepted"
    return TOPIC_OF[type(event)]


@pytest.mark.parametrize("seed", range(8))
def test_whatever_anybody_tries(seed: int) -> None:
    crowd = Crowd(seed)
    reach = Reach(**LEAST, refusals=STEPS // 3)
    begun = len(crowd.hall.batches)

    for _ in range(STEPS):
        crowd.step()

    assert crowd.hall.replayed() == crowd.hall.state()
    assert all(said.endswith(".") for said in crowd.refusals)
    reach.met("refusals", len(crowd.refusals))
    reach.saw(name(event) for batch in crowd.hall.batches[begun:] for event in batch.events)
    reach.must_suffice()
