"""The page's own words for the codes of the wire: what a terminal calls them, too."""

import json
from functools import cache
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "console" / "words"
UNREADABLE = "unreadable:"  # how a flag begins that names a reading


@cache
def page_words() -> dict[str, str]:
    """Key -> words, in English: the command line's own are in no other language."""
    found: dict[str, str] = json.loads((PAGE / "en.json").read_text("utf-8"))
    return found


def in_page_words(family: str, code: str) -> str:
    """What the page calls a code: `account`, `on_hold` is "on hold"; else the code in plain."""
    if code.startswith(UNREADABLE):
        return f"{code.removeprefix(UNREADABLE).replace('_', ' ')} cannot be read"
    known = page_words()
    words = known.get(f"{family}.{code}") or known.get(f"{family}.{code}?")
    return words or code.replace("_", " ")
