"""Facts that nobody asked for, or nobody who might: written as the engine would write them.

The journal is first cut at some place, with all its traces, and goes on with what was invented.
"""

from collections.abc import Callable
from hashlib import sha256

from msgspec.structs import replace

from exchange.engine.batch_writer import Request
from exchange.orders.cancelling import cancelled
from exchange.simulation.intents import Intent
from gateway.demo.participants import ParticipantKeys
from gateway.demo.past import VENUE
from ledger.base64url import sha256_text
from ledger.events import (
    CashPosted,
    Event,
    KycTierSet,
    PrincipalEnrolled,
    RoleGranted,
    RuleSet,
    TimeAdvanced,
    TitleTransferred,
)
from ledger.journal.protocol import CommandRow
from ledger.records import Party
from ledger.register import Register
from tests.ledger.audit.tampering.hands import Hands
from tests.signing_keys import public_key

SEED = 7  # of the demo's keys, some of which their owners lend to the forger


def appended(name: str, make: Callable[[Hands], Event]) -> Callable[[Hands], int]:
    """A kind: some fact at the end of the journal, and no command of it."""

    def tamper(hands: Hands) -> int:
        hands.cut_somewhere()
        return hands.append(make(hands))

    tamper.__name__ = name
    return tamper


def deposit(hands: Hands) -> Event:
    party = _somebody(hands)
    rows = [("cn-1/external", -99_900_000_000), (f"{party.party}/available", 99_900_000_000)]
    return CashPosted("cn-1", "j-009999", "deposit", "bank-x", rows, 0)  # type: ignore[arg-type]


def transfer(hands: Hands) -> Event:
    """Of a thing in no sale, which nobody offers; its leases go with it."""
    things = hands.writer().venue.register.things.values()
    free = [each for each in things if each.owner and not (each.settlement or each.order)]
    thing = hands.dice.choice([t for t in free if not any(w.order for w in t.windows)])
    return TitleTransferred(
        node=thing.node,
        from_party=thing.owner,
        to_party="p-0009",  # type: ignore[arg-type]
        settlement="",  # type: ignore[arg-type]
        basis="transfer",
        price_minor=0,
        subject_to=[window.lease for window in thing.windows],
        effective_ns=1_731_600_000_000_000_000,
    )


def enrolment(hands: Hands) -> Event:
    return PrincipalEnrolled(
        party=_somebody(hands).party,
        principal="k-9999",  # type: ignore[arg-type]
        holder_sha256="A" * 43,
        public_key=public_key("forger"),
        scopes=["read", "trade"],
        ip_allow=[],
        signing="every",
        label="",
        valid_to_ns=0,
        public_key_rule=1,
    )


def cancel(hands: Hands) -> Event:
    return _cancelled(hands, "user")


def cancel_of_a_line(hands: Hands) -> Event:
    """As the engine cancels what ends with a line: these orders end with none."""
    return _cancelled(hands, "disconnect")


def _cancelled(hands: Hands, reason: str) -> Event:
    venue = hands.writer().venue
    order = hands.dice.choice(list(venue.orders.values()))
    return cancelled(venue, order, reason)  # type: ignore[arg-type]


def tier(hands: Hands) -> Event:
    return KycTierSet(_somebody(hands).party, 1, "A" * 43, 0)


def role(hands: Hands) -> Event:
    return RoleGranted(_somebody(hands).party, "inspector", "none")


def rule(hands: Hands) -> Event:
    return RuleSet("grade_valid", 31, hands.writer().at_ns + 2_000, "none")


def time(hands: Hands) -> Event:
    """It passes to another instant than that of its stamp."""
    return TimeAdvanced("cn-1", hands.writer().at_ns + 2_000)


# --- by a key whose owner may not


def a_deposit_by_a_trader(hands: Hands) -> int:
    """His signature holds, and it is not his to ask."""
    hands.cut_somewhere()
    member = _somebody(hands)
    args = {"party": member.party, "amount_minor": 500, "reference": "bank-x"}
    rows = [("cn-1/external", -500), (f"{member.party}/available", 500)]
    fact = CashPosted("cn-1", "j-009999", "deposit", "bank-x", rows, 0)  # type: ignore[arg-type]
    return _forged(hands, Intent(member.party, member.principals[0], "deposit.new", args), fact)


def a_role_by_one_clerk(hands: Hands) -> int:
    """It takes two."""
    hands.cut_somewhere()
    member = _somebody(hands)
    args = {"party": member.party, "role": "lender", "basis": "alone"}
    fact = RoleGranted(member.party, "lender", "alone")
    register = _register(hands)
    clerk = Intent(register.venue_party, register.clerks[0], "party.grant_role", args)
    return _forged(hands, clerk, fact)


def a_command_sent_twice(hands: Hands) -> int:
    """What a clerk signed once is recorded once more, under a key that he did not sign."""
    hands.cut_somewhere()
    found = [row for row in hands.store.commands if row.op == "party.tier"]
    row = hands.dice.choice(found)
    told = hands.read(row.first_position)
    fact = KycTierSet(told["party"], told["kyc_tier"], told["evidence_sha256"], 0)
    writer = hands.writer()
    batch = writer.note([fact], writer.at_ns + 1_000)
    state = writer.codec.encode(batch.events[0], batch.at_ns, 0, sha256_text(row.signed))
    first = batch.first_position
    again = row._replace(key=f"{row.key}-again", first_position=first, last_position=first)
    return hands.add(replace(batch, rows=[batch.rows[0]._replace(state=state)], command=again))


def _forged(hands: Hands, intent: Intent, fact: Event) -> int:
    """A fact under the row of a command that somebody signed."""
    writer = hands.writer()
    at_ns = writer.at_ns + 1_000
    keys = ParticipantKeys.of(SEED, VENUE)
    request = keys.request(writer.venue.register, intent, "forged", at_ns)
    batch = writer.note([fact], at_ns)
    state = writer.codec.encode(batch.events[0], batch.at_ns, 0, sha256_text(request.signed))
    row = batch.rows[0]._replace(state=state)
    return hands.add(replace(batch, rows=[row], command=_row(request, batch.first_position)))


def _row(request: Request, position: int) -> CommandRow:
    caller = request.caller
    return CommandRow(
        party=caller.party,
        key=caller.key,
        op=request.op,
        body_sha256=request.body_sha256,
        command_sha256=sha256(request.signed).digest(),
        principal=caller.principal,
        session="",
        label="",
        received_ns=caller.received_ns,
        signed=request.signed,
        signature=request.signature,
        first_position=position,
        last_position=position,
    )


def _register(hands: Hands) -> Register:
    return hands.writer().venue.register


def _somebody(hands: Hands) -> Party:
    """Some member with a key of the demo's, who is no inspector or lender."""
    register = _register(hands)
    found = [
        party
        for party in register.parties.values()
        if party.principals
        and party.party != register.venue_party
        and party.kyc_tier > 1
        and not {"inspector", "lender"} & set(party.roles)
    ]
    return hands.dice.choice(found)
