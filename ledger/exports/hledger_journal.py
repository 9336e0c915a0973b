"""Cash and titles as a journal that hledger accepts under `check --strict`, with `bs` and `is`.

What the venue owes its owners is a liability, the bank an asset, fees are revenues: hledger writes
a liability below 0, so each amount has the other sign than in our accounts. Titles are commodities
in accounts of their own, a sub-account for each lot, at what it cost; they are nobody's money, have
no account type and stand in no statement.
"""

from collections.abc import Iterator
from typing import Final

from ledger.exports.account_kinds import Kind, commodity_of, kind_of, plain
from ledger.exports.export_source import ExportSource, Period
from ledger.exports.general_ledger import Fact, GeneralLedger, TitleMove

REGISTERED: Final = "titles:registered"  # against titles that nobody bought here
COST: Final = "titles:cost"  # against what the others cost
_ROOTS: Final[dict[Kind, str]] = {
    "bank": "assets",
    "owed": "liabilities",
    "earned": "revenues",
}
_TYPES: Final = {"assets": "  ; type: A", "liabilities": "  ; type: L", "revenues": "  ; type: R"}


def hledger_account(account: str) -> str:
    """`p-0042/escrow/x-000031` -> `liabilities:p-0042:escrow:x-000031`."""
    return f"{_ROOTS[kind_of(account)]}:{account.replace('/', ':')}"


def own_account(account: str) -> str:
    """The venue's account behind one of hledger's."""
    return account.partition(":")[2].replace(":", "/")


class HledgerJournal:
    """One period in hledger's form, line by line."""

    def __init__(self, source: ExportSource) -> None:
        self._source = source
        self._declared: set[str] = set()  # of this period
        self._commodities: set[str] = set()
        self._models: dict[str, str] = {}  # account of a lot -> its model

    def begin(self, period: Period, ledger: GeneralLedger) -> Iterator[str]:
        """What the file is, and what is carried into the period."""
        source = self._source
        self._declared, self._commodities, self._models = set(), set(), {}
        yield f"; gpubourse {source.venue}: cash and titles, {period.label}"
        yield f"; head: {source.head}"
        yield "decimal-mark ."
        yield f"commodity 1000.{'0' * source.minor_digits} {source.currency}"
        if ledger.balances:
            accounts = sorted(ledger.balances)
            yield from self._declaring(*map(hledger_account, accounts))
            yield ""
            yield f"{period.eve} * balances carried forward"
            for account in accounts:
                yield self._line(hledger_account(account), self._money(-ledger.balances[account]))
        if ledger.lots:
            yield from self._carried(period, ledger)

    def fact(self, fact: Fact, ledger: GeneralLedger) -> Iterator[str]:
        """The entry of an event; nothing for one that moves neither cash nor title."""
        head = f"{fact.day} ({fact.row.position}) {fact.row.topic}"
        if fact.postings:
            yield ""
            yield from self._declaring(*(hledger_account(account) for account, _ in fact.postings))
            yield f"{head} | {plain(fact.what)}"
            for account, amount_minor in fact.postings:
                yield self._line(hledger_account(account), self._money(-amount_minor))
        if fact.title is not None:
            yield from self._moved(head, fact.title)

    def end(self, period: Period, ledger: GeneralLedger) -> Iterator[str]:
        """What each account that the file names closes with, as an assertion."""
        held = {lot_account(lot.holder, thing) for thing, lot in ledger.lots.items()}
        balances = {hledger_account(account): -each for account, each in ledger.balances.items()}
        zero = self._money(0)
        yield ""
        yield f"{period.last} * closing balances"
        for account in sorted(self._declared):
            if account in self._models:
                model = _commodity(self._models[account])
                yield self._line(account, f"0 {model} = {int(account in held)} {model}")
            elif account not in (REGISTERED, COST):
                yield self._line(account, f"{zero} = {self._money(balances.get(account, 0))}")

    def _carried(self, period: Period, ledger: GeneralLedger) -> Iterator[str]:
        lots = sorted(ledger.lots.items())
        for thing, lot in lots:
            yield from self._declaring_lot(lot.holder, thing, lot.model)
        yield from self._declaring(REGISTERED, COST)
        yield ""
        yield f"{period.eve} * titles carried forward"
        free: dict[str, int] = {}
        cost_minor = 0
        for thing, lot in lots:
            yield self._line(
                lot_account(lot.holder, thing), self._lots(1, lot.model, lot.cost_minor)
            )
            if lot.cost_minor is None:
                free[lot.model] = free.get(lot.model, 0) + 1
            else:
                cost_minor += lot.cost_minor
        for model, count in sorted(free.items()):
            yield self._line(REGISTERED, self._lots(-count, model, None))
        yield self._line(COST, self._money(-cost_minor))

    def _moved(self, head: str, move: TitleMove) -> Iterator[str]:
        given, taken = move.given, move.taken
        yield ""
        if move.giver:
            yield from self._declaring_lot(move.giver, move.thing, taken.model)
        yield from self._declaring_lot(taken.holder, move.thing, taken.model)
        yield from self._declaring(REGISTERED, COST)
        yield f"{head} | {plain(f'{move.thing} {move.basis} {move.settlement}')}"
        if move.giver:
            cost_minor = given.cost_minor if given else None
            out = self._lots(-1, taken.model, cost_minor)
            yield self._line(lot_account(move.giver, move.thing), out)
        into = self._lots(1, taken.model, taken.cost_minor)
        yield self._line(lot_account(taken.holder, move.thing), into)
        if move.registered_lots:
            yield self._line(REGISTERED, self._lots(move.registered_lots, taken.model, None))
        if move.cost_minor:
            yield self._line(COST, self._money(move.cost_minor))

    def _lots(self, count: int, model: str, cost_minor: int | None) -> str:
        at_cost = "" if cost_minor is None else f" @@ {self._money(cost_minor)}"
        return f"{count} {_commodity(model)}{at_cost}"

    def _line(self, account: str, amount: str) -> str:
        return f"    {account}  {amount}"

    def _money(self, amount_minor: int) -> str:
        return f"{self._source.amount(amount_minor)} {self._source.currency}"

    def _declaring(self, *accounts: str) -> Iterator[str]:
        for account in accounts:
            if account not in self._declared:
                self._declared.add(account)
                yield f"account {account}{_TYPES.get(account.partition(':')[0], '')}"

    def _declaring_lot(self, holder: str, thing: str, model: str) -> Iterator[str]:
        commodity = _commodity(model)
        if commodity not in self._commodities:
            self._commodities.add(commodity)
            yield f"commodity {commodity} 1."
        account = lot_account(holder, thing)
        self._models[account] = model
        yield from self._declaring(account)


def lot_account(holder: str, thing: str) -> str:
    """Where a holder's title to a thing stands."""
    return f"titles:{holder}:{thing}"


def _commodity(model: str) -> str:
    """hledger wants a name with a digit in quotes."""
    return f'"{commodity_of(model)}"'
