"""Which slow reader is let go: one to whom lossless messages wait, and only while they do."""

import pytest

from gateway.feeds.outbox import Outbox
from gateway.settings import Limits
from tests.gateway.pipe import Pipe

FRAME = b"\x81\x02{}"


@pytest.mark.parametrize(("left", "is_let_go"), [(0, False), (1, True)])
async def test_who_has_read_all_owes_nothing_of_before(left: int, is_let_go: bool) -> None:
    """Of what was lossless a byte is left, or none; then it lags behind what may be skipped."""
    limits = Limits()
    pipe = Pipe(lag=limits.conflate_above_bytes + 1)
    outbox = Outbox(pipe, limits)
    outbox.add(FRAME, is_lossless=True)
    outbox.flush()
    assert outbox.is_slow

    pipe.lag = left
    outbox.weigh()
    assert not outbox.is_slow
    outbox.add(FRAME, is_lossless=False)
    pipe.lag = limits.conflate_above_bytes + 1
    outbox.flush()
    outbox._slow_since -= limits.lossless_upto_ms / 1_000  # so long ago
    outbox.weigh()

    assert outbox.is_slow
    assert (outbox.close_code == 4008) == is_let_go
