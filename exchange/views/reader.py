"""What the door asks of the views: the register's lists, and the market's."""

from exchange.views import market_listings as listings
from exchange.views.candles import candles_of
from ledger.views.lists.pages import Found, Page, Paging, Shown
from ledger.views.view_reader import FIRST, RegisterReader


class Reader(RegisterReader):
    """Reads the views of one database; opened and closed by the loop that uses it."""

    async def instruments(self, *, kind: str = "", paging: Paging = FIRST) -> Page:
        return await self._pool.page(listings.INSTRUMENTS, {"kind": kind}, paging)

    async def instrument(self, market: str) -> Found:
        return await self._pool.one(listings.INSTRUMENTS, {"market": market})

    async def orders(
        self,
        *,
        party: str = "",
        market: str = "",
        state: str = "",
        side: str = "",
        label: str = "",
        paging: Paging = FIRST,
    ) -> Page:
        terms = {"party": party, "market": market, "state": state, "side": side, "label": label}
        return await self._pool.page(listings.ORDERS, terms, paging)

    async def order(self, order: str, *, party: str = "") -> Found:
        """One order with its fills; `key:<key>` names it by the key of its command."""
        is_key = order.startswith("key:")
        terms = {"key" if is_key else "order": order.removeprefix("key:"), "party": party}
        found = await self._pool.one(listings.ORDERS, terms)
        if found.row is not None:
            found.row["fills"] = await self._fills_of(found.row["order"])
        return found

    async def _fills_of(self, order: str) -> list[Shown]:
        page = await self._pool.page(listings.FILLS, {"order": order}, Paging(limit=1_000))
        return page.rows[::-1]  # oldest first, as they came

    async def trades(self, *, market: str = "", paging: Paging = FIRST) -> Page:
        """Prints without their parties, for everybody."""
        return await self._pool.page(listings.PUBLIC_TRADES, {"market": market}, paging)

    async def whole_trades(
        self, *, party: str = "", market: str = "", trade: str = "", paging: Paging = FIRST
    ) -> Page:
        """Trades with both sides and their orders: for the parties and for auditors."""
        terms = {"party": party, "market": market, "trade": trade}
        return await self._pool.page(listings.TRADES, terms, paging)

    async def fills(
        self, *, party: str = "", order: str = "", market: str = "", paging: Paging = FIRST
    ) -> Page:
        terms = {"party": party, "order": order, "market": market}
        return await self._pool.page(listings.FILLS, terms, paging)

    async def candles(
        self, market: str, interval: str, *, from_ns: int = 0, to_ns: int = 0, most: int = 500
    ) -> Page:
        """The newest spans of 1m, 5m, 1h or 1d in which a trade was made, oldest first.

        A day is one of the venue's zone. Raises ValueError for another interval.
        """
        rows, terms = candles_of(market, interval, from_ns, to_ns, most)
        answer = await self._pool.ask(rows, terms)
        return Page(answer.position, answer.at_ns, answer.rows)
