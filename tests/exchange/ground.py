"""The state that tests of the market begin with: a venue with owners, buyers, servers and cash.

Built from facts through the batch writer, as a journal would tell it. `owners` have `nodes` boards
of eight H100 each at CN-BJ, class A1; every party has tier 3, every buyer cash.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any

from msgspec.structs import replace

from exchange.books.state import Market, Venue
from exchange.engine.batch_writer import Batch, BatchWriter, Request
from ledger.authority.public_key import PUBLIC_KEY_RULE
from ledger.base64url import sha256_text
from ledger.caller import Caller
from ledger.durations import DAY_NS, HOUR_NS
from ledger.events import (
    CashPosted,
    Event,
    KycTierSet,
    NodeRegistered,
    PartyRegistered,
    PrincipalEnrolled,
    ProvenanceGraded,
    RoleGranted,
    SiteRegistered,
    TitleIssued,
    UnitGraded,
    UnitRegistered,
)
from ledger.ids import PartyId, PrincipalId
from ledger.journal.memory import MemoryJournal
from tests.signing_keys import public_key

DAWN_NS = 1_731_600_000_000_000_000  # 2024-11-15T00:00+08:00
NOON_NS = DAWN_NS + 12 * HOUR_NS
POINT = "CN-BJ"
BOARD = "H100SXM8"
TITLE = "T.H100SXM8.A1.CN-BJ"
LEASE = "L.H100SXM8.CN-BJ.2024-12"
CASH_MINOR = 10**15
SCOPES = ("read", "trade", "seller")

OPENING = {
    "venue": "cn-1",
    "currency": "CNY",
    "zone": "Asia/Shanghai",
    "minor_digits": 2,
    "kind": "demo",
    "legal_name": "GPU Bourse",
    "clerks": [
        {"holder_sha256": "A" * 43, "public_key": public_key("clerk-1"), "label": "clerk-1"},
        {"holder_sha256": "B" * 42 + "A", "public_key": public_key("clerk-2"), "label": "clerk-2"},
    ],
}


class Floor:
    """A venue, its batch writer, and everything it wrote."""

    opening = OPENING

    def __init__(
        self, *, owners: int = 2, buyers: int = 2, nodes: int = 4, enrols: bool = True
    ) -> None:
        self.venue = Venue()
        self.writer = BatchWriter(self.venue)
        self.batches: list[Batch] = []
        self.keys = 0
        self.keep(self.writer.write(Request("venue.open", OPENING, Caller()), NOON_NS))
        self.owners: list[PartyId] = []
        self.buyers: list[PartyId] = []
        facts = list(_facts(self, owners, buyers, nodes))
        if enrols:  # else the scene has keys of its own
            facts += [
                key_of(party, number) for number, party in enumerate(self.owners + self.buyers, 3)
            ]
        self.keep(self.writer.note(facts, self.writer.at_ns + 1))

    def keep(self, batch: Batch) -> Batch:
        self.batches.append(batch)
        return batch

    def request(
        self,
        party: str,
        op: str,
        key: str = "",
        line: str = "",
        ends_with_line: bool = False,
        **args: Any,
    ) -> Request:
        """What a party's session would hand to the engine; *line*: the socket that it came by."""
        self.keys += 1
        key = key or f"key-{self.keys}"
        signed = f"{op}|{party}|{key}|{sorted(args.items())}".encode()
        known = self.venue.register.parties.get(PartyId(party))
        principal = PrincipalId("k-0003")
        if known is not None:  # whoever may do most for it
            principals = self.venue.register.principals
            principal = max(known.principals, key=lambda name: len(principals[name].scopes))
        caller = Caller(
            party=party,
            principal=principal,
            scopes=SCOPES,
            key=key,
            received_ns=1,
            line=line,
            ends_with_line=ends_with_line,
        )
        body = sha256(f"{op}|{sorted(args.items())}".encode()).digest()
        return Request(op, args, caller, "", body, signed, b"")

    def attached(self, party: str, op: str, raw: bytes, **args: Any) -> Request:
        """A request with a raw report beside it, named by its digest."""
        args["report_sha256"] = sha256_text(raw)
        request = self.request(party, op, **args)
        return replace(request, caller=replace(request.caller, attachment=raw))

    def tell(self, party: str, op: str, **args: Any) -> list[Event]:
        """Let a party's command happen, after whatever fell due before it."""
        self._run_timers(self.writer.at_ns + 1)
        request = self.request(party, op, **args)
        return self.keep(self.writer.write(request, self.writer.at_ns + 1)).events

    def clerk(self, number: int, op: str, **args: Any) -> list[Event]:
        """What one of the venue's two clerks does."""
        register = self.venue.register
        principal = register.principals[register.clerks[number]]
        request = self.request(register.venue_party, op, **args)
        caller = replace(request.caller, principal=principal.principal, scopes=principal.scopes)
        request = replace(request, caller=caller)
        return self.keep(self.writer.write(request, self.writer.at_ns + 1)).events

    def bid(self, party: str, lots: int, price_ticks: int, **more: Any) -> list[Event]:
        return self._place(party, "bid", lots, price_ticks, more)

    def ask(self, party: str, lots: int, price_ticks: int, **more: Any) -> list[Event]:
        return self._place(party, "ask", lots, price_ticks, more)

    def _place(
        self, party: str, side: str, lots: int, price_ticks: int, more: dict[str, Any]
    ) -> list[Event]:
        args = {"market": LEASE, **more, "side": side, "lots": lots, "price_ticks": price_ticks}
        return self.tell(party, "order.new", **args)

    def happen(self, *facts: Event) -> list[Event]:
        """Facts of the ledger that the scene needs."""
        return self.keep(self.writer.note(facts, self.writer.at_ns + 1)).events

    def pass_time(self, to_ns: int) -> list[Event]:
        """Let time pass as the engine does: one batch for each due instant."""
        events = self._run_timers(to_ns)
        if self.writer.at_ns < to_ns:
            events += self.keep(self.writer.advance(to_ns)).events
        return events

    def _run_timers(self, to_ns: int) -> list[Event]:
        events: list[Event] = []
        timers = self.venue.register.timers
        while timers and timers[0][0] <= to_ns:
            events += self.keep(self.writer.advance(timers[0][0])).events
        return events

    def batch_ends(self) -> dict[int, int]:
        """Where each batch ends, by where it begins."""
        return {batch.first_position: batch.last_position for batch in self.batches}

    def market(self, symbol: str = LEASE) -> Market:
        return self.venue.markets[symbol]

    def journal(self) -> MemoryJournal:
        """Everything written so far, in a journal."""
        journal = MemoryJournal()
        journal.take_fence()
        for batch in self.batches:
            journal.append(batch.rows, [batch.command] if batch.command else [])
        return journal


def _facts(floor: Floor, owners: int, buyers: int, nodes: int) -> Iterator[Event]:
    """Parties from p-0002, one site, and `nodes` servers of each owner."""
    for number in range(2, 2 + owners + buyers):
        party = PartyId(f"p-{number:04d}")
        (floor.owners if number < 2 + owners else floor.buyers).append(party)
        yield PartyRegistered(party, party, "company", "CN", f"REG-{number}")
        yield KycTierSet(party, 3, "", 0)
        yield RoleGranted(party, "owner", "floor")
    yield SiteRegistered(
        "s-0001", "West", floor.owners[0], POINT, "live", 0, 0, 1, 13_500, 55_000, 1, {}
    )
    for number in range(1, 1 + owners * nodes):
        yield from server(number, floor.owners[(number - 1) // nodes])
    for count, party in enumerate(floor.owners + floor.buyers, 1):
        rows = [("cn-1/external", -CASH_MINOR), (f"{party}/available", CASH_MINOR)]
        yield CashPosted("cn-1", f"j-{count:06d}", "deposit", f"bank-{count}", rows, 0)


def key_of(party: PartyId, number: int) -> PrincipalEnrolled:
    """The key of a party's one person, who may all that trading takes."""
    return PrincipalEnrolled(
        party=party,
        principal=PrincipalId(f"k-{number:04d}"),
        holder_sha256=sha256_text(party.encode()),
        public_key=public_key(party),
        scopes=list(SCOPES),
        ip_allow=[],
        signing="every",
        label=party,
        valid_to_ns=0,
        public_key_rule=PUBLIC_KEY_RULE,
    )


def server(number: int, owner: str, grade: str = "A", provenance: str = "P1") -> list[Event]:
    """One board of eight, identified, graded, with papers and title."""
    node = f"n-{number:04d}"
    events: list[Event] = [
        NodeRegistered(
            node, "Maker", "HGX", f"C{number}", BOARD, "sxm", "s-0001", owner, True, 400_000, owner
        )
    ]
    units = [f"u-{(number - 1) * 8 + slot + 1:06d}" for slot in range(8)]
    for slot, unit in enumerate(units):
        serial = f"16{number:06d}{slot:05d}"
        events.append(
            UnitRegistered(
                unit, "NVIDIA", "H100SXM", serial, "PART", "", "strong", node, slot, owner
            )
        )
    for unit in units:
        events.append(UnitGraded(unit, grade, [], NOON_NS + 900 * DAY_NS))
        events.append(ProvenanceGraded(unit, provenance, []))
    title = TitleIssued(
        node=node, holder=owner, basis="opening", document_sha256="", effective_ns=0
    )
    return [*events, title]


def of_kind(events: Sequence[Event], *kinds: type[Event]) -> list[Any]:
    return [event for event in events if isinstance(event, kinds)]
