"""What a verb writes: documents and tables to stdout, words and progress to stderr."""

import json
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from textwrap import wrap
from typing import Any, Final, Literal

import click
from rich.cells import cell_len
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from gateway.cli.exit_codes import INTERRUPTED, USAGE, VerbFailed
from gateway.cli.terminal import OutputClosed, show_text, visible, visible_cell
from gpubourse.wire import outward

UNDER: Final = "    "  # before what stands under a row, where a screen is too narrow for it
STEPS_SHOWN: Final = 10  # progress without a terminal: this many lines
DOING_MOST: Final = 40  # characters of a name beside the bar: its end
SHORT_S: Final = 1.0  # what takes no longer shows no progress


class Output:
    """What one verb writes. With `--json` stdout carries one document and nothing else."""

    def __init__(self, *, is_json: bool, no_color: bool = False) -> None:
        self.is_json = is_json
        self._no_color = no_color

    def document(self, value: Any) -> None:
        """The result itself, with `--json` alone, in the wire's form: `_ns` is decimal text."""
        if self.is_json:
            show_text(json.dumps(outward(value), ensure_ascii=False))

    def write(self, words: str) -> None:
        """A sentence of the result: stdout, or beside a document stderr."""
        show_text(words, err=self.is_json)

    def log(self, words: str) -> None:
        """A line on the way: what is being done, what a person should know. Always stderr."""
        show_text(words, err=True)

    def server_log(self, words: str) -> None:
        """The same of a venue that runs: it goes on where nobody reads."""
        with suppress(OutputClosed):
            self.log(words)

    def table(
        self,
        columns: Sequence[str],
        rows: Iterable[Sequence[Any]],
        *,
        title: str = "",
        is_last_long: bool = False,
    ) -> None:
        """Rows for a person; a column whose heading ends in '>' is a figure, set to the right.

        Cells are taken as they are: a name in brackets is no markup. Nothing is cut off: in a pipe
        or a file a row is one line, however long; on a terminal a cell is wrapped, and a last
        column that is long stands under its row.
        """
        cells = [["" if cell is None else visible_cell(str(cell)) for cell in row] for row in rows]
        console = self._console(is_error=self.is_json, has_color=False)  # only text passes the door
        if is_last_long or not console.is_terminal:
            width = console.width if console.is_terminal else 0
            for line in [*([title] if title else []), *_lines(columns, cells, width)]:
                show_text(line, err=self.is_json)
            return
        heading = Text(title) if title else None
        table = Table(box=None, pad_edge=False, title=heading, title_justify="left")
        for column in columns:
            is_figure = column.endswith(">")
            table.add_column(
                Text(column.removesuffix(">")),
                justify="right" if is_figure else "left",
                no_wrap=is_figure,
                header_style="bold",
            )
        for row in cells:
            table.add_row(*map(Text, row))
        with console.capture() as drawn:
            console.print(table, highlight=False)
        for line in drawn.get().splitlines():  # cells are padded: nobody wants that in a file
            show_text(line.rstrip(), err=self.is_json)

    def confirm(self, question: str, *, is_yes: bool) -> None:
        """Go on only after a yes; without one nothing is done, and the error states it."""
        if is_yes:
            return
        try:
            if click.confirm(visible(question), err=True):
                return
        except click.Abort:
            if sys.stdin.isatty():
                raise
            raise VerbFailed(
                USAGE,
                "Nothing was done: nobody was there to say yes.",
                "Add --yes to go ahead unasked, or --dry-run to only look.",
            ) from None
        raise VerbFailed(INTERRUPTED, "Nothing was done.")

    @contextmanager
    def progress(self, what: str, total: int) -> Iterator["StepProgress"]:
        """A bar with rate and time left on a terminal, a few plain lines elsewhere."""
        console = self._console(is_error=True)
        if not console.is_terminal:
            yield PlainSteps(self, what, total)
            return
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TaskProgressColumn(show_speed=True),
            TimeRemainingColumn(),
            TextColumn("{task.fields[doing]}", markup=False),
        )
        with Progress(*columns, console=console, transient=True) as bars:
            yield BarSteps(bars, what, total)

    def _console(self, *, is_error: bool, has_color: bool = True) -> Console:
        file = sys.stderr if is_error else sys.stdout
        colors: Literal["auto"] | None = "auto" if has_color else None
        return Console(file=file, color_system=colors, no_color=self._no_color or None)


def _lines(columns: Sequence[str], rows: list[list[str]], width: int) -> Iterator[str]:
    """A table as lines, each row in one; past *width* (0: none) its last cell is wrapped under it.

    Cells are padded, and a line has no spaces at its end: nobody wants those in a file.
    """
    heads = [column.removesuffix(">") for column in columns]
    widths = [max(map(cell_len, cells)) for cells in zip(heads, *rows, strict=True)]
    for row in [heads, *rows]:
        padded = []
        for column, cell, widest in zip(columns, row, widths, strict=True):
            space = " " * (widest - cell_len(cell))
            padded.append(f"{space}{cell}" if column.endswith(">") else f"{cell}{space}")
        line = "  ".join(padded).rstrip()
        if not width or cell_len(line) <= width:
            yield line
            continue
        yield "  ".join(padded[:-1]).rstrip()
        yield from wrap(
            row[-1],
            max(width, 2 * len(UNDER)),
            initial_indent=UNDER,
            subsequent_indent=UNDER,
            break_long_words=False,
            break_on_hyphens=False,
        )


class StepProgress:
    """How far something has come, as the number done."""

    def reach(self, done: int, doing: str = "") -> None:
        """So many are done; *doing* is what comes next."""
        raise NotImplementedError


class BarSteps(StepProgress):
    def __init__(self, bars: Progress, what: str, total: int) -> None:
        self._bars = bars
        self._task = bars.add_task(what, total=total or None, doing="")

    def reach(self, done: int, doing: str = "") -> None:
        self._bars.update(self._task, completed=done, doing=visible_cell(doing)[-DOING_MOST:])


class PlainSteps(StepProgress):
    """A few lines, and none for what is done within a second."""

    def __init__(self, output: Output, what: str, total: int) -> None:
        self._output, self._what, self._total = output, what, total
        self._shown = 0
        self._begun_s = time.monotonic()

    def reach(self, done: int, doing: str = "") -> None:
        step = done * STEPS_SHOWN // self._total if self._total else 0
        if step > self._shown and time.monotonic() - self._begun_s > SHORT_S:
            self._shown = step
            self._output.log(f"{self._what}: {done:,} of {self._total:,}")
