"""The structs say what a venue really says: a whole trading day by typed methods, held exactly.

Every reply that is read here must know each member that the wire says (tests/gpubourse/exact.py),
so a venue that says more, or otherwise, is noticed in setup/client.toml first.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.server.server import open_server
from gateway.settings import Settings
from gpubourse import Client, KeyFile, WaitingProposal, connect
from gpubourse.key_files import new_private_key, public_key_of
from gpubourse.records import NodeSiteReply, PrincipalReply
from gpubourse.retry import in_turn
from gpubourse.wire import sha256_text
from setup.client_verbs import KNOWN
from tests.gateway.town import Town
from tests.gpubourse.exact import exactly
from tests.ledger.things.dumps import dump, several
from tests.scenes.stage import HOUR_NS, OPENING_NS, StageClock

TITLE = "T.H100SXM8.A1.CN-BJ"
LEASE = "L.H100SXM8.CN-BJ.2025-01"
INVOICE = sha256_text(b"Invoice 7781")
CUSTOMS = sha256_text(b"Customs declaration 31-0042")
NOT_READ_HERE = {  # records that only a reply of another day holds
    "MeterReply",  # a lease that has begun
    "HoldRow",  # a bar
}


class Day:
    """An open venue, its two clerks, and whoever is admitted."""

    def __init__(self, url: str, folder: Path, clock: StageClock) -> None:
        self.url = url
        self.folder = folder
        self.clock = clock
        self.one = connect(url, key=folder / "keys" / "clerk-1")
        self.two = connect(url, key=folder / "keys" / "clerk-2")

    async def both(self, asked: Any) -> None:
        """Let the second clerk sign what the first asked for."""
        assert isinstance(asked, WaitingProposal)
        done = await in_turn(lambda: self.two.approve_proposal(asked.proposal))
        assert done.state == "approved"

    async def admit(self, name: str, roles: list[str], scopes: list[str]) -> Client:
        """A party of tier 2 with these roles, and somebody who signs for it."""
        one = self.one
        party = await in_turn(
            lambda: one.register_party(
                legal_name=name, kind="company", jurisdiction="CN", registration_no=f"91-{name}"
            )
        )
        await in_turn(lambda: one.set_kyc_tier(party.party, kyc_tier=2))
        for role in roles:
            granted = await in_turn(lambda role=role: one.grant_role(party.party, role=role))
            await self.both(granted)
        invited = await in_turn(
            lambda: one.invite(party=party.party, holder=f"{name}'s hand", scopes=scopes)
        )
        private_key = new_private_key()
        async with connect(self.url) as visitor:
            enrolled = await visitor.enrol(invited.code, public_key=public_key_of(private_key))
        assert isinstance(enrolled, PrincipalReply)
        key = KeyFile(party.party, enrolled.principal, one.venue.venue, private_key)
        return connect(self.url, key=key)


@pytest.fixture
async def day(tmp_path: Path, postgres_dsn: str) -> AsyncIterator[Day]:
    """A venue of its own at ten in the morning of 2024-11-15 in Beijing."""
    clock = StageClock(OPENING_NS + 10 * HOUR_NS)
    settings = Settings(
        data_folder=tmp_path,
        database_url=postgres_dsn,
        port=0,
        metrics_port=0,
        holders=("Chen Jing", "Zhao Lei"),
        accept_jump=True,
    )
    server = await open_server(settings, clock=clock)
    opened = Day(server.url.rstrip("/"), tmp_path, clock)
    try:
        async with opened.one, opened.two:
            yield opened
    finally:
        await server.close()


@pytest.mark.postgres
async def test_a_trading_day_by_typed_methods(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = exactly(monkeypatch)
    seller = await day.admit("Helan", ["owner", "operator"], ["read", "seller", "trade"])
    buyer = await day.admit("Pudong", ["owner"], ["read", "trade"])
    async with seller, buyer:
        await register_a_server(day, seller)
        await sell_it(day, seller, buyer)
        await let_a_month(seller, buyer)
        await offices(day, seller, buyer)
        await asyncio.gather(*(every_read(each) for each in (day.one, seller, buyer)))
        await every_record(day.one, seller)

    wanted = {reply.get("record", "WaitingProposal") for reply in KNOWN["replies"].values()}
    wanted |= {record for _, record in KNOWN["reads"].values()}
    assert wanted - NOT_READ_HERE <= set(kinds), wanted - NOT_READ_HERE - set(kinds)


async def register_a_server(day: Day, seller: Client) -> None:
    """Eight cards with papers and title, graded by a report of this morning."""
    site = await seller.register_site(
        name="Beijing West Hall", delivery_point="CN-BJ", latency_us={"CN-SH": 24_000}
    )
    assert (await seller.set_site_status(site.site, status="live")).status == "live"
    report = morning_report(day)
    preview = await seller.preview_import(report, site=site.site)
    assert (preview.units, preview.new_units, preview.grades["A"]) == (8, 8, 8)
    made = await seller.import_inventory(report, site=site.site)
    assert (made.nodes, len(made.new_units), made.proposal) == (["n-0001"], 8, None)
    placed = await seller.set_node_site(nodes=made.nodes, site=site.site)
    assert isinstance(placed, NodeSiteReply)
    assert (placed.site, placed.nodes, placed.proposal) == (site.site, ["n-0001"], None)
    same = await seller.import_inventory(report, site=site.site)
    assert (same.report_sha256, same.units) == (made.report_sha256, []), "it was there before"
    assert len((await seller.imported_report(made.report_sha256)).units) == 8
    day.clock.skip(60_000_000_000)
    again = await seller.inspect_units("u-000001", report=morning_report(day))
    assert len(again.units) == 8
    for kind, paper in (("invoice", INVOICE), ("customs", CUSTOMS)):
        filed = await seller.file_provenance(
            "n-0001", kind=kind, document_sha256=paper, names_serial=True
        )
        assert len(filed.units) == 8
        verified = await in_turn(
            lambda paper=paper: day.one.verify_provenance("n-0001", document_sha256=paper)
        )
    assert set(verified.provenance.values()) == {"P1"}
    asked = await seller.issue_title(things=["n-0001"])
    assert isinstance(asked, WaitingProposal)
    done = await in_turn(lambda: day.one.approve_proposal(asked.proposal))
    assert done.outcome == {"titles": [{"thing": "n-0001", "holder": seller.party}]}


async def sell_it(day: Day, seller: Client, buyer: Client) -> None:
    """One ask, one bid, one trade; delivered, inspected, paid."""
    for amount, number in ((1_000_000_00, 1), (900_000_00, 2)):
        await in_turn(
            lambda amount=amount, number=number: day.one.record_deposit(
                party=buyer.party, amount_minor=amount, reference=f"BANK-{number}"
            )
        )
    orders, fills = buyer.watch_orders(), buyer.watch_fills()
    settled, cash = buyer.watch_settlements(), buyer.watch_cash()
    assert (await anext(orders)).body == []
    assert [row.balance_minor for row in (await anext(cash)).body] == [1_900_000_00]
    assert (await anext(settled)).kind == "snapshot"
    fill = asyncio.ensure_future(anext(fills))
    ask = await seller.place(market=TITLE, side="ask", price_ticks=1035, lots=1, nodes=["n-0001"])
    assert (ask.state, ask.nodes, ask.cause) == ("open", ["n-0001"], None)
    same = await seller.amend(ask.order, price_ticks=1035)
    assert (same.state, same.price_ticks, same.nodes) == ("open", 1035, ["n-0001"])
    amended = await seller.amend(ask.order, price_ticks=1040, key="dearer")
    assert amended.price_ticks == 1040
    assert await seller.amend(ask.order, price_ticks=1040, key="dearer") == amended
    bid = await buyer.place(market=TITLE, side="bid", price_ticks=1040, lots=1, label="first")
    assert (bid.state, [each.role for each in bid.fills]) == ("filled", ["taker"])
    assert (await anext(orders)).body[0].state == "filled"
    assert (await fill).body[0].fill == bid.fills[0].fill
    assert (await anext(cash)).body[0].kind is not None
    opened = (await anext(settled)).body[0]
    assert (opened.state, opened.things) == ("open", ["n-0001"])
    for feed in (orders, fills, settled, cash):
        await feed.aclose()  # type: ignore[attr-defined]
    settlement = bid.fills[0].settlement
    failed = await in_turn(lambda: day.one.fail_settlement(settlement, reason="it came late"))
    assert (failed.state, failed.at_fault) == ("failed", seller.party)
    instructed = await seller.instruct_delivery(settlement)
    assert (instructed.state, instructed.mode) == ("delivering", "in_place")
    assert (await seller.confirm_delivery(settlement)).state == "inspecting"
    accepted = await buyer.accept_delivery(settlement, report=morning_report(day))
    assert accepted.compared == "8 of 8 match, same grade"
    assert sum(amount for _, amount in accepted.postings) == 0


async def let_a_month(seller: Client, buyer: Client) -> None:
    """Bids come and go; then who bought the server lets it to who sold it."""
    bid = await buyer.place(market=LEASE, side="bid", price_ticks=1_000, lots=1)
    ended = await buyer.cancel(bid.order, key="no-more")
    assert (ended.state, ended.cause, ended.lots_ended) == ("cancelled", "user", 1)
    assert (ended.market, ended.side, ended.price_ticks) == (LEASE, "bid", 1_000)
    assert await buyer.cancel(bid.order, key="no-more") == ended
    more = await buyer.place(market=LEASE, side="bid", price_ticks=1_001, lots=1)
    assert [each.order for each in await buyer.cancel_all(market=LEASE)] == [more.order]
    assert await buyer.cancel_all(side="bid") == []
    gone = await buyer.place(
        market=LEASE, side="bid", price_ticks=1_001, lots=1, time_in_force="ioc"
    )
    assert gone.state == "expired"
    ask = await buyer.place(market=LEASE, side="ask", price_ticks=1_302, lots=1)
    assert ask.nodes == ["n-0001"]
    rented = await seller.place(market=LEASE, side="bid", price_ticks=1_302, lots=1)
    assert (rented.state, rented.fills[0].settlement) == ("filled", "")
    lease = await anext(seller.leases())
    assert (lease.lessor, lease.lessee) == (buyer.party, seller.party)
    assert (await buyer.lease(lease.lease)).rent_minor == 1_302 * 5_952


async def offices(day: Day, seller: Client, buyer: Client) -> None:
    """What the venue's people do besides: each once, paced by their rate."""
    one = day.one
    withdrawn = await seller.request_withdrawal(amount_minor=100_00, to_account="ICBC 6222")
    assert not isinstance(withdrawn, WaitingProposal)
    large = await seller.request_withdrawal(amount_minor=300_00, to_account="ICBC 6222 0202")
    assert not isinstance(large, WaitingProposal)
    paid = await in_turn(lambda: one.confirm_payment(withdrawn.payment, payer_reference="BANK-9"))
    refused = await in_turn(lambda: one.refuse_payment(large.payment, reason="no such account"))
    assert (paid.state, refused.state) == ("paid", "refused")
    owned = await seller.declare_ownership(buyer.party, owner=seller.party, share_bp=1_000)
    assert isinstance(owned, WaitingProposal)
    agreed = await in_turn(lambda: buyer.approve_proposal(owned.proposal))
    assert (agreed.state, agreed.outcome["moved"]) == ("approved", [])
    asked = await in_turn(lambda: one.set_rule(rule="proposal", value=12 * HOUR_NS, from_ns=0))
    assert isinstance(asked, WaitingProposal)
    assert (await in_turn(lambda: one.withdraw_proposal(asked.proposal))).state == "withdrawn"
    asked = await in_turn(lambda: one.grant_role(buyer.party, role="inspector"))
    assert isinstance(asked, WaitingProposal)
    rejected = await in_turn(lambda: day.two.reject_proposal(asked.proposal))
    assert rejected.state == "rejected"
    stranger = await day.admit("Stranger", [], ["read"])
    async with stranger:
        assert (await in_turn(lambda: one.suspend_party(stranger.party, reason="a test"))).state
        asked = await in_turn(lambda: one.reinstate_party(stranger.party, reason="it is over"))
        await day.both(asked)
        (key,) = [each async for each in one.principals() if each.party == stranger.party]
        revoked = await in_turn(lambda: one.revoke_principal(key.principal))
        assert revoked.state == "revoked"
        assert await in_turn(lambda: one.revoke_principal(key.principal)) == revoked


async def every_read(caller: Client) -> None:
    """Every list that this caller may see, to its end."""
    lists = [
        caller.rules, caller.models, caller.parties, caller.proposals, caller.sites, caller.units,
        caller.site_directory, caller.nodes, caller.holdings, caller.leases, caller.cash,
        caller.postings, caller.withdrawals, caller.settlements, caller.orders, caller.fills,
        caller.instruments, caller.markets,
    ]  # fmt: skip
    for each in lists:
        async for _ in each():
            pass


async def every_record(clerk: Client, seller: Client) -> None:
    """One of each record, and what an auditor reads."""
    assert (await seller.party_record(seller.party)).roles == ["owner", "operator"]
    assert (await clerk.proposal("z-000001")).op == "party.grant_role"
    assert (await seller.site("s-0001")).latency_us == {"CN-SH": 24_000}
    unit = await clerk.unit("u-000001")
    assert [link.basis for link in unit.chain] == ["opening", "sale"]
    assert (await clerk.node("n-0001")).asset_class == "H100SXM8.A1"
    topics = [row.topic async for row in clerk.unit_history("u-000001")]
    assert "title_transferred" in topics
    assert [row.topic async for row in clerk.node_history("n-0001")]
    assert (await clerk.settlement("x-000001")).state == "settled"
    assert (await clerk.order("o-000002")).fills[0].lots == 1
    assert (await clerk.instrument(TITLE)).lot_size == 8
    assert (await clerk.instrument(LEASE)).hours == 744
    assert (await clerk.market(TITLE)).last_ticks == 1040
    assert [row.lots async for row in clerk.trades(TITLE)] == [1]
    worth = await clerk.worth("T.H100SXM8.A0.CN-BJ", lots=2)
    assert (worth.lots, [each.by for each in worth.changes]) == (2, ["papers"])
    assert worth.changes[0].now is not None
    assert worth.changes[0].now.last_minor == 10_400_000
    assert worth.rent is not None
    (candle,) = (await clerk.candles(TITLE, interval="1d")).candles
    assert (candle.open_ticks, candle.lots, candle.trades) == (1040, 1, 1)
    (same,) = await anext(clerk.watch_candles(TITLE, "1d"))
    assert same == candle
    assert [row.topic async for row in clerk.events(topic="traded")] == ["traded"] * 2
    assert [row.entry is not None async for row in clerk.events(from_=1, to=3)] == [True] * 3
    assert (await anext(clerk.stream("unit:u-000001"))).version == 1
    assert (await anext(clerk.past_state(position=30, kind="party"))).subject == "p-0001"
    assert {row.change async for row in clerk.state_changes(from_=30)} == {"new", "changed"}
    signed = await clerk.signature(clerk.position)
    assert signed.principal is not None
    assert (await clerk.signature(1)).op is None
    assert (await clerk.trial_balance()).sum_minor == 0
    assert (await seller.first_answer("dearer")).op == "order.amend"
    assert (await seller.session()).party == seller.party
    assert [row.thing async for row in clerk.all_holdings()] == ["n-0001"]
    assert [row async for row in clerk.holds()] == []
    ticker = await anext(clerk.watch_ticker(TITLE))
    assert (ticker.body.best_bid_ticks, ticker.body.last_ticks) == (None, 1040)
    assert [row.lots for row in (await anext(clerk.watch_trades(TITLE))).body] == [1]
    assert LEASE in [row.market for row in (await anext(clerk.watch_instruments())).body]


async def test_a_lease_as_its_record_says(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    exactly(monkeypatch)
    async with connect(town.url) as visitor:
        listed = [row async for row in visitor.instruments(kind="lease")]
        assert {row.kind for row in listed} == {"lease"}
        assert [row.grade for row in listed] == [None] * len(listed)
        assert [row async for row in visitor.trades(listed[0].market)] == []
        assert (await visitor.market(listed[0].market)).last_ticks is None
        assert "seats" not in vars(type(visitor.venue)) or visitor.venue.seats is None


def morning_report(day: Day) -> bytes:
    """The server's report, looked at just now by the site's own clock."""
    at = datetime.fromtimestamp(day.clock.now_ns() // 1_000_000_000, UTC) + timedelta(hours=8)
    return dump(*several(8), stamp=f"{at:%a %b %d %H:%M:%S %Y}")
