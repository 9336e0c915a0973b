"""The Python client of a venue, in one import: `from gpubourse import connect`."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from gpubourse.book_copy import BookCopy as Book
from gpubourse.book_copy import BookLevel
from gpubourse.errors import (
    BadAddress,
    BadReply,
    OtherHistory,
    RateLimited,
    Unauthorised,
    VenueError,
    VenueProblem,
    VenueRefused,
    VenueUnavailable,
)
from gpubourse.errors import VenueRefused as Refused
from gpubourse.errors import VenueUnavailable as Unavailable
from gpubourse.held_history import Pair
from gpubourse.key_files import KeyFile, KeyFileError
from gpubourse.records import WaitingProposal
from gpubourse.replies import FeedUpdate
from gpubourse.retry import Patience

if TYPE_CHECKING:
    from gpubourse.client import Client, connect

__all__ = [
    "BadAddress",
    "BadReply",
    "Book",
    "BookLevel",
    "Client",
    "FeedUpdate",
    "KeyFile",
    "KeyFileError",
    "OtherHistory",
    "Pair",
    "Patience",
    "RateLimited",
    "Refused",
    "Unauthorised",
    "Unavailable",
    "VenueError",
    "VenueProblem",
    "VenueRefused",
    "VenueUnavailable",
    "WaitingProposal",
    "connect",
]


def __getattr__(name: str) -> Any:
    """`connect` and `Client`, once they are asked for: they bring aiohttp along.

    Whoever wants the forms of the wire alone, as the gateway does, or a verb that reads a file,
    does without it.
    """
    if name in {"Client", "connect"}:
        return getattr(import_module("gpubourse.client"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
