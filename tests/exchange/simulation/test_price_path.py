"""The price path: the ends that the article names, and nothing that depends on how many days."""

from exchange.simulation.cast import machines
from exchange.simulation.draw import Draw
from exchange.simulation.dumps import report, serial
from exchange.simulation.price_path import (
    RENT_FIRST_FEN,
    RENT_LAST_FEN,
    SLUMP_DAYS,
    rent_ticks,
    slid,
    title_ticks,
)
from ledger.inspection.report_inspection import inspect_report

YUAN_A_MONTH = 8 * 720  # fen per GPU-hour -> fen per server-month


def test_a_server_month_slides_from_180_000_to_75_000_yuan() -> None:
    assert RENT_FIRST_FEN * YUAN_A_MONTH == 18_000_000
    assert RENT_LAST_FEN * YUAN_A_MONTH // 100 == 74_995  # 1,302.08 fen, as EXCHANGE 1 has it
    assert slid(RENT_FIRST_FEN, RENT_LAST_FEN, 0) == RENT_FIRST_FEN
    assert slid(RENT_FIRST_FEN, RENT_LAST_FEN, SLUMP_DAYS) == RENT_LAST_FEN


def test_it_never_rises_and_then_stays() -> None:
    days = [slid(RENT_FIRST_FEN, RENT_LAST_FEN, day) for day in range(SLUMP_DAYS + 40)]
    assert days == sorted(days, reverse=True)
    assert days[SLUMP_DAYS:] == [RENT_LAST_FEN] * 40


def test_cards_without_papers_are_visibly_cheaper() -> None:
    draw = Draw(1)
    for day in (0, 60, 200):
        with_papers = title_ticks(draw, "H100SXM8", "P1", day)
        without = title_ticks(draw, "H100SXM8", "P0", day)
        assert without * 100 < with_papers * 75


def test_prices_stay_near_the_path() -> None:
    draw = Draw(3)
    for day in range(0, 200, 7):
        fair = slid(RENT_FIRST_FEN, RENT_LAST_FEN, day)
        assert abs(rent_ticks(draw, "H100SXM8", day) - fair) * 100 <= 2 * fair


def test_chance_is_a_function_of_what_is_drawn() -> None:
    assert Draw(7).number(3, "lease.offer", 2) == Draw(7).number(3, "lease.offer", 2)
    assert Draw(7).number(3, "lease.offer", 2) != Draw(7).number(3, "lease.offer", 3)
    drawn = [Draw(7).below(10, day, "die") for day in range(2_000)]
    assert set(drawn) == set(range(10))
    assert all(140 < drawn.count(face) < 260 for face in range(10))


def test_every_servers_report_is_read_as_strong_cards() -> None:
    draw = Draw(7)
    seen: set[str] = set()
    for machine in machines(draw):
        serials = {serial(draw, machine, slot) for slot in range(machine.make.gpus)}
        assert len(serials) == machine.make.gpus
        assert seen.isdisjoint(serials)
        seen |= serials
    machine = next(machines(draw))
    inspected = inspect_report(report(draw, machine, 1_731_600_000_000_000_000), None, None)
    assert [unit.identity.level for unit in inspected.units] == ["strong"] * machine.make.gpus
