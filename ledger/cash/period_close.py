"""Books close by month: what moved in it, when it closes, and that nothing is taken into it then.

A month closes 5 days after its end (rule `period_close`), not before silence has spoken for its
last hours (rule `meter_silence`), and always before the next month ends: so months close in order.
What is recorded later, and belongs into it, stands in the month in which it was recorded: so the
figures of a closed month never change (DOMAIN 3, "Months").
"""

from collections.abc import Iterable
from typing import Final

from ledger.base64url import sha256_text
from ledger.cash.months import MonthSpan, month_named, month_of
from ledger.cash.postings import Posting
from ledger.durations import DAY_NS
from ledger.events import Event, PeriodClosed
from ledger.moment import Moment
from ledger.records import DatedRules, MonthTurnover, Periods
from ledger.refusals import Reason, Refused, sentence_of
from ledger.register import Register
from ledger.state_map.row import canonical
from ledger.time_text import at_local
from ledger.timers import Due, push

RULE: Final = "period_close"
FIRST_VALUE_NS: Final = 5 * DAY_NS  # of a venue that never set the rule
CLOSE_MOST_NS: Final = 27 * DAY_NS  # no month is so short: each has closed before the next one ends

# (kind of account, opening, debit, credit, closing), minor units: as the event has them
KindFigures = tuple[str, int, int, int, int]
_NAMES: Final = ("kind", "opening_minor", "debit_minor", "credit_minor", "closing_minor")


def closes_ns(rules: DatedRules, month: MonthSpan) -> int:
    """The instant with which a month closes, by the rules in force at its end."""
    at_ns = month.to_ns
    length_ns = rules.length_ns(RULE, at_ns, FIRST_VALUE_NS)
    silence_ns = rules.length_ns("meter_silence", at_ns, 0)
    return at_ns + min(max(length_ns, silence_ns), CLOSE_MOST_NS)


def booked_in(zone: str, rules: DatedRules, effect_ns: int, at_ns: int) -> MonthSpan:
    """In which month an entry stands: that of its effect, unless it closed before it was told."""
    month = month_of(zone, effect_ns)
    return month if at_ns <= closes_ns(rules, month) else month_of(zone, at_ns)


def add_turnover(register: Register, rows: Iterable[Posting], effect_ns: int, at_ns: int) -> None:
    """Apply: one entry's rows are added to what moved in its month."""
    periods = register.periods
    month = periods.open_months[-1] if periods.open_months else None
    if month is None or effect_ns < month.from_ns or at_ns >= month.to_ns:
        stands_in = booked_in(register.zone, register.rules, effect_ns, at_ns)
        month = _turnover_of(periods, stands_in)
    debits, credits = month.debit_minor, month.credit_minor
    for account, amount_minor in rows:
        kind = account.split("/", 2)[1]
        if amount_minor < 0:
            debits[kind] = debits.get(kind, 0) - amount_minor
        else:
            credits[kind] = credits.get(kind, 0) + amount_minor


def await_close(register: Register, ended_ns: int) -> None:
    """Apply: a month has ended, and is to be closed."""
    month = month_of(register.zone, ended_ns - 1)
    push(register, closes_ns(register.rules, month), Due.PERIOD, month.label)


def period_due(register: Register, label: str, due_ns: int, moment: Moment) -> list[Event]:
    """The close of a month: it is awaited once, at its end."""
    return [period_closed(register, month_named(register.zone, label))]


def period_closed(register: Register, month: MonthSpan) -> PeriodClosed:
    """The fact that closes a month, with its figures as they stand."""
    opening = dict(register.periods.carried_minor)
    debits: dict[str, int] = {}
    credits: dict[str, int] = {}
    for turnover in register.periods.open_months:
        if turnover.from_ns < month.from_ns:
            _carry(opening, turnover.debit_minor, turnover.credit_minor)
        elif turnover.from_ns == month.from_ns:
            debits, credits = turnover.debit_minor, turnover.credit_minor
    kinds = kind_figures(opening, debits, credits)
    return PeriodClosed(
        venue=register.venue,
        month=month.label,
        from_ns=month.from_ns,
        to_ns=month.to_ns,
        closes_ns=closes_ns(register.rules, month),
        kinds=kinds,
        figures_sha256=figures_sha256(register.venue, month, kinds),
    )


def kind_figures(
    opening: dict[str, int], debits: dict[str, int], credits: dict[str, int]
) -> list[KindFigures]:
    """Each kind of account that ever moved: opening, turnover both ways, closing."""
    kinds = sorted({*opening, *debits, *credits})
    closing = dict(opening)
    _carry(closing, debits, credits)
    return [
        (kind, opening.get(kind, 0), debits.get(kind, 0), credits.get(kind, 0), closing[kind])
        for kind in kinds
    ]


def figures_sha256(venue: str, month: MonthSpan, kinds: Iterable[KindFigures]) -> str:
    """SHA-256 of the canonical JSON of venue, month, bounds and figures."""
    document = {
        "venue": venue,
        "month": month.label,
        "from_ns": month.from_ns,
        "to_ns": month.to_ns,
        "kinds": [dict(zip(_NAMES, figures, strict=True)) for figures in kinds],
    }
    return sha256_text(canonical(document))


def apply_period_closed(register: Register, event: PeriodClosed, moment: Moment) -> None:
    """What it closed with is what the next month opens with."""
    periods = register.periods
    periods.closed_from_ns = periods.closed_from_ns or event.from_ns
    periods.closed_to_ns = event.to_ns
    periods.carried_minor = {kind: closing for kind, _, _, _, closing in event.kinds}
    periods.open_months = [each for each in periods.open_months if each.from_ns >= event.to_ns]


def must_be_open(register: Register, effect_ns: int) -> None:
    """Refuse `period_closed` an act that would take effect in a month that is closed."""
    if not register.periods.is_closed_at(effect_ns):
        return
    month = month_of(register.zone, effect_ns)
    raise Refused(
        Reason.period_closed,
        sentence_of(
            "{month} was closed at {closed_ns}: what is recorded now takes effect at "
            "{open_from_ns} at the earliest.",
            month=month.label,
            closed_ns=at_local(register, closes_ns(register.rules, month)),
            open_from_ns=at_local(register, register.periods.closed_to_ns),
        ),
    )


def _turnover_of(periods: Periods, month: MonthSpan) -> MonthTurnover:
    """What moved in a month that is open; it begins with nothing."""
    place = len(periods.open_months)
    while place and periods.open_months[place - 1].from_ns >= month.from_ns:
        place -= 1
        if periods.open_months[place].from_ns == month.from_ns:
            return periods.open_months[place]
    begun = MonthTurnover(*month)
    periods.open_months.insert(place, begun)
    return begun


def _carry(balances: dict[str, int], debits: dict[str, int], credits: dict[str, int]) -> None:
    for kind, amount_minor in debits.items():
        balances[kind] = balances.get(kind, 0) - amount_minor
    for kind, amount_minor in credits.items():
        balances[kind] = balances.get(kind, 0) + amount_minor
