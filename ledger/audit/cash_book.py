"""I4 once more, from the events alone: an auditor's own books beside the venue's.

Balances are added up here from the postings, and the money at the bank from deposits recorded and
payments confirmed; neither asks the folded state.
"""

from collections.abc import Callable, Mapping
from typing import Any

from ledger.audit.check_result import Check, CheckResult
from ledger.events import (
    CashPosted,
    Event,
    PaymentConfirmed,
    PaymentInstructed,
    VenueOpened,
)
from ledger.ids import AccountName
from ledger.money import amount_in_words

_OF_THE_BANK = (VenueOpened, CashPosted, PaymentInstructed, PaymentConfirmed)


class Books:
    """Every account's balance, added up from the postings of every event."""

    def __init__(
        self, postings: Mapping[type[Event], Callable[[Any], list[tuple[AccountName, int]]]]
    ) -> None:
        self._postings = postings
        self._sums = CheckResult("postings")
        self._trial = CheckResult("trial balance")
        self._bank = CheckResult("money at the bank")
        self._instructed: dict[str, int] = {}
        self._deposited_minor = 0
        self._withdrawn_minor = 0
        self._currency, self._minor_digits = "", 0  # until the venue opened
        self.balances: dict[AccountName, int] = {}

    def post(self, event: Event, position: int) -> list[tuple[AccountName, int]]:
        """Add one event's postings; return them."""
        if isinstance(event, _OF_THE_BANK):
            self._at_the_bank(event)
        postings = self._postings.get(type(event))
        rows = postings(event) if postings else []
        sum_minor = 0
        for account, amount_minor in rows:
            sum_minor += amount_minor
            balance = self.balances.get(account, 0) + amount_minor
            if balance:
                self.balances[account] = balance
            else:
                self.balances.pop(account, None)
        if sum_minor:
            self._sums.breach(position, f"{type(event).__name__}'s postings sum to {sum_minor}")
        for account, _ in rows:
            if self.balances.get(account, 0) < 0 and not account.endswith("/external"):
                self._sums.breach(position, f"{account} falls below 0")
        return rows

    def compare(self, accounts: dict[AccountName, int], position: int) -> None:
        """Hold these books against the venue's accounts, and the bank's money against both."""
        sum_minor = sum(self.balances.values())
        if sum_minor:
            self._trial.breach(position, f"all accounts sum to {sum_minor}")
        for account in sorted({*accounts, *self.balances}):
            ours, theirs = self.balances.get(account, 0), accounts.get(account, 0)
            if ours != theirs:
                detail = f"{account}: the postings give {ours}, the venue has {theirs}"
                self._trial.breach(position, detail)
        external = sum(
            balance for account, balance in self.balances.items() if account.endswith("/external")
        )
        at_bank = self._deposited_minor - self._withdrawn_minor
        if external != -at_bank:
            detail = f"external is {external}; deposits less withdrawals are {at_bank}"
            self._bank.breach(position, detail)

    def checks(self) -> list[Check]:
        at_bank = self._deposited_minor - self._withdrawn_minor
        return [
            self._sums.check("each event's postings sum to 0, and nobody is overdrawn"),
            self._trial.check(f"{len(self.balances):,} accounts sum to 0"),
            self._bank.check(
                "deposits less withdrawals are "
                f"{amount_in_words(at_bank, self._currency, self._minor_digits)}".strip()
            ),
        ]

    def _at_the_bank(self, event: Event) -> None:
        if isinstance(event, VenueOpened):
            self._currency, self._minor_digits = event.currency, event.minor_digits
        if isinstance(event, CashPosted) and event.kind == "deposit":
            self._deposited_minor += sum(
                amount for account, amount in event.postings if account.endswith("/available")
            )
        elif isinstance(event, CashPosted) and event.kind == "reversal":
            self._deposited_minor -= sum(
                amount for account, amount in event.postings if account.endswith("/external")
            )
        elif isinstance(event, PaymentInstructed):
            self._instructed[event.payment] = event.amount_minor
        elif isinstance(event, PaymentConfirmed):
            self._withdrawn_minor += self._instructed.get(event.payment, 0)
