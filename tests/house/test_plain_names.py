"""The code speaks the field's language: read, query, publish, render, log, reply."""

import ast
import re
from collections.abc import Iterator

from tests.house.advice import advise
from tests.house.glossary import PART
from tests.house.sources import Source, sources
from tests.house.test_style import name_given

ROOMS = ("ledger", "exchange", "gateway", "gpubourse", "bench", "setup", "examples")
SIDE = {  # where an ask is a side of the market
    "gateway/contract/": ("asks", "best_ask_ticks"),
    "gateway/feeds/": ("ask", "asks", "is_ask"),
    "gateway/market_picture/": ("ask", "asks"),
    "gpubourse/": ("asks", "_asks", "best_ask"),
    "exchange/": (
        *("ASK", "ask", "asks", "_ask", "ask_fee", "ask_fee_minor", "ask_roles", "of_ask"),
        "ask_lots",
        *("is_ask_taker", "_held_for_an_ask", "with_asks", "best_ask_ticks"),
    ),
    "examples/": ("ask",),
}
ON_THE_WIRE = {
    "nothing_asked_ms",  # a limit, as GET /v1/venue names it
    "looks_like",  # of the notice far_price
    *("units_seen", "grade_seen"),  # fields of settlement.accept and of its event
}
INSTEAD = {  # a private word -> what the field says
    **dict.fromkeys(("ask", "asks", "asked", "asking", "asker"), "query, request, caller"),
    **dict.fromkeys(("tell", "tells", "told"), "reply, render; the text itself: detail"),
    **dict.fromkeys(("hear", "hears", "heard"), "read, receive, fold"),
    **dict.fromkeys(("say", "says", "said"), "log, render"),
    **dict.fromkeys(("see", "sees", "seen", "look", "looks", "looked"), "read, load, snapshot"),
    **dict.fromkeys(("born", "gone"), "inserted, since, deleted"),
    **dict.fromkeys(("speak", "speaks", "spoken", "speaking", "speaker"), "publish, log; outcome"),
    **dict.fromkeys(("shelf", "shelves"), "table"),
    "why": "reason, cause",
}
PARTICIPLE = re.compile(r"(ing|ed)s?$")
NOUNS_IN_THEM = {
    *("listing", "feed", "founding", "keyring", "posting", "setting", "embedded"),
    *("placing", "matching", "cancelling"),  # of orders: the terms of the trade
    *("finding", "ruling", "opening", "thing"),  # results and acts of the register
}


def private_names(source: Source) -> Iterator[tuple[int, str]]:
    """Names given in a file of which a part is a private word."""
    for node in ast.walk(source.tree):
        is_attribute = isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
        name = node.attr if isinstance(node, ast.Attribute) and is_attribute else name_given(node)
        words = PART.findall(name)
        is_side = any(source.path.startswith(at) and name in names for at, names in SIDE.items())
        is_kept = is_side or name in ON_THE_WIRE
        if not is_kept and any(word.lower() in INSTEAD for word in words):
            yield getattr(node, "lineno", 0), name


def test_names_are_the_fields() -> None:
    wrong = [
        f"{source.path}:{line} {name}"
        for source in sources(*ROOMS)
        if not source.is_generated  # its names are those of the wire
        for line, name in private_names(source)
    ]
    assert not wrong, advise(wrong, f"say instead: {'; '.join(sorted(set(INSTEAD.values())))}")


def test_modules_are_nouns() -> None:
    wrong = [
        source.path
        for source in sources(*ROOMS)
        for last in [source.module.rpartition(".")[2].rpartition("_")[2]]
        if PARTICIPLE.search(last) and last.removesuffix("s") not in NOUNS_IN_THEM
    ]
    assert not wrong, advise(wrong, "a module is named for the thing that it holds")


def test_private_names_are_found() -> None:
    text = (
        "def _asked_of(told): seen = 1\n"
        "class Shelf: ask = 2\n"
        "said_sea = 3\n"
        "whole = task = 4\n"
        "self.seen_by = 5\n"
        "LOOK_S = BORN = 6\n"
    )
    source = Source("ledger/views/example.py", text, ast.parse(text))

    assert sorted(private_names(source)) == [
        (1, "_asked_of"), (1, "seen"), (1, "told"), (2, "Shelf"), (2, "ask"), (3, "said_sea"),
        (5, "seen_by"), (6, "BORN"), (6, "LOOK_S"),
    ]  # fmt: skip
