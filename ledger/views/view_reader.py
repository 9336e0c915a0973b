"""What the door asks of the register's views: lists and records under the wire's names.

`party=""` asks for everybody's rows: whoever calls decides what the asker may see. Every answer
bears the position it is true at; lists come in pages (`pages.py`). Each method raises
JournalUnavailable when the database does not answer, lists also BadCursor.
"""

import asyncio

import msgspec

from ledger.views.lists import cash_listings, journal_listings
from ledger.views.lists import thing_listings as listings
from ledger.views.lists.pages import Found, Page, Paging
from ledger.views.view_pool import ViewPool

POLL_SECONDS = 0.01  # one question for all who wait
FIRST = Paging()


class ViewProgress(msgspec.Struct, frozen=True):
    """How far the views have come."""

    position: int
    at_ns: int


class RegisterReader:
    """Reads the views of one database; opened and closed by the loop that uses it."""

    def __init__(self, dsn: str) -> None:
        self._pool = ViewPool(dsn)
        self._progress = ViewProgress(0, 0)
        self._looking: asyncio.Task[ViewProgress] | None = None

    async def open(self) -> None:
        await self._pool.open()

    async def close(self) -> None:
        await self._pool.close()

    # --- how far

    async def progress(self) -> ViewProgress:
        answer = await self._pool.ask("SELECT 1 WHERE false", {})
        self._progress = ViewProgress(answer.position, answer.at_ns)
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
        return await self._pool.page(listings.UNITS, terms, paging)

    async def unit(self, unit: str, *, party: str = "") -> Found:
        return await self._pool.one(listings.UNITS, {"unit": unit, "party": party})

    async def nodes(
        self, *, party: str = "", site: str = "", model: str = "", paging: Paging = FIRST
    ) -> Page:
        terms = {"party": party, "site": site, "model": model}
        return await self._pool.page(listings.NODES, terms, paging)

    async def node(self, node: str, *, party: str = "") -> Found:
        return await self._pool.one(listings.NODES, {"node": node, "party": party})

    async def holdings(self, *, party: str = "", site: str = "", paging: Paging = FIRST) -> Page:
        """Titled things with the order, settlement or lease that each stands in, if any."""
        return await self._pool.page(listings.HOLDINGS, {"party": party, "site": site}, paging)

    async def chain(self, thing: str = "", *, party: str = "", paging: Paging = FIRST) -> Page:
        """The chain of title, oldest first; a unit's is its board's where it sits on one."""
        return await self._pool.page(listings.CHAIN, {"thing": thing, "party": party}, paging)

    async def sites(
        self, *, party: str = "", state: str = "", site: str = "", paging: Paging = FIRST
    ) -> Page:
        terms = {"party": party, "state": state, "site": site}
        return await self._pool.page(listings.SITES, terms, paging)

    async def parties(self, *, party: str = "", paging: Paging = FIRST) -> Page:
        return await self._pool.page(listings.PARTIES, {"party": party}, paging)

    async def principals(self, *, party: str = "", paging: Paging = FIRST) -> Page:
        return await self._pool.page(listings.PRINCIPALS, {"party": party}, paging)

    async def models(self, *, paging: Paging = FIRST) -> Page:
        return await self._pool.page(listings.MODELS, {}, paging)

    async def rules(self, *, rule: str = "", paging: Paging = FIRST) -> Page:
        return await self._pool.page(listings.RULES, {"rule": rule}, paging)

    async def report(self, report_sha256: str, *, party: str = "") -> Found:
        terms = {"report_sha256": report_sha256, "party": party}
        return await self._pool.one(listings.REPORTS, terms)

    async def inspections(self, unit: str, *, paging: Paging = FIRST) -> Page:
        return await self._pool.page(listings.INSPECTIONS, {"unit": unit}, paging)

    async def documents(self, unit: str, *, paging: Paging = FIRST) -> Page:
        return await self._pool.page(listings.DOCUMENTS, {"unit": unit}, paging)

    async def holds(self, *, subject: str = "", hold: str = "", paging: Paging = FIRST) -> Page:
        terms = {"subject": subject, "hold": hold}
        return await self._pool.page(journal_listings.HOLDS, terms, paging)

    # --- money

    async def cash(self, *, party: str = "", kind: str = "", paging: Paging = FIRST) -> Page:
        """Accounts with a balance; what is not listed holds 0."""
        terms = {"party": party, "kind": kind}
        return await self._pool.page(cash_listings.CASH, terms, paging)

    async def postings(
        self, *, party: str = "", account: str = "", kind: str = "", paging: Paging = FIRST
    ) -> Page:
        terms = {"party": party, "account": account, "kind": kind}
        return await self._pool.page(cash_listings.POSTINGS, terms, paging)

    async def withdrawals(
        self, *, party: str = "", state: str = "", payment: str = "", paging: Paging = FIRST
    ) -> Page:
        terms = {"party": party, "state": state, "payment": payment}
        return await self._pool.page(cash_listings.PAYMENTS, terms, paging)

    async def entries(self, *, kind: str = "", entry: str = "", paging: Paging = FIRST) -> Page:
        """Entries that were written, deposits among them."""
        terms = {"kind": kind, "entry": entry}
        return await self._pool.page(cash_listings.ENTRIES, terms, paging)

    async def trial_balance(self) -> tuple[Page, int]:
        """Every account with a balance, and their sum, which is 0."""
        answer = await self._pool.ask(
            "SELECT account, party, kind, reference, balance_minor"
            " FROM public.trial_balance ORDER BY account",
            {},
        )
        sum_minor = sum(row["balance_minor"] for row in answer.rows)
        return Page(answer.position, answer.at_ns, answer.rows), sum_minor

    # --- settlements and leases

    async def settlements(
        self, *, party: str = "", market: str = "", state: str = "", paging: Paging = FIRST
    ) -> Page:
        terms = {"party": party, "market": market, "state": state}
        return await self._pool.page(cash_listings.SETTLEMENTS, terms, paging)

    async def settlement(self, settlement: str, *, party: str = "") -> Found:
        terms = {"settlement": settlement, "party": party}
        return await self._pool.one(cash_listings.SETTLEMENTS, terms)

    async def leases(
        self, *, party: str = "", state: str = "", site: str = "", paging: Paging = FIRST
    ) -> Page:
        terms = {"party": party, "state": state, "site": site}
        return await self._pool.page(cash_listings.LEASES, terms, paging)

    async def lease(self, lease: str, *, party: str = "") -> Found:
        return await self._pool.one(cash_listings.LEASES, {"lease": lease, "party": party})

    # --- oversight, and the journal itself

    async def proposals(self, *, party: str = "", state: str = "", paging: Paging = FIRST) -> Page:
        """With *party*: those it made and those that wait for it."""
        terms = {"party": party, "state": state}
        return await self._pool.page(journal_listings.PROPOSALS, terms, paging)

    async def proposal(self, proposal: str, *, party: str = "") -> Found:
        terms = {"proposal": proposal, "party": party}
        return await self._pool.one(journal_listings.PROPOSALS, terms)

    async def history(self, subject: str, *, paging: Paging = FIRST) -> Page:
        """Every event of a thing, oldest first, with who asked for it.

        A unit's includes its board's rights and leases, a node's its leases. *subject* is an id,
        or a market's symbol.
        """
        kind = subject[:2]
        if kind == "u-":
            found = await self._pool.ask(
                "SELECT node FROM views.units WHERE unit = %(unit)s", {"unit": subject}
            )
            node = found.rows[0]["node"] if found.rows else "-"
            terms = {"unit": subject, "node": node}
        elif kind == "n-":
            terms = {"board": subject}
        else:
            terms = {"stream": f"{_STREAMS.get(kind, 'market')}:{subject}"}
        return await self._pool.page(journal_listings.EVENTS, terms, paging)

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
        return await self._pool.page(journal_listings.EVENTS, terms, paging)


_STREAMS = {"p-": "party", "s-": "site", "l-": "lease", "x-": "settlement"}
