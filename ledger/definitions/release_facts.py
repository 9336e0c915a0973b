"""sql/definitions.json: the facts of a database that this release has just made; and comparing.

`make catalogue` writes the file from an empty database to which sql/ was applied. A fact that
another major release of PostgreSQL may write otherwise is compared only where the file's own runs.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Self

from ledger.definitions.catalogue_facts import TEXT, Facts, facts_of
from ledger.journal.migrations import sql_folder

FILE = "definitions.json"
_SHOWN = 120  # characters of a fact in a difference


class Definitions(NamedTuple):
    """The facts of one database, as PostgreSQL of one major release tells them."""

    major: int
    facts: Facts

    @classmethod
    def of(cls, dsn: str) -> Self:
        """Those that a database has. Raises JournalUnavailable."""
        return cls(*facts_of(dsn))

    @classmethod
    def released(cls, folder: Path | None = None) -> Self:
        """Those that this release makes."""
        found = json.loads(((folder or sql_folder()).joinpath(FILE)).read_text("utf-8"))
        return cls(found["postgresql"], found["facts"])

    @property
    def text(self) -> str:
        """As the file holds them."""
        held = {"postgresql": self.major, "facts": dict(sorted(self.facts.items()))}
        return json.dumps(held, indent=1, ensure_ascii=False) + "\n"

    def differences(self, released: "Definitions") -> Iterator[str]:
        """Each object that is not as that release makes it."""
        left_out = self.major != released.major
        for name in sorted({*self.facts, *released.facts}):
            here, there = self.facts.get(name), released.facts.get(name)
            is_text = (here or there or "").startswith(TEXT)
            if here == there or (left_out and is_text and here and there):
                continue
            if here is None:
                yield f"{name} is missing"
            elif there is None:
                yield f"{name} is not the release's: {_in_short(here)}"
            else:
                yield f"{name} is {_in_short(here)}; the release makes {_in_short(there)}"

    def detail(self, released: "Definitions") -> str:
        """What was compared, in words."""
        words = f"{len(self.facts):,} facts of the catalogue, each as the release makes it"
        if self.major == released.major:
            return words
        texts = sum(fact.startswith(TEXT) for fact in released.facts.values())
        return (
            f"{words}; but the words of {texts:,} functions and views were not compared: this is"
            f" PostgreSQL {self.major}, and the release's were told by {released.major}"
        )


def _in_short(fact: str) -> str:
    bare = fact.removeprefix(TEXT)
    return bare if len(bare) <= _SHOWN else f"{bare[:_SHOWN]}…"
