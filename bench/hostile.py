"""A healthy client's delay beside each sort of hostile one, and beside the same load to a sink.

Three processes: a gateway on a journal in memory, one hostile client on several sockets, and this
one, whose sockets ask a `ping` each 25 ms. The same hostile process then sends the same to a sink
that reads and discards, so that what is told is the gateway's part and not the machine's.

    python bench/hostile.py [--seconds 1.5] [--rounds 5] [--sockets 8] [--only pings]
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import cycle
from pathlib import Path
from statistics import median
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import aiohttp

from gateway.settings import Limits
from tests.gateway.hostile_clients import SORTS
from tests.gateway.hostile_texts import SHAPES
from tests.gateway.town import town_of

HEALTHY = 4  # sockets
QUERY_EVERY_S = 0.025
P99_MS = 20.0
TIMES = 3.0
MEMORY_MB = 50.0
UPGRADE = (
    b"GET /v1/ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
)


def posted(body: bytes) -> bytes:
    """An anonymous request with a body."""
    return (
        b"POST /v1/auth/challenge HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
    ) + body


def with_header(line: str) -> Callable[[], Iterator[bytes]]:
    """An anonymous request with one long header and a body."""
    first, rest = posted(b"{}").split(b"\r\n", 1)
    kept = rest.replace(b"Content-Type: application/json\r\n", b"") if "Type" in line else rest
    return lambda: cycle([first + b"\r\n" + line.encode() + b"\r\n" + kept])


def by_socket(sends: Callable[[], Iterator[bytes]]) -> Callable[[], Iterator[bytes]]:
    def sent() -> Iterator[bytes]:
        yield UPGRADE
        yield from sends()

    return sent


def by_request(size: int) -> Callable[[], Iterator[bytes]]:
    return lambda: cycle([posted(SHAPES["the last member twice"](size).encode())])


ATTACKS: dict[str, Callable[[], Iterator[bytes]]] = {
    **{name: by_socket(sort.sends) for name, sort in SORTS.items()},
    "types of semicolons": with_header("Content-Type: application/json" + ";" * 16_000),
    "cookies of names": with_header("Cookie: " + "a;" * 8_000),
    "offers of protocols": lambda: cycle(
        [UPGRADE[:-2] + b"Sec-WebSocket-Protocol: " + b"a," * 8_000 + b"\r\n\r\n"]
    ),
    "bodies as long as taken": by_request(Limits().body_bytes_anonymous),
    "bodies of 266 kB": by_request(266_000),
}


# --- the other processes


async def serve() -> None:
    """A gateway, until this process is ended."""
    with tempfile.TemporaryDirectory() as folder:
        async with town_of(Path(folder)) as town:
            print(town.url.rpartition(":")[2], flush=True)
            await asyncio.Event().wait()


async def drain_all() -> None:
    """A sink: it reads and discards."""

    async def discard(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while await reader.read(1 << 18):
                pass

    server = await asyncio.start_server(discard, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def attack(port: int, sort: str, sockets: int) -> None:
    """Write without end on so many lines; one that is cut is opened anew."""
    await asyncio.gather(*(_attack_on_one(port, sort) for _ in range(sockets)))


async def _attack_on_one(port: int, sort: str) -> None:
    while True:
        with suppress(ConnectionError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            reading = asyncio.create_task(_read_on(reader))
            try:
                for data in ATTACKS[sort]():
                    writer.write(data)
                    await writer.drain()
                    await asyncio.sleep(0 if data else 0.1)
                    if reading.done():
                        break
            finally:
                reading.cancel()
                writer.transport.abort()
        await asyncio.sleep(0.01)


async def _read_on(reader: asyncio.StreamReader) -> None:
    with suppress(ConnectionError):
        while await reader.read(1 << 18):
            pass


def started(*words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, __file__, *words], stdout=subprocess.PIPE, text=True)


def port_of(process: "subprocess.Popen[str]") -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())


# --- the healthy client


class Round(NamedTuple):
    """What one round showed: milliseconds, and MB of the gateway."""

    p50: float
    p99: float
    mb: float


async def measure(port: int, pid: int, seconds: float) -> Round:
    delays: list[float] = []
    async with aiohttp.ClientSession() as http:
        await asyncio.gather(*(_query_on(http, port, seconds, delays) for _ in range(HEALTHY)))
    delays.sort()
    return Round(
        1e3 * delays[len(delays) // 2], 1e3 * delays[len(delays) * 99 // 100], memory_mb(pid)
    )


async def _query_on(
    http: aiohttp.ClientSession, port: int, seconds: float, delays: list[float]
) -> None:
    async with http.ws_connect(f"http://127.0.0.1:{port}/v1/ws") as ws:
        end = time.perf_counter() + seconds
        number = 0
        while (began := time.perf_counter()) < end:
            number += 1
            await ws.send_json({"op": "ping", "id": number})
            while json.loads((await ws.receive()).data).get("id") != number:
                pass
            delays.append(time.perf_counter() - began)
            await asyncio.sleep(QUERY_EVERY_S)


def memory_mb(pid: int) -> float:
    """Resident memory of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1_024
    return 0.0


def one_round(caller: argparse.Namespace, sort: str, target: int, venue: int, pid: int) -> Round:
    hostile = started("--attack", sort, "--port", str(target), "--sockets", str(caller.sockets))
    try:
        time.sleep(0.3)
        return asyncio.run(measure(venue, pid, caller.seconds))
    finally:
        hostile.kill()
        hostile.wait()


def middle(rounds: list[Round]) -> Round:
    return Round(*(median(figures) for figures in zip(*rounds, strict=True)))


def compare(caller: argparse.Namespace) -> None:
    server, sink = started("--serve"), started("--sink")
    try:
        venue, away = port_of(server), port_of(sink)
        alone = asyncio.run(measure(venue, server.pid, caller.seconds))
        print(
            f"{'hostile client':24} {'p50 ms':>8} {'p99 ms':>8}   {'beside a sink':>17}   MB more"
        )
        print(f"{'none':24} {alone.p50:8.2f} {alone.p99:8.2f}")
        beyond = 0
        for sort in [caller.only] if caller.only else ATTACKS:
            pairs = [
                (
                    one_round(caller, sort, venue, venue, server.pid),
                    one_round(caller, sort, away, venue, server.pid),
                )
                for _ in range(caller.rounds)
            ]
            here, there = (middle(list(rounds)) for rounds in zip(*pairs, strict=True))
            more = here.mb - alone.mb
            is_good = here.p99 <= max(P99_MS, TIMES * there.p99) and more <= MEMORY_MB
            beyond += not is_good
            print(
                f"{sort:24} {here.p50:8.2f} {here.p99:8.2f}   {there.p50:8.2f} {there.p99:8.2f}"
                f"   {more:7.1f}{'' if is_good else '   beyond'}",
                flush=True,
            )
        print(f"hostile          {len(ATTACKS):>10,} sorts; {beyond} beyond", end=" ")
        print(f"{TIMES:.0f} times the sink's p99, {P99_MS:.0f} ms, or {MEMORY_MB:.0f} MB")
    finally:
        for process in (server, sink):
            process.kill()
            process.wait()


def main() -> None:
    words = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    words.add_argument("--seconds", type=float, default=1.5)
    words.add_argument("--rounds", type=int, default=5)
    words.add_argument("--sockets", type=int, default=8)
    words.add_argument("--only", choices=ATTACKS)
    for name in ("--serve", "--sink"):
        words.add_argument(name, action="store_true", help=argparse.SUPPRESS)
    words.add_argument("--attack", help=argparse.SUPPRESS)
    words.add_argument("--port", type=int, help=argparse.SUPPRESS)
    caller = words.parse_args()
    with suppress(KeyboardInterrupt):
        if caller.serve:
            asyncio.run(serve())
        elif caller.sink:
            asyncio.run(drain_all())
        elif caller.attack:
            asyncio.run(attack(caller.port, caller.attack, caller.sockets))
        else:
            compare(caller)


if __name__ == "__main__":
    main()
