"""Laws for any flow: whatever anybody tries in any order, no line of DOMAIN 6 breaks (see `hall`).

The seed is the test's name: the same steps on every machine.
"""

import random
from collections.abc import Callable
from typing import Any

import pytest

from ledger.caller import Caller
from ledger.durations import DAY_NS, HOUR_NS
from ledger.refusals import Refused
from tests.ledger.hall import H100_TITLE, Hall
from tests.ledger.opened import digest
from tests.ledger.things.dumps import block, csv, dump, several

LEASE = "L.H100SXM8.CN-BJ.2024-12"
SPANS_NS = (HOUR_NS, HOUR_NS, 6 * HOUR_NS, DAY_NS, 3 * DAY_NS)
STEPS = 500

Try = tuple[Caller, str, bytes, dict[str, Any]]  # who, op, a report beside it, args


def cards(board: int) -> list[str]:
    """The eight modules of one of several boards."""
    return [
        text.replace("98bd8cdc", f"98bd8cd{board}").replace("1654423001", f"1654{board}23001")
        for text in several(8)
    ]


class Crowd:
    """Two owners with three titled boards, a buyer, an inspector, two clerks; none is careful."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.hall = Hall()
        self.refusals: list[str] = []
        self.owners = [self.hall.owner(number) for number in ("91-A", "91-B")]
        self.buyer = self.hall.let_in("91-C", "owner")
        self.inspector = self.hall.let_in("91-I", "inspector")
        for board in (1, 2, 3):
            self.hall.titled(*self.owners[board // 3], dump(*cards(board)))
        self.traders = [self.owners[0][0], self.owners[1][0], self.buyer]
        for party in self.traders:
            self.hall.pay_in(party, 10_000_000_000)
        self.people = [*self.traders, self.inspector, self.hall.clerk, self.hall.second]
        self.tries: list[Callable[[], Try]] = [
            self.report,
            self.order,
            self.order,
            self.settle,
            self.settle,
            self.answer,
            self.paper,
            self.paper,
            self.meter,
            self.inspect,
            self.office,
        ]

    def step(self) -> None:
        """One try, or some time passes; a refusal is as good as a fact."""
        if self.draw.random() < 0.1:
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

    def dump(self) -> bytes:
        """A board whole, or with a card that is missing, hidden, forged, worn, or in a table."""
        shown = cards(self.draw.randrange(1, 5))
        at = self.draw.randrange(8)
        uuid = f"GPU-b42dd28e-ffdd-8720-1df0-98bd8cd{self.draw.randrange(1, 5)}{at:04x}"
        kind = self.draw.choice(("whole", "missing", "hidden", "forged", "worn", "table"))
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
        return dump(*shown, stamp=f"Thu Nov 14 07:00:{self.draw.randrange(60):02d} 2024")

    def report(self) -> Try:
        owner, site = self.draw.choice(self.owners)
        claim = self.draw.random() < 0.5
        return owner, "import.new", self.dump(), {"site": site, "claim": claim}

    def order(self) -> Try:
        args = {"market": self.draw.choice((H100_TITLE, LEASE)), "lots": 1}
        args |= {"side": self.draw.choice(("bid", "ask"))}
        args |= {"price_ticks": self.draw.choice((999, 1_000, 1_001))}
        return self.draw.choice(self.traders), "order.new", b"", args

    def settle(self) -> Try:
        args = {
            "settlement": self.draw.choice(list(self.hall.register.settlements) or ["x-000001"])
        }
        op = self.draw.choice(("confirm", "confirm", "accept", "accept", "instruct", "fail"))
        raw = self.dump() if op == "accept" and self.draw.random() < 0.3 else b""
        if op == "fail":
            args["reason"] = "lost"
        return self.draw.choice(self.people), f"settlement.{op}", raw, args

    def answer(self) -> Try:
        proposal = self.draw.choice(list(self.hall.register.proposals) or ["z-000001"])
        op = self.draw.choice(("approve", "approve", "reject", "withdraw"))
        return self.draw.choice(self.people), f"proposal.{op}", b"", {"proposal": proposal}

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
        args |= {"available_gpu_ns": self.draw.randrange(8 * DAY_NS)}
        return self.draw.choice(self.traders), "lease.meter", b"", args

    def inspect(self) -> Try:
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
            (self.hall.clerk, "party.reinstate", b"", {"party": party.party, "reason": "clear"}),
            (party, "title.issue", b"", {"things": ["n-0001"]}),
            (party, "order.cancel_all", b"", {}),
        ]
        if self.draw.random() < 0.05:
            stop = {"party": party.party, "reason": "doubts"}
            return self.hall.clerk, "party.suspend", b"", stop
        return self.draw.choice(tries)


@pytest.mark.parametrize("seed", range(8))
def test_whatever_anybody_tries(seed: int) -> None:
    crowd = Crowd(seed)

    for _ in range(STEPS):
        crowd.step()

    assert crowd.hall.replayed() == crowd.hall.state()
    assert all(said.endswith(".") for said in crowd.refusals)
