"""What an account is to a book-keeper, and what text may stand in another program's file."""

import re
from typing import Final, Literal

Kind = Literal["bank", "owed", "earned"]
COMMODITY_MOST: Final = 24  # characters, of beancount's
_STRANGE: Final = re.compile(r"[^A-Z0-9]+")


def kind_of(account: str) -> Kind:
    """The money at the bank, what an owner is owed, or what the venue has earned (DOMAIN 3)."""
    kind = account.split("/")[1]
    if kind == "external":
        return "bank"
    return "earned" if kind == "fees" else "owed"


def commodity_of(model: str) -> str:
    """A model's code as both programs take a commodity: capitals, digits, `-`, a letter first."""
    text = _STRANGE.sub("-", model.upper()).strip("-")
    if not text[:1].isalpha():
        text = f"GPU-{text}" if text else "GPU"
    return text[:COMMODITY_MOST].rstrip("-")


def plain(text: str) -> str:
    """One line without what would begin a comment: a bank's reference may hold anything."""
    shown = "".join(each if each.isprintable() else " " for each in text)
    return " ".join(shown.replace(";", ",").split())
