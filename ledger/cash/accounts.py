"""Names of accounts, `owner/kind/reference`, and amounts as people read them (DOMAIN 3)."""

from ledger.ids import AccountName, HoldId, LeaseId, PartyId, PaymentId, SettlementId, VenueName
from ledger.money import amount_in_words
from ledger.refusals import Figure, Reason, Refused, sentence_of
from ledger.register import Register

_CHINESE = {"CNY": "元"}


def available(party: PartyId) -> AccountName:
    """Free to bid, lease and withdraw."""
    return AccountName(f"{party}/available")


def on_hold(party: PartyId, hold: HoldId) -> AccountName:
    """An open bid's greatest cost."""
    return AccountName(f"{party}/on_hold/{hold}")


def escrow(buyer: PartyId, settlement: SettlementId) -> AccountName:
    """Paid for title, not yet settled."""
    return AccountName(f"{buyer}/escrow/{settlement}")


def rent_escrow(lessee: PartyId, lease: LeaseId) -> AccountName:
    """Rent and fee paid ahead, not yet earned."""
    return AccountName(f"{lessee}/rent_escrow/{lease}")


def deposit(lessee: PartyId, lease: LeaseId) -> AccountName:
    """A lessee's security."""
    return AccountName(f"{lessee}/deposit/{lease}")


def withdrawing(party: PartyId, payment: PaymentId) -> AccountName:
    """Instructed to the bank, not yet confirmed."""
    return AccountName(f"{party}/withdrawing/{payment}")


def fees(venue: VenueName) -> AccountName:
    """What the venue has earned."""
    return AccountName(f"{venue}/fees")


def external(venue: VenueName) -> AccountName:
    """Minus the money at the bank: the only account below zero."""
    return AccountName(f"{venue}/external")


def is_external(account: AccountName) -> bool:
    return account.endswith("/external")


def amount_text(register: Register, amount_minor: int) -> str:
    """An amount as a sentence shows it, in the venue's currency: `1,000.00 yuan`."""
    return amount_in_words(amount_minor, register.currency, register.minor_digits)


def money(register: Register, amount_minor: int) -> Figure:
    """An amount in a refusal: `1,000.00 yuan`, `1,000.00 元`, and its minor units as the value."""
    text = amount_text(register, amount_minor)
    figure, _, _ = text.rpartition(" ")
    return Figure(
        text, amount_minor, f"{figure} {_CHINESE.get(register.currency, register.currency)}"
    )


def must_afford(register: Register, party: PartyId, needed_minor: int, purpose: str) -> None:
    """Refuse `insufficient_cash` unless *party* has that much available.

    *purpose* ends the sentence "… is needed ": "to withdraw that much", "to hold this bid".
    """
    available_minor = register.available_minor(party)
    if available_minor >= needed_minor:
        return
    raise Refused(
        Reason.insufficient_cash,
        sentence_of(
            "{needed_minor} is needed {purpose}, and {party} has {available_minor} "
            "available: deposit {more_available_minor} more, or ask for less.",
            needed_minor=money(register, needed_minor),
            purpose=purpose,
            party=party,
            available_minor=money(register, available_minor),
            more_available_minor=money(register, needed_minor - available_minor),
        ),
    )
