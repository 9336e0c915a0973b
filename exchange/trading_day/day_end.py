"""Time passing: days and months end in the venue's zone, and what is due then (EXCHANGE 3.3)."""

from exchange.books.state import Venue
from exchange.market.calendar import day_end_ns, next_month_ns
from ledger.cash.period_close import await_close
from ledger.events import TimeAdvanced, VenueOpened
from ledger.moment import Moment
from ledger.timers import Due, drop_due, push


def after_venue_opened(venue: Venue, event: VenueOpened, moment: Moment) -> None:
    """The first day and the first month begin."""
    _await_day_end(venue, moment.at_ns)
    _await_month_end(venue, moment.at_ns)
    del event


def apply_time_advanced(venue: Venue, event: TimeAdvanced, moment: Moment) -> None:
    """What was due leaves the timers; the next day's and month's end are awaited."""
    drop_due(venue.register, event.to_ns)
    venue.advanced_ns = event.to_ns
    if venue.day_ends_ns <= event.to_ns:
        venue.title_day_minor.clear()
        _await_day_end(venue, event.to_ns)
    if venue.month_ends_ns <= event.to_ns:
        await_close(venue.register, venue.month_ends_ns)
        _await_month_end(venue, event.to_ns)


def _await_day_end(venue: Venue, at_ns: int) -> None:
    venue.day_ends_ns = day_end_ns(venue.register.zone, at_ns)
    push(venue.register, venue.day_ends_ns, Due.ATTEST, "")


def _await_month_end(venue: Venue, at_ns: int) -> None:
    venue.month_ends_ns = next_month_ns(venue.register.zone, at_ns)
    push(venue.register, venue.month_ends_ns, Due.LISTING, "")
