"""When what a fact posts takes effect: the time of its cause, which may be before it is recorded.

Recorded time is the fact's own stamp. A meter's word on a span comes after the span, by up to two
days of silence: its rent belongs to the last instant of the span, so that what ends at midnight is
the day's before it. All else takes effect as it is recorded; a correction stands where it was made,
and names what it corrects.
"""

from ledger.events import Event, UsageMetered


def effective_ns(event: Event) -> int:
    """The instant from which a stored fact's postings count."""
    return effect_ns(event, event.at_ns)


def effect_ns(event: Event, at_ns: int) -> int:
    """The same of a fact that is being written at an instant, and bears no stamp yet."""
    return event.to_ns - 1 if isinstance(event, UsageMetered) else at_ns
