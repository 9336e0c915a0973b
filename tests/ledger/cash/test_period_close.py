"""Books close by month: when, with which figures, once; nothing is taken into them then."""

import json
from typing import Any

import pytest

from exchange.engine.replay import recover
from exchange.state_form import state_sha256
from exchange.state_rows import subject_rows
from gateway.demo.headless import START_NS
from gateway.demo.past import PastWriter
from gateway.server.audit_rules import venue_folding
from ledger import deadlines
from ledger.audit.verify import verify
from ledger.cash.months import month_named, month_of
from ledger.cash.period_close import (
    CLOSE_MOST_NS,
    FIRST_VALUE_NS,
    add_turnover,
    booked_in,
    closes_ns,
    must_be_open,
)
from ledger.durations import DAY_NS, HOUR_NS
from ledger.events import PeriodClosed, RuleSet, TimeAdvanced, UsageMetered
from ledger.ids import AccountName, PrincipalId
from ledger.journal.memory import MemoryJournal
from ledger.questions.period_totals import period_totals
from ledger.questions.redecision import redecide
from ledger.records import DatedRules, Rule
from ledger.refusals import Reason, Refused
from ledger.register import Register
from ledger.timers import Due
from tests.exchange.ground import Floor
from tests.ledger.act_checks.forgery import Offices, failing
from tests.ledger.audit.scene import folding_of

ZONE = "Asia/Shanghai"
NOVEMBER, DECEMBER, JANUARY = (
    month_named(ZONE, label) for label in ("2024-11", "2024-12", "2025-01")
)
FOLDING = venue_folding()


def closes(floor: Floor) -> list[tuple[PeriodClosed, int]]:
    """Each close of a month, and when it was recorded."""
    return [
        (event, batch.at_ns)
        for batch in floor.batches
        for event in batch.events
        if isinstance(event, PeriodClosed)
    ]


def labels(floor: Floor) -> list[str]:
    return [event.month for event, _ in closes(floor)]


def leased() -> Floor:
    """A lease of December, agreed in November."""
    floor = Floor()
    floor.ask(floor.owners[0], 1, 1_302)
    floor.bid(floor.buyers[0], 1, 1_302)
    return floor


def as_events(journal: MemoryJournal, month: str) -> Any:
    return period_totals(journal, FOLDING, "cn-1", ZONE, month)


def set_rule(floor: Floor, rule: str, value: int) -> None:
    floor.happen(RuleSet(rule, value, floor.writer.at_ns + 1, "a test"))


# --- when


def test_a_month_is_closed_with_the_fifth_day_behind_its_end_and_not_before() -> None:
    floor = leased()
    floor.pass_time(NOVEMBER.to_ns + 5 * DAY_NS - 1)
    assert labels(floor) == []

    floor.pass_time(NOVEMBER.to_ns + 5 * DAY_NS)

    ((event, at_ns),) = closes(floor)
    assert (event.month, event.from_ns, event.to_ns) == NOVEMBER
    assert event.closes_ns == at_ns == NOVEMBER.to_ns + FIRST_VALUE_NS
    last = floor.batches[-1]
    assert isinstance(last.events[0], TimeAdvanced)
    kinds = [type(each).__name__ for each in last.events]
    assert kinds.index("PeriodClosed") == len(kinds) - 2, "a day's attestation alone is behind it"


def test_what_falls_due_with_the_same_instant_still_stands_in_the_month() -> None:
    """Silence for December's last day speaks as the month closes."""
    floor = leased()
    set_rule(floor, "meter_silence", 5 * DAY_NS)
    floor.pass_time(DECEMBER.to_ns + 5 * DAY_NS)

    last = [type(each).__name__ for each in floor.batches[-1].events]
    assert last.index("UsageMetered") < last.index("PeriodClosed")
    closed = closes(floor)[-1][0]
    assert {kind: ends for kind, *_, ends in closed.kinds}["rent_escrow"] == 0
    assert as_events(floor.journal(), "2024-12")["is_as_closed"]


def test_a_venue_closes_by_its_rule_and_never_before_silence_has_spoken() -> None:
    floor = leased()
    set_rule(floor, "period_close", 3 * DAY_NS)
    floor.pass_time(DECEMBER.to_ns + HOUR_NS)
    assert closes(floor)[0][1] == NOVEMBER.to_ns + 3 * DAY_NS

    set_rule(floor, "period_close", 10 * DAY_NS)  # after December's end: it reaches back to none
    floor.pass_time(DECEMBER.to_ns + 3 * DAY_NS)
    assert labels(floor) == ["2024-11", "2024-12"]

    set_rule(floor, "period_close", HOUR_NS)
    floor.pass_time(JANUARY.to_ns + 2 * DAY_NS - 1)
    assert labels(floor) == ["2024-11", "2024-12"]
    floor.pass_time(JANUARY.to_ns + 2 * DAY_NS)
    assert labels(floor)[-1] == "2025-01"


def test_no_rule_lets_a_month_close_before_the_one_before_it() -> None:
    floor = leased()
    set_rule(floor, "meter_silence", 400 * DAY_NS)
    floor.pass_time(DECEMBER.to_ns + HOUR_NS)
    set_rule(floor, "meter_silence", HOUR_NS)
    set_rule(floor, "period_close", HOUR_NS)
    floor.pass_time(JANUARY.to_ns + 2 * HOUR_NS)

    assert [(event.month, at_ns) for event, at_ns in closes(floor)] == [
        ("2024-11", NOVEMBER.to_ns + CLOSE_MOST_NS),
        ("2024-12", DECEMBER.to_ns + CLOSE_MOST_NS),
        ("2025-01", JANUARY.to_ns + HOUR_NS),
    ]


def test_after_a_long_silence_each_month_is_closed_once_and_in_order() -> None:
    floor = leased()
    back_ns = month_named(ZONE, "2025-03").from_ns + 20 * DAY_NS
    resumed = floor.writer.resume(back_ns)
    assert resumed is not None
    floor.keep(resumed)
    floor.pass_time(back_ns)

    assert labels(floor) == ["2024-11", "2024-12", "2025-01", "2025-02"]
    assert all(at_ns > back_ns for _, at_ns in closes(floor))
    for event, _ in closes(floor):
        told = as_events(floor.journal(), event.month)
        assert (told["is_as_closed"], told["sha256"]) == (True, event.figures_sha256)
    rent = [each for batch in floor.batches for each in batch.events]
    assert any(isinstance(each, UsageMetered) for each in rent)
    march = as_events(floor.journal(), "2025-03")
    assert march["late_entries"] > 0, "December's rent stands where it was recorded"
    assert march["closed_position"] == 0


# --- with which figures


def test_the_figures_are_those_that_the_events_give() -> None:
    floor = leased()
    floor.pass_time(JANUARY.from_ns + 6 * DAY_NS)
    journal = floor.journal()

    assert labels(floor) == ["2024-11", "2024-12"]
    opening = dict[str, int]()
    for event, _ in closes(floor):
        told = as_events(journal, event.month)
        assert [tuple(row.values()) for row in told["kinds"]] == event.kinds
        assert told["closed_sha256"] == told["sha256"] == event.figures_sha256
        assert told["is_as_closed"]
        assert told["is_closed"]
        assert journal.store.rows[told["closed_position"] - 1].topic == "period_closed"
        assert sum(ends for *_, ends in event.kinds) == 0
        assert {kind: begins for kind, begins, *_ in event.kinds if begins} == opening
        opening = {kind: ends for kind, *_, ends in event.kinds if ends}
    january = as_events(journal, "2025-01")
    now = {row["kind"]: row["closing_minor"] for row in january["kinds"] if row["closing_minor"]}
    assert now == kinds_now(floor) != opening, "the lease's deposit goes back in January"
    assert (january["is_closed"], january["closed_position"], january["closed_sha256"]) == (
        False,
        0,
        "",
    )


def kinds_now(floor: Floor) -> dict[str, int]:
    found: dict[str, int] = {}
    for account, balance_minor in floor.venue.register.accounts.items():
        kind = account.split("/")[1]
        found[kind] = found.get(kind, 0) + balance_minor
    return {kind: minor for kind, minor in found.items() if minor}


def test_what_is_remembered_of_months_is_bounded_and_folds_again() -> None:
    floor = leased()
    floor.pass_time(JANUARY.to_ns + 6 * DAY_NS)
    periods = floor.venue.register.periods

    assert (periods.closed_from_ns, periods.closed_to_ns) == (NOVEMBER.from_ns, JANUARY.to_ns)
    assert periods.open_months == []
    assert recover(floor.journal()).venue.register.periods == periods
    assert failing(floor.journal(), folding_of(floor)).keys() <= failing_anyway()


def failing_anyway() -> set[str]:
    """Nobody signs on this floor."""
    floor = leased()
    return set(failing(floor.journal(), folding_of(floor)))


def test_the_close_is_no_part_of_form_1(monkeypatch: pytest.MonkeyPatch) -> None:
    closing, silent = leased(), leased()
    closing.pass_time(NOVEMBER.to_ns + 6 * DAY_NS)
    closes_none(monkeypatch)
    silent.pass_time(NOVEMBER.to_ns + 6 * DAY_NS)

    assert (len(labels(closing)), len(labels(silent))) == (1, 0)
    assert state_sha256(closing.venue) == state_sha256(silent.venue)


def test_form_2_tells_the_months_from_the_first_close_on() -> None:
    floor = leased()
    before = json.loads(dict(subject_rows(floor.venue))["venue"])
    floor.pass_time(NOVEMBER.to_ns + 6 * DAY_NS)
    after = json.loads(dict(subject_rows(floor.venue))["venue"])

    assert floor.venue.register.periods.carried_minor
    assert "periods" not in before, "the row of a journal without a close is as it ever was"
    assert after["periods"]["closed_to_ns"] == str(NOVEMBER.to_ns)


# --- nothing is taken into a closed month


@pytest.mark.parametrize(
    ("effect_ns", "is_open"),
    [
        (NOVEMBER.from_ns - 1, True),  # before the venue's first month: nobody has closed that
        (NOVEMBER.from_ns, False),
        (NOVEMBER.to_ns - 1, False),
        (NOVEMBER.to_ns, True),
    ],
)
def test_an_act_takes_effect_in_an_open_month(effect_ns: int, is_open: bool) -> None:
    floor = leased()
    must_be_open(floor.venue.register, effect_ns)  # as long as none is closed
    floor.pass_time(NOVEMBER.to_ns + 6 * DAY_NS)

    if is_open:
        must_be_open(floor.venue.register, effect_ns)
        return
    with pytest.raises(Refused) as no:
        must_be_open(floor.venue.register, effect_ns)
    assert no.value.reason is Reason.period_closed
    assert no.value.context == {
        "month": "2024-11",
        "closed_ns": NOVEMBER.to_ns + 5 * DAY_NS,
        "open_from_ns": NOVEMBER.to_ns,
    }
    assert "2024-11 was closed at 2024-12-06 00:00:00" in no.value.detail


def test_title_is_not_issued_back_into_a_closed_month() -> None:
    floor = Offices()
    floor.pass_time(NOVEMBER.to_ns + 6 * DAY_NS)
    thing = floor.venue.register.things["n-0001"]
    owner, thing.owner = thing.owner, ""
    key = floor.venue.register.parties[owner].principals[0]
    asked: dict[str, Any] = {"things": ["n-0001"], "basis": "opening"}

    with pytest.raises(Refused) as no:
        floor.facts(key, "title.issue", **asked, effective_ns=NOVEMBER.to_ns - 1)

    assert no.value.reason is Reason.period_closed
    for effective_ns in (0, NOVEMBER.from_ns - 1, NOVEMBER.to_ns):
        assert floor.facts(key, "title.issue", **asked, effective_ns=effective_ns)


def late_silence() -> tuple[Offices, PrincipalId, dict[str, Any]]:
    """December is closed, and silence for its days has not spoken: the rule was shortened since.

    Who meters, and the last span that they could tell.
    """
    floor = Offices()
    set_rule(floor, "meter_silence", 40 * DAY_NS)
    floor.ask(floor.owners[0], 1, 1_302)
    floor.bid(floor.buyers[0], 1, 1_302)
    (lease,) = floor.venue.register.leases.values()
    floor.pass_time(DECEMBER.to_ns - DAY_NS)
    set_rule(floor, "meter_silence", DAY_NS)
    floor.pass_time(DECEMBER.to_ns + 6 * DAY_NS)
    operator = floor.venue.register.nodes[lease.node].operator
    key = floor.venue.register.parties[operator].principals[0]
    span = {"lease": lease.lease, "from_ns": lease.from_ns, "to_ns": lease.to_ns}
    return floor, key, {**span, "available_gpu_ns": 8 * 30 * DAY_NS}


def test_a_meter_tells_nothing_of_a_closed_month_and_silence_stands_in_the_open_one() -> None:
    floor, key, span = late_silence()
    assert labels(floor)[-1] == "2024-12"
    before = as_events(floor.journal(), "2024-12")

    with pytest.raises(Refused) as no:
        floor.facts(key, "lease.meter", **span)
    floor.pass_time(JANUARY.to_ns + 6 * DAY_NS)

    assert no.value.reason is Reason.period_closed
    after, january = (as_events(floor.journal(), month) for month in ("2024-12", "2025-01"))
    assert after["kinds"] == before["kinds"]
    assert january["late_entries"] > 0
    assert (after["is_as_closed"], january["is_as_closed"]) == (True, True)
    assert failing(floor.journal(), folding_of(floor)) == {}


def test_an_entry_stands_in_the_month_of_its_effect_until_the_very_instant_of_the_close() -> None:
    rules = DatedRules()
    rules.add("meter_silence", Rule(2 * DAY_NS, 0, 1))
    effect_ns, close_ns = NOVEMBER.to_ns - 1, closes_ns(rules, NOVEMBER)

    assert close_ns == NOVEMBER.to_ns + 5 * DAY_NS
    assert booked_in(ZONE, rules, effect_ns, close_ns) == NOVEMBER
    assert booked_in(ZONE, rules, effect_ns, close_ns + 1) == DECEMBER
    assert booked_in(ZONE, rules, NOVEMBER.to_ns, NOVEMBER.to_ns) == DECEMBER


@pytest.mark.parametrize(
    ("effect_ns", "at_ns", "month"),
    [
        (DECEMBER.from_ns, DECEMBER.from_ns, "2024-12"),
        (DECEMBER.to_ns - 1, DECEMBER.to_ns - 1, "2024-12"),
        (DECEMBER.to_ns, DECEMBER.to_ns, "2025-01"),
        (DECEMBER.to_ns - 1, DECEMBER.to_ns, "2024-12"),
        (DECEMBER.from_ns - 1, DECEMBER.from_ns, "2024-11"),
        (DECEMBER.from_ns - 1, DECEMBER.from_ns + 5 * DAY_NS, "2024-11"),
        (DECEMBER.from_ns - 1, DECEMBER.from_ns + 5 * DAY_NS + 1, "2024-12"),
    ],
)
def test_turnover_is_added_to_the_month_in_which_an_entry_stands(
    effect_ns: int, at_ns: int, month: str
) -> None:
    register = Register(zone=ZONE)
    add_turnover(register, [], DECEMBER.from_ns, DECEMBER.from_ns)  # December is begun
    rows = [(AccountName("p-0042/on_hold/h-000101"), -5), (AccountName("p-0042/available"), 5)]
    for _ in range(2):
        add_turnover(register, rows, effect_ns, at_ns)

    (moved,) = [each for each in register.periods.open_months if each.credit_minor]
    assert (moved.label, moved.debit_minor) == (month, {"on_hold": 10})
    assert moved.credit_minor == {"available": 10}
    labels = [each.label for each in register.periods.open_months]
    assert labels == sorted({month, "2024-12"}), "in order, each once"


# --- journals of releases that closed none


def closes_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a release that did not know closes."""
    monkeypatch.setitem(deadlines._FIRE, Due.PERIOD, lambda *_: [])


@pytest.fixture(scope="module")
def older() -> MemoryJournal:
    """Two days of the demo, and then silence until February, by a release that closed no month."""
    with pytest.MonkeyPatch.context() as patched:
        closes_none(patched)
        past = demo(MemoryJournal())
        for day in range(2):
            past.day(day)
        past._pass_time(JANUARY.to_ns + 3 * DAY_NS)
        past._store()
    return past.journal


def demo(journal: MemoryJournal) -> PastWriter:
    journal.take_fence()
    return PastWriter.of(journal, recover(journal), 7, START_NS)


@pytest.mark.xdist_group("older-months")
def test_a_journal_without_closes_stays_lawful_and_is_decided_again(older: MemoryJournal) -> None:
    told = redecide(older, FOLDING)

    assert "period_closed" not in {row.topic for row in older.read()}
    assert (told["ok"], told["difference"]) == (True, None)
    assert verify(older, FOLDING)["ok"]
    november = as_events(older, "2024-11")
    assert (november["is_closed"], november["closed_position"]) == (True, 0)


@pytest.mark.xdist_group("older-months")
def test_a_venue_on_an_older_journal_closes_from_the_first_month_that_falls_due(
    older: MemoryJournal,
) -> None:
    past = demo(older)
    head = older.head()
    past._pass_time(month_of(ZONE, JANUARY.to_ns).to_ns + 6 * DAY_NS)
    past._store()
    closed = [FOLDING.codec.decode(row) for row in older.read(head) if row.topic == "period_closed"]

    assert [event.month for event in closed] == ["2025-01", "2025-02"]  # type: ignore[attr-defined]
    for event in closed:
        assert isinstance(event, PeriodClosed)
        told = as_events(older, event.month)
        assert (told["is_as_closed"], told["closed_sha256"]) == (True, event.figures_sha256)
    assert not as_events(older, "2024-12")["closed_position"]
    assert verify(older, FOLDING)["ok"]
    assert redecide(older, FOLDING)["ok"]
