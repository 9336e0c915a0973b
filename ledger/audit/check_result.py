"""The result of a check: what was checked, and the first place where it did not hold."""

from typing import NamedTuple, TypedDict


class Check(TypedDict):
    """One thing that was checked."""

    name: str
    ok: bool
    detail: str
    checked: bool  # False: what it takes was not there; nothing is known, `ok` says no more


class VerifyReport(TypedDict):
    """What `audit verify` prints; exit 6 unless `ok`."""

    ok: bool
    positions: int
    position: int  # of the last commit; with `chain` it names this history, and nothing else
    chain: str  # "" if a check failed: nobody keeps the name of a history that is not whole
    state_hash: str  # "" if the events do not fold
    checks: list[Check]


class FirstBreach(NamedTuple):
    """Where a check first failed; at no position where it is about an object."""

    position: int | None
    detail: str


class CheckResult:
    """One check of the whole journal: it holds until its first breach, which is kept.

    The first is that of the earliest position, however late it comes to light.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.first: FirstBreach | None = None
        self.count = 0  # breaches in all

    def breach(self, position: int | None, detail: str) -> None:
        """What does not hold, and at which position; None: it is about an object, by its name."""
        self.count += 1
        if self.first is None or _is_earlier(position, self.first.position):
            self.first = FirstBreach(position, detail)

    def check(self, held: str) -> Check:
        """What came of it; *held* is said when it held."""
        if self.first is None:
            return Check(name=self.name, ok=True, detail=held, checked=True)
        more = f" (and {self.count - 1:,} more)" if self.count > 1 else ""
        at = f"position {self.first.position}: " if self.first.position is not None else ""
        detail = f"{at}{self.first.detail}{more}"
        return Check(name=self.name, ok=False, detail=detail, checked=True)

    def unchecked(self, lacks: str) -> Check:
        """The same where not all of it could be asked; *lacks* says what was not."""
        check = self.check(lacks)
        return check if self.first is not None else Check(**{**check, "checked": False})


def _is_earlier(position: int | None, than: int | None) -> bool:
    return position is not None and than is not None and position < than
