"""A venue after its first day: opened, with a seller, the seller's site, and a second party.

`Street` decides, applies and remembers every fact, so that any scene can be replayed.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import pytest
from msgspec.structs import replace

from exchange.books.state import Venue
from exchange.ops import OPS, row_of
from ledger import commands as c
from ledger.base64url import sha256_text
from ledger.caller import Caller
from ledger.events import Event, NothingToDo
from ledger.handlers import APPLY
from ledger.moment import Moment
from ledger.refusals import Reason, Refused
from ledger.register import Register
from tests.signing_keys import public_key

DAWN_NS = 1_731_600_000_000_000_000  # 2024-11-15T00:00+08:00
ENGINE = Caller()
COMMANDS = [c.OpenVenue, *(row.command for row in OPS.values())]
MEMBERS = {member for command in COMMANDS for member in command.__struct_fields__}
ALL = ("read", "trade", "seller", "operate", "comply", "admin", "audit")
CLERK_1 = Caller(party="p-0001", principal="k-0001", scopes=ALL)
CLERK_2 = Caller(party="p-0001", principal="k-0002", scopes=ALL)
SELLER = Caller(party="p-0002", principal="k-0003", scopes=("read", "seller", "trade"))
RIVAL = Caller(party="p-0003", principal="k-0004", scopes=("read", "seller", "trade"))

Kind = TypeVar("Kind", bound=Event)


def digest(content: str | bytes) -> str:
    raw = content.encode() if isinstance(content, str) else content
    return sha256_text(raw)


class Street:
    """One register, and every fact that made it: (at_ns, position, event)."""

    def __init__(self, at_ns: int = DAWN_NS) -> None:
        self.register = Register()
        self.moment = Moment(at_ns)
        self.journal: list[tuple[int, int, Event]] = []

    def decide(self, command: c.Command, caller: Caller) -> list[Event]:
        _, row = row_of(command)
        return row.decide(Venue(self.register), command, caller, self.moment)

    def do(self, command: c.Command, caller: Caller) -> list[Event]:
        """Decide and let it happen."""
        return self.happen(self.decide(command, caller))

    def happen(self, events: Sequence[Event]) -> list[Event]:
        for event in events:
            self.moment.position += 1
            self.journal.append((self.moment.at_ns, self.moment.position, event))
            _fold(self.register, event, self.moment)
        return list(events)

    def replayed(self) -> Register:
        """The register that the same facts make again."""
        register = Register()
        for at_ns, position, event in self.journal:
            _fold(register, event, Moment(at_ns, position))
        return register


def _fold(register: Register, event: Event, moment: Moment) -> None:
    if not isinstance(event, NothingToDo):
        APPLY[type(event)](register, event, moment)


def needs(register: Register, op: str, command: c.Command, caller: Caller) -> list[str]:
    """Whose yes a command takes, by its op's row."""
    return OPS[op].needs(register, command, caller, Moment(DAWN_NS))


def opening(**changes: object) -> c.OpenVenue:
    clerks = [c.Clerk(digest(f"holder {n}"), public_key(f"key {n}"), f"clerk {n}") for n in (1, 2)]
    order = c.OpenVenue("cn-1", "CNY", "Asia/Shanghai", 2, "live", "The Venue", clerks)
    return replace(order, **changes)


def opened(at_ns: int = DAWN_NS) -> Street:
    street = Street(at_ns)
    street.do(opening(), ENGINE)
    return street


def party(number: str, kind: str = "company") -> c.RegisterParty:
    return c.RegisterParty(f"Party {number}", kind, "CN", number)


def enrolment(party: str, name: str, scopes: Sequence[str], **changes: object) -> c.EnrolPrincipal:
    order = c.EnrolPrincipal(
        party, digest(f"holder {name}"), public_key(f"key {name}"), list(scopes)
    )
    return replace(order, **changes)


def settled_in(at_ns: int = DAWN_NS) -> Street:
    """p-0002 owns and operates s-0001, p-0003 the same at s-0002; each with a key."""
    street = opened(at_ns)
    for caller, number in ((SELLER, "91-A"), (RIVAL, "91-B")):
        street.do(party(number), CLERK_1)
        for role in ("owner", "operator"):
            street.do(c.GrantRole(caller.party, role), CLERK_1)
        street.do(c.SetKycTier(caller.party, 2), CLERK_1)
        street.do(enrolment(caller.party, number, caller.scopes), CLERK_1)
        street.do(c.RegisterSite(f"Site {number}", "CN-BJ"), caller)
    return street


def bringing(caller: Caller, raw: bytes) -> Caller:
    """The same caller, with a report beside the command."""
    return replace(caller, attachment=raw)


def import_of(
    street: Street, raw: bytes, caller: Caller = SELLER, **changes: object
) -> list[Event]:
    return street.do(import_order(raw, **changes), bringing(caller, raw))


def import_order(raw: bytes, **changes: object) -> c.ImportInventory:
    return replace(c.ImportInventory("s-0001", digest(raw)), **changes)


@contextmanager
def refusal(street: Street, reason: Reason) -> Iterator[None]:
    """What stands inside is refused for this reason, in words, and leaves the state as it was."""
    before = street.replayed()
    with pytest.raises(Refused) as caught:
        yield
    assert caught.value.reason is reason
    assert caught.value.detail.endswith(".")
    assert points_somewhere(caught.value), f"{caught.value.field} is no member of any command"
    assert street.register == before


def points_somewhere(refused: Refused) -> bool:
    """Whether a refusal that names a member names one that some command has."""
    head, _, member = refused.field.rpartition("/")
    return not refused.field or (head == "" and member in MEMBERS)


def all_of(kind: type[Kind], events: Sequence[Event]) -> list[Kind]:
    return [event for event in events if isinstance(event, kind)]


def kinds(events: Sequence[Event]) -> list[str]:
    return [type(event).__name__ for event in events]
