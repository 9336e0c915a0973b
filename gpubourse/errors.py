"""What a client may hear instead of an answer (WIRE 6, 9)."""

from typing import Any


class VenueError(Exception):
    """A no of the venue; `code` is stable, the text is for people."""

    def __init__(self, problem: dict[str, Any]) -> None:
        self.code = str(problem.get("code", "unknown"))
        self.status = int(problem.get("status", 0))
        self.is_retryable = bool(problem.get("retryable", False))
        self.field = str(problem.get("field", ""))
        self.context: dict[str, Any] = problem.get("context", {})
        self.retry_after_ms = int(problem.get("retry_after_ms", 0))
        self.problem = problem
        super().__init__(f"{self.code}: {problem.get('detail') or problem.get('title', '')}")


class Refused(VenueError):
    """The rules forbid it; nothing was changed."""


class Unauthorised(VenueError):
    """Not logged on, or not with a key that may."""


class RateLimited(VenueError):
    """Too many requests: `retry_after_ms` says how long to wait."""


class Unavailable(Exception):
    """The outcome is not known. Ask again with the same `key`; it is never done twice."""

    def __init__(self, key: str, why: str) -> None:
        super().__init__(f"not known yet ({why}); ask again with key {key}" if key else why)
        self.key = key


def raised(problem: dict[str, Any]) -> VenueError:
    """The error that a problem is."""
    status = int(problem.get("status", 0))
    if status == 401:
        return Unauthorised(problem)
    if status == 429:
        return RateLimited(problem)
    return Refused(problem)


def is_unknown(problem: dict[str, Any]) -> bool:
    """Whether the outcome is not known: the world failed, or the venue did."""
    return int(problem.get("status", 0)) >= 500
