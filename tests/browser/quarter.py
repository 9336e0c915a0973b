"""The venue of the browser tests: all of it, on PostgreSQL, with visitors' seats and clerks.

The floor's facts are the history (owners with boards, buyers with cash); everything after it goes
through the gateway: visitors enrol by invitation, offices answer by signed commands.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import aiohttp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.server.listener import Listener
from gateway.server.server import open_server
from gateway.settings import Settings
from gpubourse.key_files import KeyFile, public_key_of
from ledger.authority.public_key import PUBLIC_KEY_RULE
from ledger.base64url import text64
from ledger.events import Event as Fact
from ledger.events import PartyRegistered, PrincipalEnrolled, RoleGranted, TitleTransferred
from ledger.journal.memory import MemoryStore
from ledger.journal.postgres import PostgresJournal
from tests.exchange.ground import TITLE, Floor
from tests.gateway.town import SCOPES, Town, TownClock
from tests.waiting import PATIENCE_S, until

CLERKS = ("clerk", "second clerk")
AUDITORS = "p-0006"  # a party of its own, behind the floor's four


class Quarter(Town):
    """The running gateway with its invitations."""

    async def invitation(self, name: str, party: str, scopes: list[str]) -> str:
        """The address that enrols a page for a party: what the demo prints, or an admin sends."""
        args = {"holder": f"Visitor {name}", "party": party, "scopes": scopes, "label": name}
        told = await self.act("clerk", "POST", "/v1/principals/invite", "principal.invite", args)
        return f"{self.url}/#enrol={told['code']}"

    async def auditor(self) -> str:
        return await self.invitation("auditor", AUDITORS, ["read", "audit"])

    async def trader(self) -> str:
        return await self.invitation("trader", self.floor.buyers[0], ["read", "trade"])

    async def seller(self) -> str:
        scopes = ["read", "trade", "seller"]
        return await self.invitation("seller", self.floor.owners[0], scopes)

    async def act(
        self, name: str, method: str, path: str, op: str, args: dict[str, Any], **path_args: str
    ) -> dict[str, Any]:
        """A signed command of one of the keys; its result."""
        token = await self.log_on(name)
        headers = self.signed(name, op, {**args, **path_args})
        status, told, _ = await self.ask(method, path, token=token, body=args, **headers)
        assert status < 300, told
        result: dict[str, Any] = told["result"]
        return result

    async def offer(self, price_ticks: int, lots: int, market: str = TITLE) -> str:
        """An ask of the second owner; its order."""
        args = {"market": market, "side": "ask", "price_ticks": price_ticks, "lots": lots}
        told = await self.act("maker", "POST", "/v1/orders", "order.new", args)
        return str(told["order"])

    async def buy(self, price_ticks: int, lots: int, market: str = TITLE) -> dict[str, Any]:
        """A bid of the second buyer."""
        args = {"market": market, "side": "bid", "price_ticks": price_ticks, "lots": lots}
        return await self.act("buyer", "POST", "/v1/orders", "order.new", args)

    async def clear(self) -> None:
        """What its offices' people left standing is cancelled; then all must be as at the start."""
        for name in ("maker", "buyer"):
            await self.act(name, "POST", "/v1/orders/cancel_all", "order.cancel_all", {})
        views = self.parts.market_views.by_market.values()
        await until(lambda: all(view.is_empty for view in views))
        assert not [view.spec.market for view in views if view.last_ticks is not None]

    async def deliver(self, settlement: str) -> None:
        """The custodian, who operates the site, confirms a delivery in place."""
        path = f"/v1/settlements/{settlement}/confirm"
        await self.act("custodian", "POST", path, "settlement.confirm", {}, settlement=settlement)

    async def approve(self, proposal: str) -> None:
        """Both clerks say yes; the second only where the rule asks for one."""
        path = f"/v1/proposals/{proposal}/approve"
        for name in CLERKS:
            told = await self.act(name, "POST", path, "proposal.approve", {}, proposal=proposal)
            if told["state"] == "approved":
                return
        raise AssertionError(f"{proposal} still waits")


@asynccontextmanager
async def quarter_of(
    tmp_path: Path, dsn: str, more: Callable[[Floor], None] = lambda floor: None
) -> AsyncIterator[Quarter]:
    """A house on a fresh database, with the floor's history and one sale in a chain of title.

    *more*: what a test wants to have happened besides.
    """
    floor = Floor(enrols=False)
    keys = _people(floor)
    floor.happen(_sale_before(floor))
    more(floor)
    _write_down(floor, dsn)
    settings = Settings(data_folder=tmp_path, database_url=dsn, kind="demo", port=0, metrics_port=0)
    clock = TownClock(floor.writer.at_ns)
    house = await open_server(settings, clock=clock)
    reader = house.parts.reader
    assert reader is not None
    try:
        # A page that asks sooner hears that a party is unknown, which Chromium calls an error.
        assert await reader.wait_for(floor.writer.position, timeout_s=PATIENCE_S)
        async with aiohttp.ClientSession() as http:
            url = house.url.rstrip("/")
            yield Quarter(
                url,
                house.parts,
                house.engine,
                floor,
                keys,
                http,
                clock,
                Listener(house.parts),
                MemoryStore(),
            )
    finally:
        await house.close()


def _write_down(floor: Floor, dsn: str) -> None:
    """The floor's batches become the journal that the server then finds."""
    journal = PostgresJournal(dsn)
    journal.take_fence()
    for batch in floor.batches:
        journal.append(batch.rows, [batch.command] if batch.command else [])
    journal.close()


def _people(floor: Floor) -> dict[str, KeyFile]:
    """The auditors' party, and keys for the offices and for who trades off the page."""
    floor.happen(
        PartyRegistered(AUDITORS, "Visiting Auditor", "company", "CN", "REG-6"),
        RoleGranted(AUDITORS, "auditor", "quarter"),
    )
    people = {
        "clerk": ("p-0001", SCOPES["clerk"]),
        "second clerk": ("p-0001", SCOPES["clerk"]),
        "maker": (floor.owners[1], SCOPES["maker"]),
        "custodian": (floor.owners[0], SCOPES["seller"]),
        "buyer": (floor.buyers[1], SCOPES["trader"]),
    }
    SCOPES.update({name: scopes for name, (_, scopes) in people.items()})
    keys = {}
    for number, (name, (party, scopes)) in enumerate(people.items(), 3):
        private_key = Ed25519PrivateKey.generate()
        keys[name] = KeyFile(party, f"k-{number:04d}", "cn-1", private_key)
        floor.happen(_enrolled(keys[name], name, scopes))
    return keys


def _enrolled(key: KeyFile, name: str, scopes: list[str]) -> PrincipalEnrolled:
    return PrincipalEnrolled(
        party=key.party,
        principal=key.principal,
        holder_sha256=text64(sha256(name.encode()).digest()),
        public_key=public_key_of(key.private_key),
        scopes=scopes,
        ip_allow=[],
        signing="every",
        label=name,
        valid_to_ns=0,
        public_key_rule=PUBLIC_KEY_RULE,
    )


def _sale_before(floor: Floor) -> Fact:
    """One node changed hands before the page was opened: a chain of two links."""
    return TitleTransferred(
        node="n-0008",
        from_party=floor.owners[1],
        to_party=floor.owners[0],
        settlement="",
        basis="transfer",
        price_minor=82_800_000,
        subject_to=[],
        effective_ns=floor.writer.at_ns,
    )
