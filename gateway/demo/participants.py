"""The demo's people sign like anyone: a key for each, drawn from the seed, and their requests."""

from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exchange.engine.batch_writer import Request
from exchange.simulation.cast import everyone
from exchange.simulation.intents import Intent
from gateway.access.signed_documents import command_bytes
from gpubourse.key_files import public_key_of
from ledger.base64url import sha256_text
from ledger.caller import Caller
from ledger.register import Register

VALID_MS = 5_000
CLERKS = ("clerk-1", "clerk-2")


class NotOurs(Exception):
    """The principal who would have to sign is no participant of the demo: its key is another's."""


@dataclass(slots=True)
class ParticipantKeys:
    """Everybody's keys. A demo's keys follow from its seed: nothing of value may hang on them."""

    seed: int
    venue: str
    _by_public: dict[str, Ed25519PrivateKey] = field(default_factory=dict)

    @classmethod
    def of(cls, seed: int, venue: str) -> "ParticipantKeys":
        """The whole cast with its keys, and the two clerks."""
        participants = cls(seed, venue)
        for name in (*CLERKS, *(person.registration_no for person in everyone())):
            participants.private_key(name)
        return participants

    def private_key(self, name: str) -> Ed25519PrivateKey:
        """The key of one person: a registration number, `clerk-1`, `clerk-2`."""
        seed = sha256(f"gpubourse demo key|{self.seed}|{name}".encode()).digest()
        private_key = Ed25519PrivateKey.from_private_bytes(seed)
        self._by_public[public_key_of(private_key)] = private_key
        return private_key

    def public_key(self, name: str) -> str:
        return public_key_of(self.private_key(name))

    def request(self, register: Register, intent: Intent, key: str, at_ns: int) -> Request:
        """The intent as its asker would send it: args named by their digest, signed, stamped.

        Raises NotOurs: visitors and clerks register parties too, who sign for themselves.
        """
        principal = register.principals.get(intent.principal)
        private_key = self._by_public.get(principal.public_key) if principal else None
        if principal is None or private_key is None:
            raise NotOurs(f"{intent.principal} of {intent.party} signs for itself")
        args = dict(intent.args)
        if intent.attachment:
            args["report_sha256"] = sha256_text(intent.attachment)
        command = command_bytes(
            args=args,
            issued_ns=at_ns,
            key=key,
            op=intent.op,
            party=intent.party,
            principal=intent.principal,
            valid_ms=VALID_MS,
            venue=self.venue,
        )
        caller = Caller(
            party=intent.party,
            principal=intent.principal,
            scopes=principal.scopes,
            key=key,
            session="",
            received_ns=at_ns,
            attachment=intent.attachment,
        )
        return Request(
            op=intent.op,
            args=args,
            caller=caller,
            label="",
            body_sha256=command.body_sha256,
            signed=command.signed,
            signature=private_key.sign(command.signed),
        )
