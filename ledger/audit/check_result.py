"""The result of a check: what was checked, and the first place where it did not hold."""

from typing import NamedTuple, TypedDict


class Check(TypedDict):
    """One thing that was checked."""

    name: str
    ok: bool
    detail: str


class VerifyReport(TypedDict):
    """What `audit verify` prints; exit 6 unless `ok`."""

    ok: bool
    positions: int
    position: int  # of the last commit; with `chain` it names this history, and nothing else
    chain: str
    state_hash: str  # "" if the events do not fold
    checks: list[Check]


class FirstBreach(NamedTuple):
    """Where a check first failed."""

    position: int
    detail: str


class CheckResult:
    """One check of the whole journal: it holds until its first breach, which is kept."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.first: FirstBreach | None = None
        self.count = 0  # breaches in all

    def breach(self, position: int, detail: str) -> None:
        self.count += 1
        if self.first is None:
            self.first = FirstBreach(position, detail)

    def check(self, held: str) -> Check:
        """What came of it; *held* is said when it held."""
        if self.first is None:
            return Check(name=self.name, ok=True, detail=held)
        more = f" (and {self.count - 1:,} more)" if self.count > 1 else ""
        return Check(
            name=self.name,
            ok=False,
            detail=f"position {self.first.position}: {self.first.detail}{more}",
        )
