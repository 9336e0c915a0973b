"""The ledger that an export tells: who is owed what, and who holds which title at what cost.

Both are added up from the events alone; no folded state is asked.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final, NamedTuple

from ledger.audit.trial_balance import what_of
from ledger.events import (
    Event,
    NodeIdentified,
    NodeRegistered,
    TitleIssued,
    TitleTransferred,
    UnitIdentified,
    UnitRegistered,
)
from ledger.exports.export_source import ExportSource
from ledger.ids import AccountName
from ledger.journal.protocol import JournalRow

NO_MODEL: Final = "GPU"  # of a unit whose model the venue does not list


class Lot(NamedTuple):
    """One titled thing, as its holder has it."""

    model: str
    holder: str
    cost_minor: int | None  # what the holder paid here; None: it was not bought here
    since: date
    position: int  # of the event that gave it


class TitleMove(NamedTuple):
    """A title issued, or passed on."""

    thing: str
    giver: str  # as the event says; "": it is issued
    given: Lot | None  # what the register had before; None: nothing
    taken: Lot
    basis: str
    settlement: str

    @property
    def is_given_at_cost(self) -> bool:
        """Whether what leaves the giver has a cost: then it leaves at that."""
        return bool(self.giver) and self.given is not None and self.given.cost_minor is not None

    @property
    def registered_lots(self) -> int:
        """What balances the entry in lots: those without a cost that went, less those that came."""
        went = int(bool(self.giver) and not self.is_given_at_cost)
        return went - int(self.taken.cost_minor is None)

    @property
    def cost_minor(self) -> int:
        """What balances it in money: what the lot had cost before, less what it costs now."""
        before = self.given.cost_minor if self.is_given_at_cost and self.given else 0
        return (before or 0) - (self.taken.cost_minor or 0)


class Fact(NamedTuple):
    """One event, and what it did to the ledger."""

    row: JournalRow
    event: Event
    day: date
    what: str
    postings: list[tuple[AccountName, int]]
    balances: list[int]  # of each posting's account, behind it
    title: TitleMove | None


class GeneralLedger:
    """Balances and titles, event by event."""

    def __init__(
        self,
        source: ExportSource,
        postings: Mapping[type[Event], Callable[[Any], list[tuple[AccountName, int]]]],
    ) -> None:
        self._source = source
        self._postings = postings
        self._models: dict[str, str] = {}
        self.balances: dict[AccountName, int] = {}  # those that are not 0
        self.lots: dict[str, Lot] = {}  # by thing
        self.position = 0  # of the last event taken

    def take(self, row: JournalRow, event: Event) -> Fact:
        """Post an event; tell what it did."""
        posts = self._postings.get(type(event))
        rows = posts(event) if posts else []
        balances = []
        for account, amount_minor in rows:
            balance = self.balances.get(account, 0) + amount_minor
            if balance:
                self.balances[account] = balance
            else:
                self.balances.pop(account, None)
            balances.append(balance)
        self.position = row.position
        day = self._source.day(event.at_ns)
        move = self._title(event, day, row.position)
        return Fact(row, event, day, what_of(event, row.stream), rows, balances, move)

    def _title(self, event: Event, day: date, position: int) -> TitleMove | None:
        match event:
            case NodeRegistered(node=thing) | NodeIdentified(node=thing):
                self._models[thing] = event.model
            case UnitRegistered(unit=thing) | UnitIdentified(unit=thing) if event.model:
                self._models[thing] = event.model
            case TitleIssued():
                return self._moved(event, "", event.holder, "", None, day, position)
            case TitleTransferred():
                price_minor = event.price_minor if event.settlement else None
                return self._moved(
                    event,
                    event.from_party,
                    event.to_party,
                    event.settlement,
                    price_minor,
                    day,
                    position,
                )
        return None

    def _moved(
        self,
        event: TitleIssued | TitleTransferred,
        giver: str,
        taker: str,
        settlement: str,
        price_minor: int | None,
        day: date,
        position: int,
    ) -> TitleMove:
        thing = event.thing
        given = self.lots.get(thing)
        model = given.model if given else self._models.get(thing) or NO_MODEL
        taken = Lot(model, taker, price_minor, day, position)
        self.lots[thing] = taken
        return TitleMove(thing, giver, given, taken, event.basis, settlement)
