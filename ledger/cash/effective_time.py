"""When what a fact posts takes effect: the time of its cause, which may be before it is recorded.

Recorded time is the fact's own stamp. A meter's word on a span comes after the span, by up to two
days of silence: its rent belongs to the day on which the span ended. All else takes effect as it is
recorded; a correction stands where it was made, and names what it corrects.
"""

from typing import Final

from ledger.events import Event, UsageMetered

EFFECTIVE_BY: Final = {UsageMetered: "to_ns"}  # kind of fact -> its member that tells the instant


def effective_ns(event: Event) -> int:
    """The instant from which a fact's postings count."""
    name = EFFECTIVE_BY.get(type(event), "at_ns")
    at_ns: int = getattr(event, name)
    return at_ns
