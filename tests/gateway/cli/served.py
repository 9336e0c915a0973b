"""A gateway that serves while a test types: the town, on a loop of its own in another thread."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

from click.testing import Result

from gpubourse.key_files import write_key_file
from tests.gateway.cli.lines import document, said
from tests.gateway.town import Town, town_of
from tests.waiting import PATIENCE_S


class Served:
    """A running town, and its keys in a data folder as `--me` finds them."""

    def __init__(self, town: Town, data: Path) -> None:
        self.town = town
        self.data = data
        for name, key in town.keys.items():
            write_key_file(data / "keys" / name, key)

    def line(self, *words: str, me: str = "", typed: str = "", code: int = 0) -> Result:
        """Run one command line against it; it must end with *code*."""
        env = {"GPUBOURSE_VENUE": self.town.url, "GPUBOURSE_DATA": str(self.data)}
        ended = said(*words, *(("--me", me) if me else ()), typed=typed, env=env)
        assert ended.exit_code == code, ended.output
        return ended

    def document(self, *words: str, me: str = "") -> Any:
        """The one JSON document of a line that is not to ask back."""
        return document(self.line(*words, "--json", me=me))


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    """Open the town in a thread, and close it after."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    opening = town_of(folder / "town")
    try:
        town = asyncio.run_coroutine_threadsafe(opening.__aenter__(), loop).result(PATIENCE_S)
        try:
            yield Served(town, folder / "venue")
        finally:
            closing = opening.__aexit__(None, None, None)
            asyncio.run_coroutine_threadsafe(closing, loop).result(PATIENCE_S)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE_S)
        loop.close()
