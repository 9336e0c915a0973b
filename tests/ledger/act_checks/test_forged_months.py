"""Each wrong close of a month, and each act that is put into a closed one, is found."""

from collections.abc import Callable
from typing import Any, Final

import msgspec
import pytest
from msgspec.structs import replace

from exchange.acts.records import disagreement
from ledger.cash.months import MonthSpan, month_named
from ledger.cash.period_close import period_closed
from ledger.durations import DAY_NS, HOUR_NS, SECOND_NS
from ledger.events import PeriodClosed, TimeAdvanced, TitleIssued, UsageMetered
from ledger.ids import NodeId
from ledger.journal.memory import MemoryJournal
from ledger.rights.rent import metered
from ledger.timers import Due, forget
from tests.exchange.ground import TITLE
from tests.ledger.act_checks.forgery import Offices, an_office_day, failing
from tests.ledger.audit.scene import folding_of
from tests.ledger.cash.test_period_close import late_silence
from tests.ledger.journal.rows import chain_anew

ZONE: Final = "Asia/Shanghai"
NOVEMBER, DECEMBER, JANUARY = (
    month_named(ZONE, label) for label in ("2024-11", "2024-12", "2025-01")
)


def months(to_ns: int = DECEMBER.to_ns + 6 * DAY_NS) -> Offices:
    """An office day, and time: November and December are closed."""
    floor = an_office_day()
    floor.pass_time(to_ns)
    return floor


def closed_now(floor: Offices, month: MonthSpan, **members: Any) -> None:
    """The engine's own batch, as the engine would write it, closes a month."""
    at_ns = floor.writer.at_ns + SECOND_NS
    fact = replace(period_closed(floor.venue.register, month), **members)
    floor.keep(floor.writer.note([TimeAdvanced("cn-1", at_ns), fact], at_ns))


def edited(floor: Offices, topic: str, nth: int, **members: Any) -> MemoryJournal:
    """The journal with other members in one stored event, and its chain made anew."""
    journal = floor.journal()
    row = [each for each in journal.store.rows if each.topic == topic][nth]
    told = msgspec.json.decode(row.state) | members
    journal.store.rows[row.position - 1] = row._replace(state=msgspec.json.encode(told))
    chain_anew(journal.store)
    return journal


def too_early(floor: Offices) -> MemoryJournal:
    closed_now(floor, JANUARY)
    return floor.journal()


def twice(floor: Offices) -> MemoryJournal:
    closed_now(floor, DECEMBER)
    return floor.journal()


def out_of_order(floor: Offices) -> MemoryJournal:
    closed_now(floor, month_named(ZONE, "2025-02"))
    return floor.journal()


def none_where_one_is_due(floor: Offices) -> MemoryJournal:
    floor.pass_time(JANUARY.to_ns + DAY_NS)
    forget(floor.venue.register, Due.PERIOD, JANUARY.to_ns + 6 * DAY_NS)
    floor.pass_time(JANUARY.to_ns + 6 * DAY_NS)
    return floor.journal()


def other_figures(floor: Offices) -> MemoryJournal:
    (kind, opening, debit, credit, closing), *rest = last_close(floor).kinds
    more = (kind, opening, debit + 1, credit + 1, closing)
    return edited(floor, "period_closed", -1, kinds=[more, *rest])


def other_hash(floor: Offices) -> MemoryJournal:
    return edited(floor, "period_closed", -1, figures_sha256="A" * 43)


def other_bounds(floor: Offices) -> MemoryJournal:
    return edited(floor, "period_closed", -1, from_ns=DECEMBER.from_ns + 1)


def other_instant(floor: Offices) -> MemoryJournal:
    return edited(floor, "period_closed", -1, closes_ns=DECEMBER.to_ns)


def no_month(floor: Offices) -> MemoryJournal:
    return edited(floor, "period_closed", -1, month="2024-13")


def title_back_into_it(floor: Offices) -> MemoryJournal:
    """A sale of January, signed by everybody, whose title passes before it."""
    seller, buyer = floor.owners[0], floor.buyers[0]
    floor.pass_time(floor.writer.at_ns + HOUR_NS)  # the market opens
    floor.ask(seller, 1, 1_035, market=TITLE)
    floor.bid(buyer, 1, 1_100, market=TITLE)
    (settlement,) = floor.venue.register.settlements
    floor.tell(seller, "settlement.confirm", settlement=settlement)
    floor.tell(buyer, "settlement.accept", settlement=settlement)
    return edited(floor, "title_transferred", -1, effective_ns=DECEMBER.to_ns - 1)


def last_close(floor: Offices) -> PeriodClosed:
    return [
        event
        for batch in floor.batches
        for event in batch.events
        if isinstance(event, PeriodClosed)
    ][-1]


FORGERIES: Final[list[tuple[Callable[[Offices], MemoryJournal], str]]] = [
    (too_early, "2025-01 is closed before 17"),
    (twice, "2024-12 is closed already"),
    (out_of_order, "2025-02 is closed before the month that follows the last closed one"),
    (none_where_one_is_due, "2025-01 was due to be closed before it, and is not"),
    (other_figures, "kinds is [('available', "),
    (other_hash, "figures_sha256 is 'AAAA"),
    (other_bounds, "from_ns is 1732982400000000001, and the record says 1732982400000000000"),
    (other_instant, "closes_ns is 1735660800000000000"),
    (no_month, "period_closed names what nobody knows"),
    (title_back_into_it, "title_transferred: it takes effect in 2024-12, which was closed"),
]


@pytest.mark.parametrize(
    ("forgery", "text"), FORGERIES, ids=[each.__name__ for each, _ in FORGERIES]
)
def test_each_wrong_close_is_named_where_it_stands(
    forgery: Callable[[Offices], MemoryJournal], text: str
) -> None:
    floor = months()
    assert [last_close(floor).month, failing(floor.journal(), folding_of(floor))] == ["2024-12", {}]
    before = [row.position for row in floor.journal().read() if row.topic == "period_closed"]

    journal = forgery(floor)
    found = failing(journal, folding_of(floor))

    assert text in found["records"]
    place = int(found["records"].removeprefix("position ").partition(":")[0])
    assert place >= before[-1]
    assert set(found) - {"replay"} == {"records"}


@pytest.mark.parametrize(
    ("effective_ns", "fault"),
    [
        (NOVEMBER.from_ns - 1, ""),
        (NOVEMBER.from_ns, "it takes effect in 2024-11, which was closed"),
        (DECEMBER.to_ns - 1, "it takes effect in 2024-12, which was closed"),
        (DECEMBER.to_ns, ""),
    ],
)
def test_title_that_takes_effect_in_a_closed_month_is_found(effective_ns: int, fault: str) -> None:
    floor = months()
    thing = floor.venue.register.things["n-0001"]
    owner, thing.owner = thing.owner, ""
    node = NodeId("n-0001")
    event = TitleIssued(
        node=node, holder=owner, basis="opening", document_sha256="", effective_ns=effective_ns
    )

    assert disagreement(floor.venue, event) == fault


@pytest.mark.parametrize(
    "more", [{"energy_wh": 1}, {"source_sha256": "A" * 43}, {"down_gpu_ns": 1}]
)
def test_of_a_closed_month_silence_alone_may_still_speak(more: dict[str, Any]) -> None:
    floor, _, span = late_silence()
    lease = floor.venue.register.leases[span["lease"]]
    silent = metered("cn-1", lease, lease.to_ns, available_gpu_ns=8 * (lease.to_ns - lease.from_ns))

    assert isinstance(silent, UsageMetered)
    assert disagreement(floor.venue, silent) == ""
    fault = disagreement(floor.venue, replace(silent, **more))
    assert fault == "it takes effect in 2024-12, which was closed"
