"""How many connections there may be: of an address, by way of a proxy, in all. Pure."""

from collections.abc import Collection, Hashable
from typing import Generic, NamedTuple, TypeVar

from gateway.access.shares import Shares
from gateway.addresses import is_loopback, plain_address, share_of
from gateway.settings import Limits

Connection = TypeVar("Connection", bound=Hashable)


class Admitted(NamedTuple, Generic[Connection]):
    """Whether a connection may come in, and which one must end for it."""

    is_in: bool
    pushed_out: Connection | None = None


class ConnectionRoom(Generic[Connection]):
    """The connections that are in (sockets are counted apart), and who is turned away."""

    def __init__(self, limits: Limits, proxies: Collection[str]) -> None:
        """*proxies* in their one spelling, as the settings have them."""
        self._limits = limits
        self._proxies = frozenset(proxies)
        self._room: Shares[Connection, Connection] = Shares(limits.connections, limits.connections)

    def admit(self, connection: Connection, peer: str) -> Admitted[Connection]:
        """Let in a connection, unless its address has too many.

        Where all room is taken, the address that has the most of it gives up its oldest.
        """
        share = share_of(peer)
        if self._room.count(share) >= self._most_of(peer):
            return Admitted(is_in=False)
        return Admitted(is_in=True, pushed_out=self._room.add(share, connection, connection))

    def leave(self, connection: Connection) -> None:
        """A connection ended, or became a socket; one that is not in changes nothing."""
        self._room.pop(connection)

    def __len__(self) -> int:
        return len(self._room)

    def _most_of(self, peer: str) -> int:
        """Connections that a peer may have: a proxy stands for all its callers."""
        address = plain_address(peer)
        if address in self._proxies:
            return self._limits.connections
        if self._proxies and not is_loopback(address):
            return 0  # in the clear, past the proxy
        return self._limits.connections_per_address
