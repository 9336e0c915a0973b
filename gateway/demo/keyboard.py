"""The demo's terminal: `+` and `-` change the speed, space stops the clock, `n` is the next day."""

import asyncio
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Actions = dict[str, Callable[[], None]]


@contextmanager
def listening(actions: Actions) -> Iterator[bool]:
    """Read single keys while inside; False where there is no terminal."""
    if not sys.stdin.isatty():
        yield False
        return
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    loop = asyncio.get_running_loop()

    def pressed() -> None:
        act = actions.get(sys.stdin.read(1))
        if act is not None:
            act()

    tty.setcbreak(terminal)
    loop.add_reader(terminal, pressed)
    try:
        yield True
    finally:
        loop.remove_reader(terminal)
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
