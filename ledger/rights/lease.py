"""A lease from trade to end: its use of the schedule, its meters, its rent (DOMAIN 3 and 4).

Rent lies ahead in escrow and is earned by metered time; 48 h after each day's end silence counts as
available in full. The lease ends when its last hour is metered: what is left goes back.
"""

from msgspec.structs import replace

from ledger.caller import Caller
from ledger.cash.period_close import must_be_open
from ledger.commands import MeterUsage
from ledger.durations import DAY_NS
from ledger.events import (
    Event,
    LeaseCommenced,
    LeaseEnded,
    LeaseGranted,
    UsageMetered,
)
from ledger.ids import (
    NO_ID,
    HoldId,
    LeaseId,
    Numbers,
    PartyId,
    ThingId,
    TradeId,
    UnitId,
    advance_counter,
)
from ledger.moment import Moment
from ledger.records import Lease
from ledger.refusals import Reason, Refused, sentence_of
from ledger.register import Register
from ledger.rights.capacity import end_lease, lease_window
from ledger.rights.rent import metered
from ledger.time_text import at_local
from ledger.timers import Due, push
from ledger.words import LeaseState, LeaseVerb

# (state, verb) -> state: DOMAIN 4. What is not here is refused.
TRANSITIONS: dict[tuple[LeaseState, LeaseVerb], LeaseState] = {
    ("agreed", "commence"): "running",
    ("running", "meter"): "running",
    ("running", "end"): "ended",
}


def grant_lease(
    register: Register,
    numbers: Numbers,
    *,
    trade: TradeId,
    lessor: PartyId,
    lessee: PartyId,
    things: list[ThingId],
    from_ns: int,
    to_ns: int,
    price_minor_per_gpu_hour: int,
    rent_minor: int,
    lessee_fee_bp: int,
    lessor_fee_bp: int,
    prepaid_minor: int,
    deposit_minor: int,
    hold: HoldId,
) -> list[Event]:
    """One lease for each thing of a trade; its amounts are split so that their sums are exact.

    Rent, what is prepaid (rent and the lessee's fee) and deposit are minor units for all things.
    """
    whole = LeaseGranted(
        lease=NO_ID,
        lessor=lessor,
        lessee=lessee,
        node=NO_ID,
        units=[],
        from_ns=from_ns,
        to_ns=to_ns,
        price_minor_per_gpu_hour=price_minor_per_gpu_hour,
        rent_minor=rent_minor,
        prepaid_minor=prepaid_minor,
        deposit_minor=deposit_minor,
        payee=lessor,
        lessor_fee_bp=lessor_fee_bp,
        lessee_fee_bp=lessee_fee_bp,
        reference=trade,
        hold=hold,
        gpus=0,
    )
    return _shared(register, numbers, whole, things)


def _shared(
    register: Register, numbers: Numbers, whole: LeaseGranted, things: list[ThingId]
) -> list[Event]:
    """The same terms for each thing, with its share of the amounts."""
    sizes = [len(register.things[thing].units) for thing in things]
    rents = _split(whole.rent_minor, sizes)
    prepaid = _split(whole.prepaid_minor, sizes)
    deposits = _split(whole.deposit_minor, sizes)
    events: list[Event] = []
    for at, thing in enumerate(things):
        node = register.things[thing].node
        events.append(
            replace(
                whole,
                lease=numbers.next(LeaseId),
                node=node,
                units=[] if thing == node else [UnitId(thing)],
                rent_minor=rents[at],
                prepaid_minor=prepaid[at],
                deposit_minor=deposits[at],
                gpus=sizes[at],
            )
        )
    return events


def _split(amount_minor: int, sizes: list[int]) -> list[int]:
    """An amount shared out by size: cumulative, so that the shares sum to it."""
    whole, so_far, shares = sum(sizes), 0, []
    for size in sizes:
        before = amount_minor * so_far // whole
        so_far += size
        shares.append(amount_minor * so_far // whole - before)
    return shares


def apply_lease_granted(register: Register, event: LeaseGranted, moment: Moment) -> None:
    advance_counter(register.counters, event.lease)
    things: list[ThingId] = [*event.units] or [event.node]
    for thing in things:
        lease_window(register.things[thing], event.lease, event.from_ns, event.to_ns)
    register.leases[event.lease] = Lease(
        lease=event.lease,
        lessor=event.lessor,
        lessee=event.lessee,
        node=event.node,
        things=things,
        from_ns=event.from_ns,
        to_ns=event.to_ns,
        gpus=event.gpus,
        price_minor_per_gpu_hour=event.price_minor_per_gpu_hour,
        rent_minor=event.rent_minor,
        prepaid_minor=event.prepaid_minor,
        deposit_minor=event.deposit_minor,
        payee=event.payee,
        lessor_fee_bp=event.lessor_fee_bp,
        lessee_fee_bp=event.lessee_fee_bp,
        metered_to_ns=event.from_ns,
    )
    push(register, event.from_ns, Due.LEASE, event.lease)


def apply_lease_commenced(register: Register, event: LeaseCommenced, moment: Moment) -> None:
    lease = register.leases[event.lease]
    lease.state = TRANSITIONS[lease.state, "commence"]
    _await_meter(register, lease, moment)


def meter_usage(
    register: Register, command: MeterUsage, caller: Caller, moment: Moment
) -> list[Event]:
    """The operator tells the GPU-time that a lessee could use; the rest of the span was down.

    Spans follow one another without gap, so that no hour is metered twice.
    """
    lease = register.leases.get(command.lease)
    if lease is None:
        register.must_not_have_ended(command.lease)
        raise Refused(
            Reason.unknown_lease,
            sentence_of("There is no lease {lease}: check its id.", lease=command.lease),
        )
    _must_be_a_span(lease, command)
    _must_operate(register, lease, caller)
    _must_follow(register, lease, command, moment)
    must_be_open(register, command.to_ns - 1)
    events: list[Event] = [
        metered(
            register.venue,
            lease,
            command.to_ns,
            available_gpu_ns=command.available_gpu_ns,
            energy_wh=command.energy_wh,
            source_sha256=command.source_sha256,
        )
    ]
    return events + _end_if_last(lease, events)


def _must_be_a_span(lease: Lease, command: MeterUsage) -> None:
    gpu_ns = lease.gpus * (command.to_ns - command.from_ns)
    if gpu_ns <= 0:
        raise Refused(
            Reason.bad_field, "A span ends after it begins: to_ns > from_ns.", field="/to_ns"
        )
    if command.available_gpu_ns > gpu_ns:
        raise Refused(
            Reason.bad_field,
            sentence_of(
                "{lease} has {gpus} GPUs: over this span they give at most {gpu_ns} "
                "GPU-ns, and {available_gpu_ns} were named.",
                lease=lease.lease,
                gpus=lease.gpus,
                gpu_ns=gpu_ns,
                available_gpu_ns=command.available_gpu_ns,
            ),
            field="/available_gpu_ns",
            most_gpu_ns=gpu_ns,
        )


def _must_operate(register: Register, lease: Lease, caller: Caller) -> None:
    node = register.nodes[lease.node]
    operator = register.sites[node.site].operator
    if caller.party not in (node.operator, operator):
        raise Refused(
            Reason.not_your_party,
            sentence_of(
                "{lease} runs at {site}, and {operator} operates it: only the operator meters.",
                lease=lease.lease,
                site=node.site,
                operator=operator,
            ),
        )


def _must_follow(register: Register, lease: Lease, command: MeterUsage, moment: Moment) -> None:
    if (lease.state, "meter") not in TRANSITIONS:
        raise Refused(
            Reason.wrong_state,
            sentence_of(
                "{lease} begins at {from_ns}: it is metered from then on.",
                lease=lease.lease,
                from_ns=at_local(register, lease.from_ns),
            ),
        )
    if command.from_ns != lease.metered_to_ns:
        raise Refused(
            Reason.wrong_state,
            sentence_of(
                "{lease} is metered up to {metered_to_ns}: the next span begins there.",
                lease=lease.lease,
                metered_to_ns=at_local(register, lease.metered_to_ns),
            ),
        )
    most_ns = min(lease.to_ns, moment.at_ns)
    if command.to_ns > most_ns:
        raise Refused(
            Reason.wrong_state,
            sentence_of(
                "A span ends by now, and by the end of {lease}: at the latest at {most_ns}.",
                lease=lease.lease,
                most_ns=at_local(register, most_ns),
            ),
        )


def apply_usage_metered(register: Register, event: UsageMetered, moment: Moment) -> None:
    lease = register.leases[event.lease]
    lease.state = TRANSITIONS[lease.state, "meter"]
    lease.metered_to_ns = event.to_ns
    lease.available_gpu_ns += event.available_gpu_ns
    lease.earned_minor += event.earned_minor
    lease.fee_minor += event.fee_minor
    lease.returned_minor += event.returned_minor
    if event.to_ns < lease.to_ns:
        _await_meter(register, lease, moment)


def apply_lease_ended(register: Register, event: LeaseEnded, moment: Moment) -> None:
    lease = register.leases.pop(event.lease)
    assert (lease.state, "end") in TRANSITIONS, "only a running lease ends"
    register.ended.add(event.lease, TRANSITIONS[lease.state, "end"])
    for thing in lease.things:
        end_lease(register.things[thing], lease.lease)


def lease_due(register: Register, lease: LeaseId, due_ns: int, moment: Moment) -> list[Event]:
    """What its own clock does to a lease: it begins, and silence counts as available."""
    found = register.leases.get(lease)
    if found is None:
        return []
    if found.state == "agreed":
        return [LeaseCommenced(lease=lease)] if due_ns >= found.from_ns else []
    if due_ns < found.meter_due_ns:
        return []
    to_ns = _day_end_ns(found)
    gpu_ns = found.gpus * (to_ns - found.metered_to_ns)
    events: list[Event] = [metered(register.venue, found, to_ns, available_gpu_ns=gpu_ns)]
    return events + _end_if_last(found, events)


def _end_if_last(lease: Lease, events: list[Event]) -> list[Event]:
    """The lease's end, once its last hour is metered: what is left, and the deposit, go back."""
    last = events[-1]
    assert isinstance(last, UsageMetered)
    if last.to_ns < lease.to_ns:
        return []
    left_minor = lease.unreleased_minor - (last.earned_minor + last.fee_minor + last.returned_minor)
    return [
        LeaseEnded(
            lease=lease.lease,
            lessee=lease.lessee,
            returned_minor=left_minor,
            deposit_minor=lease.deposit_minor,
        )
    ]


def _await_meter(register: Register, lease: Lease, moment: Moment) -> None:
    lease.meter_due_ns = _day_end_ns(lease) + register.rules.value("meter_silence", moment.at_ns)
    push(register, lease.meter_due_ns, Due.LEASE, lease.lease)


def _day_end_ns(lease: Lease) -> int:
    """The end of the first day of the lease (24 h from its start) that is not metered in full."""
    days = (lease.metered_to_ns - lease.from_ns) // DAY_NS + 1
    return min(lease.from_ns + days * DAY_NS, lease.to_ns)
