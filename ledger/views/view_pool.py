"""One question to the views: one statement, one snapshot, rows and position together."""

from collections.abc import Mapping
from typing import Any

import msgspec
import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from ledger.journal.connection import unavailable, why
from ledger.views.lists.pages import (
    ROWS_MOST,
    BadCursor,
    Cursor,
    Found,
    Page,
    Paging,
    Shown,
    pack,
    unpack,
)
from ledger.views.lists.thing_listings import Listing

CONNECTIONS_MOST = 4
WAIT_SECONDS_MOST = 5.0  # for a free connection
STATEMENT_MS_MOST = 10_000

_SNAPSHOT = """
    SELECT json_build_object('position', progress.position, 'at_ns', progress.at_ns, 'rows', (
        SELECT coalesce(json_agg(shown), '[]') FROM ({rows}) shown
    ))::text FROM views.progress"""


class QueryResult(msgspec.Struct):
    """What the database says: rows as JSON, and how far the views had come."""

    position: int
    at_ns: int
    rows: list[Shown]


_decode = msgspec.json.Decoder(QueryResult).decode


class ViewPool:
    """A pool of read-only sessions on the views of one database, as role `auditor`.

    Every question raises JournalUnavailable when the database does not answer.
    """

    def __init__(self, dsn: str) -> None:
        self._pool = AsyncConnectionPool(
            dsn,
            min_size=1,
            max_size=CONNECTIONS_MOST,
            timeout=WAIT_SECONDS_MOST,
            open=False,
            configure=_step_down,
            kwargs={"autocommit": True, "application_name": "gpubourse reader"},
        )

    async def open(self) -> None:
        """Begin to connect; a database that is down is found out by the first question."""
        await self._pool.open()

    async def close(self) -> None:
        await self._pool.close()

    async def ask(self, rows: str, terms: Mapping[str, Any]) -> QueryResult:
        """Rows of any SELECT, with the views' position in the same snapshot."""
        query = _SNAPSHOT.format(rows=rows).encode()
        try:
            async with self._pool.connection() as connection:
                cursor = await connection.execute(query, terms)
                found = await cursor.fetchone()
        except PoolTimeout as error:
            raise unavailable(None, str(error)) from error
        except psycopg.DataError:
            raise  # a term that no column holds: the database is well
        except psycopg.Error as error:
            raise why(error) from error
        assert found is not None
        return _decode(found[0])

    async def page(self, listing: Listing, terms: Mapping[str, Any], paging: Paging) -> Page:
        """One page of a list. A term that is "" does not narrow it. Raises BadCursor."""
        cursor = unpack(paging.cursor) if paging.cursor else None
        limit = max(1, min(paging.limit, ROWS_MOST))
        given = {name: term for name, term in terms.items() if term != ""}
        where = [listing.clauses[name] for name in given if name in listing.clauses]
        if listing.at_ns and paging.from_ns:
            where.append(f"{listing.at_ns} >= %(from_ns)s")
        if listing.at_ns and paging.to_ns:
            where.append(f"{listing.at_ns} < %(to_ns)s")
        if cursor is not None:
            beyond = "<" if listing.is_newest_first else ">"
            where += [f"{listing.born} <= %(pin)s", f"{listing.key} {beyond} %(after)s"]
            given |= {"pin": cursor.position, "after": cursor.key}
        given |= {"from_ns": paging.from_ns, "to_ns": paging.to_ns, "most": limit + 1}
        try:
            answer = await self.ask(_select(listing, where), given)
        except psycopg.DataError as error:
            raise BadCursor("that cursor is of another list: begin again without it") from error
        if cursor is not None and cursor.position > answer.position:
            raise BadCursor("that cursor is of another venue: begin again without it")
        at = cursor or Cursor(answer.position, answer.at_ns, 0)
        return _cut(answer.rows, at, limit)

    async def one(self, listing: Listing, terms: Mapping[str, Any]) -> Found:
        """The one record that the terms name, if the asker may see it."""
        page = await self.page(listing, terms, Paging(limit=1))
        return Found(page.position, page.at_ns, page.rows[0] if page.rows else None)


async def _step_down(connection: psycopg.AsyncConnection[Any]) -> None:
    await connection.execute("SET ROLE auditor")
    await connection.execute("SET default_transaction_read_only = on")
    await connection.execute(f"SET statement_timeout = {STATEMENT_MS_MOST}")


def _select(listing: Listing, where: list[str]) -> str:
    narrowed = f" WHERE {' AND '.join(where)}" if where else ""
    order = "DESC" if listing.is_newest_first else "ASC"
    # the key is shown as `_key`, cut off again by `_cut`
    head, separator, rest = listing.rows.strip().partition(" ")
    assert head == "SELECT"
    rows = f"{head}{separator}{listing.key} AS _key, {rest}"
    return f"{rows}{narrowed} ORDER BY {listing.key} {order} LIMIT %(most)s"


def _cut(rows: list[Shown], at: Cursor, limit: int) -> Page:
    keys = [row.pop("_key") for row in rows]
    more = len(rows) > limit
    cursor = pack(Cursor(at.position, at.at_ns, keys[limit - 1])) if more else None
    return Page(at.position, at.at_ns, rows[:limit], cursor)
