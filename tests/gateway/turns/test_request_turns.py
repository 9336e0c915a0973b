"""One request of each address in a turn of the loop."""

import asyncio

from gateway.turns.request_turns import RequestTurns


async def test_each_caller_has_one_in_a_turn_in_the_order_of_asking() -> None:
    turns, came = RequestTurns(), list[str]()

    async def ask(caller: str, number: int) -> None:
        await turns.one(caller)
        came.append(f"{caller}{number}")

    tasks = [asyncio.create_task(ask("a", number)) for number in range(50)]
    tasks += [asyncio.create_task(ask("b", number)) for number in range(3)]
    await asyncio.gather(*tasks)

    assert [each for each in came if each[0] == "a"] == [f"a{number}" for number in range(50)]
    assert came.index("b2") < 8, "it waits for its own, not for fifty"
    await asyncio.sleep(0)
    assert not turns._waiting, "nothing is kept of who waits no more"


async def test_who_leaves_while_waiting_holds_nobody_up() -> None:
    turns = RequestTurns()
    await turns.one("a")
    gone = [asyncio.create_task(turns.one("a")) for _ in range(3)]
    last = asyncio.create_task(turns.one("a"))
    await asyncio.sleep(0)
    for each in gone:
        each.cancel()
    await last


async def test_a_line_that_ends_takes_its_request_out_of_the_queue() -> None:
    class Cut:
        turn: asyncio.Future[None] | None = None

    turns, lines = RequestTurns(), [Cut() for _ in range(100)]
    await turns.one("a")
    gone = [asyncio.create_task(turns.one("a", line)) for line in lines]
    await asyncio.sleep(0)
    for line in lines[1:]:  # the first is the one of this turn
        assert line.turn is not None
        line.turn.set_exception(ConnectionResetError("left"))
    ends = await asyncio.gather(*gone, return_exceptions=True)

    assert [type(each) for each in ends] == [type(None), *[ConnectionResetError] * 99]
    assert [line.turn for line in lines] == [None] * 100
    await asyncio.sleep(0)
    assert not turns._waiting, "one turn passes over all who left"
