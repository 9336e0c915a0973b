"""A filter of `order.cancel_all` that no order could fit is refused, never taken for none."""

import pytest

from ledger.refusals import Reason, Refused
from tests.exchange.ground import Floor


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("side", "banana", Reason.bad_field),
        ("market", "T.NONE.A1.CN-BJ", Reason.unknown_market),
    ],
)
def test_a_filter_that_no_order_could_fit_is_refused(name: str, value: str, reason: Reason) -> None:
    floor = Floor()
    floor.bid(floor.buyers[0], 1, 1000)

    with pytest.raises(Refused) as refused:
        floor.tell(floor.buyers[0], "order.cancel_all", **{name: value})

    assert (refused.value.reason, refused.value.field) == (reason, f"/{name}")
