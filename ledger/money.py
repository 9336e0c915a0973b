"""Whole numbers with units: money in minor units, prices in ticks, lots (EXCHANGE 1)."""

from ledger.durations import HOUR_NS

BP = 10_000
INT64_MOST = 2**63 - 1
CURRENCY_WORDS = {"CNY": "yuan"}  # a currency in words; others stand by their code


def amount_in_words(amount_minor: int, currency: str, minor_digits: int) -> str:
    """An amount of minor units as a person reads it: `165600000` is `1,656,000.00 yuan`."""
    whole, rest = divmod(abs(amount_minor), 10**minor_digits)
    behind = f".{rest:0{minor_digits}d}" if minor_digits else ""
    sign = "-" if amount_minor < 0 else ""
    return f"{sign}{whole:,}{behind} {CURRENCY_WORDS.get(currency, currency)}"


def notional_minor(price_ticks: int, tick_minor: int, lot_size: int, lots: int) -> int:
    """What *lots* cost, exactly; `lot_size` is the GPUs (title) or GPU-hours (lease) in a lot."""
    return price_ticks * tick_minor * lot_size * lots


def fee_minor(amount_minor: int, bp: int) -> int:
    """The fee on an amount, rounded toward zero, with the sign of *bp*."""
    fee = amount_minor * abs(bp) // BP
    return fee if bp >= 0 else -fee


def upper_limit(reference: int, bp: int) -> int:
    """The highest price within *bp* of a reference, rounded up."""
    return -(-reference * (BP + bp) // BP)


def lower_limit(reference: int, bp: int) -> int:
    """The lowest price within *bp* of a reference, rounded down, at least 1."""
    return max(1, reference * (BP - bp) // BP)


def deposit_minor(notional: int, deposit_bp: int) -> int:
    """A lessee's security deposit on a lease's price, rounded down (EXCHANGE 4)."""
    return notional * deposit_bp // BP


def held_minor(notional: int, fee_bp: int, deposit_bp: int) -> int:
    """The greatest cost of an open bid: price, fee and deposit (EXCHANGE 4)."""
    return notional + notional * max(0, fee_bp) // BP + deposit_minor(notional, deposit_bp)


def rent_minor(price_minor_per_gpu_hour: int, gpu_ns: int) -> int:
    """Rent earned for GPU-time, rounded down (DOMAIN 3)."""
    return price_minor_per_gpu_hour * gpu_ns // HOUR_NS
