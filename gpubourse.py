"""The client, in one import: `from gpubourse import connect`."""

from gateway.client import (
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
