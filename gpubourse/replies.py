"""What a typed method stands on: the calls beneath it, and how a reply becomes a struct. Pure."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from string import Formatter
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
from msgspec import Struct

from gpubourse.errors import BadReply
from gpubourse.records import WaitingProposal

Kind = TypeVar("Kind")
Body = TypeVar("Body")


class CommandRoute(NamedTuple):
    """How an op is sent: by REST on this path, or by the socket as well."""

    method: str
    path: str
    by_socket: bool = False

    @property
    def path_args(self) -> list[str]:
        """The args that stand in the path."""
        return [name for _, name, _, _ in Formatter().parse(self.path) if name]


class FeedUpdate(Struct, Generic[Body], frozen=True, kw_only=True):
    """One message of a feed. A snapshot replaces all that came before it."""

    feed: str
    """its name: orders/p-0042"""
    kind: str
    """snapshot, or delta"""
    seq: int
    """position of the batch that caused it"""
    prev: int | None = None
    """the `seq` before it; None: a snapshot"""
    at_ns: int
    """when that was; ns since 1970-01-01 UTC"""
    body: Body
    """what it says"""
    missed: int = 0
    """messages that were left out because this reader was slow"""


class VenueCalls(ABC):
    """The calls that every typed method is made of: plain values in and out, `_ns` as ints."""

    @abstractmethod
    async def command(
        self, op: str, args: dict[str, Any], *, key: str = "", report: bytes | None = None
    ) -> dict[str, Any]:
        """Send a command under one key until its outcome is known; its result."""

    @abstractmethod
    async def get(self, path: str, **terms: Any) -> dict[str, Any]:
        """The result of a record."""

    @abstractmethod
    def rows(self, path: str, **terms: Any) -> AsyncIterator[dict[str, Any]]:
        """Every row of a list."""

    @abstractmethod
    def watch(self, feed: str) -> AsyncIterator[dict[str, Any]]:
        """Every message of a feed."""


def read(kind: type[Kind], value: Any, *, strict: bool = True) -> Kind:
    """A reply as a struct; members that are not known are passed over. Raises BadReply."""
    try:
        return msgspec.convert(value, kind, strict=strict)
    except msgspec.ValidationError as error:
        raise BadReply(str(error), value) from None


def waiting(result: dict[str, Any]) -> WaitingProposal | None:
    """The proposal that a command became, if other people must sign it; None: it is done."""
    if "proposal" in result and "needs" in result:
        return read(WaitingProposal, result)
    return None


def given(args: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    """The args that differ from their default; the others are left out, and not signed."""
    plain = {name: _plain(arg) for name, arg in args.items()}
    return {
        name: arg
        for name, arg in plain.items()
        if name not in defaults or type(arg) is not type(defaults[name]) or arg != defaults[name]
    }


def _plain(arg: Any) -> Any:
    if isinstance(arg, tuple):
        return list(arg)
    return dict(arg) if isinstance(arg, Mapping) else arg
