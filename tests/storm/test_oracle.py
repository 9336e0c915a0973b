"""Random commands, very many, beside the naive book and a money of our own: no difference.

The laws of tests/exchange check the same after each step of a few thousand; here a seed draws a
day's orders for one floor after another, and the slow laws are asked at the end of each.
"""

import random
import time

import pytest

from tests.exchange import test_laws
from tests.exchange.ground import LEASE, TITLE
from tests.exchange.laws import LawfulMarket
from tests.exchange.test_laws import CROWD, Trading
from tests.reach import Reach

COMMANDS = 225_000
SLICE = 2_000
OF_A_FLOOR = 200  # commands; then its servers are let or sold, and little trades
REACH = Reach(commands=COMMANDS, trades=20_000, money_checked=5_000, floors=1_000)
LAWS = (
    LawfulMarket.e1_lots_are_kept,
    LawfulMarket.e4_the_book_is_not_crossed_and_stands_in_order,
    LawfulMarket.e8_holds_are_those_of_open_orders,
    LawfulMarket.e10_cash_moves_with_what_was_settled,
    LawfulMarket.a_position_is_what_a_groups_parties_bought_and_bid_for,
)


def one_floor(draw: random.Random, commands: int) -> Trading:
    """So many commands on a floor of its own; each answer is compared as it comes."""
    flow = Trading()
    flow.begin()
    asked = 0
    while asked < commands:
        if flow.floor.market(TITLE).phase == "pre_open" and draw.random() < 0.1:
            flow.open()
        kind = draw.random()
        standing = len(flow.floor.venue.orders)
        if standing and kind < 0.12:
            price, lots, minutes = (
                draw.randint(1298, 1302),
                draw.randint(1, 6),
                draw.randint(1, 240),
            )
            terms = draw.choice(((price, None, None), (None, lots, None), (price, lots, minutes)))
            flow.amend(draw.randrange(10**6), *terms)
        elif standing >= CROWD and kind < 0.2:
            flow.cancel(draw.randrange(10**6))
        elif standing >= 2 * CROWD and kind < 0.22:
            flow.cancel_all(draw.randrange(8), False)
        elif kind < 0.25 and flow.floor.venue.register.settlements:
            flow.deliver(draw.randrange(10**6))
        else:
            flow.place(
                draw.choice((LEASE, TITLE)),
                draw.randrange(8),
                draw.choice(("bid", "ask")),
                draw.randint(1, 4),
                draw.randint(1298, 1302),
                draw.choice(("gtc", "gtc", "gtc", "gtd", "day", "ioc", "fok")),
                draw.random() < 0.1,
                draw.randint(1, 240),
            )
        asked += 1
        if asked % 40 == 0:
            for law in LAWS:
                law(flow)
            REACH.met("money_checked")
    flow.hear()
    flow.teardown()
    return flow


def _run(seed: int, commands: int) -> str:
    draw = random.Random(seed)
    done = traded = 0
    while done < commands:
        flow = one_floor(draw, min(OF_A_FLOOR, commands - done))
        done += min(OF_A_FLOOR, commands - done)
        traded += sum(flow.bought.values())
        REACH.met("floors")
    REACH.met("commands", done)
    REACH.met("trades", traded)
    return f"seed {seed}: {done:,} commands, {traded:,} lots traded, 0 differences, 0 fen"


@pytest.fixture(autouse=True)
def uncounted(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the machine's own runs must meet is counted there."""
    monkeypatch.setattr(test_laws, "REACH", Reach(**dict.fromkeys(test_laws.REACH._least, 0)))


@pytest.mark.storm
@REACH.demanded
def test_two_hundred_thousand_random_commands_differ_in_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = _run(time.time_ns() % 10_000, COMMANDS)
    with capsys.disabled():
        print(f"\n{told}")


def test_a_few_random_commands_differ_in_nothing() -> None:
    _run(8470, SLICE)
