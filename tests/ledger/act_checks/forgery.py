"""A floor with its offices, and what somebody forges who holds the database and some of the keys.

Chain, hashes, versions and attestations of a forged batch are those that the engine would write, so
that nothing but the check of its own can see it.
"""

from hashlib import sha256
from typing import Any

from msgspec.structs import replace

from exchange.books.state import Venue
from exchange.engine.batch_writer import Batch, Request
from exchange.parse_args import read
from exchange.venue import decide
from gpubourse import documents
from gpubourse.wire import body_sha256, outward
from ledger.audit.audit_fold import AuditFold
from ledger.audit.verify import verify
from ledger.base64url import sha256_text, text64
from ledger.caller import Caller
from ledger.durations import DAY_NS, HOUR_NS
from ledger.events import Event, ProposalMade
from ledger.ids import PrincipalId
from ledger.journal.memory import MemoryJournal
from ledger.journal.protocol import POSITION_MOST, CommandRow
from ledger.offices import CLERK_SCOPES
from tests.exchange.ground import LEASE, SCOPES, TITLE, key_of
from tests.ledger.audit.scene import SignedFloor
from tests.signing_keys import private_key

CLERK, SECOND = "k-0001", "k-0002"
SELLER, BUYER = "k-0003", "k-0005"
ADMIN = "k-0098"  # a trader's second key, with the scope admin and no office behind it
SOON = "k-0097"  # one that ends in an hour of the scene's first day


class Offices(SignedFloor):
    """The signed floor, where the venue's clerks sign, too."""

    def __init__(self) -> None:
        super().__init__()
        for number, members in (
            (98, {"scopes": ["read", "trade", "admin"]}),
            (97, {"valid_to_ns": self.writer.at_ns + HOUR_NS}),
        ):
            enrolled = key_of(self.buyers[0], number)
            self.happen(replace(enrolled, holder_sha256=sha256_text(b"another"), **members))

    def signed(
        self,
        by: str,
        op: str,
        *,
        issued_ns: Any = 0,
        received_ns: int = 0,
        **args: Any,
    ) -> Request:
        """A command as its signer sends it."""
        self.keys += 1
        known = self.venue.register.principals[PrincipalId(by)]
        is_clerk = by in (CLERK, SECOND)
        now_ns = self.writer.at_ns
        document = documents.command_document(
            args=outward(args),
            issued_ns=issued_ns or now_ns,
            key=f"key-{self.keys}",
            op=op,
            party=known.party,
            principal=by,
            valid_ms=5_000,
            venue="cn-1",
        )
        signed = documents.signed_bytes(document)
        caller = Caller(
            party=known.party,
            principal=known.principal,
            scopes=CLERK_SCOPES if is_clerk else SCOPES,
            key=f"key-{self.keys}",
            received_ns=received_ns or now_ns,
        )
        signature = private_key(f"clerk-{by[-1]}" if is_clerk else known.party).sign(signed)
        return Request(op, args, caller, "", body_sha256(op, outward(args)), signed, signature)

    def ask_for(self, by: str, op: str, **args: Any) -> list[Event]:
        """Let a signed command happen."""
        request = self.signed(by, op, **args)
        return self.keep(self.writer.write(request, self.writer.at_ns + 1)).events

    def agreed(self, op: str, **args: Any) -> list[Event]:
        """What one clerk proposes and the other approves."""
        return self.ask_for(SECOND, "proposal.approve", proposal=self.proposed(op, **args))

    def proposed(self, op: str, **args: Any) -> str:
        (made,) = self.ask_for(CLERK, op, **args)
        assert isinstance(made, ProposalMade)
        return made.proposal

    def facts(self, by: str, op: str, **args: Any) -> list[Event]:
        """What a command would bring, were it asked for now; nothing is written."""
        caller = self.signed(by, op, **args).caller
        return decide(
            self.venue, read(op, args), caller, self.writer.moment.next(self.writer.at_ns + 1)
        )

    def forge(self, signed: Request, *facts: Event) -> Batch:
        """Facts that its decider never brought, under the row of a signed command."""
        batch = self.writer.note(facts, self.writer.at_ns + 1)
        digest = sha256_text(signed.signed)
        state = self.writer.codec.encode(batch.events[0], batch.at_ns, 0, digest)
        first, *rest = batch.rows
        batch = replace(batch, rows=[first._replace(state=state), *rest])
        return self.keep(replace(batch, command=_row(signed, batch)))


def _row(signed: Request, batch: Batch) -> CommandRow:
    caller = signed.caller
    return CommandRow(
        party=caller.party,
        key=caller.key,
        op=signed.op,
        body_sha256=signed.body_sha256,
        command_sha256=sha256(signed.signed).digest(),
        principal=caller.principal,
        session=caller.session,
        label="",
        received_ns=caller.received_ns,
        signed=signed.signed,
        signature=signed.signature,
        first_position=batch.first_position,
        last_position=batch.last_position,
    )


def a_loss(floor: Offices, root: str = "A" * 43) -> dict[str, Any]:
    """What a clerk says of a log whose tail this journal lost."""
    ends, _ = floor.journal().commits_around(POSITION_MOST)
    assert ends is not None
    return {
        "origin": "gpubourse/cn-1/0123456789abcdef",
        "size": ends.last_position + 9,
        "root_sha256": root,
        "common_size": 5,
        "journal_position": ends.last_position,
        "journal_chain": text64(ends.chain),
        "reason": "the disk died",
    }


def an_office_day() -> Offices:
    """Each office acts once; a sale is settled, another is inspected by its buyer."""
    floor = Offices()
    seller, buyer = floor.owners[0], floor.buyers[0]
    floor.ask_for(CLERK, "deposit.new", party=buyer, amount_minor=700, reference="bank-77")
    mistaken = {"party": seller, "amount_minor": 9, "reference": "bank-78"}
    floor.ask_for(CLERK, "deposit.new", **mistaken)
    floor.agreed("deposit.reverse", reason="of another party", **mistaken)
    floor.agreed("log.accept_loss", **a_loss(floor))
    floor.ask_for(CLERK, "party.new", **a_party("reg-9"))
    newcomer = floor.venue.register.registrations["CN", "REG-9"]
    floor.ask_for(CLERK, "party.tier", party=newcomer, kyc_tier=2)
    floor.agreed("party.grant_role", party=newcomer, role="owner", basis="admission")
    floor.agreed("rule.new", rule="withdrawal_alone", value=10**9, from_ns=0, basis="test")
    floor.ride(floor.buyers[1], "order.new", market=LEASE, side="bid", lots=1, price_ticks=900)
    floor.ask(seller, 2, 1_035, market=TITLE)
    floor.bid(buyer, 1, 1_100, market=TITLE)
    floor.bid(floor.buyers[1], 1, 1_035, market=TITLE)
    floor.ask(floor.owners[1], 2, 1_302, market=LEASE)
    floor.bid(buyer, 1, 1_302, market=LEASE)
    floor.bid(buyer, 1, 1_000, market=LEASE)
    first, second = list(floor.venue.register.settlements)
    floor.tell(seller, "settlement.confirm", settlement=first)
    floor.tell(buyer, "settlement.accept", settlement=first)
    floor.tell(seller, "settlement.confirm", settlement=second)
    floor.tell(seller, "withdrawal.new", amount_minor=5_000, to_account="bank-1")
    floor.pass_time(floor.writer.at_ns + DAY_NS)
    return floor


def a_party(registration_no: str, legal_name: str = " New Co ") -> dict[str, str]:
    """Args of `party.new`."""
    return {
        "legal_name": legal_name,
        "kind": "company",
        "jurisdiction": "CN",
        "registration_no": registration_no,
    }


def failing(journal: MemoryJournal, folding: AuditFold[Venue]) -> dict[str, str]:
    """The checks that fail, and what they say."""
    report = verify(journal, folding)
    return {check["name"]: check["detail"] for check in report["checks"] if not check["ok"]}
