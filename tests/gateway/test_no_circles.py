"""A refusal leaves nothing behind: no circle that holds what was refused until a collection.

The engine has the collector off while it serves: a circle of an error and the frames that hold
it would keep a hostile text for as long as nobody looks. Counted over every way in, by the
objects that a collection finds, never by memory.
"""

import gc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from gateway.routes.system import ROUTES
from tests.gateway.bare_client import bare_client
from tests.gateway.hostile_texts import SHAPES
from tests.gateway.routes.test_query import address
from tests.gateway.town import LEASE, Town

TIMES = 5  # each refusal
KEPT = ("traceback", "frame", "Refused", "ProblemRaised", "JSONDecodeError", "Decoded")
TEXTS = {
    "no JSON": "{",
    "deep": "[" * 3_000,
    "a fraction": '{"op":"ping","id":1.5}',
    "an unknown member": '{"op":"ping","id":1,"zzz":1}',
    "an unknown op": '{"op":"zzz","id":1}',
    "a stranger's order": '{"op":"order.new","id":1,"key":"k","args":{}}',
    "a wrong log-on": '{"op":"logon","id":1,"token":"no"}',
    **{name: make(4_000) for name, make in SHAPES.items() if name != "blanks"},
}


@contextmanager
def nothing_kept() -> Iterator[None]:
    """No error of ours, and no frame, is in a circle that the block made."""
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        yield
        gc.collect()
        found = Counter(type(each).__name__ for each in gc.garbage)
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert {name: found[name] for name in KEPT if found[name]} == {}


def test_a_circle_would_be_seen() -> None:
    def refused() -> None:
        try:
            raise ValueError("x")
        except ValueError as error:
            kept = error
        assert kept is not None

    with pytest.raises(AssertionError, match="traceback"), nothing_kept():
        refused()


@pytest.mark.parametrize("name", TEXTS)
async def test_a_refused_text_is_let_go(town: Town, name: str) -> None:
    town.lift_rates()
    body = TEXTS[name].encode()
    statuses = set()
    with nothing_kept():
        for _ in range(TIMES):
            status, *_ = await town.ask("POST", "/v1/auth/challenge", body=body)
            statuses.add(status)
    assert all(400 <= status < 500 for status in statuses), statuses

    async with bare_client(town) as line:
        await line.hello()
        with nothing_kept():
            for _ in range(TIMES):
                await line.ws.send_str(TEXTS[name])
                assert "error" in await line.reply()


async def test_no_route_keeps_what_it_refuses(town: Town) -> None:
    """Every route, without a session, with a body and a member that none of them takes."""
    town.lift_rates()
    requests = [
        (route.method, town.url + address(route) + query, body)
        for route in ROUTES
        for body in (None, b"{", b'{"zzz":1}')
        for query in ("", "?zzz=1")
    ]
    with nothing_kept():  # once for all: a collection looks through everything that is loaded
        for method, url, body in requests:
            async with town.http.request(method, url, data=body) as response:
                await response.read()


@pytest.mark.parametrize(
    "args",
    [{}, {"market": "T.NO.CN-BJ.A1", "side": "bid", "price_ticks": 1, "lots": 1}, {"zzz": 1},
     {"market": LEASE, "side": "bid", "price_ticks": 1, "lots": 10**9}],
)  # fmt: skip
async def test_a_refused_command_is_let_go(town: Town, args: dict[str, object]) -> None:
    town.lift_rates()
    token = await town.log_on("trader")
    with nothing_kept():
        for _ in range(TIMES):
            headers = town.signed("trader", "order.new", args)
            status, told, _ = await town.ask(
                "POST", "/v1/orders", token=token, body=args, **headers
            )
            assert 400 <= status < 500, told
