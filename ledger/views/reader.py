"""What the door asks of the views: lists and records under the wire's names, `_ns` still whole.

`party=""` asks for everybody's rows: whoever calls decides what the asker may see. Every answer
bears the position it is true at; lists come in pages (`paging.py`). Each method raises
JournalUnavailable when the database does not answer, lists also BadCursor.
"""

import asyncio

import msgspec

from ledger.views import listings, listings_of_trade
from ledger.views.asking import Views
from ledger.views.candles import candles_of
from ledger.views.paging import Found, Page, Paging, Shown

POLL_SECONDS = 0.01  # one question for all who wait
FIRST = Paging()


class Progress(msgspec.Struct, frozen=True):
    """How far the views have come."""

    position: int
    at_ns: int


class Reader:
    """Reads the views of one database; opened and closed by the loop that uses it."""

    def __init__(self, dsn: str) -> None:
        self._views = Views(dsn)
        self._progress = Progress(0, 0)
        self._looking: asyncio.Task[Progress] | None = None

    async def open(self) -> None:
        await self._views.open()

    async def close(self) -> None:
        await self._views.close()

    # --- how far

    async def progress(self) -> Progress:
        answer = await self._views.ask("SELECT 1 WHERE false", {})
        self._progress = Progress(answer.position, answer.at_ns)
        return self._progress

    async def wait_for(self, position: int, timeout_s: float = 2.0) -> bool:
        """Whether the views hold *position*, waiting for it at most that long."""
        deadline = asyncio.get_running_loop().time() + timeout_s
        while self._progress.position < position:
            await self._look()
            if self._progress.position >= position:
                break
            if asyncio.get_running_loop().time() >= deadline:
                return False
            await asyncio.sleep(POLL_SECONDS)
        return True

    async def _look(self) -> None:
        """Ask for the progress; many who wait share one question."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.ensure_future(self.progress())
        await asyncio.shield(self._looking)

    # --- the register

    async def units(
        self,
        *,
        party: str = "",
        site: str = "",
        node: str = "",
        state: str = "",
        model: str = "",
        paging: Paging = FIRST,
    ) -> Page:
        terms = {"party": party, "site": site, "node": node, "state": state, "model": model}
        return await self._views.page(listings.UNITS, terms, paging)

    async def unit(self, unit: str, *, party: str = "") -> Found:
        return await self._views.one(listings.UNITS, {"unit": unit, "party": party})

    async def nodes(
        self, *, party: str = "", site: str = "", model: str = "", paging: Paging = FIRST
    ) -> Page:
        terms = {"party": party, "site": site, "model": model}
        return await self._views.page(listings.NODES, terms, paging)

    async def node(self, node: str, *, party: str = "") -> Found:
        return await self._views.one(listings.NODES, {"node": node, "party": party})

    async def holdings(self, *, party: str = "", site: str = "", paging: Paging = FIRST) -> Page:
        """Titled things with the order, settlement or lease that each stands in, if any."""
        return await self._views.page(listings.HOLDINGS, {"party": party, "site": site}, paging)

    async def chain(self, thing: str = "", *, party: str = "", paging: Paging = FIRST) -> Page:
        """The chain of title, oldest first; a unit's is its board's where it sits on one."""
        return await self._views.page(listings.CHAIN, {"thing": thing, "party": party}, paging)

    async def sites(
        self, *, party: str = "", state: str = "", site: str = "", paging: Paging = FIRST
    ) -> Page:
        terms = {"party": party, "state": state, "site": site}
        return await self._views.page(listings.SITES, terms, paging)

    async def parties(self, *, party: str = "", paging: Paging = FIRST) -> Page:
        return await self._views.page(listings.PARTIES, {"party": party}, paging)

    async def principals(self, *, party: str = "", paging: Paging = FIRST) -> Page:
        return await self._views.page(listings.PRINCIPALS, {"party": party}, paging)

    async def models(self, *, paging: Paging = FIRST) -> Page:
        return await self._views.page(listings.MODELS, {}, paging)

    async def rules(self, *, rule: str = "", paging: Paging = FIRST) -> Page:
        return await self._views.page(listings.RULES, {"rule": rule}, paging)

    async def report(self, report_sha256: str, *, party: str = "") -> Found:
        terms = {"report_sha256": report_sha256, "party": party}
        return await self._views.one(listings.REPORTS, terms)

    async def inspections(self, unit: str, *, paging: Paging = FIRST) -> Page:
        return await self._views.page(listings.INSPECTIONS, {"unit": unit}, paging)

    async def documents(self, unit: str, *, paging: Paging = FIRST) -> Page:
        return await self._views.page(listings.DOCUMENTS, {"unit": unit}, paging)

    async def holds(self, *, subject: str = "", hold: str = "", paging: Paging = FIRST) -> Page:
        terms = {"subject": subject, "hold": hold}
        return await self._views.page(listings_of_trade.HOLDS, terms, paging)

    # --- money

    async def cash(self, *, party: str = "", kind: str = "", paging: Paging = FIRST) -> Page:
        """Accounts with a balance; what is not listed holds 0."""
        terms = {"party": party, "kind": kind}
        return await self._views.page(listings_of_trade.CASH, terms, paging)

    async def postings(
        self, *, party: str = "", account: str = "", kind: str = "", paging: Paging = FIRST
    ) -> Page:
        terms = {"party": party, "account": account, "kind": kind}
        return await self._views.page(listings_of_trade.POSTINGS, terms, paging)

    async def withdrawals(
        self, *, party: str = "", state: str = "", payment: str = "", paging: Paging = FIRST
    ) -> Page:
        terms = {"party": party, "state": state, "payment": payment}
        return await self._views.page(listings_of_trade.PAYMENTS, terms, paging)

    async def entries(self, *, kind: str = "", entry: str = "", paging: Paging = FIRST) -> Page:
        """Entries that were written, deposits among them."""
        terms = {"kind": kind, "entry": entry}
        return await self._views.page(listings_of_trade.ENTRIES, terms, paging)

    async def trial_balance(self) -> tuple[Page, int]:
        """Every account with a balance, and their sum, which is 0."""
        answer = await self._views.ask(
            "SELECT account, party, kind, reference, balance_minor"
            " FROM public.trial_balance ORDER BY account",
            {},
        )
        sum_minor = sum(row["balance_minor"] for row in answer.rows)
        return Page(answer.position, answer.at_ns, answer.rows), sum_minor

    # --- the market

    async def instruments(self, *, kind: str = "", paging: Paging = FIRST) -> Page:
        return await self._views.page(listings_of_trade.INSTRUMENTS, {"kind": kind}, paging)

    async def instrument(self, market: str) -> Found:
        return await self._views.one(listings_of_trade.INSTRUMENTS, {"market": market})

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
        return await self._views.page(listings_of_trade.ORDERS, terms, paging)

    async def order(self, order: str, *, party: str = "") -> Found:
        """One order with its fills; `key:<key>` names it by the key of its command."""
        is_key = order.startswith("key:")
        terms = {"key" if is_key else "order": order.removeprefix("key:"), "party": party}
        found = await self._views.one(listings_of_trade.ORDERS, terms)
        if found.row is not None:
            found.row["fills"] = await self._fills_of(found.row["order"])
        return found

    async def _fills_of(self, order: str) -> list[Shown]:
        page = await self._views.page(
            listings_of_trade.FILLS, {"order": order}, Paging(limit=1_000)
        )
        return page.rows[::-1]  # oldest first, as they came

    async def trades(self, *, market: str = "", paging: Paging = FIRST) -> Page:
        """Prints without their parties, for everybody."""
        return await self._views.page(listings_of_trade.PUBLIC_TRADES, {"market": market}, paging)

    async def whole_trades(
        self, *, party: str = "", market: str = "", trade: str = "", paging: Paging = FIRST
    ) -> Page:
        """Trades with both sides and their orders: for the parties and for auditors."""
        terms = {"party": party, "market": market, "trade": trade}
        return await self._views.page(listings_of_trade.TRADES, terms, paging)

    async def fills(
        self, *, party: str = "", order: str = "", market: str = "", paging: Paging = FIRST
    ) -> Page:
        terms = {"party": party, "order": order, "market": market}
        return await self._views.page(listings_of_trade.FILLS, terms, paging)

    async def candles(
        self, market: str, interval: str, *, from_ns: int = 0, to_ns: int = 0, most: int = 500
    ) -> Page:
        """The newest spans of 1m, 5m, 1h or 1d in which a trade was made, oldest first.

        A day is one of the venue's zone. Raises ValueError for another interval.
        """
        rows, terms = candles_of(market, interval, from_ns, to_ns, most)
        answer = await self._views.ask(rows, terms)
        return Page(answer.position, answer.at_ns, answer.rows)

    async def settlements(
        self, *, party: str = "", market: str = "", state: str = "", paging: Paging = FIRST
    ) -> Page:
        terms = {"party": party, "market": market, "state": state}
        return await self._views.page(listings_of_trade.SETTLEMENTS, terms, paging)

    async def settlement(self, settlement: str, *, party: str = "") -> Found:
        terms = {"settlement": settlement, "party": party}
        return await self._views.one(listings_of_trade.SETTLEMENTS, terms)

    async def leases(
        self, *, party: str = "", state: str = "", site: str = "", paging: Paging = FIRST
    ) -> Page:
        terms = {"party": party, "state": state, "site": site}
        return await self._views.page(listings_of_trade.LEASES, terms, paging)

    async def lease(self, lease: str, *, party: str = "") -> Found:
        return await self._views.one(listings_of_trade.LEASES, {"lease": lease, "party": party})

    # --- oversight, and the journal itself

    async def proposals(self, *, party: str = "", state: str = "", paging: Paging = FIRST) -> Page:
        """With *party*: those it made and those that wait for it."""
        terms = {"party": party, "state": state}
        return await self._views.page(listings_of_trade.PROPOSALS, terms, paging)

    async def proposal(self, proposal: str, *, party: str = "") -> Found:
        terms = {"proposal": proposal, "party": party}
        return await self._views.one(listings_of_trade.PROPOSALS, terms)

    async def history(self, subject: str, *, paging: Paging = FIRST) -> Page:
        """Every event of a thing, oldest first, with who asked for it.

        A unit's includes its board's rights and leases, a node's its leases. *subject* is an id,
        or a market's symbol.
        """
        kind = subject[:2]
        if kind == "u-":
            found = await self._views.ask(
                "SELECT node FROM views.units WHERE unit = %(unit)s", {"unit": subject}
            )
            node = found.rows[0]["node"] if found.rows else "-"
            terms = {"unit": subject, "node": node}
        elif kind == "n-":
            terms = {"board": subject}
        else:
            terms = {"stream": f"{_STREAMS.get(kind, 'market')}:{subject}"}
        return await self._views.page(listings_of_trade.EVENTS, terms, paging)

    async def events(
        self,
        *,
        stream: str = "",
        topic: str = "",
        from_position: int = 0,
        to_position: int = 0,
        paging: Paging = FIRST,
    ) -> Page:
        """The journal, as far as the views have read it; bounds included, 0 is open."""
        bounds = {"from_position": from_position or "", "to_position": to_position or ""}
        terms = {"stream": stream, "topic": topic, **bounds}
        return await self._views.page(listings_of_trade.EVENTS, terms, paging)


_STREAMS = {"p-": "party", "s-": "site", "l-": "lease", "x-": "settlement"}
