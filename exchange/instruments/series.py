"""A series of windows: which of them has had its time when the next one is listed."""

from exchange.events import InstrumentListed


def is_over_with(spec: InstrumentListed, listed: InstrumentListed, at_ns: int) -> bool:
    """Whether a market's window is over, and it leaves the state as one of its series is listed."""
    return (
        spec.ends_ns is not None
        and spec.ends_ns <= at_ns
        and spec.model == listed.model
        and spec.delivery_point == listed.delivery_point
    )
