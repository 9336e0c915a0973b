"""A venue's day with everything signed: what the audit's tests read and tamper with."""

from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exchange.engine.batch_writer import Request
from gpubourse import documents
from gpubourse.wire import body_sha256, outward
from ledger.caller import Caller
from ledger.durations import DAY_NS, HOUR_NS
from tests.exchange.ground import LEASE, SCOPES, TITLE, Floor
from tests.signing_keys import private_key


class SignedFloor(Floor):
    """The floor of the market's scenes, where each party signs with a key of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.private: dict[str, Ed25519PrivateKey] = {}
        for party in self.owners + self.buyers:
            self.private[party] = private_key(party)

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
    floor.pass_time(floor.writer.at_ns + DAY_NS)
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


def _principal(number: int) -> str:
    return f"k-{number:04d}"
