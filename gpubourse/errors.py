"""What a client may get instead of a result: one root, VenueError, and its kinds (WIRE 6, 9)."""

from typing import Any


class VenueError(Exception):
    """Whatever stands in the way of a result: catch this one to catch them all."""


class VenueProblem(VenueError):
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

    @property
    def is_passing(self) -> bool:
        """Whether the outcome is not known: the world failed, or the venue did. Ask again."""
        return self.status >= 500


class VenueRefused(VenueProblem):
    """The rules forbid it; nothing was changed."""


class Unauthorised(VenueProblem):
    """Not logged on, or not with a key that may."""


class RateLimited(VenueProblem):
    """Too many requests: `retry_after_ms` says how long to wait."""


class VenueUnavailable(VenueError):
    """The outcome is not known. Ask again with the same `key`; it is never done twice.

    `problem` is what the venue said last; None if nothing came from it at all.
    """

    def __init__(self, key: str, reason: str, problem: dict[str, Any] | None = None) -> None:
        super().__init__(f"not known yet ({reason}); ask again with key {key}" if key else reason)
        self.key = key
        self.problem = problem


class NotAVenue(VenueUnavailable):
    """Something answers at this address, and it is no venue; `status` is its HTTP status."""

    def __init__(self, status: int) -> None:
        super().__init__("", f"what answers there is no venue (HTTP {status})")
        self.status = status


class BadAddress(VenueError):
    """An address that is none: it must read like http://127.0.0.1:8470."""


class BadReply(VenueError):
    """An accepted request whose reply this client cannot read; `reply` is what came."""

    def __init__(self, reason: str, reply: object) -> None:
        super().__init__(f"The reply is not what this client knows ({reason}).")
        self.reply = reply


class OtherHistory(VenueError):
    """The venue's history is not the one that was seen: a backup was restored, its end was cut, or
    another venue answers. What this client held is forgotten: begin anew, and trade on none of it.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"This is another history than the one seen before: {reason}.")


class BadChecksum(VenueError):
    """The book that is held is not what the venue holds: as good as a gap."""


def raised(problem: dict[str, Any]) -> VenueProblem:
    """The error that a problem is."""
    status = int(problem.get("status", 0))
    if status == 401:
        return Unauthorised(problem)
    if status == 429:
        return RateLimited(problem)
    return VenueRefused(problem)
