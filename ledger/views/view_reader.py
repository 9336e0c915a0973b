"""Reads the views: how far they have come, a page of a list, one record, a history.

A filter `party` narrows to the rows that concern a party; without it everybody's are read: whoever
calls decides what the caller may see. Every answer bears the position it is true at. Each method
raises JournalUnavailable when the database does not answer, `page` and `history` also BadCursor.
"""

import asyncio

import msgspec

from ledger.journal.database_connection import unavailable
from ledger.journal.protocol import JournalUnavailable
from ledger.views.lists.declaration import Listing
from ledger.views.lists.journal_listings import EVENTS
from ledger.views.lists.pages import QUERY_MS, Page, Paging, Record
from ledger.views.position_waits import PositionWaits
from ledger.views.view_pool import CONNECTIONS, ViewPool

POLL_SECONDS = 0.01  # one query for all who wait
SILENT_SECONDS_MOST = 2.0  # then who waits hears that the database does not answer
QUERY_SECONDS_LEAST = 0.5  # whoever waits for nothing still asks once
FIRST = Paging()

_PROGRESS = "SELECT position, at_ns FROM views.progress"
_STREAMS = {"p-": "party", "s-": "site", "l-": "lease", "x-": "settlement"}


class ViewProgress(msgspec.Struct, frozen=True):
    """How far the views have come."""

    position: int
    at_ns: int


class ViewReader:
    """Reads the views of one database; opened and closed by the loop that uses it."""

    def __init__(
        self, dsn: str, *, connections: int = CONNECTIONS, statement_ms: int = QUERY_MS
    ) -> None:
        self._pool = ViewPool(dsn, connections=connections, statement_ms=statement_ms)
        self._progress = ViewProgress(0, 0)
        self._waits = PositionWaits()
        self._polling: asyncio.Task[None] | None = None  # while anybody waits
        self._query: asyncio.Task[ViewProgress] | None = None

    async def open(self) -> None:
        await self._pool.open()

    async def close(self) -> None:
        if self._polling is not None:
            self._polling.cancel()
        await self._pool.close()

    async def progress(self) -> ViewProgress:
        ((position, at_ns),) = await self._pool.fetch(_PROGRESS, {})
        self._progress = ViewProgress(position, at_ns)
        self._waits.reached(position)
        return self._progress

    async def progress_within(self, seconds: float) -> ViewProgress:
        """How far the views have come, if the database says so within *seconds*.

        However many ask a database that stands still, one query waits for it.
        """
        try:
            await asyncio.wait_for(self._refresh(), seconds)
        except TimeoutError as error:
            silent = f"it has not answered within {seconds:g} s"
            raise unavailable(None, silent) from error
        return self._progress

    async def wait_for(self, position: int, timeout_s: float = 2.0) -> bool:
        """Whether the views hold *position*, waiting for it at most that long."""
        if self._progress.position >= position:
            return True
        await self.progress_within(max(timeout_s, QUERY_SECONDS_LEAST))
        if self._progress.position >= position:
            return True
        if self._polling is None or self._polling.done():
            self._polling = asyncio.create_task(self._poll())
        return await self._waits.one(position, timeout_s)

    async def _poll(self) -> None:
        """Ask how far the views have come, for all who wait, as long as anybody does."""
        while True:
            await asyncio.sleep(POLL_SECONDS)
            if not self._waits:
                return
            try:
                await self.progress_within(SILENT_SECONDS_MOST)
            except JournalUnavailable as error:
                self._waits.failed(error)

    async def page(self, listing: Listing, paging: Paging = FIRST, **values: str | int) -> Page:
        """One page of a list; *values* are its filters'."""
        return await self._pool.page(listing, values, paging)

    async def record(self, listing: Listing, **values: str | int) -> Record:
        """The one row that the filters name, if there is one."""
        page = await self._pool.page(listing, values, Paging(limit=1))
        row = page.json[1:-1]
        return Record(page.position, page.at_ns, row or None)

    async def history(self, subject: str, paging: Paging = FIRST) -> Page:
        """Every event of a thing, oldest first, with who asked for it.

        A unit's includes its board's rights and leases, a node's its leases. *subject* is an id,
        or a market's symbol.
        """
        kind = subject[:2]
        if kind == "u-":
            return await self.page(EVENTS, paging, unit=subject)
        if kind == "n-":
            return await self.page(EVENTS, paging, board=subject)
        return await self.page(EVENTS, paging, stream=f"{_STREAMS.get(kind, 'market')}:{subject}")

    async def _refresh(self) -> None:
        """Read the progress; many who wait share one query."""
        if self._query is None or self._query.done():
            self._query = asyncio.ensure_future(self.progress())
            self._query.add_done_callback(_collect_error)
        await asyncio.shield(self._query)


def _collect_error(query: "asyncio.Task[ViewProgress]") -> None:
    """Look at an error that nobody waits for any longer."""
    if not query.cancelled():
        query.exception()
