"""What a card still lacks for provenance P1, with the line that brings it (DOMAIN 1)."""

from collections.abc import Iterable
from typing import Final

from gateway.cli.options import VerbContext

GAPS: Final = {  # what a card lacks for P1, and how it is brought
    "acquisition_naming_the_serial": (
        "a purchase that names the serial",
        ("--kind", "invoice", "--document", "FILE", "--names-serial"),
    ),
    "customs_or_origin": ("customs or origin", ("--kind", "customs", "--document", "FILE")),
}


def gaps_in_words(context: VerbContext, thing: str, gaps: Iterable[str], me: str) -> str:
    """What is missing for P1 of a node or unit, each with the line by which *me* brings it."""
    return "; ".join(
        f"{what} (`{context.line('operator', 'provenance', 'file', thing, *how, me=me)}`)"
        for what, how in (GAPS[gap] for gap in gaps)
    )
