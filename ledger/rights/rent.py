"""What metered time earns: cumulative, rounded down, so that nothing drifts (DOMAIN 3)."""

from ledger.cash.accounts import available
from ledger.events import UsageMetered
from ledger.ids import VenueName
from ledger.money import fee_minor, rent_minor
from ledger.records import Lease


def metered(
    venue: VenueName,
    lease: Lease,
    to_ns: int,
    *,
    available_gpu_ns: int,
    energy_wh: int = 0,
    source_sha256: str = "",
) -> UsageMetered:
    """The fact of a span from where the lease is metered to, up to *to_ns*, with its money.

    Rent to date = floor(price x available GPU-ns to date / 3.6e12), fees to date = their bp of
    that; down time goes back to the lessee in the same way, with its fee. The span gets the
    difference to what earlier spans got. Floors are superadditive, so escrow always suffices;
    only a rebate (bp below 0), rounded toward zero, could ask for a fen too much: it is not paid.
    """
    gpu_ns = lease.gpus * (to_ns - lease.metered_to_ns)
    to_date_ns = lease.available_gpu_ns + available_gpu_ns
    down_to_date_ns = lease.gpus * (to_ns - lease.from_ns) - to_date_ns
    rent = rent_minor(lease.price_minor_per_gpu_hour, to_date_ns)
    lessor_fee = fee_minor(rent, lease.lessor_fee_bp)
    fee = fee_minor(rent, lease.lessee_fee_bp) + lessor_fee - lease.fee_minor
    down = rent_minor(lease.price_minor_per_gpu_hour, down_to_date_ns)
    back = down + fee_minor(down, lease.lessee_fee_bp)

    left = lease.unreleased_minor - fee
    earned = min(rent - lessor_fee - lease.earned_minor, left)
    returned = min(back - lease.returned_minor, left - earned)
    return UsageMetered(
        lease=lease.lease,
        from_ns=lease.metered_to_ns,
        to_ns=to_ns,
        available_gpu_ns=available_gpu_ns,
        down_gpu_ns=gpu_ns - available_gpu_ns,
        energy_wh=energy_wh,
        source_sha256=source_sha256,
        lessee=lease.lessee,
        payee=available(lease.payee),
        earned_minor=earned,
        fee_minor=fee,
        returned_minor=returned,
        venue=venue,
    )
