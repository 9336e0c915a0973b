"""The console's own files: readable like the rest of the house, and legible to everyone."""

import re
from itertools import product

import pytest

from tests.browser.words import CONSOLE, modules

LINE_MOST = 100
FILE_MOST = 400
CONTRAST_LEAST = 4.5  # WCAG 2.2, 1.4.3
INKS = ("ink", "ink-2", "ink-3", "bid", "ask", "up", "down", "problem", "amber", "good")
GROUNDS = ("ground", "panel", "panel-2")
THEMES = ("light", "dark")
COLOURS = ("blue-up", "red-up", "green-up")

STYLES = sorted((CONSOLE / "styles").glob("*.css"))


def test_every_file_opens_with_what_it_is_for() -> None:
    openings = {path: path.read_text("utf-8")[:3] for path in [*modules(), *STYLES]}

    assert not [path.name for path, opening in openings.items() if not opening.startswith("/*")]


def test_files_and_lines_are_short() -> None:
    wrong = []
    for path in [*modules(), *STYLES]:
        lines = path.read_text("utf-8").splitlines()
        wrong += [f"{path.name}: {len(lines)} lines"] * (len(lines) > FILE_MOST)
        wrong += [f"{path.name}:{n}" for n, line in enumerate(lines, 1) if len(line) > LINE_MOST]
    assert not wrong


def test_what_a_view_reads_anew_is_as_new_as_what_it_was_told() -> None:
    """A list that is read because a feed said so is read at that position, or behind it."""
    reads = [
        (path.name, line.strip())
        for path in sorted((CONSOLE / "views").glob("*.js"))
        for line in path.read_text("utf-8").splitlines()
        if re.search(r"\blist\(", line)
    ]
    assert len(reads) > 4
    assert not [
        read for read in reads if "newEnough()" not in read[1] and '"/v1/sites"' not in read[1]
    ]


def test_the_page_asks_nobody_else_and_says_nothing_inline() -> None:
    """What the strict policy forbids stands nowhere, so that it is never needed."""
    page = (CONSOLE / "index.html").read_text("utf-8")
    styles = "\n".join(path.read_text("utf-8") for path in STYLES)

    assert not re.findall(r"<script(?![^>]*src=)|<style|style=|\son\w+=|https?:", page)
    assert not re.findall(r"@import|url\(", styles)


@pytest.mark.parametrize(("theme", "colours"), list(product(THEMES, COLOURS)))
def test_text_can_be_read_on_its_ground(theme: str, colours: str) -> None:
    worn = tokens(theme, colours)
    wrong = {
        f"{ink} on {ground}": round(contrast(worn[ink], worn[ground]), 2)
        for ink, ground in product(INKS, GROUNDS)
        if contrast(worn[ink], worn[ground]) < CONTRAST_LEAST
    }
    assert not wrong
    assert contrast(worn["mark-ink"], worn["mark"]) >= CONTRAST_LEAST


def tokens(theme: str, colours: str) -> dict[str, str]:
    """Name -> #rrggbb as a page of this theme and these colours resolves them."""
    text = (CONSOLE / "styles" / "colours.css").read_text("utf-8")
    worn: dict[str, str] = {}
    for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", text):
        conditions = re.findall(r'data-(theme|colours)="([\w-]+)"', selectors)
        wanted = {"theme": theme, "colours": colours}
        is_root = ":root" in re.split(r"[,\s]+", re.sub(r"/\*.*?\*/", "", selectors).strip())
        if is_root or any(wanted[name] == value for name, value in conditions):
            worn |= dict(re.findall(r"--([\w-]+):\s*([^;]+);", body))
    while named := [name for name, value in worn.items() if value.startswith("var(--")]:
        worn |= {name: worn[worn[name][len("var(--") : -1]] for name in named}
    return worn


def contrast(one: str, other: str) -> float:
    """The ratio of two colours' luminance, 1 to 21 (WCAG 2.2)."""
    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
