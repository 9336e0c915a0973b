"""Which texts identify a GPU, and how strongly: the rules of DOMAIN 1, "Identity"."""

import re
from collections.abc import Iterable
from typing import NamedTuple, Protocol

from msgspec import Struct

from ledger.refusals import Sentence, sentence_of
from ledger.reports.words import is_no_value
from ledger.words import IdentityLevel

# First value of the dated rule `identity_denylist`, beside "empty" and "one repeated character".
DENYLIST = frozenset(
    {
        "N/A",
        "[N/A]",
        "REDACTED",
        "[REDACTED]",
        "NONE",
        "UNKNOWN",
        "[UNKNOWN ERROR]",
        "[NOT SUPPORTED]",
        "NOT SPECIFIED",
    }
)
NVIDIA_SERIAL_DIGITS = 13
# Flags under which a serial is no key; a card without a name may be one of a board of several.
NO_KEY = frozenset({"virtual_function", "shared_serial", "name_missing"})
TEXT_MOST = 64  # signs of a serial, part number or UUID; the makers' have at most 40

# 692-2G520-0200-000: the board, as its label says. What newer drivers print as the part of the
# *GPU* (2330-885-A1) names a kind of chip.
_NVIDIA_PART = re.compile(r"[0-9]{3}-[0-9A-Z]{5}-[0-9A-Z]{4}-[0-9A-Z]{3}")
_OTHER_SERIAL = re.compile(r"[0-9A-Z]{8,24}")
_DIGITS = re.compile(r"[0-9]+")
# What a spreadsheet makes of a long number: 1.65442E+12, 1,65442E+12, 1654423001593.0
_SPREADSHEET = re.compile(r"[0-9]+(?:[.,][0-9]+)?E\+?[0-9]+|[0-9]{8,}[.,]0*")
_NVIDIA_UUID = re.compile(
    r"GPU-([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})",
    re.IGNORECASE,
)
_AMD_UNIQUE = re.compile(r"(?:0x)?([0-9a-f]{8,16})", re.IGNORECASE)
_OTHER_UUID = re.compile(r"[0-9A-Za-z-]{8,64}")


class StrongKey(NamedTuple):
    """What one card alone bears. AMD: the part is the card model."""

    vendor: str
    serial: str
    part: str


class Identity(Struct, frozen=True):
    """How well a unit is known. `strong_key` may stand at level medium: typed, not yet proven."""

    level: IdentityLevel
    strong_key: StrongKey | None
    uuid: str | None


class IdentityKeys(Protocol):
    """What identity needs of a unit: cleaned texts (None: identifies nothing) and its flags."""

    @property
    def vendor(self) -> str: ...
    @property
    def serial(self) -> str | None: ...
    @property
    def board_part_number(self) -> str | None: ...
    @property
    def uuid(self) -> str | None: ...
    @property
    def flags(self) -> tuple[str, ...]: ...


class DuplicateCard(NamedTuple):
    """Two places of one file that claim to be the same card."""

    later: int  # index of the unit that repeats
    first: int  # index of the unit it repeats
    shared: Sentence  # "serial 1654423001593", "UUID GPU-…"


def identity(unit: IdentityKeys) -> Identity:
    """Strong by serial and part, medium by UUID, else weak (known by node and slot alone).

    Flag `virtual_function`: the serial is that of the card behind it, which others share, so it is
    no key. Flag `shared_serial`: it is that of a board of several GPUs, told apart by their UUIDs.
    Flag `declared_only` (a CSV): the key stands, but at most medium until a dump agrees.
    """
    key = None
    if unit.serial and unit.board_part_number and not NO_KEY.intersection(unit.flags):
        key = StrongKey(unit.vendor, unit.serial, unit.board_part_number)
    if key and "declared_only" not in unit.flags:
        return Identity("strong", key, unit.uuid)
    return Identity("medium" if key or unit.uuid else "weak", key, unit.uuid)


def twins(units: Iterable[IdentityKeys]) -> list[DuplicateCard]:
    """The units of one file whose strong key or UUID an earlier one already bears."""
    keys: dict[StrongKey, int] = {}
    uuids: dict[tuple[str, str], int] = {}
    found: list[DuplicateCard] = []
    for at, unit in enumerate(units):
        known = identity(unit)
        if known.strong_key and (first := keys.get(known.strong_key)) is not None:
            found.append(
                DuplicateCard(
                    at, first, sentence_of("serial {serial}", serial=known.strong_key.serial)
                )
            )
            continue
        if known.uuid and (first := uuids.get((unit.vendor, known.uuid))) is not None:
            found.append(DuplicateCard(at, first, sentence_of("UUID {uuid}", uuid=known.uuid)))
            continue
        if known.strong_key:
            keys[known.strong_key] = at
        if known.uuid:
            uuids[unit.vendor, known.uuid] = at
    return found


def identifying(text: str | None) -> str | None:
    """The text trimmed and in capitals, leading zeros kept; None if it identifies nothing."""
    text = (text or "").strip().upper()
    bare = text.replace("-", "").replace(" ", "")  # 000-00000-0000-000 is zeros all the same
    if len(set(bare)) <= 1 or text in DENYLIST or is_no_value(text) or len(text) > TEXT_MOST:
        return None
    return text


def board_part(vendor: str, text: str | None) -> str | None:
    """The board's part number, or None: an NVIDIA one counts by its shape, 692-2G520-0200-000."""
    known = identifying(text)
    if known is None or (vendor == "nvidia" and not _NVIDIA_PART.fullmatch(known)):
        return None
    return known


def serial(vendor: str, text: str | None) -> tuple[str | None, str | None]:
    """(serial or None, flag or None) by the vendor's rule: NVIDIA 13 digits, others 8-24 signs."""
    known = identifying(text)
    if known is None:
        return None, "serial_not_identifying"
    if vendor != "nvidia":
        fits = _OTHER_SERIAL.fullmatch(known)
        return (known, None) if fits else (None, "serial_not_identifying")
    if not _DIGITS.fullmatch(known):
        return None, "serial_not_identifying"
    if len(known) == NVIDIA_SERIAL_DIGITS - 1:
        return None, "leading_zero_lost?"
    fits_nvidia = len(known) == NVIDIA_SERIAL_DIGITS
    return (known, None) if fits_nvidia else (None, "serial_not_identifying")


def is_serial_damaged(text: str) -> bool:
    """Whether a spreadsheet has turned the serial into a number: digits are lost for good."""
    return _SPREADSHEET.fullmatch(text.strip().upper()) is not None


def uuid(vendor: str, text: str | None) -> str | None:
    """A UUID in its one spelling (`GPU-` + 32 hex; AMD `0x` + 16 hex, not zero), else None."""
    text = (text or "").strip()
    if text.upper().startswith("MIG-"):  # a slice's name is kept, so that the slice is refused
        return text
    if vendor == "nvidia":
        parts = _NVIDIA_UUID.fullmatch(text)
        if parts is None or len(set("".join(parts.groups()))) == 1:
            return None
        return "GPU-" + "-".join(parts.groups()).lower()
    if vendor == "amd":
        unique = _AMD_UNIQUE.fullmatch(text)
        if unique is None or len(set(unique[1])) == 1:
            return None
        return f"0x{unique[1].lower():0>16}"
    known = identifying(text)
    return known if known and _OTHER_UUID.fullmatch(known) else None
