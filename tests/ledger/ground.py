"""The state that tests of cash, leases and settlement begin with: parties, a site, two servers.

`n-0003` is a board of eight, `n-0004` a server with two single cards; `p-0007` owns and operates,
`p-0042` buys. `decide` and `happen` are the street: decide, apply, post, check.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from exchange.books.state import Venue
from exchange.ops import row_of
from ledger.caller import Caller
from ledger.cash.postings import POSTINGS, post
from ledger.commands import Command
from ledger.deadlines import fire
from ledger.durations import DAY_NS
from ledger.events import Event
from ledger.handlers import APPLY
from ledger.invariants import check, check_batch, sweep
from ledger.moment import Moment
from ledger.records import DatedRules, Node, Party, Rule, Site, Thing, Unit
from ledger.register import Register
from ledger.timers import Due, drop_due, due

VENUE, SELLER, BUYER, OPERATOR = "p-0001", "p-0007", "p-0042", "p-0050"
DAWN_NS = 1_731_600_000_000_000_000  # 2024-11-15T00:00+08:00
DECEMBER_NS = (1_796_054_400_000_000_000, 1_798_732_800_000_000_000)  # 2026-12, Asia/Shanghai
PART = "692-2G520-0200-000"

AS_VENUE = Caller(party=VENUE)
AS_SELLER = Caller(party=SELLER)
AS_BUYER = Caller(party=BUYER)
AS_OPERATOR = Caller(party=OPERATOR)


def serial(slot: int) -> str:
    """What the card in a slot of `n-0003` bears."""
    return f"16544230015{slot:02d}"


def sold_key(slot: int) -> str:
    return f"nvidia/{serial(slot)}/{PART}"


@dataclass(slots=True)
class DatedRegister(Register):
    """A register, and the moment at which its scene stands."""

    moment: Moment = field(default_factory=Moment)


def ground(at_ns: int = DAWN_NS, *, operator: str = OPERATOR) -> DatedRegister:
    """A register as it stands before any trade."""
    register = DatedRegister(
        moment=Moment(at_ns), venue="cn-1", currency="CNY", zone="Asia/Shanghai"
    )
    register.venue_party = VENUE
    for party in (VENUE, SELLER, BUYER, OPERATOR):
        register.parties[party] = Party(party, party, "company", "CN", party, party, kyc_tier=2)
    for role in ("clerk", "cashier", "custodian"):
        register.parties[VENUE].roles[role] = None
    rules = {
        "withdrawal_alone": 100_000_000,
        "failed": 3 * DAY_NS,
        "meter_silence": 2 * DAY_NS,
    }
    register.rules = DatedRules({rule: [Rule(value, 0, 1)] for rule, value in rules.items()})
    register.sites["s-0001"] = Site("s-0001", "West", operator, "CN-BJ", "live")
    register.sites["s-0002"] = Site("s-0002", "East", BUYER, "CN-BJ", "live")
    _server(register, "n-0003", "H100SXM8", [f"u-{n:06d}" for n in range(1, 9)], operator)
    _server(register, "n-0004", "", ["u-000009", "u-000010"], operator)
    _thing(register, "n-0003", register.nodes["n-0003"].units, "n-0003", "H100SXM8")
    for unit in ("u-000009", "u-000010"):
        _thing(register, unit, [unit], "n-0004", "L40S")
    return register


def _server(register: Register, node: str, model: str, units: list[str], operator: str) -> None:
    register.nodes[node] = Node(
        node, model, "sxm", "", "s-0001", operator, operator, SELLER, True, 400_000, units
    )
    for slot, name in enumerate(units):
        number = slot if model else slot + 90
        unit = Unit(
            name, "nvidia", "H100SXM", serial(number), PART, "", "strong", node, slot, SELLER
        )
        unit.grade, unit.provenance = "A", "P1"
        register.units[name] = unit
        register.strong_keys[unit.vendor, unit.serial, unit.board_part_number] = name


def _thing(register: Register, thing: str, units: list[str], node: str, model: str) -> None:
    register.things[thing] = Thing(
        thing,
        node,
        list(units),
        model,
        int(thing[2:]),
        owner=SELLER,
        grade="A",
        provenance="P1",
        identity="strong",
        site="s-0001",
        delivery_point="CN-BJ",
    )
    register.owned.setdefault((SELLER, model, "CN-BJ"), []).append(thing)


def happen(register: DatedRegister, events: Iterable[Event]) -> list[Event]:
    """Apply a batch: fold, post, and check every line of DOMAIN 6 that it touched."""
    batch = list(events)
    for event in batch:
        register.moment.position += 1
        fold(register, event)
        assert check(register, event) == []
    assert check_batch(batch) == []
    assert sweep(register, register.moment.at_ns) == []
    return batch


def fold(register: DatedRegister, event: Event) -> None:
    """Apply one event and move its postings, as live and replay do."""
    APPLY[type(event)](register, event, register.moment)
    if postings := POSTINGS.get(type(event)):
        post(register, postings(event))


def decide(register: DatedRegister, command: Command, caller: Caller) -> list[Event]:
    """What a command would bring; nothing has happened yet."""
    _, row = row_of(command)
    return row.decide(Venue(register), command, caller, register.moment)


def command(register: DatedRegister, command: Command, caller: Caller) -> list[Event]:
    """Decide and let it happen."""
    return happen(register, decide(register, command, caller))


def advance(register: DatedRegister, to_ns: int) -> list[Event]:
    """Let time pass as the engine does: each due instant in its own batch, in order."""
    told: list[Event] = []
    while entries := due(register, to_ns):
        register.moment.at_ns = max(register.moment.at_ns, entries[0][0])
        now = [entry for entry in entries if entry[0] <= register.moment.at_ns]
        drop_due(register, register.moment.at_ns)
        for due_ns, kind, subject in now:
            told += happen(register, fire(register, Due(kind), subject, due_ns, register.moment))
    register.moment.at_ns = max(register.moment.at_ns, to_ns)
    return told


def give_cash(register: Register, account: str, amount_minor: int) -> None:
    """Cash from outside into any account: what the market's own postings would have put there."""
    post(register, [("cn-1/external", -amount_minor), (account, amount_minor)])


def kinds(events: Sequence[Event]) -> list[str]:
    return [type(event).__name__ for event in events]


def rows(event: Event) -> list[tuple[str, int]]:
    """The postings of one event."""
    return POSTINGS[type(event)](event)
