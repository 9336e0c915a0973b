"""The Python client of a venue, in one import: `from gpubourse import connect`."""

from gpubourse.book_copy import BookCopy as Book
from gpubourse.book_copy import BookLevel
from gpubourse.client import Client, connect
from gpubourse.errors import (
    BadAddress,
    BadReply,
    RateLimited,
    Unauthorised,
    VenueError,
    VenueProblem,
)
from gpubourse.errors import VenueRefused as Refused
from gpubourse.errors import VenueUnavailable as Unavailable
from gpubourse.key_files import KeyFile, KeyFileError
from gpubourse.records import WaitingProposal
from gpubourse.replies import FeedUpdate
from gpubourse.retry import Patience

__all__ = [
    "BadAddress",
    "BadReply",
    "Book",
    "BookLevel",
    "Client",
    "FeedUpdate",
    "KeyFile",
    "KeyFileError",
    "Patience",
    "RateLimited",
    "Refused",
    "Unauthorised",
    "Unavailable",
    "VenueError",
    "VenueProblem",
    "WaitingProposal",
    "connect",
]
