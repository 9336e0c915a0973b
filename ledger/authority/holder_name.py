"""When two spellings are one name: four eyes are two people, not two spellings (WIRE 2)."""

from typing import Final
from unicodedata import normalize

from ledger.authority.look_alikes import skeleton
from ledger.refusals import Reason, Refused

# Blanks, control and format characters, and what else shows nothing (Unicode: Cc, Cf, Z*,
# Default_Ignorable_Code_Point, and the braille blank): first and last of each run.
# sql/0012_names_compared.sql holds the same runs.
UNSEEN: Final = (
    (0x0000, 0x0020), (0x007F, 0x00A0), (0x00AD, 0x00AD), (0x034F, 0x034F), (0x0600, 0x0605),
    (0x061C, 0x061C), (0x06DD, 0x06DD), (0x070F, 0x070F), (0x0890, 0x0891), (0x08E2, 0x08E2),
    (0x115F, 0x1160), (0x1680, 0x1680), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2000, 0x200F),
    (0x2028, 0x202F), (0x205F, 0x206F), (0x2800, 0x2800), (0x3000, 0x3000), (0x3164, 0x3164),
    (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFB), (0x110BD, 0x110BD),
    (0x110CD, 0x110CD), (0x13430, 0x1343F), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
)  # fmt: skip
# Marks that join what stands beside them and show nothing themselves: taken out of looks alone.
JOINERS: Final = (0x2D7F, 0x1107F, 0x11A47, 0x11A99, 0x16FE4)
_TAKEN_OUT: Final = dict.fromkeys(code for first, last in UNSEEN for code in range(first, last + 1))


def compared(name: str) -> str:
    """The key that all spellings of a name share: NFKC, case folded, without what is not seen.

    Twice, because folding and taking out may leave letters that compose anew.
    """
    for _ in range(2):
        name = normalize("NFKC", normalize("NFKC", name.translate(_TAKEN_OUT)).casefold())
    return name.translate(_TAKEN_OUT)


def skeletons(name: str) -> list[str]:
    """What a name looks like as it is written, in capitals and in small letters: two names that
    share one of these may be one person's. What `compared` takes for one shares the last."""
    name = name.translate(dict.fromkeys(JOINERS))
    shown, folded = name.translate(_TAKEN_OUT), compared(name)
    forms = {shown, normalize("NFKC", shown)}  # which makes other letters of some
    found = {skeleton(each) for each in (*forms, *map(str.upper, forms), folded)}
    return sorted(found - {""}) or [folded]


def are_two_people(one: str, other: str) -> bool:
    """Whether these two names are of somebody each, and could not be read as one name."""
    is_shared = not set(skeletons(one)).isdisjoint(skeletons(other))
    return bool(compared(one) and compared(other)) and not is_shared


def must_name_somebody(name: str) -> None:
    """Refuse `bad_field` a holder's name of which nothing is left to compare."""
    if not compared(name):
        raise Refused(
            Reason.bad_field,
            "A key is held by a person: give the name by which others know them.",
            field="/holder",
        )
