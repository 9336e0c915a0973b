"""What may never happen in the ledger: the lines of DOMAIN 6 that this release can touch.

`CHECKS` looks at the things of one event just applied and posted, `check_batch` at the events of
one batch, `sweep` at the whole state. Pure; a breach means that we were wrong, never the caller.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from ledger.cash.accounts import deposit, escrow, is_external, rent_escrow, withdrawing
from ledger.cash.postings import POSTINGS
from ledger.events import (
    CashPosted,
    Event,
    LeaseEnded,
    LeaseGranted,
    SettlementOpened,
    TitleIssued,
    TitleTransferred,
    TradeSettled,
    TradeUnwound,
    UnitIdentified,
    UnitRegistered,
    UsageMetered,
)
from ledger.ids import AccountName, SettlementId
from ledger.records import Lease, Thing, Unit
from ledger.register import Register
from ledger.rights.capacity import leases_beyond
from ledger.settlement.delivery_versus_payment import deadline_ns, is_barred
from ledger.things.thing import worst_identity
from ledger.words import GRADES, PROVENANCES

_NOT_LIVE = ("retired", "merged")
_MOVED = frozenset({TitleTransferred, TradeSettled})


class Breach(NamedTuple):
    """A line of DOMAIN 6 that does not hold, and where."""

    line: str  # its name there: I4
    detail: str


def check(register: Register, event: Event) -> list[Breach]:
    """The lines of what one event touched; call it when its postings have moved."""
    kind = type(event)
    found = [breach for line in CHECKS.get(kind, ()) for breach in line(register, event)]
    return [*found, *_posted(register, event)] if kind in POSTINGS else found


def check_batch(events: Sequence[Event]) -> list[Breach]:
    """I7: title and cash of a settlement move in the same batch, or not at all; all of both."""
    if _MOVED.isdisjoint(map(type, events)):
        return []
    titled: dict[SettlementId, int] = {}  # the price of all the things that each moved
    for event in events:
        if isinstance(event, TitleTransferred) and (event.settlement or event.basis == "sale"):
            titled[event.settlement] = titled.get(event.settlement, 0) + event.price_minor
    paid = {e.settlement: e.notional_minor for e in events if isinstance(e, TradeSettled)}
    alone = [
        Breach("I7", f"{name or 'a sale'}: {'title' if name in titled else 'cash'} moved alone")
        for name in sorted(titled.keys() ^ paid.keys())
    ]
    return alone + [
        Breach("I7", f"{name}: things for {titled[name]} moved, and {paid[name]} was paid")
        for name in sorted(titled.keys() & paid.keys())
        if titled[name] != paid[name]
    ]


def sweep(register: Register, at_ns: int) -> list[Breach]:
    """Every line over the whole state, as it stands between two batches, at an instant."""
    found = [breach for line in SWEEP for breach in line(register)]
    return [*found, *none_overdue(register, at_ns)]


# --- I1, I2, I3, I5: title, class and use


def one_owner(register: Register) -> Iterator[Breach]:
    """I1, and the index that asks choose from."""
    bearer: dict[str, str] = {}
    for name, thing in register.things.items():
        for unit in thing.units:
            first = bearer.setdefault(unit, name)
            if first != name:
                yield Breach("I1", f"{unit} is sold with {first} and with {name}")
        if thing.owner:
            yield from _indexed(register, thing)
    indexed = sum(len(things) for things in register.owned.values())
    owned = sum(1 for thing in register.things.values() if thing.owner)
    if indexed != owned:
        yield Breach("I1", f"{owned} things have a holder, and the index names {indexed}")


def things_are_current(register: Register) -> Iterator[Breach]:
    """I5: a thing is of the class of its units, all of them, or it would be sold as another."""
    for thing in register.things.values():
        offered = thing.grade, thing.provenance, thing.identity
        units = [register.units[name] for name in thing.units]
        found = {(unit.grade, unit.provenance, unit.identity) for unit in units}
        if found != {offered} and (worst := _worst(units)) != offered:
            yield Breach("I5", f"{thing.thing} is offered as {thing.class_}, and is {worst}")
        if thing.thing == thing.node and thing.units != register.nodes[thing.node].units:
            yield Breach("I5", f"{thing.thing} is a board, and not all of its units are sold")


def _worst(units: list[Unit]) -> tuple[str, str, str]:
    """The grade, provenance and identity that a thing of these units is offered with."""
    return (
        max((unit.grade for unit in units), key=GRADES.index, default="U"),
        max((unit.provenance for unit in units), key=PROVENANCES.index, default="P0"),
        worst_identity(unit.identity for unit in units),
    )


def one_user(register: Register) -> Iterator[Breach]:
    """I2: no instant of a thing is held or leased twice."""
    for thing in register.things.values():
        if thing.windows:
            yield from _disjoint(register, thing)
    for lease in register.leases.values():
        yield from _scheduled(register, lease)


def sold_once(register: Register) -> Iterator[Breach]:
    """I3: a thing in an open settlement is its seller's, and in no other."""
    named: dict[str, str] = {}
    for settlement in register.settlements.values():
        for name in settlement.things:
            named[name] = settlement.settlement
            if register.things[name].owner != settlement.seller:
                yield Breach("I3", f"{name} in {settlement.settlement} is not the seller's")
    for thing in register.things.values():
        if thing.settlement != named.get(thing.thing, ""):
            yield Breach("I3", f"{thing.thing} says {thing.settlement or 'no settlement'}")


def _indexed(register: Register, thing: Thing) -> Iterator[Breach]:
    key = (thing.owner, thing.model, thing.delivery_point)
    if thing.owner and register.owned.get(key, []).count(thing.thing) != 1:
        yield Breach("I1", f"{thing.thing} of {thing.owner} is not in its index once")


def _disjoint(register: Register, thing: Thing) -> Iterator[Breach]:
    for earlier, later in pairwise(thing.windows):
        if earlier.to_ns > later.from_ns:
            yield Breach("I2", f"{thing.thing}: {earlier} and {later} overlap")
    for window in thing.windows:
        if bool(window.order) == bool(window.lease):
            yield Breach("I2", f"{thing.thing}: {window} is neither held nor leased, or both")
        if window.lease and window.lease not in register.leases:
            yield Breach("I2", f"{thing.thing} is leased to {window.lease}, which has ended")


def _scheduled(register: Register, lease: Lease) -> Iterator[Breach]:
    for thing in lease.things:
        spans = [w for w in register.things[thing].windows if w.lease == lease.lease]
        if [(w.from_ns, w.to_ns) for w in spans] != [(lease.from_ns, lease.to_ns)]:
            yield Breach("I2", f"{lease.lease} is not in the schedule of {thing}")


def _title_given(register: Register, event: TitleIssued | TitleTransferred) -> Iterator[Breach]:
    thing = register.things[event.thing]
    owner = event.holder if isinstance(event, TitleIssued) else event.to_party
    if thing.owner != owner:
        yield Breach("I1", f"{thing.thing} is {thing.owner}'s after its title went to {owner}")
    yield from _indexed(register, thing)


def _sold_with_its_leases(register: Register, event: TitleTransferred) -> Iterator[Breach]:
    running = leases_beyond(register.things[event.thing], event.effective_ns)
    for lease in running:
        if lease not in event.subject_to:
            yield Breach("I3", f"{event.thing} was sold without a word of {lease}")


def _free_to_be_sold(register: Register, event: SettlementOpened) -> Iterator[Breach]:
    for name in (*event.nodes, *event.units):
        thing = register.things[name]
        if thing.owner != event.seller or thing.holds or thing.settlement != event.settlement:
            yield Breach("I3", f"{name} was not free to enter {event.settlement}")


def _used_once(register: Register, event: LeaseGranted) -> Iterator[Breach]:
    for name in (*event.units,) or (event.node,):
        yield from _disjoint(register, register.things[name])
    yield from _scheduled(register, register.leases[event.lease])


# --- I4: cash


def books_balance(register: Register) -> Iterator[Breach]:
    """I4: all accounts sum to 0, and none but external is below."""
    sum_minor = sum(register.accounts.values())
    if sum_minor:
        yield Breach("I4", f"the accounts sum to {sum_minor}")
    for account, balance in register.accounts.items():
        if balance < 0 and not is_external(account):
            yield Breach("I4", f"{account} has {balance}")


def named_cash_is_owed(register: Register) -> Iterator[Breach]:
    """I4, I7, I10: cash set aside under a name is that of a live settlement, lease or payment."""
    expected: dict[AccountName, tuple[str, int]] = {}
    for x in register.settlements.values():
        expected[escrow(x.buyer, x.settlement)] = ("I7", x.notional_minor + x.buyer_fee_minor)
    for lease in register.leases.values():
        expected[rent_escrow(lease.lessee, lease.lease)] = ("I10", lease.unreleased_minor)
        expected[deposit(lease.lessee, lease.lease)] = ("I10", lease.deposit_minor)
    for y in register.payments.values():
        expected[withdrawing(y.party, y.payment)] = ("I4", y.amount_minor)
    kinds = {"escrow": "I7", "rent_escrow": "I10", "deposit": "I10", "withdrawing": "I4"}
    for account, balance in register.accounts.items():
        kind = account.split("/")[1]
        if kind in kinds and account not in expected:
            yield Breach(kinds[kind], f"{account} has {balance}, and nothing open is behind it")
    for account, (line, amount_minor) in expected.items():
        balance = register.accounts.get(account, 0)
        if balance != amount_minor:
            yield Breach(line, f"{account} has {balance} and should have {amount_minor}")


def _posted(register: Register, event: Event) -> Iterator[Breach]:
    rows = POSTINGS[type(event)](event)
    if sum(amount_minor for _, amount_minor in rows):
        yield Breach("I4", f"the postings of {type(event).__name__} do not sum to 0")
    for account, amount_minor in rows:
        if is_external(account):
            if not _is_the_banks(event, amount_minor):
                yield Breach("I4", f"{type(event).__name__} moves money at the bank")
        elif register.accounts.get(account, 0) < 0:
            yield Breach("I4", f"{account} is below 0 after {type(event).__name__}")


def _is_the_banks(event: Event, amount_minor: int) -> bool:
    """I4: -external = confirmed deposits - confirmed withdrawals, and nothing else."""
    kind = event.kind if isinstance(event, CashPosted) else ""
    leaves = kind in ("withdraw", "reversal")  # of a deposit: `right_parties` holds it against it
    return (kind == "deposit" and amount_minor < 0) or (leaves and amount_minor > 0)


# --- I6, I10: what ends


def none_overdue(register: Register, at_ns: int) -> Iterator[Breach]:
    """I6: no settlement is open past its time without its failure, or a bar on what was sold."""
    for settlement in register.settlements.values():
        waits = settlement.state == "inspecting" and is_barred(register, settlement)
        if deadline_ns(settlement) < at_ns and not waits:
            yield Breach("I6", f"{settlement.settlement} is {settlement.state} past its time")


def meters_fit(register: Register) -> Iterator[Breach]:
    """I10: no lease is metered beyond its GPUs and its time."""
    for lease in register.leases.values():
        yield from _meter_fits(lease)


def _meter_fits(lease: Lease) -> Iterator[Breach]:
    most_gpu_ns = lease.gpus * (lease.metered_to_ns - lease.from_ns)
    if not 0 <= lease.available_gpu_ns <= most_gpu_ns or lease.metered_to_ns > lease.to_ns:
        yield Breach("I10", f"{lease.lease} has {lease.available_gpu_ns} GPU-ns of {most_gpu_ns}")
    if lease.unreleased_minor < 0:
        yield Breach("I10", f"{lease.lease} released more than was escrowed")


def _metered(register: Register, event: UsageMetered) -> Iterator[Breach]:
    lease = register.leases[event.lease]
    yield from _meter_fits(lease)
    held = register.accounts.get(rent_escrow(lease.lessee, lease.lease), 0)
    if held != lease.unreleased_minor:
        yield Breach("I10", f"{lease.lease}: {held} lies in escrow, not {lease.unreleased_minor}")


def _emptied(register: Register, event: LeaseEnded) -> Iterator[Breach]:
    for account in (rent_escrow(event.lessee, event.lease), deposit(event.lessee, event.lease)):
        if account in register.accounts:
            yield Breach("I10", f"{account} is not 0 after the lease's end")


def _paid_out(register: Register, event: TradeSettled | TradeUnwound) -> Iterator[Breach]:
    if escrow(event.buyer, event.settlement) in register.accounts:
        yield Breach("I7", f"{event.settlement} ended and left cash in escrow")


# --- I17: identity


def keys_are_unique(register: Register) -> Iterator[Breach]:
    """I17: one strong key, one live unit; a shared UUID means an identity hold on both."""
    yield from _share_no_key(register, register.units.values())


def _share_no_key(register: Register, units: Iterable[Unit]) -> Iterator[Breach]:
    uuids: dict[str, Unit] = {}
    bearer = register.strong_keys.get  # one unit a key: whoever is not named shares it
    for unit in units:
        if unit.state in _NOT_LIVE:
            continue
        if unit.identity == "strong":
            first = bearer((unit.vendor, unit.serial, unit.board_part_number))
            if first != unit.unit:
                yield Breach("I17", f"{unit.unit} shares its strong key with {first}")
        if not unit.uuid:
            continue
        twin = uuids.setdefault(unit.uuid, unit)
        if twin is not unit and not (_is_barred(register, twin) and _is_barred(register, unit)):
            yield Breach("I17", f"{unit.unit} shares its UUID with {twin.unit}, without a hold")


def _is_barred(register: Register, unit: Unit) -> bool:
    thing = register.things.get(unit.unit) or register.things.get(unit.node)
    holds = unit.holds if thing is None else thing.holds
    return "identity" in holds.values()


def _known_by_its_key(
    register: Register, event: UnitRegistered | UnitIdentified
) -> Iterator[Breach]:
    unit = register.units[event.unit]
    key = (unit.vendor, unit.serial, unit.board_part_number)
    if unit.identity == "strong" and register.strong_keys.get(key) != unit.unit:
        yield Breach("I17", f"{unit.unit} shares its strong key")


CHECKS: dict[type[Event], tuple[Callable[[Register, Any], Iterator[Breach]], ...]] = {
    UnitRegistered: (_known_by_its_key,),
    UnitIdentified: (_known_by_its_key,),
    TitleIssued: (_title_given,),
    TitleTransferred: (_title_given, _sold_with_its_leases),
    SettlementOpened: (_free_to_be_sold,),
    TradeSettled: (_paid_out,),
    TradeUnwound: (_paid_out,),
    LeaseGranted: (_used_once,),
    UsageMetered: (_metered,),
    LeaseEnded: (_emptied,),
}

SWEEP: tuple[Callable[[Register], Iterator[Breach]], ...] = (
    one_owner,
    things_are_current,
    one_user,
    sold_once,
    books_balance,
    named_cash_is_owed,
    meters_fit,
    keys_are_unique,
)
