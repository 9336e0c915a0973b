"""One query to the views: one statement, one snapshot, rows and position together.

The rows of a list are made into JSON by the database, in their wire form, so that a page of a
thousand costs the caller's loop what copying its text costs.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec
import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from ledger.journal.database_connection import login_as, unavailable, unavailable_because
from ledger.journal.protocol import JournalUnavailable
from ledger.views.lists.declaration import Listing
from ledger.views.lists.pages import (
    QUERY_MS,
    ROWS_MOST,
    BadCursor,
    Cursor,
    Page,
    Paging,
    pack,
    unpack,
)

CONNECTIONS = 4
EVERYBODY = ("party", "")  # what the caller may see, for whoever may see all
WAIT_SECONDS_MOST = 5.0  # for a free connection
SILENCE_SECONDS_MOST = 2.0  # a server that stands still keeps no time: ours ends the wait

# The rows up to the limit as one text, the key of the last of them, and whether more follow.
_PAGE = """
    SELECT progress.position, progress.at_ns, page.json, page.last_key, page.has_more
    FROM views.progress CROSS JOIN (
        SELECT convert_to('[' || coalesce(
                   array_to_string((array_agg(json))[:%(limit)s], ','), '') || ']', 'UTF8') AS json,
               (array_agg(key))[%(limit)s] AS last_key,
               count(*) > %(limit)s AS has_more
        FROM ({rows}) AS listed
    ) AS page"""


class ViewPool:
    """A pool of read-only sessions on the views of one database, as role `door`.

    Every query raises JournalUnavailable when it takes longer than `statement_ms`, or the database
    does not answer; none waits much longer for it.
    """

    def __init__(
        self, dsn: str, *, connections: int = CONNECTIONS, statement_ms: int = QUERY_MS
    ) -> None:
        self._statement_ms = statement_ms
        self._answer_s = statement_ms / 1_000 + SILENCE_SECONDS_MOST
        self._queries: set[asyncio.Task[list[tuple[Any, ...]]]] = set()
        found = login_as(dsn, "door")
        self._steps_down_to = found.steps_down_to
        self._pool = AsyncConnectionPool(
            "",
            min_size=1,
            max_size=connections,
            timeout=WAIT_SECONDS_MOST,
            open=False,
            configure=self._step_down,
            kwargs={**found.terms, "autocommit": True, "application_name": "gpubourse reader"},
        )

    async def open(self) -> None:
        """Begin to connect; a database that is down is found out by the first query."""
        await self._pool.open()

    async def close(self) -> None:
        await self._pool.close()

    async def fetch(self, query_text: str, terms: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """The rows of one SELECT.

        A query that is not waited for any longer keeps its connection, and is not called back: that
        would have to wait for the same server.
        """
        query = asyncio.create_task(self._rows(query_text, terms), name="views query")
        self._queries.add(query)
        query.add_done_callback(self._ended)
        try:
            return await asyncio.wait_for(asyncio.shield(query), self._answer_s)
        except TimeoutError as error:
            silent = f"no answer within {self._answer_s:g} s"
            raise unavailable(None, silent) from error

    def _ended(self, query: asyncio.Task[list[tuple[Any, ...]]]) -> None:
        self._queries.discard(query)
        if not query.cancelled():
            query.exception()  # seen: whoever asked may have gone

    async def _rows(self, query: str, terms: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        try:
            async with self._pool.connection() as connection:
                cursor = connection.cursor(binary=True)
                await cursor.execute(query.encode(), terms)
                return await cursor.fetchall()
        except PoolTimeout as error:
            raise unavailable(None, str(error)) from error
        except psycopg.errors.QueryCanceled as error:
            raise JournalUnavailable(
                f"this read took longer than {self._statement_ms / 1_000:g} s, and was ended: "
                "ask for fewer rows, or for a shorter time"
            ) from error
        except psycopg.DataError:
            raise  # a term that no column holds: the database is well
        except psycopg.Error as error:
            raise unavailable_because(error) from error

    async def page(self, listing: Listing, values: Mapping[str, Any], paging: Paging) -> Page:
        """One page of a list, narrowed by each filter given: of them `party` "" is everybody.

        Raises BadCursor.
        """
        cursor = unpack(paging.cursor) if paging.cursor else None
        limit = max(1, min(paging.limit, ROWS_MOST))
        terms = {name: value for name, value in values.items() if (name, value) != EVERYBODY}
        conditions = [_condition(listing, name, value) for name, value in terms.items()]
        if listing.at_ns and paging.from_ns:
            conditions.append(f"{listing.at_ns} >= %(from_ns)s")
        if listing.at_ns and paging.to_ns:
            conditions.append(f"{listing.at_ns} < %(to_ns)s")
        if cursor is not None:
            beyond = "<" if listing.is_newest_first else ">"
            conditions += [f"{listing.since} <= %(pin)s", f"{listing.key} {beyond} %(after)s"]
            terms |= {"pin": cursor.position, "after": cursor.key}
        terms |= {"from_ns": paging.from_ns, "to_ns": paging.to_ns, "limit": limit}
        query = _PAGE.format(rows=listing.select(conditions, "%(limit)s + 1"))
        try:
            ((position, at_ns, json, last_key, has_more),) = await self.fetch(query, terms)
        except psycopg.DataError as error:
            raise BadCursor("that cursor is of another list: begin again without it") from error
        if cursor is not None and cursor.position > position:
            raise BadCursor("that cursor is of another venue: begin again without it")
        first = cursor or Cursor(position, at_ns, 0)
        following = pack(Cursor(first.position, first.at_ns, last_key)) if has_more else None
        return Page(first.position, first.at_ns, without_blanks(json), following)

    async def _step_down(self, connection: psycopg.AsyncConnection[Any]) -> None:
        if self._steps_down_to:
            await connection.execute(f"SET ROLE {self._steps_down_to}".encode())
        await connection.execute("SET default_transaction_read_only = on")
        await connection.execute(f"SET statement_timeout = {self._statement_ms}")


def _condition(listing: Listing, name: str, value: Any) -> str:
    """The SQL of one filter; its value is of the filter's type."""
    found = listing.filters[name]
    assert isinstance(value, found.value_type), f"{name} is of type {found.value_type.__name__}"
    return found.condition


def without_blanks(json: bytes) -> bytes:
    """The same JSON as the gateway writes it: `jsonb` puts a blank behind each comma and colon."""
    return msgspec.json.format(json, indent=-1)
