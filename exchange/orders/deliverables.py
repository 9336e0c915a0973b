"""Which things an ask may hold: whose, of what class, free for what time (EXCHANGE 4, 7.1)."""

from collections.abc import Iterator, Sequence

from exchange.books.order import Order
from exchange.books.state import Market
from exchange.instruments.kinds import KINDS, kind_of
from exchange.instruments.title_kind import holding_ends_ns
from exchange.words import CancelCause
from ledger.ids import OrderId, PartyId, ThingId
from ledger.moment import Moment
from ledger.records import Thing
from ledger.refusals import Reason, Refused, either, sentence_of
from ledger.register import Register
from ledger.rights.capacity import free_order, is_free
from ledger.rights.hold import what_lifts
from ledger.rights.title import proposed_titles
from ledger.things.market_obstacles import what_identity_lacks
from ledger.time_text import at_local

_IDENTITIES = {"weak": 0, "medium": 1, "strong": 2}


def choose(
    register: Register,
    market: Market,
    party: PartyId,
    named: Sequence[ThingId],
    lots: int,
    moment: Moment,
) -> list[ThingId]:
    """The things that *lots* of an ask hold: those named, or the lowest free numbers of the class.

    Refuses with the first reason of EXCHANGE 4 (35-46) that stands in the way.
    """
    if named:
        _must_all_be_free(register, market, party, named, moment)
        return list(named)
    spec = market.spec
    owned = register.owned.get((party, spec.model, spec.delivery_point), ())
    things = register.things
    from_ns, to_ns = KINDS[spec.kind].span(moment.at_ns, market)
    found: list[ThingId] = []
    for name in owned:
        thing = things[name]
        if thing.order or thing.settlement or not is_free(thing, from_ns, to_ns):
            continue  # by far the most common obstacles, looked at first
        if obstacle(market, party, thing, moment) is None:
            found.append(name)
            if len(found) == lots:
                return found
    raise _too_few(register, market, party, owned, len(found), lots, moment)


def obstacle(market: Market, party: PartyId, thing: Thing, moment: Moment) -> Reason | None:
    """The first reason why a thing cannot be offered here; None if it can."""
    spec = market.spec
    rule = market.rule
    assert rule is not None, "a market that takes orders has a rule"
    kind = KINDS[spec.kind]
    if thing.model != spec.model or thing.delivery_point != spec.delivery_point:
        return Reason.not_in_class
    if not kind.takes(spec, thing):
        return Reason.not_in_class
    if thing.owner != party:
        return Reason.not_the_owner
    if _IDENTITIES[thing.identity] < _IDENTITIES[rule.eligible.identity]:
        return Reason.evidence_too_weak
    if rule.eligible.provenance and thing.provenance not in rule.eligible.provenance:
        return Reason.provenance_too_low
    if thing.holds or thing.settlement or thing.order:
        return Reason.on_hold
    return kind.obstacle(moment.at_ns, market, thing)


def hold_things(
    register: Register, market: Market, order: OrderId, things: Sequence[ThingId]
) -> None:
    """Apply: an ask holds each thing, or its window."""
    hold = kind_of(market).hold
    for name in things:
        hold(market, register.things[name], order)


def let_go(register: Register, order: OrderId, things: Sequence[ThingId]) -> None:
    """Apply: things that an ask held are free again."""
    for name in things:
        free_order(register.things[name], order)


def orders_on(thing: Thing) -> Iterator[OrderId]:
    """Every resting ask that holds the thing, or some of its time."""
    if thing.order:
        yield thing.order
    for window in thing.windows:
        if window.order:
            yield window.order


def no_longer(market: Market, order: Order, thing: Thing) -> CancelCause | None:
    """Why a thing no longer carries a resting ask: `hold` or `eligibility`; None if it does."""
    spec, rule = market.spec, market.rule
    assert rule is not None, "an order stands under a rule"
    if thing.holds:
        return "hold"
    is_eligible = (
        KINDS[spec.kind].keeps(spec, thing)
        and thing.delivery_point == spec.delivery_point
        and thing.owner == order.party
        and _IDENTITIES[thing.identity] >= _IDENTITIES[rule.eligible.identity]
        and (not rule.eligible.provenance or thing.provenance in rule.eligible.provenance)
    )
    return None if is_eligible else "eligibility"


def _must_all_be_free(
    register: Register, market: Market, party: PartyId, named: Sequence[ThingId], moment: Moment
) -> None:
    worst: tuple[int, Reason, Thing] | None = None
    for name in named:
        thing = register.things[name]
        found = obstacle(market, party, thing, moment)
        if found is not None and (worst is None or found.rank < worst[0]):
            worst = (found.rank, found, thing)
    if worst is not None:
        text = obstacle_text(register, worst[1], market, worst[2])
        raise Refused(worst[1], text, field="/nodes")


def _too_few(
    register: Register,
    market: Market,
    party: PartyId,
    owned: Sequence[ThingId],
    free: int,
    lots: int,
    moment: Moment,
) -> Refused:
    """Why an ask that names nothing finds too little: the one obstacle, or the count."""
    if free == 0 and owned:
        things = [register.things[name] for name in owned]
        found = [(obstacle(market, party, thing, moment), thing) for thing in things]
        standing = [(each, thing) for each, thing in found if each is not None]
        of_class = [pair for pair in standing if pair[0] is not Reason.not_in_class] or standing
        reason, thing = min(of_class, key=lambda pair: pair[0].rank)
        return Refused(reason, obstacle_text(register, reason, market, thing))
    spec = market.spec
    if not owned:
        return Refused(
            Reason.not_the_owner,
            sentence_of(
                "{party} holds title to no {model} in {delivery_point}: claim title first.",
                party=party,
                model=spec.model,
                delivery_point=spec.delivery_point,
            ),
        )
    return Refused(
        Reason.insufficient_free_lots,
        sentence_of(
            "{free} of the {lots} lots asked for are free in {market}: offer fewer.",
            free=free,
            lots=lots,
            market=spec.market,
        ),
        free_lots=free,
    )


def obstacle_text(register: Register, reason: Reason, market: Market, thing: Thing) -> str:
    """One sentence on an obstacle, and what to do."""
    name, spec = thing.thing, market.spec
    if reason is Reason.not_in_class:
        return sentence_of(
            "{name} is {class_} in {delivery_point}, not what {market} delivers: "
            "offer it in its own market.",
            name=name,
            class_=thing.class_,
            delivery_point=thing.delivery_point or "no delivery point",
            market=spec.market,
        )
    if reason is Reason.not_the_owner:
        if not thing.owner:
            return sentence_of(
                "{name} has no title yet: {step}.", name=name, step=_title_step(register, name)
            )
        return sentence_of(
            "Title to {name} is held by {owner}: only its holder may offer it.",
            name=name,
            owner=thing.owner,
        )
    if reason is Reason.evidence_too_weak:
        return sentence_of(
            "{name} has {identity} identity, too weak for {market}. {lack}.",
            name=name,
            identity=thing.identity,
            market=spec.market,
            lack=what_identity_lacks(register, thing),
        )
    if reason is Reason.provenance_too_low:
        return sentence_of(
            "{name} has provenance {provenance}, and {market} takes {wanted}: file its papers "
            "(`gpubourse operator provenance file {name} --kind invoice --document FILE "
            "--names-serial --me NAME`), and have compliance verify them.",
            name=name,
            provenance=thing.provenance,
            market=spec.market,
            wanted=either(market.rule.eligible.provenance if market.rule else ["P1"]),
        )
    if reason is Reason.on_hold:
        return _hold_text(thing)
    if reason is Reason.not_ready:
        return sentence_of("{name} is not graded now: import a fresh report.", name=name)
    if reason is Reason.leased_beyond:
        return sentence_of(
            "{name} is leased beyond the day of delivery: sell it once the lease has ended.",
            name=name,
        )
    if reason is Reason.lease_overlap:
        return sentence_of(
            "{name} is already leased in that window: offer another month.", name=name
        )
    assert reason is Reason.holding_period, "every obstacle has its sentence"
    assert market.rule is not None
    return sentence_of(
        "{name} was bought less than {holding_days} days ago: it may be sold from {until_ns} on.",
        name=name,
        holding_days=market.rule.holding_days,
        until_ns=at_local(register, holding_ends_ns(thing, market.rule)),
    )


def _title_step(register: Register, name: ThingId) -> str:
    waiting = proposed_titles(register).get(name)
    if waiting:
        return sentence_of(
            "it waits as {waiting} for the venue's clerks to approve it", waiting=waiting
        )
    return sentence_of(
        "its registrant asks for it (`gpubourse operator title {name} --me THEIRS`), a clerk "
        "approves",
        name=name,
    )


def _hold_text(thing: Thing) -> str:
    for order in orders_on(thing):
        return sentence_of(
            "{thing} is already on offer in order {order}: give that one another price "
            "(`gpubourse amend {order} --price YUAN --me NAME`), or cancel it first "
            "(`gpubourse cancel {order} --me NAME`).",
            thing=thing.thing,
            order=order,
        )
    if thing.settlement:
        return sentence_of(
            "{thing} waits in settlement {settlement}: it is unpaid or undelivered.",
            thing=thing.thing,
            settlement=thing.settlement,
        )
    held = ", ".join(f"{hold} ({kind})" for hold, kind in thing.holds.items())
    return sentence_of(
        "{thing} is barred by {held}: {what_lifts}.",
        thing=thing.thing,
        held=held,
        what_lifts=what_lifts(thing.holds.values()),
    )
