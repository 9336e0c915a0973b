"""The glossary holds every word that the house has agreed on, once, in both languages."""

import re
from collections import Counter

from tests.house.glossary import rows

AGREED = {
    *("unit", "node", "parcel", "lot", "title", "lien", "hold", "custody", "lease", "sublease"),
    *("assignment", "novation", "escrow", "settlement", "voucher", "takeover", "instrument"),
    *("order", "side", "bid", "ask", "resting", "taker", "maker", "level", "book", "tick"),
    *("trade", "fill", "phase", "uncross", "command", "refusal", "event", "batch", "stream"),
    *("position", "journal", "checkpoint", "view", "replay", "as-of", "moment", "op", "key"),
    *("batch writer", "group decider", "caller", "request", "session", "market view", "feed"),
    *("channel", "hub", "subscription", "snapshot", "outbox", "heartbeat", "cancel-on-disconnect"),
}


def test_every_agreed_word_has_a_row_of_its_own() -> None:
    words = Counter(word.strip() for row in rows() for word in row[0].split(","))

    assert not AGREED - set(words), "give each a row in docs/GLOSSARY.md"
    assert not [word for word, count in words.items() if count > 1], "one word, one thing"


def test_every_word_has_its_chinese() -> None:
    wrong = [word for word, _, chinese in rows() if not re.search(r"[一-鿿]", chinese)]

    assert not wrong, "the console speaks both languages: fill in the right column"
