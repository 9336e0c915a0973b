"""The cash book as a journal that hledger accepts under `check --strict`.

Every commodity and account is declared, every entry balances, and the last entry asserts each
account's balance: whoever doubts a figure lets another program add it up.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from ledger.audit.audit_fold import AuditFold
from ledger.audit.progress import Progress, no_progress
from ledger.audit.trial_balance import BalanceEntry, entries
from ledger.durations import SECOND_NS
from ledger.events import VenueOpened
from ledger.fold import State
from ledger.ids import AccountName
from ledger.journal.protocol import Journal


class _Money:
    """How this venue writes an amount and a date."""

    def __init__(self, opened: VenueOpened) -> None:
        self.currency = opened.currency
        self._digits = opened.minor_digits
        self._zone = ZoneInfo(opened.zone)

    def amount(self, amount_minor: int) -> str:
        whole, rest = divmod(abs(amount_minor), 10**self._digits)
        sign = "-" if amount_minor < 0 else ""
        decimals = f".{rest:0{self._digits}d}" if self._digits else ""
        return f"{sign}{whole}{decimals} {self.currency}"

    def commodity(self) -> str:
        """hledger wants the decimal mark, even where nothing stands behind it."""
        return f"1000.{'0' * self._digits} {self.currency}"

    def date(self, at_ns: int) -> str:
        return (
            datetime.fromtimestamp(at_ns // SECOND_NS, UTC)
            .astimezone(self._zone)
            .strftime("%Y-%m-%d")
        )


def hledger(
    journal: Journal,
    folding: AuditFold[State],
    upto: int | None = None,
    progress: Progress = no_progress,
) -> Iterator[str]:
    """The lines of the journal. An empty journal of ours gives none."""
    opened = _opened(journal, folding)
    if opened is None:
        return
    money = _Money(opened)
    balances: dict[AccountName, int] = {}
    written: list[BalanceEntry] = []
    for entry in entries(journal, folding, upto, progress):
        written.append(entry)
        for account, amount_minor in entry.rows:
            balances[account] = balances.get(account, 0) + amount_minor
    last = journal.head() if upto is None else upto
    yield f"; gpubourse {opened.venue}: cash, positions 1 to {last}"
    yield f"commodity {money.commodity()}"
    yield from (f"account {_account(account)}" for account in sorted(balances))
    for entry in written:
        yield ""
        yield f"{money.date(entry.at_ns)} ({entry.position}) {entry.topic} | {_plain(entry.what)}"
        for account, amount_minor in entry.rows:
            yield f"    {_account(account)}  {money.amount(amount_minor)}"
    if written:
        yield ""
        yield f"{money.date(written[-1].at_ns)} * closing balances at position {last}"
        for account, balance in sorted(balances.items()):
            yield f"    {_account(account)}  {money.amount(0)} = {money.amount(balance)}"


def _opened(journal: Journal, folding: AuditFold[State]) -> VenueOpened | None:
    for row in journal.read(upto=1):
        event = folding.codec.decode(row)
        assert isinstance(event, VenueOpened), "position 1 opens the venue"
        return event
    return None


def _account(account: str) -> str:
    """`p-0042/escrow/x-000031` -> `p-0042:escrow:x-000031`."""
    return account.replace("/", ":")


def _plain(text: str) -> str:
    """A bank's reference may hold what would begin a comment, or a new line."""
    return " ".join(text.replace(";", ",").split())
