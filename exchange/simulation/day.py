"""One hour of the demo after another: who asks for what, in a fixed order.

The same steps make the history and the living market; a step reads the venue and changes nothing.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from exchange.books.state import Venue
from exchange.simulation import arrivals, buyers, founding, office_staff, sellers
from exchange.simulation.cast import PlannedServer, machines
from exchange.simulation.draw import Draw
from exchange.simulation.intents import Intent, known
from exchange.simulation.outlook import Outlook

SEAT_NUMBERS = ("91-SEAT-1", "91-SEAT-2", "91-SEAT-3")


class World(NamedTuple):
    """What does not change from hour to hour: fate, servers, who signs, the sites' clock."""

    draw: Draw
    machines: tuple[PlannedServer, ...]
    public_key_of: founding.PublicKeyOf
    zone_offset_ns: int  # local time of the sites less UTC

    @classmethod
    def of(cls, seed: int, public_key_of: founding.PublicKeyOf, zone_offset_ns: int) -> "World":
        draw = Draw(seed)
        return cls(draw, tuple(machines(draw)), public_key_of, zone_offset_ns)


def visitors(venue: Venue) -> tuple[str, ...]:
    """The parties of the three seats kept for visitors."""
    found = (known(venue.register, number) for number in SEAT_NUMBERS)
    return tuple(party.party for party in found if party is not None)


def hour(
    venue: Venue, world: World, day: int, of_day: int, last_ns: Callable[[], int]
) -> Iterator[Intent]:
    """All that happens in one hour of a day, the offices' answers last.

    Yields step by step: a consumer that applies each intent before it takes the next lets every
    step see the state that the step before it left. `last_ns` is the stamp of the last batch then.
    """
    for step in steps_of(of_day):
        yield from step(venue, world, day, of_day, last_ns())


def steps_of(of_day: int) -> "tuple[Step, ...]":
    """Who acts in one hour of a day, in order, the offices last."""
    return (*_STEPS.get(of_day, ()), *_MARKET, offices)


def offices(venue: Venue, world: World, day: int, of_day: int, at_ns: int) -> list[Intent]:
    """What the offices answer, whatever the hour."""
    return list(office_staff.intents_due(venue.register, visitors(venue)))


Step = Callable[[Venue, World, int, int, int], list[Intent]]  # day, hour of it, the last stamp


def _found(venue: Venue, world: World, day: int, of_day: int, at_ns: int) -> list[Intent]:
    if day:
        return []
    register = venue.register
    if of_day == 1:
        return list(founding.parties(register))
    if of_day == 2:
        return list(founding.enrolments_and_tiers(register, world.public_key_of, at_ns))
    return list(founding.sites(register))


def _cash(venue: Venue, world: World, day: int, of_day: int, at_ns: int) -> list[Intent]:
    return list(founding.cash(venue.register, day))


def _imports(venue: Venue, world: World, day: int, of_day: int, at_ns: int) -> list[Intent]:
    joining = arrivals.joining(world.machines, day)
    return list(arrivals.imports(venue.register, world.draw, joining, at_ns + world.zone_offset_ns))


def _papers(venue: Venue, world: World, day: int, of_day: int, at_ns: int) -> list[Intent]:
    joining = arrivals.joining(world.machines, day)
    return list(arrivals.papers(venue.register, world.draw, joining, at_ns))


def _renewals(venue: Venue, world: World, day: int, of_day: int, at_ns: int) -> list[Intent]:
    return list(
        arrivals.renewals(
            venue.register, world.draw, world.machines, day, at_ns + world.zone_offset_ns
        )
    )


def _offers(venue: Venue, world: World, day: int, of_day: int, at_ns: int) -> list[Intent]:
    return list(sellers.asks(Outlook(venue, at_ns), world.draw, day, of_day))


def _bids(venue: Venue, world: World, day: int, of_day: int, at_ns: int) -> list[Intent]:
    return list(buyers.bids(Outlook(venue, at_ns), world.draw, day, of_day))


def _comes_down(venue: Venue, world: World, day: int, of_day: int, at_ns: int) -> list[Intent]:
    return list(sellers.comes_down(Outlook(venue, at_ns), world.draw, day, of_day))


def _closing(venue: Venue, world: World, day: int, of_day: int, at_ns: int) -> list[Intent]:
    outlook = Outlook(venue, at_ns)
    accepted = buyers.acceptances(outlook, world.draw, day)
    return [*accepted, *sellers.withdrawals(outlook, day)]


# hour of the day -> what is done in it before the market's own steps, in order
_STEPS: dict[int, tuple[Step, ...]] = {
    1: (_found,),
    2: (_found,),
    3: (_found,),
    4: (_cash, _imports),
    6: (_papers,),
    7: (_renewals,),
    21: (_closing,),
}
_MARKET: tuple[Step, ...] = (_offers, _comes_down, _bids)  # every hour
