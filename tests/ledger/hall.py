"""A whole venue driven by commands alone, as the gateway hands them in: for flows across rooms.

Every line of DOMAIN 6 is asked after every event and every batch; a refusal must be a sentence and
leave the state, as a checkpoint would save it, as it was.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any, TypeVar

import pytest
from msgspec.structs import replace

import exchange.venue
from exchange import invariants as market
from exchange.answer import answer
from exchange.books.state import Venue
from exchange.engine.batch_writer import Batch, BatchWriter, Request
from exchange.engine.checkpoint_codec import pack
from ledger.caller import Caller
from ledger.events import Event
from ledger.invariants import check, check_batch, sweep
from ledger.moment import Moment
from ledger.refusals import Reason, Refused
from ledger.register import Register
from tests.exchange.ground import OPENING
from tests.ledger.opened import ALL, DAWN_NS, digest
from tests.signing_keys import public_key

Kind = TypeVar("Kind", bound=Event)

H100_TITLE = "T.H100SXM8.A1.CN-BJ"
SECOND_NS = 1_000_000_000
MINUTE_NS = 60 * SECOND_NS
OPEN_NS = DAWN_NS + 20 * 3_600 * SECOND_NS  # markets are open, the dumps of the day before taken


class Hall:
    """A venue with two clerks (`clerk`, `second`), and whoever is let in."""

    def __init__(self, at_ns: int = OPEN_NS) -> None:
        self.venue = Venue()
        self.writer = BatchWriter(self.venue)
        self.batches: list[Batch] = []
        self.keys = 0
        self.answer: dict[str, Any] = {}
        clerks = [
            {"holder_sha256": digest(f"h{n}"), "public_key": public_key(f"c{n}"), "label": "clerk"}
            for n in (1, 2)
        ]
        opening = {**OPENING, "kind": "live", "clerks": clerks}
        self._keep(lambda: self.writer.write(Request("venue.open", opening, Caller()), at_ns))
        self.clerk = Caller(party="p-0001", principal="k-0001", scopes=ALL)
        self.second = Caller(party="p-0001", principal="k-0002", scopes=ALL)

    @property
    def register(self) -> Register:
        return self.venue.register

    def do(self, caller: Caller, op: str, raw: bytes = b"", **args: Any) -> list[Event]:
        """Let a command happen a second after the last; *raw* is a report beside it."""
        self.keys += 1
        if raw:
            args.setdefault("report_sha256", digest(raw))
        caller = replace(caller, key=f"key-{self.keys}", attachment=raw, received_ns=1)
        body = sha256(repr((op, args)).encode()).digest()
        request = Request(op, args, caller, "", body, b"signed", b"")
        events = self._keep(lambda: self.writer.write(request, self.writer.at_ns + SECOND_NS))
        _, self.answer = answer(op, events)
        return events

    def refused(
        self, reason: Reason, caller: Caller, op: str, /, raw: bytes = b"", **args: Any
    ) -> str:
        """What the refusal of a command says to a person."""
        before = pack(self.venue, self.writer.versions)
        with pytest.raises(Refused) as caught:
            self.do(caller, op, raw, **args)
        assert caught.value.reason is reason, caught.value
        assert caught.value.detail.endswith(".")
        assert pack(self.venue, self.writer.versions) == before
        return caught.value.detail

    def two(self, op: str, **args: Any) -> list[Event]:
        """What takes two clerks, done by two clerks."""
        self.do(self.clerk, op, **args)
        return self.approve(self.second)

    def approve(self, caller: Caller) -> list[Event]:
        """Say yes to the newest proposal."""
        return self.do(caller, "proposal.approve", proposal=list(self.register.proposals)[-1])

    def advance(self, length_ns: int) -> list[Event]:
        """Let time pass as the engine does: one batch for each due instant."""
        to_ns = self.writer.at_ns + length_ns
        timers = self.register.timers
        events: list[Event] = []
        while timers and timers[0][0] <= to_ns:
            events += self._keep(lambda: self.writer.advance(timers[0][0]))
        return events + self._keep(lambda: self.writer.advance(to_ns))

    def sleep(self, length_ns: int) -> list[Event]:
        """The venue is down for so long, and comes back."""

        def resumed() -> Batch:
            batch = self.writer.resume(self.writer.at_ns + length_ns)
            assert batch is not None, "too short to be a silence"
            return batch

        return self._keep(resumed)

    def let_in(
        self,
        number: str,
        *roles: str,
        tier: int = 2,
        scopes: Sequence[str] = ("read", "trade", "seller"),
    ) -> Caller:
        """A party with these roles, and one key of it."""
        named: dict[str, Any] = {
            "legal_name": f"Party {number}",
            "kind": "company",
            "jurisdiction": "CN",
        }
        self.do(self.clerk, "party.new", registration_no=number, **named)
        party = self.answer["party"]
        for role in roles:
            self.two("party.grant_role", party=party, role=role)
        self.do(self.clerk, "party.tier", party=party, kyc_tier=tier)
        return self.key(party, number, scopes)

    def key(self, party: str, person: str, scopes: Sequence[str]) -> Caller:
        """One more key of a party, held by this person."""
        keys: dict[str, Any] = {
            "holder_sha256": digest(person),
            "public_key": public_key(f"{person} {self.keys}"),
        }
        self.do(self.clerk, "principal.enrol", party=party, scopes=list(scopes), **keys)
        if proposal := self.answer.get("proposal"):  # the venue's own keys take two
            self.do(self.second, "proposal.approve", proposal=proposal)
        principal = next(reversed(self.register.principals))
        return Caller(party=party, principal=principal, scopes=tuple(scopes))

    def owner(self, number: str) -> tuple[Caller, str]:
        """A party that owns and operates, and its site."""
        caller = self.let_in(number, "owner", "operator")
        self.do(caller, "site.new", name=f"Site {number}", delivery_point="CN-BJ")
        return caller, self.answer["site"]

    def pay_in(self, caller: Caller, amount_minor: int) -> None:
        paid: dict[str, Any] = {"party": caller.party, "reference": f"bank-{self.keys}"}
        self.do(self.clerk, "deposit.new", amount_minor=amount_minor, **paid)

    def papers(self, caller: Caller, subject: str) -> None:
        """An invoice and a customs paper, filed and verified: P1."""
        for kind in ("invoice", "customs"):
            paper: dict[str, Any] = {
                "unit": subject,
                "document_sha256": digest(f"{kind} {subject}"),
            }
            self.do(caller, "unit.file_provenance", kind=kind, names_serial=True, **paper)
            self.do(self.clerk, "unit.verify_provenance", **paper)

    def titled(self, caller: Caller, site: str, raw: bytes) -> None:
        """Import a report with a claim, file its papers, and let a clerk grant title."""
        self.do(caller, "import.new", raw, site=site, claim=True)
        nodes, units = self.answer["nodes"], self.answer["units"]
        for subject in nodes or units:
            self.papers(caller, subject)
        self.approve(self.clerk)

    def order(self, caller: Caller, side: str, price_ticks: int, market: str = H100_TITLE) -> str:
        """One lot, standing or filled; its order's id."""
        terms: dict[str, Any] = {
            "market": market,
            "side": side,
            "price_ticks": price_ticks,
            "lots": 1,
        }
        self.do(caller, "order.new", **terms)
        return str(self.answer["order"])

    def replayed(self) -> bytes:
        """The state that the same facts make again, as a checkpoint would save it."""
        venue = Venue()
        for batch in self.batches:
            for position, event in enumerate(batch.events, batch.first_position):
                moment = Moment(batch.at_ns, position, batch.first_position)
                exchange.venue.fold(venue, event, moment)
        return pack(venue, {})

    def state(self) -> bytes:
        return pack(self.venue, {})

    def _keep(self, write: Callable[[], Batch]) -> list[Event]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(exchange.venue, "fold", _watched)
            batch = write()
        self.batches.append(batch)
        assert check_batch(batch.events) == []
        assert sweep(self.register, self.writer.at_ns) == []
        assert market.sweep(self.venue) == []
        return batch.events


_fold = exchange.venue.fold


def _watched(venue: Venue, event: Event, moment: Moment) -> None:
    _fold(venue, event, moment)
    assert check(venue.register, event) == []


def only(kind: type[Kind], events: Sequence[Event]) -> Kind:
    """The one event of this kind."""
    [found] = [event for event in events if isinstance(event, kind)]
    return found
