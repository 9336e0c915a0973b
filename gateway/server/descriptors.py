"""File descriptors: as many as the system gives, and enough for what the limits promise."""

import resource
from contextlib import suppress
from typing import Final

from gateway.settings import Limits

OWN: Final = 96  # the database's, the journal's, pipes, listening ports, files that are read
PER_CONNECTION: Final = 2  # itself, and a file of the console that it is sent


class TooFewDescriptors(Exception):
    """The system gives fewer than the limits promise: the text says what to do."""


def descriptors_needed(limits: Limits) -> int:
    """How many descriptors a gateway has open at its limits."""
    return PER_CONNECTION * limits.connections + limits.sockets + OWN


def raise_descriptors(limits: Limits) -> None:
    """Raise this process's limit to the hardest; TooFewDescriptors if that is not enough."""
    needed = descriptors_needed(limits)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for wanted in (hard, needed):  # some systems know no end, and give it to nobody
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            break
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < needed:
        raise TooFewDescriptors(
            f"This process may open {soft:,} files, and {needed:,} are needed for "
            f"{limits.connections:,} connections and {limits.sockets:,} sockets: raise the hard "
            "limit (`ulimit -Hn`, LimitNOFILE= of systemd, --ulimit nofile= of a container), or "
            "open with fewer (--limit connections=N --limit sockets=N)."
        )
