"""Whom an address counts as: one caller's share, and the caller that a proxy names. Pure."""

import re
from collections.abc import Collection, Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final

from ledger.refusals import Reason, Refused, sentence_of

FORWARDED: Final = "X-Forwarded-For"
MAPPED_BITS: Final = 96  # in front of IPv4 carried in IPv6
# Whoever stands before an `@` in it is nobody's host, and an address behind it no part of one.
HOST: Final = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?", re.ASCII)
LOCALHOST: Final = "localhost"
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


def host_named(header: str) -> str | None:
    """The name or address that a `Host` names, in small letters and without its port."""
    named = HOST.fullmatch(header)
    return None if named is None else named[1].strip("[]").lower()


def is_this_machine(name: str) -> bool:
    """Whether a name is this machine's own, whoever asks the names' servers (DNS rebinding)."""
    return name.lower() == LOCALHOST or is_loopback(name)


def is_within(address: str, network: str) -> bool:
    """Whether an address lies in a network, by whatever spelling; in what is none, nothing does."""
    known = _known(address)
    try:
        return known is not None and known in _network(network)
    except ValueError:
        return False


def caller_address(peer: str, proxies: Collection[str], lines: Sequence[str]) -> str:
    """Where a request comes from: of a named proxy, what it wrote last; of all others, the peer.

    *proxies* are in their one spelling. *lines* are the header's lines, in their order: a caller
    may have sent some, the proxy's own hop is the last. Refuses `bad_shape` a proxy's request
    without one, or with one that is no IP address.
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


def prober_address(peer: str, proxies: Collection[str], lines: Sequence[str]) -> str:
    """Where a question for our health comes from: as any other, but a proxy asks for itself, too.

    What it asks by itself names no caller, and is its own.
    """
    try:
        return caller_address(peer, proxies, lines)
    except Refused:
        return plain_address(peer)


def _known(text: str) -> IPv4Address | IPv6Address | None:
    try:
        known = ip_address(text)
    except ValueError:
        return None
    return (known.ipv4_mapped or known) if isinstance(known, IPv6Address) else known


def _network(text: str) -> IPv4Network | IPv6Network:
    named = ip_network(text, strict=False)
    within = named.network_address.ipv4_mapped if isinstance(named, IPv6Network) else None
    if within is None or named.prefixlen < MAPPED_BITS:
        return named
    return IPv4Network((within, named.prefixlen - MAPPED_BITS))
