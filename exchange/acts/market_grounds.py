"""The market's rows of `ledger/acts/grounds.py`, and the joined table of every fact.

Which ops bring a fact is told by their rows (`brings`).
"""

from typing import Final

from exchange import events as e
from exchange.acts.market_ties import ties_of
from exchange.ops import ENGINE_ACTS, OPS
from exchange.venue import TOPICS
from ledger import events as f
from ledger.acts.grounds import ENGINE, LEDGER_GROUNDS, OPENING, ByField, Grounds, Row
from ledger.events import Event

LINE_END: Final = "line.end"
# A thing that changed: its asks are looked at, and the markets that it calls for are listed.
_CHANGED_THING: Final = (
    "unit_graded",
    "provenance_graded",
    "unit_identified",
    "title_issued",
    "title_transferred",
    "hold_placed",
)
_CHANGED_PARTY: Final = ("party_suspended", "role_revoked", "kyc_tier_set")
_REGROUPING: Final = ("group_changed", "journal_upgraded")
_ARRIVAL: Final = ("order_accepted", "order_amended")

MARKET_GROUNDS: Final[dict[type[Event], Row]] = {
    f.LeaseGranted: ("traded",),
    f.SettlementOpened: ("traded",),
    f.NothingToDo: (LINE_END,),
    e.InstrumentListed: ("time_advanced", *_CHANGED_THING),
    e.PhaseChanged: ByField(
        "reason",
        {
            "open": ("time_advanced",),
            "open_book": ("time_advanced",),
            "close": ("time_advanced",),
            "window": ("time_advanced",),
            "timetable": ("time_advanced",),
            "listed": ("instrument_listed",),
        },
    ),
    e.Traded: (*_ARRIVAL, "phase_changed"),
    e.OrderCancelled: ByField(
        "reason",
        {
            "user": (),
            "self_trade": (*_ARRIVAL, "phase_changed"),
            "hold": _CHANGED_THING,
            "eligibility": (*_CHANGED_THING, *_CHANGED_PARTY, *_REGROUPING),
            "rules": ("time_advanced",),
            "disconnect": (LINE_END,),
        },
    ),
    e.OrderExpired: ByField(
        "reason",
        {
            "gtc": (),  # it has no end of its own
            "day": ("phase_changed",),
            "gtd": ("time_advanced",),
            "ioc": _ARRIVAL,
            "fok": _ARRIVAL,
            "window": ("phase_changed",),
        },
    ),
    e.PartyRegrouped: _REGROUPING,
}

GROUNDS: Final = Grounds(
    {**LEDGER_GROUNDS, **MARKET_GROUNDS}, TOPICS, ENGINE_ACTS, {name: ties_of(name) for name in OPS}
)

# A batch that nobody asked for: whose act it is, by the fact that it begins with.
OWN_ACTS: Final[dict[type[Event], str]] = {
    f.VenueOpened: OPENING,
    e.OrderCancelled: LINE_END,
    f.NothingToDo: LINE_END,
    f.TimeAdvanced: ENGINE,
    f.VenueResumed: ENGINE,
    f.StateAttested: ENGINE,
    f.JournalUpgraded: ENGINE,
}
