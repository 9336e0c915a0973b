"""A venue's day with everything signed: what the audit's tests read and tamper with."""

from collections.abc import Collection
from functools import cache
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from exchange.books.state import Venue
from exchange.engine.batch_writer import Request
from gateway.server.audit_rules import ACT_RULES, venue_folding
from gpubourse import documents
from gpubourse.wire import body_sha256, decode, outward
from ledger.act_checks.act_checks import ActChecks
from ledger.audit.audit_fold import AuditFold
from ledger.base64url import sha256_text
from ledger.caller import Caller
from ledger.durations import DAY_NS, HOUR_NS
from ledger.events import Event, PrincipalEnrolled, ReportFiled
from ledger.ids import PartyId, PrincipalId, SiteId
from ledger.journal.batches import StoredBatch
from ledger.journal.memory import MemoryJournal
from ledger.journal.protocol import CommandRow
from tests.exchange.ground import LEASE, SCOPES, TITLE, Floor, key_of
from tests.signing_keys import private_key

REPORT = b"slot,serial\n0,1650000000001\n"
RIDER, SALT, NAME = "k-0099", b"s" * 16, "Li Wei"


class ReadyMade(ActChecks[Venue]):
    """The checks of acts, but for a scene's ready-made facts: nobody asked for those."""

    def __init__(self, journal: Any, made: Collection[int]) -> None:
        super().__init__(ACT_RULES, journal)
        self._made = made

    def begin(
        self,
        batch: StoredBatch[Event | None],
        row: CommandRow | None,
        state: Venue | None,
        rules_from: int,
    ) -> None:
        is_made = row is None and batch.first in self._made
        super().begin(batch, row, state, batch.last + 1 if is_made else rules_from)


def folding_of(floor: Floor) -> AuditFold[Venue]:
    """What judges a floor's journal: as everywhere, and its ready-made facts are taken as given."""
    made = {batch.first_position for batch in floor.batches if batch.command is None}
    made = {first for first in made if first > 1} - set(own_acts_of(floor))
    return venue_folding()._replace(act_checks=lambda journal: ReadyMade(journal, made))


def own_acts_of(floor: Floor) -> list[int]:
    """Where the engine itself begins a batch."""
    kinds = tuple(ACT_RULES.own_acts)
    return [each.first_position for each in floor.batches if isinstance(each.events[0], kinds)]


class SignedFloor(Floor):
    """The floor of the market's scenes, where each party signs with a key of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.private: dict[str, Ed25519PrivateKey] = {}
        for party in self.owners + self.buyers:
            self.private[party] = private_key(party)
        self.raws: list[bytes] = []  # what is kept beside the events
        self.happen(_rider(self.buyers[1]))

    def journal(self) -> MemoryJournal:
        """Everything written so far, and what stands beside it: raw files, and one noted name."""
        journal = super().journal()
        for raw in self.raws:
            journal.keep(raw)
        journal.store.name_hashes[RIDER] = sha256(SALT + NAME.encode()).digest()
        return journal

    def ride(self, party: str, op: str, **args: Any) -> None:
        """A command that rides on a signed session, whose log-on is kept."""
        request = self.request(party, op, **args)
        logon = documents.logon_document(
            challenge="c" * 43,
            party=party,
            principal=RIDER,
            scopes=list(SCOPES),
            ttl_s=60,
            venue="cn-1",
        )
        signed = documents.signed_bytes(logon)
        raw = signed + b"\n" + self.private[party].sign(signed)
        self.raws.append(raw)
        document = decode(request.signed.removeprefix(documents.PREFIX)) | {"principal": RIDER}
        caller = replace(request.caller, principal=PrincipalId(RIDER), session=sha256_text(raw))
        ridden = replace(
            request, caller=caller, signed=documents.signed_bytes(document), signature=b""
        )
        self.keep(self.writer.write(ridden, self.writer.at_ns + 1))

    def request(self, party: str, op: str, key: str = "", **args: Any) -> Request:
        self.keys += 1
        key = key or f"key-{self.keys}"
        principal = _principal(3 + (self.owners + self.buyers).index(party))
        now_ns = self.writer.at_ns
        document = documents.command_document(
            args=outward(args),
            issued_ns=now_ns,
            key=key,
            op=op,
            party=party,
            principal=principal,
            valid_ms=5_000,
            venue="cn-1",
        )
        signed = documents.signed_bytes(document)
        caller = Caller(
            party=party, principal=principal, scopes=SCOPES, key=key, received_ns=now_ns
        )
        body = body_sha256(op, outward(args))
        return Request(op, args, caller, "", body, signed, self.private[party].sign(signed))


def a_week() -> SignedFloor:
    """Two servers sold, one delivered and accepted; a lease; open orders; a withdrawal."""
    floor = SignedFloor()
    seller, buyer = floor.owners[0], floor.buyers[0]
    floor.raws.append(REPORT)
    floor.happen(ReportFiled(SiteId("s-0001"), sha256_text(REPORT), "csv", 0, []))
    floor.pass_time(floor.writer.at_ns + DAY_NS)
    floor.ride(floor.buyers[1], "order.new", market=LEASE, side="bid", lots=1, price_ticks=900)
    floor.ask(seller, 2, 1_035, market=TITLE)
    floor.bid(buyer, 1, 1_100, market=TITLE)
    floor.bid(floor.buyers[1], 1, 1_035, market=TITLE)
    floor.ask(floor.owners[1], 2, 1_302, market=LEASE)
    floor.bid(buyer, 1, 1_302, market=LEASE)
    floor.bid(buyer, 1, 1_000, market=LEASE)
    first = next(iter(floor.venue.register.settlements))
    floor.pass_time(floor.writer.at_ns + HOUR_NS)
    floor.tell(seller, "settlement.confirm", settlement=first)
    floor.tell(buyer, "settlement.accept", settlement=first)
    floor.tell(seller, "withdrawal.new", amount_minor=5_000, to_account="bank-1")
    floor.pass_time(floor.writer.at_ns + 5 * DAY_NS)
    return floor


@cache
def week_folding() -> AuditFold[Venue]:
    """What judges the week's journal."""
    return folding_of(a_week())


def _rider(party: PartyId) -> PrincipalEnrolled:
    """A second key of a party's person, whose orders ride on a signed session."""
    enrolled = key_of(party, 99)
    return replace(enrolled, signing="session", holder_sha256=sha256_text(SALT + NAME.encode()))


def _principal(number: int) -> str:
    return f"k-{number:04d}"
