"""How many sockets there may be: of the gateway, of an address, of a principal. Pure."""

from collections import Counter
from dataclasses import dataclass

from gateway.addresses import share_of
from gateway.settings import Limits


@dataclass(slots=True)
class _Place:
    """One socket that was let in."""

    address: str
    principal: str = ""  # "": not logged on


class Admission:
    """The sockets that are in, and who is turned away."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._places: dict[object, _Place] = {}
        self._by_address: Counter[str] = Counter()
        self._by_principal: Counter[str] = Counter()

    def admit(self, socket: object, address: str) -> bool:
        """Let in a socket, unless the gateway or its address has too many."""
        limits, address = self._limits, share_of(address)
        is_full = len(self._places) >= limits.sockets
        if is_full or self._by_address[address] >= limits.sockets_per_address:
            return False
        self._places[socket] = _Place(address)
        self._by_address[address] += 1
        return True

    def adopt(self, socket: object, principal: str) -> bool:
        """Count a socket as a principal's; False if that is one too many."""
        place = self._places.get(socket)
        if place is None or place.principal == principal:
            return True
        if place.principal:
            _count_off(self._by_principal, place.principal)
        place.principal = principal
        self._by_principal[principal] += 1
        return self._by_principal[principal] <= self._limits.sockets_per_principal

    def leave(self, socket: object) -> None:
        """A socket is gone; one that was never in changes nothing."""
        place = self._places.pop(socket, None)
        if place is not None:
            _count_off(self._by_address, place.address)
            if place.principal:
                _count_off(self._by_principal, place.principal)

    def __len__(self) -> int:
        return len(self._places)


def _count_off(counts: Counter[str], name: str) -> None:
    """One less; who has none left is forgotten."""
    counts[name] -= 1
    if not counts[name]:
        del counts[name]
