"""The rate of orders: how long one is told to wait is how long one must."""

import pytest

from exchange.orders.rate_gate import RateGate
from ledger.durations import MS_NS, SECOND_NS
from ledger.ids import PartyId
from ledger.refusals import Reason, Refused

PARTY = PartyId("p-0002")
BEGUN_NS = 5 * SECOND_NS


@pytest.mark.parametrize("later_ns", [0, 1, MS_NS - 1, MS_NS, 1_999_999_999])
def test_whoever_waits_as_long_as_told_passes_and_a_millisecond_earlier_does_not(
    later_ns: int,
) -> None:
    gate = RateGate()
    for _ in range(3):
        gate.count(PARTY, BEGUN_NS, 3)
    now_ns = BEGUN_NS + later_ns

    with pytest.raises(Refused) as refused:
        gate.must_pass(PARTY, now_ns, 3, 2)

    wait_ms = refused.value.context["retry_after_ms"]
    assert refused.value.reason is Reason.rate_limited
    assert isinstance(wait_ms, int)
    assert f"wait {wait_ms} ms" in refused.value.detail
    gate.must_pass(PARTY, now_ns + wait_ms * MS_NS, 3, 2)
    with pytest.raises(Refused):
        gate.must_pass(PARTY, now_ns + (wait_ms - 1) * MS_NS - 1, 3, 2)
