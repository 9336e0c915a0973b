"""Names of accounts, `owner/kind/reference`, and amounts as people read them (DOMAIN 3)."""

from ledger.refusals import Reason, Refused
from ledger.register import Register

_SPOKEN = {"CNY": "yuan"}


def available(party: str) -> str:
    """Free to bid, lease and withdraw."""
    return f"{party}/available"


def on_hold(party: str, hold: str) -> str:
    """An open bid's greatest cost."""
    return f"{party}/on_hold/{hold}"


def escrow(buyer: str, settlement: str) -> str:
    """Paid for title, not yet settled."""
    return f"{buyer}/escrow/{settlement}"


def rent_escrow(lessee: str, lease: str) -> str:
    """Rent and fee paid ahead, not yet earned."""
    return f"{lessee}/rent_escrow/{lease}"


def deposit(lessee: str, lease: str) -> str:
    """A lessee's security."""
    return f"{lessee}/deposit/{lease}"


def withdrawing(party: str, payment: str) -> str:
    """Instructed to the bank, not yet confirmed."""
    return f"{party}/withdrawing/{payment}"


def fees(venue: str) -> str:
    """What the venue has earned."""
    return f"{venue}/fees"


def external(venue: str) -> str:
    """Minus the money at the bank: the only account below zero."""
    return f"{venue}/external"


def is_external(account: str) -> bool:
    return account.endswith("/external")


def spoken(register: Register, amount_minor: int) -> str:
    """An amount as a sentence shows it: `1,000.00 yuan`."""
    whole, rest = divmod(abs(amount_minor), 10**register.minor_digits)
    cents = f".{rest:0{register.minor_digits}d}" if register.minor_digits else ""
    sign = "-" if amount_minor < 0 else ""
    return f"{sign}{whole:,}{cents} {_SPOKEN.get(register.currency, register.currency)}"


def must_afford(register: Register, party: str, needed_minor: int, purpose: str) -> None:
    """Refuse `insufficient_cash` unless *party* has that much available.

    *purpose* ends the sentence "… is needed ": "to withdraw that much", "to hold this bid".
    """
    available_minor = register.available_minor(party)
    if available_minor >= needed_minor:
        return
    raise Refused(
        Reason.insufficient_cash,
        f"{spoken(register, needed_minor)} is needed {purpose}, and {party} has "
        f"{spoken(register, available_minor)} available: deposit "
        f"{spoken(register, needed_minor - available_minor)} more, or ask for less.",
        needed_minor=needed_minor,
        available_minor=available_minor,
    )
