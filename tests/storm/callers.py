"""One dealer's callers, as a process of their own: they trade, and note every acknowledgement.

    python -m tests.storm.callers DATA KEY SEED NOTES

Until SIGTERM each caller asks for one thing after another, each under a UUIDv7 key of its own, and
asks again under the same key until it is known. A line of NOTES is one acknowledgement, as heard.
"""

import asyncio
import json
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any, TextIO

import aiohttp

from gpubourse import Client, RateLimited, Refused, Unauthorised, Unavailable, connect
from gpubourse.key_files import KeyFile, new_command_key, read_key_file
from tests.storm.founding import MARKET
from tests.waiting import PROCESS_S

CALLERS = 4
SETTLED_S = PROCESS_S / 2  # for what is still out when it is told to stop
LOG_ON_AGAIN_S = 0.5  # a log-on takes three requests of a rate that all of this address share
PRICE_TICKS = 9_000
TROUBLE = (Unavailable, Unauthorised, aiohttp.ClientError, TimeoutError, OSError)


class Caller:
    """One connection at a time, one thing at a time."""

    def __init__(
        self, data: Path, key: KeyFile, dice: Random, notes: TextIO, *, by_rest: bool
    ) -> None:
        self._data = data
        self._key = key
        self._dice = dice
        self._notes = notes
        self._by_rest = by_rest
        self._client: Client | None = None
        self._open: list[str] = []
        self._is_over = asyncio.Event()

    def stop(self) -> None:
        """Ask for nothing new."""
        self._is_over.set()

    async def trade(self) -> None:
        """Until told to stop, and then until the last outcome is known."""
        while not self._is_over.is_set():
            drawn = self._dice.randrange(100)
            if drawn < 70 or not self._open:
                side = "bid" if drawn < 42 else "ask"
                await self._place(side)
            elif drawn < 92:
                order = self._open.pop(self._dice.randrange(len(self._open)))
                await self._until_known("order.cancel", {"order": order})
            else:
                await self._until_known("order.cancel_all", {})
                self._open.clear()
        if self._client is not None:
            await self._client.__aexit__()

    async def _place(self, side: str) -> None:
        args = {
            "market": MARKET,
            "side": side,
            "lots": 1,
            "price_ticks": PRICE_TICKS + self._dice.randrange(-20, 20),
        }
        placed = await self._until_known("order.new", args)
        if placed is not None:
            self._open.append(placed["order"])

    async def _until_known(self, op: str, args: dict[str, Any]) -> dict[str, Any] | None:
        """The result under one key, noted; None for a lawful no."""
        key = new_command_key()
        until_s = time.monotonic() + PROCESS_S
        while True:
            asked_s = time.monotonic()
            assert asked_s < until_s, f"{op} {key} was not answered within {PROCESS_S} s"
            try:
                result = await self._ask(op, args, key)
            except RateLimited as limited:
                is_stranger = self._client is None
                again_s = LOG_ON_AGAIN_S if is_stranger else limited.retry_after_ms / 1_000
                await asyncio.sleep(again_s * (1 + self._dice.random()))
            except Refused as refused:
                if refused.code in ("not_yet", "too_late"):
                    continue
                return None
            except TROUBLE:
                await self._hang_up()
                await asyncio.sleep(0.05 + self._dice.random() * 0.2)
            else:
                self._note(op, key, asked_s, result)
                return result

    async def _ask(self, op: str, args: dict[str, Any], key: str) -> dict[str, Any]:
        client = self._client
        if client is None:
            url = (self._data / "address").read_text().strip()
            client = connect(url, key=self._key)
            await client.__aenter__()
            self._client = client
        if not self._by_rest:
            return await client.command(op, args, key=key)
        if op == "order.cancel":
            return await client.send(
                "DELETE", f"/v1/orders/{args['order']}", op, {}, key=key, **args
            )
        path = "/v1/orders" if op == "order.new" else "/v1/orders/cancel_all"
        return await client.send("POST", path, op, args, key=key)

    async def _hang_up(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with suppress(*TROUBLE):
                await client.__aexit__()

    def _note(self, op: str, key: str, asked_s: float, result: dict[str, Any]) -> None:
        line = {
            "party": self._key.party,
            "key": key,
            "op": op,
            "asked_s": asked_s,
            "heard_s": time.monotonic(),
            "result": result,
        }
        self._notes.write(json.dumps(line) + "\n")
        self._notes.flush()


async def main(data: Path, key: KeyFile, seed: str, notes: TextIO) -> None:
    callers = [
        Caller(data, key, Random(f"{seed} {number}"), notes, by_rest=number % 2 == 1)
        for number in range(CALLERS)
    ]
    loop = asyncio.get_running_loop()

    def told_to_stop() -> None:
        for caller in callers:
            caller.stop()
        loop.call_later(SETTLED_S, sys.exit, "not everything was answered in time")

    loop.add_signal_handler(signal.SIGTERM, told_to_stop)
    await asyncio.gather(*(caller.trade() for caller in callers))


if __name__ == "__main__":
    data, key_file, seed, notes_file = sys.argv[1:]
    with Path(notes_file).open("a", encoding="utf-8") as notes:
        asyncio.run(main(Path(data), read_key_file(Path(key_file)), seed, notes))
