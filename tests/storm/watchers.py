"""Who watches the venue through the whole storm, with the public client and nothing else.

    python -m tests.storm.watchers DATA NOTES

Each dealer follows its own orders, fills and cash, a clerk every row of the journal, visitors the
tape. A line of NOTES is one message as the client handed it on, or how far a client says it is
whole. Whatever is killed, the client alone reconnects, resumes and mends.
"""

import asyncio
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TextIO

from gpubourse import Client, VenueError, connect
from gpubourse.held_history import Pair
from gpubourse.key_files import KeyFile, read_key_file
from gpubourse.wire import encode
from tests.storm.founding import MARKET

CLERK: Final = "clerk-1"
VISITORS: Final = {"visitor": f"trades/{MARKET}", "passer-by": "trades/*"}
FEEDS: Final = {**{who: (feed,) for who, feed in VISITORS.items()}, CLERK: ("ledger/*",)}
DEALERS_FEEDS: Final = ("fills", "orders", "cash")
TOLD_EVERY_S: Final = 0.2
LOG_ON_AGAIN_S: Final = 0.5
STANDING: Final = 2  # heartbeats since the last feed was asked for: each counts if all is whole

Note = Callable[[dict[str, Any]], None]


async def watch_all(who: str, url: str, key: KeyFile | None, note: Note) -> None:
    """Every feed of one client, for ever; ends with the first error that the client raises."""
    client = await _entered(url, key)
    feeds = FEEDS.get(who, DEALERS_FEEDS)
    tasks = [asyncio.create_task(_follow(who, client, feed, note)) for feed in feeds]
    tasks.append(asyncio.create_task(_tell(who, client, note)))
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await client.__aexit__()


async def _entered(url: str, key: KeyFile | None) -> Client:
    """A client; all of this address enter at one rate."""
    while True:
        try:
            return await connect(url, key=key).__aenter__()
        except VenueError:
            await asyncio.sleep(LOG_ON_AGAIN_S)


async def _follow(who: str, client: Client, feed: str, note: Note) -> None:
    async for message in client.watch(feed):
        told = {name: message[name] for name in ("feed", "kind", "seq", "body")}
        note({"who": who, "asked": feed, **told})


async def _tell(who: str, client: Client, note: Note) -> None:
    """How far it is whole. Said a while after it was so: what came before is noted before."""
    pairs: list[Pair] = []
    told = 0
    while True:
        if client.pair is not None and (not pairs or client.pair is not pairs[-1]):
            pairs = [*pairs[-STANDING:], client.pair]
        await asyncio.sleep(TOLD_EVERY_S)
        if len(pairs) > STANDING and pairs[-1].position > told:
            told = pairs[-1].position
            note({"who": who, "position": told, "gaps": client.gaps})


async def main(data: Path, notes: TextIO) -> None:
    """Every key of the folder but the second clerk's, and visitors without one."""

    def note(line: dict[str, Any]) -> None:
        notes.write(encode(line).decode() + "\n")
        notes.flush()

    url = (data / "address").read_text().strip()
    keys = {path.name: read_key_file(path) for path in sorted((data / "keys").glob("p-*"))}
    keys |= {CLERK: read_key_file(data / "keys" / CLERK)}
    watching = [watch_all(who, url, None, note) for who in VISITORS]
    watching += [watch_all(who, url, key, note) for who, key in keys.items()]
    tasks = [asyncio.create_task(each) for each in watching]
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, lambda: _end(tasks))
    try:
        await asyncio.gather(*tasks)
    except asyncio.CancelledError:
        return
    except Exception as error:
        note({"who": "", "failed": f"{type(error).__name__}: {error}"})
        raise


def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()


if __name__ == "__main__":
    data_folder, notes_file = map(Path, sys.argv[1:])
    with notes_file.open("a", encoding="utf-8") as opened:
        asyncio.run(main(data_folder, opened))
