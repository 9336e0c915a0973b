"""The Python client of a venue, in one import: `from gpubourse import connect`."""

from gpubourse.client import (
    Book,
    Client,
    RateLimited,
    Refused,
    Unauthorised,
    Unavailable,
    VenueError,
    connect,
)

__all__ = [
    "Book",
    "Client",
    "RateLimited",
    "Refused",
    "Unauthorised",
    "Unavailable",
    "VenueError",
    "connect",
]
