"""Cash and titles as a ledger that `bean-check` accepts.

Accounts and signs are as hledger's (`hledger_journal.py`): what owners are owed is a liability,
below 0. A title that was bought here is a lot with its cost, its day and its thing as label, and
can only leave the account that holds that very lot. Each closing balance is demanded to the last
fen.
"""

from collections.abc import Iterator
from datetime import date
from typing import Final

from ledger.exports.account_kinds import Kind, commodity_of, kind_of, plain
from ledger.exports.export_source import ExportSource, Period
from ledger.exports.general_ledger import Fact, GeneralLedger, Lot, TitleMove

REGISTERED: Final = "Equity:Titles:Registered"  # against titles that nobody bought here
COST: Final = "Equity:Titles:Cost"  # against what the others cost
_ROOTS: Final[dict[Kind, str]] = {"bank": "Assets", "owed": "Liabilities", "earned": "Income"}


def beancount_account(account: str) -> str:
    """`p-0042/on_hold/h-000101` -> `Liabilities:P-0042:On-hold:H-000101`."""
    parts = (_part(each) for each in account.split("/"))
    return ":".join((_ROOTS[kind_of(account)], *parts))


def own_account(account: str) -> str:
    """The venue's account behind one of beancount's."""
    owner, kind, *rest = (each[:1].lower() + each[1:] for each in account.split(":")[1:])
    return "/".join((owner, kind.replace("-", "_"), *rest))


class BeancountLedger:
    """One period in beancount's form, line by line."""

    def __init__(self, source: ExportSource) -> None:
        self._source = source
        self._opened: set[str] = set()  # of this period
        self._models: dict[str, str] = {}  # account of a lot -> its model

    def begin(self, period: Period, ledger: GeneralLedger) -> Iterator[str]:
        """What the file is, and what is carried into the period."""
        source = self._source
        self._opened, self._models = set(), {}
        yield f"; gpubourse {source.venue}: cash and titles, {period.label}"
        yield f'option "title" "gpubourse {source.venue} {period.label}"'
        yield f'option "operating_currency" "{source.currency}"'
        yield f'{period.eve} custom "gpubourse-head" "{source.position}" "{source.chain}"'
        if ledger.balances:
            accounts = sorted(ledger.balances)
            yield from self._opening(period.eve, *map(beancount_account, accounts))
            yield ""
            yield f'{period.eve} * "balances carried forward"'
            for account in accounts:
                yield self._line(beancount_account(account), self._money(-ledger.balances[account]))
        if ledger.lots:
            yield from self._carried(period, ledger)

    def fact(self, fact: Fact, ledger: GeneralLedger) -> Iterator[str]:
        """The entry of an event; nothing for one that moves neither cash nor title."""
        if fact.postings:
            names = (beancount_account(account) for account, _ in fact.postings)
            yield ""
            yield from self._opening(fact.day, *names)
            yield from self._head(fact, fact.what)
            for account, amount_minor in fact.postings:
                yield self._line(beancount_account(account), self._money(-amount_minor))
        if fact.title is not None:
            yield from self._moved(fact, fact.title)

    def end(self, period: Period, ledger: GeneralLedger) -> Iterator[str]:
        """What each account that the file names closes with; `~ 0` lets no fen pass."""
        held = {lot_account(lot.holder, thing) for thing, lot in ledger.lots.items()}
        balances = {beancount_account(account): -each for account, each in ledger.balances.items()}
        yield ""
        for account in sorted(self._opened - {REGISTERED, COST}):
            if account in self._models:
                amount = f"{int(account in held)} ~ 0 {commodity_of(self._models[account])}"
            else:
                balance = self._source.amount(balances.get(account, 0))
                amount = f"{balance} ~ 0 {self._source.currency}"
            yield f"{period.morrow} balance {account}  {amount}"

    def _carried(self, period: Period, ledger: GeneralLedger) -> Iterator[str]:
        lots = sorted(ledger.lots.items())
        for thing, lot in lots:
            yield from self._opening_lot(period.eve, lot.holder, thing, lot.model)
        yield from self._opening(period.eve, REGISTERED, COST)
        yield ""
        yield f'{period.eve} * "titles carried forward"'
        free: dict[str, int] = {}
        cost_minor = 0
        for thing, lot in lots:
            yield self._line(lot_account(lot.holder, thing), self._lot(1, thing, lot))
            if lot.cost_minor is None:
                free[lot.model] = free.get(lot.model, 0) + 1
            else:
                cost_minor += lot.cost_minor
        for model, count in sorted(free.items()):
            yield self._line(REGISTERED, f"{-count} {commodity_of(model)}")
        yield self._line(COST, self._money(-cost_minor))

    def _moved(self, fact: Fact, move: TitleMove) -> Iterator[str]:
        given, taken = move.given, move.taken
        yield ""
        if move.giver:
            yield from self._opening_lot(fact.day, move.giver, move.thing, taken.model)
        yield from self._opening_lot(fact.day, taken.holder, move.thing, taken.model)
        yield from self._opening(fact.day, REGISTERED, COST)
        yield from self._head(fact, f"{move.thing} {move.basis} {move.settlement}")
        if move.giver:
            out = self._lot(-1, move.thing, given or taken._replace(cost_minor=None))
            yield self._line(lot_account(move.giver, move.thing), out)
        yield self._line(lot_account(taken.holder, move.thing), self._lot(1, move.thing, taken))
        if move.registered_lots:
            lots = f"{move.registered_lots} {commodity_of(taken.model)}"
            yield self._line(REGISTERED, lots)
        if move.cost_minor:
            yield self._line(COST, self._money(move.cost_minor))

    def _head(self, fact: Fact, what: str) -> Iterator[str]:
        words = plain(what).replace("\\", "\\\\").replace('"', '\\"')
        yield f'{fact.day} * "{fact.row.topic}" "{words}"'
        yield f"  position: {fact.row.position}"

    def _lot(self, count: int, thing: str, lot: Lot) -> str:
        model = commodity_of(lot.model)
        if lot.cost_minor is None:
            return f"{count} {model}"
        return f'{count} {model} {{{self._money(lot.cost_minor)}, {lot.since}, "{thing}"}}'

    def _line(self, account: str, amount: str) -> str:
        return f"  {account}  {amount}"

    def _money(self, amount_minor: int) -> str:
        return f"{self._source.amount(amount_minor)} {self._source.currency}"

    def _opening(self, day: date, *accounts: str) -> Iterator[str]:
        for account in accounts:
            if account not in self._opened:
                self._opened.add(account)
                yield f"{day} open {account}"

    def _opening_lot(self, day: date, holder: str, thing: str, model: str) -> Iterator[str]:
        account = lot_account(holder, thing)
        self._models[account] = model
        yield from self._opening(day, account)


def lot_account(holder: str, thing: str) -> str:
    """Where a holder's title to a thing stands."""
    return f"Equity:Titles:{_part(holder)}:{_part(thing)}"


def _part(text: str) -> str:
    """beancount wants a capital first, and no `_`."""
    return text[:1].upper() + text[1:].replace("_", "-")
