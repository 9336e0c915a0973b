"""Phases move by the timetable alone; a new rule enters at an opening (EXCHANGE 5)."""

from itertools import product
from typing import Any

import msgspec

from exchange.events import OrderCancelled, PhaseChanged, Traded
from exchange.trading_day.phases import TRANSITIONS
from ledger.durations import DAY_NS, HOUR_NS
from ledger.events import Event, RuleSet, StateAttested, TimeAdvanced
from tests.exchange.ground import DAWN_NS, LEASE, TITLE, Floor, of_kind

MINUTE_NS = HOUR_NS // 60
MIDNIGHT_NS = DAWN_NS + DAY_NS


def steps(events: list[Event], market: str = LEASE) -> list[tuple[str, str]]:
    changed = of_kind(events, PhaseChanged)
    return [(event.reason, event.to_phase) for event in changed if event.market == market]


def rule_set(floor: Floor, pattern: str, **fields: Any) -> RuleSet:
    """The first rule of leases with other fields, in force at once."""
    value = msgspec.to_builtins(floor.market(LEASE).rule) | fields | {"pattern": pattern}
    return RuleSet(f"market:{pattern}", value, floor.writer.at_ns, "")


def test_each_phase_begins_where_the_one_before_ended() -> None:
    floor = Floor()
    began = floor.market(LEASE).phase
    events = floor.pass_time(MIDNIGHT_NS + DAY_NS)
    changed = [each for each in of_kind(events, PhaseChanged) if each.market == LEASE]
    ways = [(each.from_phase, each.to_phase) for each in changed if each.reason != "timetable"]

    assert len(ways) >= 3
    assert [way[0] for way in ways] == [began, *(way[1] for way in ways[:-1])]


def test_every_pair_of_phase_and_verb_is_in_the_table_or_leads_nowhere() -> None:
    phases, verbs = ("closed", "pre_open", "continuous"), ("open", "open_book", "close")
    lawful = {pair: TRANSITIONS[pair] for pair in product(phases, verbs) if pair in TRANSITIONS}

    assert lawful == {
        ("closed", "open"): "pre_open",
        ("pre_open", "open_book"): "continuous",
        ("pre_open", "close"): "closed",
        ("continuous", "close"): "closed",
    }


def test_a_day_closes_opens_and_trades_by_the_venues_own_clock() -> None:
    floor = Floor()
    at_midnight = floor.pass_time(MIDNIGHT_NS)
    at_one = floor.pass_time(MIDNIGHT_NS + MINUTE_NS)
    at_five = floor.pass_time(MIDNIGHT_NS + 5 * MINUTE_NS)

    assert steps(at_midnight) == [("close", "closed")]
    assert steps(at_one) == [("open", "pre_open")]
    assert steps(at_five) == [("open_book", "continuous")]
    assert isinstance(at_midnight[0], TimeAdvanced)
    assert isinstance(at_midnight[-1], StateAttested), "a day's close is attested last"


def test_days_that_were_slept_through_are_lived_step_by_step() -> None:
    floor = Floor()
    floor.writer.resume(floor.writer.at_ns + 3 * DAY_NS)
    events = floor.pass_time(floor.writer.at_ns)

    assert steps(events) == 3 * [
        ("close", "closed"),
        ("open", "pre_open"),
        ("open_book", "continuous"),
    ]


def test_each_phase_names_the_rule_in_force() -> None:
    floor = Floor()
    first = floor.market().rule_position
    position = floor.writer.position + 1
    floor.happen(rule_set(floor, "L.H100SXM8.*", max_lots=7))
    closing = of_kind(floor.pass_time(MIDNIGHT_NS), PhaseChanged)
    opening = of_kind(floor.pass_time(MIDNIGHT_NS + MINUTE_NS), PhaseChanged)

    assert {event.rule_position for event in closing if event.market == LEASE} == {first}
    assert {event.rule_position for event in opening if event.market == LEASE} == {position}
    assert position not in {event.rule_position for event in opening if event.market == TITLE}
    rule = floor.market().rule
    assert rule is not None
    assert rule.max_lots == 7


def test_a_rule_dated_later_waits_for_its_day() -> None:
    floor = Floor()
    rule = rule_set(floor, "L.*", max_lots=7)
    later = RuleSet(rule.rule, rule.value, MIDNIGHT_NS + DAY_NS, "")
    floor.happen(later)
    floor.pass_time(MIDNIGHT_NS + HOUR_NS)
    before = floor.market().rule
    floor.pass_time(MIDNIGHT_NS + DAY_NS + HOUR_NS)
    after = floor.market().rule

    assert before is not None
    assert after is not None
    assert (before.max_lots, after.max_lots) == (500, 7)


def test_a_new_tick_ends_every_order_and_a_dearer_fee_the_bids_it_uncovers() -> None:
    floor = Floor()
    floor.ask(floor.owners[0], 1, 1350)
    floor.bid(floor.buyers[0], 1, 1300)
    fee = {"maker": 0, "taker": 20, "flat": 5}
    floor.happen(rule_set(floor, "L.*", fee_bp={"ask": fee, "bid": fee}))
    dearer = of_kind(floor.pass_time(MIDNIGHT_NS + HOUR_NS), OrderCancelled)
    floor.bid(floor.buyers[0], 1, 1300)
    floor.happen(rule_set(floor, "L.*", tick_minor=2))
    coarser = of_kind(floor.pass_time(MIDNIGHT_NS + DAY_NS + HOUR_NS), OrderCancelled)

    assert [(event.reason, event.party) for event in dearer] == [("rules", floor.buyers[0])]
    assert [event.reason for event in coarser] == ["rules", "rules"]
    assert not floor.venue.orders


def test_an_opening_that_changes_nothing_still_leads_to_the_next_step() -> None:
    floor = Floor()
    times = [["06:00", "continuous"], ["12:00", "continuous"], ["18:00", "closed"]]
    floor.happen(rule_set(floor, "L.*", timetable=times))
    floor.pass_time(MIDNIGHT_NS + HOUR_NS)
    events = floor.pass_time(MIDNIGHT_NS + DAY_NS)

    assert [reason for reason, _ in steps(events)] == ["open_book", "timetable", "close"]
    assert steps(floor.pass_time(MIDNIGHT_NS + DAY_NS + 7 * HOUR_NS)) == [
        ("open", "pre_open"),
        ("open_book", "continuous"),
    ]


def test_nothing_trades_before_the_book_is_open() -> None:
    floor = Floor()
    floor.pass_time(MIDNIGHT_NS + MINUTE_NS)
    caller = floor.ask(floor.owners[0], 1, 1300)
    offered = floor.bid(floor.buyers[0], 1, 1300)
    opened = floor.pass_time(MIDNIGHT_NS + 5 * MINUTE_NS)

    assert not of_kind([*caller, *offered], Traded)
    assert [event.taker for event in of_kind(opened, Traded)] == ["bid"]
