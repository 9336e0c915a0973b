"""Whom an address counts as: one caller's share, and the caller that a proxy names. Pure."""

from collections.abc import Collection, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

from ledger.refusals import Reason, Refused, sentence_of

FORWARDED: Final = "X-Forwarded-For"
NETWORK_BITS: Final = 64  # IPv6: one customer has them all, so all are one caller


def plain_address(text: str) -> str:
    """An IP address in its one spelling (IPv4 carried in IPv6 as IPv4); "" for any other text."""
    known = _known(text)
    return "" if known is None else str(known)


def share_of(address: str) -> str:
    """Whose share an address draws on: its own in IPv4, that of its /64 in IPv6."""
    known = _known(address)
    if isinstance(known, IPv6Address):
        network = IPv6Address(int(known) >> NETWORK_BITS << NETWORK_BITS)
        return f"{network}/{NETWORK_BITS}"
    return address if known is None else str(known)


def is_loopback(address: str) -> bool:
    """Whether it is this machine's own."""
    known = _known(address)
    return known is not None and known.is_loopback


def caller_address(peer: str, proxies: Collection[str], lines: Sequence[str]) -> str:
    """Where a request comes from: of a named proxy, what it wrote last; of all others, the peer.

    *lines* are the header's lines, in their order: a caller may have sent some, the proxy's own
    hop is the last. Refuses `bad_shape` a proxy's request without one, or with one that is no
    IP address.
    """
    known = plain_address(peer)
    if known not in proxies:
        return known or peer
    hop = ",".join(lines).rpartition(",")[2].strip()
    address = plain_address(hop)
    if not address:
        raise Refused(
            Reason.bad_shape,
            sentence_of(
                "The proxy {known} names no caller: it must end {forwarded} with the "
                "caller's IP address alone, not {hop!r}.",
                known=known,
                forwarded=FORWARDED,
                hop=hop[:64],
            ),
        )
    return address


def _known(text: str) -> IPv4Address | IPv6Address | None:
    try:
        known = ip_address(text)
    except ValueError:
        return None
    return (known.ipv4_mapped or known) if isinstance(known, IPv6Address) else known
