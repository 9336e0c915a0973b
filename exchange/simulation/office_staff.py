"""The demo's offices: clerks and custodians answer what waits for them, as themselves.

The same answers serve the made history and a visitor in the living demo.
"""

from collections.abc import Iterator

from exchange.simulation.intents import Intent, by, clerk
from ledger.ids import PartyId
from ledger.register import Register


def intents_due(register: Register, visitors: tuple[str, ...] = ()) -> Iterator[Intent]:
    """Everything that the offices would do now, in a fixed order.

    `visitors` are parties whose filed papers compliance looks at (the cast's own are looked at
    when they are filed).
    """
    yield from _site_words(register, visitors)
    yield from _approvals(register)
    yield from _deliveries(register)
    yield from _payments(register)
    for visitor in visitors:
        yield from _papers(register, visitor)


def _approvals(register: Register) -> Iterator[Intent]:
    """A clerk approves if no approver of the proposal is held by the same person."""
    for proposal in register.proposals.values():
        if not any(need.startswith("scope:") for need in proposal.needs):
            continue
        signed_by = [
            register.principals[principal].holder_sha256
            for principal in proposal.approvers or [proposal.principal]
        ]
        free = [
            which
            for which, principal in enumerate(register.clerks)
            if register.principals[principal].holder_sha256 not in signed_by
        ]
        for which in free[: len(proposal.needs)]:
            yield clerk(register, which, "proposal.approve", {"proposal": proposal.proposal})


def _site_words(register: Register, visitors: tuple[str, ...]) -> Iterator[Intent]:
    """The operators of the cast agree to every server that is said to stand at their site."""
    for proposal in register.proposals.values():
        if proposal.op != "node.site":
            continue
        operator = register.parties[PartyId(proposal.needs[0].removeprefix("party:"))]
        if operator.principals and operator.party not in visitors:
            yield by(operator, "proposal.approve", {"proposal": proposal.proposal})


def _deliveries(register: Register) -> Iterator[Intent]:
    """The custodian of the site confirms that the things stand where the buyer may inspect them."""
    for settlement in register.settlements.values():
        if settlement.state != "delivering":
            continue
        thing = register.things[settlement.things[0]]
        custodian = register.parties.get(register.nodes[thing.node].custodian)
        if custodian is None or not custodian.principals:
            custodian = register.parties[register.venue_party]
        yield by(custodian, "settlement.confirm", {"settlement": settlement.settlement})


def _payments(register: Register) -> Iterator[Intent]:
    for payment in register.payments.values():
        args = {"payment": payment.payment, "payer_reference": f"BANK-{payment.payment}"}
        yield clerk(register, 0, "withdrawal.confirm", args)


def _papers(register: Register, visitor: str) -> Iterator[Intent]:
    """Compliance verifies what a visitor filed, one command per document and unit."""
    for unit in register.units.values():
        if unit.registrant != visitor:
            continue
        for digest, document in unit.documents.items():
            if not document.is_verified:
                args = {"unit": unit.unit, "document_sha256": digest}
                yield clerk(register, 1, "unit.verify_provenance", args)
