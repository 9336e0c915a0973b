"""The three seats kept for visitors: keys in the data folder, and a link each for the page."""

from pathlib import Path
from typing import Final, NamedTuple

from exchange.simulation.cast import seats
from exchange.simulation.intents import known
from gateway.demo.participants import CLERKS, ParticipantKeys
from gpubourse.client import connect
from gpubourse.key_files import KeyFile, key_file_path, read_key_file, write_key_file
from ledger.durations import DAY_S
from ledger.register import Register

INVITATION_S: Final = DAY_S  # a demo's links last a day


class Seat(NamedTuple):
    """One seat: its name, its key, and what a visitor in it may do."""

    name: str  # seller, trader, auditor
    key_file: KeyFile
    scopes: tuple[str, ...]


def keep_key_files(folder: Path, register: Register, participants: ParticipantKeys) -> list[Seat]:
    """Write the clerks' and the seats' keys to DATA/keys, where `--me NAME` finds them."""
    for name, principal in zip(CLERKS, register.clerks, strict=True):
        _keep(
            folder,
            name,
            KeyFile(
                register.venue_party, principal, participants.venue, participants.private_key(name)
            ),
        )
    found = []
    for person in seats():
        party = known(register, person.registration_no)
        assert party is not None, "the seats are part of the first day"
        private_key = participants.private_key(person.registration_no)
        key_file = KeyFile(party.party, party.principals[0], participants.venue, private_key)
        _keep(folder, person.trade, key_file)
        found.append(Seat(person.trade, key_file, person.scopes))
    return found


async def links(url: str, folder: Path, seats: list[Seat]) -> dict[str, str]:
    """A link for each seat, by clerk-1's invitation: the page enrols a key of its own."""
    found = {}
    async with connect(url, key=key_file_path(folder / "keys", CLERKS[0])) as venue:
        for seat in seats:
            invited = await venue.invite(
                party=seat.key_file.party,
                holder=f"Visitor in the {seat.name}'s seat",
                scopes=seat.scopes,
                label=f"{seat.name}'s browser",
            )
            found[seat.name] = f"{url}#enrol={invited.code}"
    return found


def _keep(folder: Path, name: str, key_file: KeyFile) -> None:
    """Write a key; one that lies there must be the same: a folder has one demo."""
    path = key_file_path(folder / "keys", name)
    if path.exists():
        kept = read_key_file(path)
        assert kept.public_key == key_file.public_key, f"{path} is another demo's key"
    else:
        write_key_file(path, key_file)
